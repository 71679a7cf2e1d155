// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import {
    dollars,
    duration,
    elapsed,
    pathBytes,
    pathText,
    relativeTime,
    shortPath,
    splitPath,
    tokens,
} from "./format";

test.each([
    [-5, "0.0 s"],
    [400, "0.4 s"],
    [34_000, "34 s"],
    [59_600, "1 m 0 s"],
    [83_000, "1 m 23 s"],
    [3_600_000, "1 h 0 m"],
    [7_500_000, "2 h 5 m"],
])("%d ms last '%s'", (ms, text) => {
    expect(duration(ms)).toBe(text);
});

test("running seconds are whole ones and never go back", () => {
    expect(elapsed(-1)).toBe("0 s");
    expect(elapsed(999)).toBe("0 s");
    expect(elapsed(59_999)).toBe("59 s");
    expect(elapsed(83_900)).toBe("1 m 23 s");
});

test.each([
    [0, "now"],
    [59_000, "now"],
    [240_000, "4 min"],
    [3 * 3_600_000, "3 h"],
])("%d ms ago is '%s'", (ago, text) => {
    expect(relativeTime(1e12 - ago, 1e12)).toBe(text);
});

test.each([
    [980n, "980"],
    [12_400n, "12 k"],
    [999_499n, "999 k"],
    [999_500n, "1.0 M"],
    [1_250_000n, "1.3 M"],
])("%d tokens are '%s'", (n, text) => {
    expect(tokens(n)).toBe(text);
});

test("small sums of money keep what they are", () => {
    expect([0n, 420_000n, 1_200n].map(dollars)).toEqual(["$0.00", "$0.42", "$0.0012"]);
});

test.each<[number[] | string, string]>([
    ["/home/ana/größe 💾", "/home/ana/größe 💾"],
    ["\ufeffname", "\ufeffname"],
    [[0x61, 0xff, 0x62], "a\\xffb"],
    [[0xc3, 0x28], "\\xc3("],
    [[0xe2, 0x82], "\\xe2\\x82"],
    [[0xc3, 0xa4, 0xfe], "ä\\xfe"],
    [[0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"],
    [[], ""],
])("the octets %j of a path are shown as %j", (octets, text) => {
    const bytes = typeof octets === "string" ? pathBytes(octets) : new Uint8Array(octets);
    expect(pathText(bytes)).toBe(text);
});

test("a path is told in two parts, and short where it can be", () => {
    expect(splitPath("/a/b/c.ts")).toEqual({ dir: "/a/b/", name: "c.ts" });
    expect(splitPath("c.ts")).toEqual({ dir: "", name: "c.ts" });
    expect(shortPath("/w/src/a.ts", "/w")).toBe("src/a.ts");
    expect(shortPath("/wx/a.ts", "/w", "/home/ana")).toBe("/wx/a.ts");
    expect(shortPath("/home/ana/x", "/w", "/home/ana")).toBe("~/x");
    expect(shortPath("/home/ana", "/w", "/home/ana")).toBe("~");
});
