// SPDX-License-Identifier: Apache-2.0
import { type Random } from "./bytes";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
export const ID_LENGTH = 22;
const RANDOM_BITS = 128;

export const isId = (text: string): boolean => /^[0-9A-Za-z]{22}$/.test(text);

/** A new id: 128 random bits in base 62, most significant digit first. */
export function newId(random: Random): string {
    let value = 0n;
    for (const byte of random(RANDOM_BITS / 8)) value = (value << 8n) | BigInt(byte);
    let id = "";
    while (id.length < ID_LENGTH) {
        id = ALPHABET.charAt(Number(value % 62n)) + id;
        value /= 62n;
    }
    return id;
}
