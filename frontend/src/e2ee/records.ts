// SPDX-License-Identifier: Apache-2.0
/** One direction of a channel's records: a key, a counter that never repeats, rekey by count. */
import { EMPTY, wipe } from "./bytes";
import { E2eeFault } from "./fault";
import { openWith, rekey, sealWith, TAG_LENGTH } from "./noise";

export const PLAINTEXT_MIN = 8;
export const PLAINTEXT_MAX = 65_519;
const RECORD_MIN = PLAINTEXT_MIN + TAG_LENGTH;
const RECORD_MAX = PLAINTEXT_MAX + TAG_LENGTH;

/** When a direction changes its key, and when it must stop. Tests make them small. */
export interface RecordLimits {
    rekeyRecords: number;
    rekeyBytes: number;
    lastNonce: number;
}

export const RECORD_LIMITS: RecordLimits = {
    rekeyRecords: 2 ** 20,
    rekeyBytes: 2 ** 30,
    lastNonce: 2 ** 48,
};

export class RecordDirection {
    private n = 0;
    private records = 0;
    private bytes = 0;

    /** Takes ownership of the key. */
    constructor(
        private key: Uint8Array,
        private readonly limits: RecordLimits = RECORD_LIMITS,
    ) {}

    /** Fails with KEY_WORN_OUT at the end of the counter: a new channel is due long before. */
    seal(plaintext: Uint8Array): Uint8Array {
        if (plaintext.length < PLAINTEXT_MIN || plaintext.length > PLAINTEXT_MAX) {
            throw new E2eeFault("BAD_RECORD", "plaintext has a wrong length");
        }
        this.checkWear();
        const record = sealWith(this.key, this.n, EMPTY, plaintext);
        this.count(plaintext.length);
        return record;
    }

    /** Fails with BAD_RECORD; the channel is over then, without an answer. */
    open(record: Uint8Array): Uint8Array {
        if (record.length < RECORD_MIN || record.length > RECORD_MAX) {
            throw new E2eeFault("BAD_RECORD", "record has a wrong length");
        }
        this.checkWear();
        let plaintext: Uint8Array;
        try {
            plaintext = openWith(this.key, this.n, EMPTY, record);
        } catch (cause) {
            throw new E2eeFault("BAD_RECORD", "record does not open", { cause });
        }
        this.count(plaintext.length);
        return plaintext;
    }

    /** Nothing is sealed or opened afterwards. */
    wipe(): void {
        wipe(this.key);
        this.n = Infinity;
    }

    private checkWear(): void {
        if (this.n >= this.limits.lastNonce) {
            throw new E2eeFault("KEY_WORN_OUT", "record counter is used up");
        }
    }

    /** No message tells of a rekey: both sides count alike. The nonce goes on. */
    private count(length: number): void {
        this.n += 1;
        this.records += 1;
        this.bytes += length;
        if (this.records < this.limits.rekeyRecords && this.bytes < this.limits.rekeyBytes) return;
        const next = rekey(this.key);
        wipe(this.key);
        this.key = next;
        this.records = 0;
        this.bytes = 0;
    }
}
