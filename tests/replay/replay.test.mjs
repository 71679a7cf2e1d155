// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { scenarios } from "./scenarios.mjs";

const CLAUDE = join(dirname(fileURLToPath(import.meta.url)), "claude");
const SIZE_LIMIT = 1_500_000;

const recordings = readdirSync(CLAUDE).flatMap((name) =>
    readdirSync(join(CLAUDE, name)).map((file) => ({
        name,
        file,
        text: readFileSync(join(CLAUDE, name, file), "utf8"),
    })),
);

test("there is a recording of every story, and no other", () => {
    assert.deepEqual(
        [...new Set(recordings.map(({ name }) => name))].sort(),
        Object.keys(scenarios).sort(),
    );
});

test("every recording is a timeline that ends with the exit of the process", () => {
    for (const { name, file, text } of recordings) {
        const entries = text
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line));
        assert.equal(entries.at(-1).dir, "exit", `${name}/${file}`);
        assert.ok(
            entries.every(({ t }, i) => i === 0 || t >= entries[i - 1].t),
            `${name}/${file}: time runs forward`,
        );
        for (const entry of entries.filter(({ dir }) => dir === "stdin" || dir === "stdout")) {
            assert.equal(typeof JSON.parse(entry.line), "object", `${name}/${file}`);
        }
    }
});

test("no recording tells on which machine it was made", () => {
    for (const { name, file, text } of recordings) {
        assert.doesNotMatch(
            text,
            /\/root\b|\/work\b|lmrec-|127\.0\.0\.1:\d|\/home\/(?!demo)/u,
            `${name}/${file}`,
        );
    }
});

test("the recordings stay small", () => {
    assert.ok(recordings.reduce((sum, { text }) => sum + text.length, 0) < SIZE_LIMIT);
});
