// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
/** The symmetric core against the published vectors of Noise_NK, KEM tokens off. */
import { x25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import { concat, EMPTY, toHex } from "./bytes";
import { openWith, rekey, sealWith, SymmetricState } from "./noise";
import { hex, sharedText } from "./testing/vectors";

interface NoiseVector {
    protocol_name: string;
    init_prologue: string;
    init_ephemeral: string;
    init_remote_static: string;
    resp_prologue: string;
    resp_static: string;
    resp_ephemeral: string;
    messages: { payload: string; ciphertext: string }[];
}

/** Both ends of NK with the vector's keys; returns what went over the wire. */
function runNk(vector: NoiseVector): string[] {
    const payloads = vector.messages.map(({ payload }) => hex(payload));
    const [first = EMPTY, second = EMPTY, ...transport] = payloads;
    const clientE = hex(vector.init_ephemeral);
    const workerE = hex(vector.resp_ephemeral);
    const remote = hex(vector.init_remote_static);
    const client = new SymmetricState(vector.protocol_name);
    const worker = new SymmetricState(vector.protocol_name);
    client.mixHash(hex(vector.init_prologue));
    worker.mixHash(hex(vector.resp_prologue));
    client.mixHash(remote);
    worker.mixHash(x25519.getPublicKey(hex(vector.resp_static)));

    const e1 = x25519.getPublicKey(clientE);
    client.mixHash(e1);
    worker.mixHash(e1);
    client.mixKey(x25519.getSharedSecret(clientE, remote));
    worker.mixKey(x25519.getSharedSecret(hex(vector.resp_static), e1));
    const sealed1 = client.encryptAndHash(first);
    expect(worker.decryptAndHash(sealed1)).toEqual(first);

    const e2 = x25519.getPublicKey(workerE);
    worker.mixHash(e2);
    client.mixHash(e2);
    worker.mixKey(x25519.getSharedSecret(workerE, e1));
    client.mixKey(x25519.getSharedSecret(clientE, e2));
    const sealed2 = worker.encryptAndHash(second);
    expect(client.decryptAndHash(sealed2)).toEqual(second);
    expect(client.h).toEqual(worker.h);

    const keys = client.split();
    expect(worker.split()).toEqual(keys);
    const records = transport.map((payload, at) =>
        sealWith(keys[at % 2] ?? EMPTY, Math.floor(at / 2), EMPTY, payload),
    );
    return [concat(e1, sealed1), concat(e2, sealed2), ...records].map(toHex);
}

const NK = "Noise_NK_25519_ChaChaPoly_BLAKE2b";

/** Made by this code and equal to published ones: what a clone without them still checks. */
describe("rekey and records", () => {
    test("a record opens under its key, nonce and associated data only", () => {
        const key = new Uint8Array(32).fill(7);
        const sealed = sealWith(key, 5, EMPTY, Uint8Array.of(1, 2, 3));
        expect(openWith(key, 5, EMPTY, sealed)).toEqual(Uint8Array.of(1, 2, 3));
        expect(() => openWith(key, 6, EMPTY, sealed)).toThrow();
        expect(() => openWith(key, 5, Uint8Array.of(1), sealed)).toThrow();
        expect(() => openWith(rekey(key), 5, EMPTY, sealed)).toThrow();
    });

    test("nonces beyond 32 bits differ from those below", () => {
        const key = new Uint8Array(32);
        const at = (n: number) => toHex(sealWith(key, n, EMPTY, Uint8Array.of(0)));
        expect(new Set([0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 48 - 1].map(at)).size).toBe(5);
    });
});

describe.each(["cacophony", "snow"])("published vectors of %s", (source) => {
    const text = sharedText(`vectors/noise/NK_${source}.json`);
    test.runIf(text)(`${NK} matches message by message`, () => {
        const { vectors } = JSON.parse(text ?? "") as { vectors: NoiseVector[] };
        const nk = vectors.filter(({ protocol_name }) => protocol_name === NK);
        expect(nk.length).toBeGreaterThan(0);
        for (const vector of nk) {
            expect(runNk(vector)).toEqual(vector.messages.map(({ ciphertext }) => ciphertext));
        }
    });
});
