// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { rowsOf, treeOf } from "./tree";

const leaf = (tabId: string, gitRoot = "", gitBranch = "") => ({ tabId, gitRoot, gitBranch });

test("leaves are grouped by repository and branch in the order of their first one", () => {
    const tree = treeOf([
        leaf("a", "/shop", "main"),
        leaf("b"),
        leaf("c", "/api", "main"),
        leaf("d", "/shop", "fix"),
        leaf("e", "/shop", "main"),
    ]);
    const rows = rowsOf(tree).map(({ level, kind, name }) => `${level} ${kind} ${name}`);
    expect(rows).toEqual([
        "2 repository /shop",
        "3 branch main",
        "4 leaf a",
        "4 leaf e",
        "3 branch fix",
        "4 leaf d",
        "2 repository /api",
        "3 branch main",
        "4 leaf c",
        "2 leaf b",
    ]);
});

test("each row has a key of its own", () => {
    const tree = treeOf([leaf("a", "/x", "main"), leaf("b", "/y", "main"), leaf("c")]);
    const keys = rowsOf(tree).map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
});

test("nothing makes no rows", () => {
    expect(rowsOf(treeOf([]))).toEqual([]);
});
