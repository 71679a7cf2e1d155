// SPDX-License-Identifier: Apache-2.0
/**
 * Noise's symmetric objects (revision 34, section 5) for ChaChaPoly and BLAKE2b.
 *
 * A 64-byte output of HKDF used as a cipher key is cut to 32 bytes.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { concat, EMPTY, textBytes, viewOf, wipe } from "./bytes";

const HASH_LENGTH = 64;
const KEY_LENGTH = 32;
export const TAG_LENGTH = 16;

/** 4 zero bytes, then n as 64 bits little-endian (section 12.3). n ≤ 2^53 - 1. */
export function nonceOf(n: number): Uint8Array {
    const nonce = new Uint8Array(12);
    const view = viewOf(nonce);
    view.setUint32(4, n % 2 ** 32, true);
    view.setUint32(8, Math.floor(n / 2 ** 32), true);
    return nonce;
}

export const sealWith = (
    key: Uint8Array,
    n: number,
    associated: Uint8Array,
    plaintext: Uint8Array,
): Uint8Array => chacha20poly1305(key, nonceOf(n), associated).encrypt(plaintext);

/** Throws when the tag is wrong. */
export const openWith = (
    key: Uint8Array,
    n: number,
    associated: Uint8Array,
    sealed: Uint8Array,
): Uint8Array => chacha20poly1305(key, nonceOf(n), associated).decrypt(sealed);

/** Noise's Rekey(): ENCRYPT(k, 2^64 - 1, nothing, zeros), cut to a key (section 4.2). */
export function rekey(key: Uint8Array): Uint8Array {
    const lastNonce = new Uint8Array(12).fill(0xff, 4);
    const sealed = chacha20poly1305(key, lastNonce, EMPTY).encrypt(new Uint8Array(KEY_LENGTH));
    return sealed.slice(0, KEY_LENGTH);
}

/** Noise's HKDF (section 4.3) with HMAC-BLAKE2b-512. Outputs are 64 bytes each. */
export function hkdf(chainingKey: Uint8Array, input: Uint8Array, outputs: 2 | 3): Uint8Array[] {
    const secret = hmac(blake2b, chainingKey, input);
    const made: Uint8Array[] = [];
    let previous: Uint8Array = EMPTY;
    for (let i = 1; i <= outputs; i++) {
        previous = hmac(blake2b, secret, concat(previous, Uint8Array.of(i)));
        made.push(previous);
    }
    wipe(secret);
    return made;
}

/** One end's SymmetricState. Read-only fields are for traces in tests. */
export class SymmetricState {
    h: Uint8Array;
    ck: Uint8Array;
    k: Uint8Array | null = null;
    n = 0;

    constructor(protocolName: string) {
        const name = textBytes(protocolName);
        this.h = new Uint8Array(HASH_LENGTH);
        if (name.length <= HASH_LENGTH) this.h.set(name);
        else this.h = blake2b(name);
        this.ck = this.h.slice();
    }

    mixHash(data: Uint8Array): void {
        this.h = blake2b(concat(this.h, data));
    }

    mixKey(input: Uint8Array): void {
        const [ck, key] = hkdf(this.ck, input, 2) as [Uint8Array, Uint8Array];
        this.take(ck, key);
    }

    mixKeyAndHash(input: Uint8Array): void {
        const [ck, hash, key] = hkdf(this.ck, input, 3) as [Uint8Array, Uint8Array, Uint8Array];
        this.mixHash(hash);
        wipe(hash);
        this.take(ck, key);
    }

    encryptAndHash(plaintext: Uint8Array): Uint8Array {
        const sealed = this.k ? sealWith(this.k, this.n++, this.h, plaintext) : plaintext;
        this.mixHash(sealed);
        return sealed;
    }

    /** Throws when the tag is wrong; the state is of no use then. */
    decryptAndHash(sealed: Uint8Array): Uint8Array {
        const plaintext = this.k ? openWith(this.k, this.n++, this.h, sealed) : sealed;
        this.mixHash(sealed);
        return plaintext;
    }

    /** The two record keys: initiator's first. The state is wiped but for h. */
    split(): [Uint8Array, Uint8Array] {
        const [first, second] = hkdf(this.ck, EMPTY, 2) as [Uint8Array, Uint8Array];
        const keys: [Uint8Array, Uint8Array] = [
            first.slice(0, KEY_LENGTH),
            second.slice(0, KEY_LENGTH),
        ];
        wipe(first, second);
        this.wipe();
        return keys;
    }

    wipe(): void {
        wipe(this.ck);
        if (this.k) wipe(this.k);
        this.k = null;
    }

    private take(ck: Uint8Array, key: Uint8Array): void {
        this.wipe();
        this.ck = ck;
        this.k = key.slice(0, KEY_LENGTH);
        this.n = 0;
        wipe(key);
    }
}
