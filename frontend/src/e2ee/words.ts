// SPDX-License-Identifier: Apache-2.0
/** 88 bits as eight words of the BIP-39 English list, eleven bits a word, highest bits first. */
import { wordlist } from "@scure/bip39/wordlists/english.js";

const WORDS = 8;
const BITS = 11n;
/** What eight words carry. */
export const WORD_BYTES = 11;

/** The words of the first 11 bytes. */
export function wordsOf(bytes: Uint8Array): string[] {
    let value = 0n;
    for (const byte of bytes.subarray(0, WORD_BYTES)) value = (value << 8n) | BigInt(byte);
    return Array.from({ length: WORDS }, (_, at) => {
        const index = (value >> (BITS * BigInt(WORDS - 1 - at))) & 0x7ffn;
        return wordlist[Number(index)] ?? "";
    });
}

/** The 11 bytes that typed words stand for; null unless they are eight words of the list. */
export function bytesOfWords(typed: string): Uint8Array | null {
    const words = typed
        .toLowerCase()
        .split(/[\s-]+/)
        .filter(Boolean);
    if (words.length !== WORDS) return null;
    let value = 0n;
    for (const word of words) {
        const index = wordlist.indexOf(word);
        if (index < 0) return null;
        value = (value << BITS) | BigInt(index);
    }
    return Uint8Array.from({ length: WORD_BYTES }, (_, at) =>
        Number((value >> (8n * BigInt(WORD_BYTES - 1 - at))) & 0xffn),
    );
}
