// SPDX-License-Identifier: Apache-2.0
/**
 * A workspace's layout: the state that the Hub confirmed, and own ops that it has not confirmed
 * yet on top. The same reducer runs at the Hub (src/relay), so that all pages end equal.
 */
import { clone, create } from "@bufbuild/protobuf";
import {
    LayoutNodeSchema,
    LayoutSnapshotSchema,
    LayoutTabSchema,
    LayoutTileSchema,
} from "../gen/leapmux/v1/layout_pb";
import type {
    AppliedOp,
    LayoutNode,
    LayoutOp,
    LayoutSnapshot,
    LayoutTab,
    LayoutTile,
} from "../gen/leapmux/v1/layout_pb";

/** What is known of one workspace's layout. */
export interface Layout {
    revision: bigint;
    confirmed: LayoutSnapshot;
    /** Own ops, oldest first, that the Hub has not ordered yet. */
    pending: LayoutOp[];
}

/** A layout of which nothing is known. */
export function emptyLayout(): Layout {
    return { revision: 0n, confirmed: create(LayoutSnapshotSchema), pending: [] };
}

/** All tiles, in reading order. */
export function tilesOf(snapshot: LayoutSnapshot): LayoutTile[] {
    const out: LayoutTile[] = [];
    const walk = (node: LayoutNode | undefined) => {
        if (node?.node.case === "tile") out.push(node.node.value);
        if (node?.node.case === "split") node.node.value.children.forEach(walk);
    };
    walk(snapshot.root);
    return out;
}

/** All tabs, in reading order. */
export function tabsOf(snapshot: LayoutSnapshot): LayoutTab[] {
    return tilesOf(snapshot).flatMap((tile) => tile.tabs);
}

/** Apply an op in place. An op about something that is gone changes nothing. */
export function reduce(snapshot: LayoutSnapshot, op: LayoutOp): void {
    switch (op.op.case) {
        case "addTab": {
            const { tab, tileId, beforeTabId } = op.op.value;
            if (!tab || tabsOf(snapshot).some((t) => t.tabId === tab.tabId)) return;
            // the op keeps its tab: a later rename is not to change what the op says
            insert(tileFor(snapshot, tileId), clone(LayoutTabSchema, tab), beforeTabId);
            return;
        }
        case "closeTab":
            take(snapshot, op.op.value.tabId);
            return;
        case "moveTab": {
            const { tabId, tileId, beforeTabId } = op.op.value;
            const tab = take(snapshot, tabId);
            if (tab) insert(tileFor(snapshot, tileId), tab, beforeTabId);
            return;
        }
        case "renameTab": {
            const { tabId, title } = op.op.value;
            const tab = tabsOf(snapshot).find((t) => t.tabId === tabId);
            if (tab) tab.title = title;
            return;
        }
        case undefined:
            return;
        default:
            op.op satisfies never;
    }
}

/** What is to be shown: the confirmed state with the pending ops applied. */
export function shownLayout(layout: Layout): LayoutSnapshot {
    const shown = clone(LayoutSnapshotSchema, layout.confirmed);
    if (!shown.root) {
        shown.root = create(LayoutNodeSchema, {
            node: { case: "tile", value: create(LayoutTileSchema) },
        });
    }
    for (const op of layout.pending) reduce(shown, op);
    return shown;
}

/** The Hub ordered an op, ours or another's. */
export function applyConfirmed(layout: Layout, applied: AppliedOp): void {
    if (applied.revision <= layout.revision || !applied.op) return;
    const { opId } = applied.op;
    reduce(layout.confirmed, applied.op);
    layout.revision = applied.revision;
    layout.pending = layout.pending.filter((op) => op.opId !== opId);
}

/** Start anew from a snapshot; own pending ops stay on top. */
export function resetLayout(layout: Layout, revision: bigint, snapshot: LayoutSnapshot): void {
    layout.revision = revision;
    layout.confirmed = snapshot;
}

/** The Hub refused an own op. */
export function dropPending(layout: Layout, opId: string): void {
    layout.pending = layout.pending.filter((op) => op.opId !== opId);
}

/** `Agent <n>` with the smallest number that no title of these has. */
export function freeTitle(kind: string, titles: Iterable<string>): string {
    const taken = new Set(titles);
    let n = 1;
    while (taken.has(`${kind} ${n}`)) n += 1;
    return `${kind} ${n}`;
}

function tileFor(snapshot: LayoutSnapshot, tileId: string): LayoutTile | undefined {
    const tiles = tilesOf(snapshot);
    return tiles.find((t) => t.tileId === tileId) ?? tiles[0];
}

function insert(tile: LayoutTile | undefined, tab: LayoutTab, beforeTabId: string): void {
    if (!tile) return;
    const at = tile.tabs.findIndex((t) => t.tabId === beforeTabId);
    tile.tabs.splice(at < 0 ? tile.tabs.length : at, 0, tab);
}

function take(snapshot: LayoutSnapshot, tabId: string): LayoutTab | undefined {
    for (const tile of tilesOf(snapshot)) {
        const at = tile.tabs.findIndex((t) => t.tabId === tabId);
        if (at >= 0) return tile.tabs.splice(at, 1)[0];
    }
    return undefined;
}
