// SPDX-License-Identifier: Apache-2.0
/** Where the vector files are, and what one file of the channel protocol holds. */
import { existsSync, readFileSync } from "node:fs";

const PROJECT = new URL("../../../../", import.meta.url);

export interface ChannelVectors {
    protocol_name: string;
    randomness: Record<"client_x" | "client_dz" | "client_m" | "worker_x" | "worker_m", string>;
    worker: {
        identity_seed?: string;
        identity_public: string;
        kx_private: string;
        kx_public: string;
        kem_seed: string;
        kem_public: string;
        cert_body: string;
        cert_signature_blake2b512: string;
        body_hash: string;
        fingerprint: string;
        words: string[];
    };
    ids: Record<"worker_id" | "channel_id" | "user_id" | "device_id", string>;
    prologue: string;
    client_hello: string;
    worker_hello: string;
    steps: { step: string; h: string; ck: string; k: string | null; n: number | null }[];
    message1: string;
    message2: string;
    h: string;
    keys: { c2w: string; w2c: string };
    device: Record<
        "ed_seed" | "ml_seed" | "ed_public" | "ml_public" | "fingerprint" | "proof_deterministic",
        string
    >;
    pairing?: { secret: string; words: string[]; tag_d: string; tag_w: string };
    records: {
        dir: "c2w" | "w2c";
        note: string;
        nonce: number;
        plain: string;
        record: string;
        cost: number;
    }[];
    rekey: { before: string; after: string };
    padme?: Record<string, number>;
}

/** The project's own vectors, and the specification's where they stand beside the project. */
export function channelVectorFiles(): { name: string; vectors: ChannelVectors }[] {
    return [
        { name: "docs/protocol/vectors/channel.json", from: PROJECT },
        { name: "shared/vectors/channel/vectors.json", from: new URL("../", PROJECT) },
    ].flatMap(({ name, from }) => {
        const url = new URL(name, from);
        if (!existsSync(url)) return [];
        return [{ name, vectors: JSON.parse(readFileSync(url, "utf8")) as ChannelVectors }];
    });
}

/** Text of a file of the specification, or null in a clone without it. */
export function sharedText(path: string): string | null {
    const url = new URL(`../shared/${path}`, PROJECT);
    return existsSync(url) ? readFileSync(url, "utf8") : null;
}

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
