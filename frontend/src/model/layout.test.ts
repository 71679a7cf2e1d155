// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { AppliedOpSchema, LayoutOpSchema, LayoutSnapshotSchema } from "../gen/leapmux/v1/layout_pb";
import type { LayoutOp, LayoutSnapshot } from "../gen/leapmux/v1/layout_pb";
import {
    applyConfirmed,
    dropPending,
    emptyLayout,
    freeTitle,
    reduce,
    resetLayout,
    shownLayout,
    tabsOf,
} from "./layout";

function snapshot(...tiles: string[][]): LayoutSnapshot {
    const nodes = tiles.map((ids, i) => ({
        node: {
            case: "tile" as const,
            value: { tileId: `t${i}`, tabs: ids.map((tabId) => ({ tabId })) },
        },
    }));
    const root =
        nodes.length === 1
            ? nodes[0]
            : { node: { case: "split" as const, value: { children: nodes } } };
    return create(LayoutSnapshotSchema, root ? { root } : {});
}
const ids = (of: LayoutSnapshot) => tabsOf(of).map((t) => t.tabId);
const titles = (of: LayoutSnapshot) => tabsOf(of).map((t) => t.title);
const op = (opId: string, init: Parameters<typeof create<typeof LayoutOpSchema>>[1]): LayoutOp =>
    create(LayoutOpSchema, { opId, ...init });
const add = (tabId: string, tileId = "t0", beforeTabId = "") =>
    op(`add-${tabId}`, {
        op: { case: "addTab", value: { tab: { tabId }, tileId, beforeTabId } },
    });
const close = (tabId: string) =>
    op(`close-${tabId}`, { op: { case: "closeTab", value: { tabId } } });
const move = (tabId: string, tileId: string, beforeTabId = "") =>
    op(`move-${tabId}`, { op: { case: "moveTab", value: { tabId, tileId, beforeTabId } } });
const rename = (tabId: string, title: string) =>
    op(`rename-${tabId}`, { op: { case: "renameTab", value: { tabId, title } } });
const applied = (revision: bigint, of: LayoutOp) => create(AppliedOpSchema, { revision, op: of });

describe("reduce", () => {
    test.each<[string, LayoutOp, string[]]>([
        ["adds at the end", add("c"), ["a", "b", "c"]],
        ["adds before a tab", add("c", "t0", "b"), ["a", "c", "b"]],
        ["adds at the end when that tab is gone", add("c", "t0", "z"), ["a", "b", "c"]],
        ["adds to the first tile when that tile is gone", add("c", "z"), ["a", "b", "c"]],
        ["adds no tab twice", add("a"), ["a", "b"]],
        ["closes", close("a"), ["b"]],
        ["closes nothing that is gone", close("z"), ["a", "b"]],
        ["moves to the end", move("a", "t0"), ["b", "a"]],
        ["moves before a tab", move("b", "t0", "a"), ["b", "a"]],
        ["moves nothing that is gone", move("z", "t0"), ["a", "b"]],
        ["renames nothing that is gone", rename("z", "x"), ["a", "b"]],
        ["leaves what it does not know", op("x", {}), ["a", "b"]],
    ])("%s", (_, of, wanted) => {
        const state = snapshot(["a", "b"]);
        reduce(state, of);
        expect(ids(state)).toEqual(wanted);
    });

    test("moves between tiles, which are in reading order", () => {
        const state = snapshot(["a"], ["b", "c"]);
        reduce(state, move("a", "t1", "c"));
        expect(ids(state)).toEqual(["b", "a", "c"]);
        reduce(state, rename("a", "Mine"));
        expect(titles(state)).toEqual(["", "Mine", ""]);
    });

    test("an op keeps what it says after its tab was renamed", () => {
        const state = snapshot([]);
        const of = add("a");
        reduce(state, of);
        reduce(state, rename("a", "Mine"));
        expect(of.op.case === "addTab" && of.op.value.tab?.title).toBe("");
    });
});

describe("a layout with own ops", () => {
    test("shows them on top of what is confirmed, and an empty tile when nothing is", () => {
        const layout = emptyLayout();
        expect(shownLayout(layout).root?.node.case).toBe("tile");
        layout.pending.push(add("a"), rename("a", "Mine"));
        expect(titles(shownLayout(layout))).toEqual(["Mine"]);
        expect(titles(shownLayout(layout))).toEqual(["Mine"]);
        expect(ids(layout.confirmed)).toEqual([]);
    });

    test("a rename that is refused is taken back, also of a tab that is pending itself", () => {
        const layout = emptyLayout();
        layout.pending.push(add("a"), rename("a", "Mine"));
        shownLayout(layout);
        dropPending(layout, "rename-a");
        expect(titles(shownLayout(layout))).toEqual([""]);
    });

    test("an op of another comes below the own ones, an own one is confirmed once", () => {
        const layout = emptyLayout();
        resetLayout(layout, 4n, snapshot(["a", "b"]));
        layout.pending.push(move("a", "t0"));
        applyConfirmed(layout, applied(5n, add("c")));
        expect(ids(shownLayout(layout))).toEqual(["b", "c", "a"]);
        expect(layout.pending).toHaveLength(1);
        applyConfirmed(layout, applied(6n, move("a", "t0")));
        applyConfirmed(layout, applied(6n, close("a")));
        expect(layout).toMatchObject({ revision: 6n, pending: [] });
        expect(ids(layout.confirmed)).toEqual(["b", "c", "a"]);
    });

    test("a new snapshot keeps the pending ops on top", () => {
        const layout = emptyLayout();
        layout.pending.push(close("a"));
        resetLayout(layout, 9n, snapshot(["a", "b"]));
        expect(layout.revision).toBe(9n);
        expect(ids(shownLayout(layout))).toEqual(["b"]);
        expect(layout.pending).toHaveLength(1);
    });
});

test("a free title has the smallest number that nobody has", () => {
    expect(freeTitle("Agent", [])).toBe("Agent 1");
    expect(freeTitle("Agent", ["Agent 1", "Agent 3", "Terminal 2"])).toBe("Agent 2");
});
