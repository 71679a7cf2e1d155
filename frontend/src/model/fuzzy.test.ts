// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { fuzzyScore } from "./fuzzy";

const best = (query: string, ...texts: string[]) =>
    texts
        .map((text) => ({ text, score: fuzzyScore(query, text) }))
        .filter((t) => t.score !== undefined)
        .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
        .map((t) => t.text);

test("letters have to come in order, whatever their case", () => {
    expect(fuzzyScore("nag", "New agent")).toBeDefined();
    expect(fuzzyScore("N AG", "new agent")).toBeDefined();
    expect(fuzzyScore("gan", "New agent")).toBeUndefined();
    expect(fuzzyScore("newer", "New agent")).toBeUndefined();
});

test("beginnings of words and the shorter text come first", () => {
    const found = best("na", "Command palette", "Rename tab", "New agent", "Tab 1");
    expect(found[0]).toBe("New agent");
    expect(found).toHaveLength(3);
    expect(best("tab", "Close tab later", "Close tab")[0]).toBe("Close tab");
});

test("an empty query fits everything alike", () => {
    expect(fuzzyScore("", "a")).toBe(0);
    expect(fuzzyScore("  ", "b")).toBe(0);
});
