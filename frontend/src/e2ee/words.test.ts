// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { createHash } from "node:crypto";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { expect, test } from "vitest";
import { newId, isId } from "./ids";
import { paddedLength } from "./padding";
import { PLAINTEXT_MAX } from "./records";
import { makeChance } from "./testing/chance";
import { bytesOfWords, wordsOf } from "./words";

test("the word list is the one that the protocol names", () => {
    const file = `${wordlist.join("\n")}\n`;
    expect(createHash("sha256").update(file).digest("hex")).toBe(
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
    );
});

test("words stand for their bytes, however they are typed", () => {
    const bytes = makeChance(3).bytes(11);
    const words = wordsOf(bytes);
    expect(bytesOfWords(words.join(" "))).toEqual(bytes);
    expect(bytesOfWords(` ${words.join("-").toUpperCase()}\n`)).toEqual(bytes);
});

test.each(["", "abandon", "abandon ".repeat(9), "abandon ".repeat(7) + "leapmux"])(
    "%j are no eight words",
    (typed) => {
        expect(bytesOfWords(typed)).toBe(null);
    },
);

test("ids have 22 characters and differ", () => {
    const chance = makeChance(4);
    const ids = Array.from({ length: 1_000 }, () => newId(chance.bytes));
    expect(ids.every(isId)).toBe(true);
    expect(new Set(ids).size).toBe(1_000);
    expect(newId((n) => new Uint8Array(n).fill(0xff))).toMatch(/^[0-9A-Za-z]{22}$/);
});

test("padding never shortens, never passes the largest plaintext, and costs at most 12 % above 128", () => {
    const lengths = Array.from({ length: PLAINTEXT_MAX - 7 }, (_, at) => at + 8);
    const wrong = lengths.filter((length) => {
        const padded = paddedLength(length);
        const fits = padded >= length && padded >= 128 && padded <= PLAINTEXT_MAX;
        return !fits || (length > 128 && padded / length > 1.125);
    });
    expect(wrong).toEqual([]);
});
