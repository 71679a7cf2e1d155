// SPDX-License-Identifier: Apache-2.0
/**
 * Which identity a Worker must have, per Hub and worker_id, and its newest keys that worked.
 *
 * Nothing rises before message 2 has opened: a Hub that shows us a certificate cannot make us
 * forget an older, good one.
 */
import { equalBytes, toHex } from "../e2ee/bytes";
import { identityFingerprint, type Certificate, type PinnedEpoch } from "../e2ee/certificate";
import type { Fingerprint } from "./link";
import type { LinkStorage } from "./storage";

export interface Pin extends PinnedEpoch {
    verified: boolean;
    firstSeenMs: number;
    /** Of this epoch, so that not each page load fetches 50 kB and checks a signature. */
    certificate: Certificate;
}

export class Pins {
    /** `hub` names the Hub: its address with the base path. */
    constructor(
        private readonly storage: LinkStorage,
        private readonly hub: string,
    ) {}

    async get(workerId: string): Promise<Pin | null> {
        const pin = await this.storage.get("pins", this.key(workerId));
        return isPin(pin) ? pin : null;
    }

    /**
     * After message 2 has opened. Returns whether that was the first contact. Another identity
     * takes the place of the pinned one only where a person said so (`replace`).
     */
    async confirm(
        workerId: string,
        identity: Uint8Array,
        certificate: Certificate,
        nowMs: number,
        replace: boolean,
    ): Promise<boolean> {
        const pin = await this.get(workerId);
        const same = pin !== null && equalBytes(pin.identity, identity);
        if (pin && (same ? pin.epoch >= certificate.epoch : !replace)) return false;
        const kept = same ? pin : { verified: false, firstSeenMs: nowMs };
        const next: Pin = {
            identity,
            epoch: certificate.epoch,
            bodyHash: certificate.bodyHash,
            verified: kept.verified,
            firstSeenMs: kept.firstSeenMs,
            certificate,
        };
        await this.storage.put("pins", this.key(workerId), next);
        return pin === null;
    }

    async setVerified(workerId: string): Promise<void> {
        const pin = await this.get(workerId);
        if (pin) await this.storage.put("pins", this.key(workerId), { ...pin, verified: true });
    }

    private key(workerId: string): string {
        return `${this.hub} ${workerId}`;
    }
}

const isPin = (value: unknown): value is Pin =>
    typeof value === "object" && value !== null && "identity" in value && "certificate" in value;

/** The word list is fetched when words are first shown. */
export async function wordsAndHex(identity: Uint8Array): Promise<{ words: string[]; hex: string }> {
    const { wordsOf } = await import("../e2ee/words");
    return { words: wordsOf(identityFingerprint(identity)), hex: identityHex(identity) };
}

export const identityHex = (identity: Uint8Array): string => toHex(identityFingerprint(identity));

/** As shown to people; `offered` is another identity that the Worker shows now. */
export async function fingerprintOf(pin: Pin, offered: Uint8Array | null): Promise<Fingerprint> {
    return {
        ...(await wordsAndHex(pin.identity)),
        verified: pin.verified,
        firstSeenMs: pin.firstSeenMs,
        ...(offered ? { changedTo: await wordsAndHex(offered) } : {}),
    };
}
