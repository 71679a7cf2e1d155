// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { createRoot } from "solid-js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LayoutService } from "../gen/leapmux/v1/hub_pb";
import { LayoutSnapshotSchema } from "../gen/leapmux/v1/layout_pb";
import type { LayoutOp } from "../gen/leapmux/v1/layout_pb";
import { ScopeEventSchema, ScopeResetSchema } from "../gen/leapmux/v1/socket_pb";
import { makeFakeLink } from "../link/fake";
import { LinkError } from "../link/link";
import { tabsOf } from "../model/layout";
import { createLayout } from "./layout";

const UNAVAILABLE = new LinkError({ code: "unavailable", reason: "CUT", message: "cut" });
let end: (() => void) | undefined;
afterEach(() => {
    end?.();
    vi.useRealTimers();
});

const settled = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
};
const close = (tabId: string): LayoutOp["op"] => ({
    case: "closeTab",
    value: { $typeName: "leapmux.v1.CloseTab", tabId },
});

/** A store that knows the tabs a and b at revision 1. */
function start() {
    const link = makeFakeLink();
    const asked: LayoutOp[] = [];
    let answer: (op: LayoutOp) => {
        applied: boolean;
        revision?: bigint;
        reason?: string;
    } = () => ({
        applied: true,
        revision: 99n,
    });
    link.on(LayoutService.method.applyOps, (request) => {
        asked.push(...request.ops);
        return { results: request.ops.map((op) => ({ opId: op.opId, ...answer(op) })) };
    });
    const layout = createRoot((dispose) => {
        end = dispose;
        return createLayout(link, "w");
    });
    const handlers = () => {
        const scope = link.scope("ws:w");
        if (!scope) throw new Error("not followed");
        return scope.handlers;
    };
    const reset = (offset: bigint, ...ids: string[]) =>
        handlers().reset(
            create(ScopeResetSchema, {
                offset,
                snapshot: create(LayoutSnapshotSchema, {
                    root: {
                        node: { case: "tile", value: { tabs: ids.map((tabId) => ({ tabId })) } },
                    },
                }),
            }),
        );
    const confirm = (revision: bigint, op: LayoutOp) =>
        handlers().event(
            create(ScopeEventSchema, { payload: { case: "op", value: { revision, op } } }),
        );
    reset(1n, "a", "b");
    handlers().caughtUp(1n);
    return {
        link,
        layout,
        asked,
        handlers,
        reset,
        confirm,
        answerWith: (fn: typeof answer) => {
            answer = fn;
        },
        shown: () => tabsOf(layout.shown()).map((t) => t.tabId),
    };
}

describe("the layout of a workspace", () => {
    test("is asked for from the last revision after a cut", () => {
        const { link, confirm } = start();
        expect(link.scope("ws:w")?.afterOffset).toBe(1n);
        confirm(2n, { opId: "x", op: close("a") } as LayoutOp);
        expect(link.scope("ws:w")?.afterOffset).toBe(2n);
    });

    test("shows an own op at once, pending until it is told", async () => {
        const { layout, shown, asked, confirm } = start();
        const done = layout.apply(close("a"));
        expect(shown()).toEqual(["b"]);
        expect(layout.pending()).toBe(1);
        await done;
        expect(layout.pending()).toBe(1);
        confirm(2n, asked[0] as LayoutOp);
        expect([layout.pending(), layout.revision()]).toEqual([0, 2n]);
    });

    test("takes a refused op back and says why", async () => {
        const { layout, shown, answerWith } = start();
        answerWith(() => ({ applied: false, reason: "GONE" }));
        await expect(layout.apply(close("a"))).rejects.toMatchObject({ reason: "GONE" });
        expect(shown()).toEqual(["a", "b"]);
        expect(layout.pending()).toBe(0);
    });

    test("keeps an op without a link and sends it again after the next catch-up", async () => {
        const { layout, shown, asked, answerWith, handlers, reset } = start();
        answerWith(() => {
            throw UNAVAILABLE;
        });
        handlers().interrupted();
        await layout.apply(close("a"));
        expect(layout.pending()).toBe(1);
        answerWith(() => ({ applied: true, revision: 4n }));
        reset(3n, "a", "b", "c");
        expect(shown()).toEqual(["b", "c"]);
        handlers().caughtUp(3n);
        await settled();
        expect(asked.map((op) => op.opId)).toEqual([asked[0]?.opId, asked[0]?.opId]);
        expect(layout.pending()).toBe(1);
    });

    test("an op that the snapshot has already is pending no longer", async () => {
        const { layout, answerWith, handlers, reset } = start();
        answerWith(() => {
            throw UNAVAILABLE;
        });
        handlers().interrupted();
        await layout.apply(close("a"));
        answerWith(() => ({ applied: true, revision: 2n }));
        reset(2n, "b");
        handlers().caughtUp(2n);
        await settled();
        expect(layout.pending()).toBe(0);
    });

    test("sends again by itself when only the call was lost", async () => {
        vi.useFakeTimers();
        const { layout, asked, answerWith } = start();
        answerWith(() => {
            throw UNAVAILABLE;
        });
        await layout.apply(close("a"));
        answerWith(() => ({ applied: true, revision: 2n }));
        await vi.advanceTimersByTimeAsync(5000);
        expect(asked).toHaveLength(2);
    });

    test("ops reach the Hub one after the other", async () => {
        const { link, layout } = start();
        const order: string[] = [];
        const open: (() => void)[] = [];
        link.on(LayoutService.method.applyOps, async ({ ops }) => {
            const tabId = ops[0]?.op.case === "closeTab" ? ops[0].op.value.tabId : "";
            order.push(`ask ${tabId}`);
            await new Promise<void>((resolve) => open.push(resolve));
            order.push(`done ${tabId}`);
            return { results: [{ applied: true, revision: 99n }] };
        });
        const both = Promise.all([layout.apply(close("a")), layout.apply(close("b"))]);
        await settled();
        expect(order).toEqual(["ask a"]);
        open[0]?.();
        await settled();
        open[1]?.();
        await both;
        expect(order).toEqual(["ask a", "done a", "ask b", "done b"]);
    });
});
