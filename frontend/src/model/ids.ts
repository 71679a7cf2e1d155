// SPDX-License-Identifier: Apache-2.0
/** Ids: 22 characters of [0-9A-Za-z] from 128 random bits. */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A new id. */
export function newId(): string {
    const random = crypto.getRandomValues(new Uint8Array(16));
    let value = 0n;
    for (const octet of random) value = (value << 8n) | BigInt(octet);
    let id = "";
    for (let i = 0; i < 22; i++) {
        id = DIGITS.charAt(Number(value % 62n)) + id;
        value /= 62n;
    }
    return id;
}

/** True for text in the form of an id. */
export function isId(text: string): boolean {
    return /^[0-9A-Za-z]{22}$/.test(text);
}
