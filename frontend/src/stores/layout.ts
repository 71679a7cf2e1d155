// SPDX-License-Identifier: Apache-2.0
/** The layout of one workspace: own ops show at once and stay until the Hub ordered or refused. */
import { create } from "@bufbuild/protobuf";
import { createMemo, createSignal, onCleanup } from "solid-js";
import { LayoutOpSchema } from "../gen/leapmux/v1/layout_pb";
import type { LayoutOp, LayoutSnapshot } from "../gen/leapmux/v1/layout_pb";
import { LayoutService } from "../gen/leapmux/v1/hub_pb";
import type { PresenceEntry } from "../gen/leapmux/v1/socket_pb";
import { LinkError } from "../link/link";
import type { Link } from "../link/link";
import { newId } from "../model/ids";
import {
    applyConfirmed,
    dropPending,
    emptyLayout,
    resetLayout,
    shownLayout,
} from "../model/layout";
import type { Layout } from "../model/layout";
import { asLinkError } from "./hub";

/** After how long an op that the Hub could not take, though it is connected, is sent again. */
const RETRY_MS = 2000;

export interface LayoutStore {
    /** What to show: confirmed state and own pending ops. */
    readonly shown: () => LayoutSnapshot;
    readonly revision: () => bigint;
    readonly pending: () => number;
    /** True once the state at subscribe is known. */
    readonly ready: () => boolean;
    readonly people: () => PresenceEntry[];
    readonly ended: () => LinkError | undefined;
    /** Shows the op at once. Fails when the Hub refuses it; the echo is gone then. */
    apply(op: LayoutOp["op"]): Promise<void>;
}

/** The layout of a workspace. Needs an owner. */
export function createLayout(link: Link, workspaceId: string): LayoutStore {
    const scope = `ws:${workspaceId}`;
    const layout: Layout = emptyLayout();
    const [version, setVersion] = createSignal(0);
    const [ready, setReady] = createSignal(false);
    const [people, setPeople] = createSignal<PresenceEntry[]>([]);
    const [ended, setEnded] = createSignal<LinkError>();
    let known = false;
    let linked = false;
    const changed = () => setVersion((v) => v + 1);

    let turn: Promise<unknown> = Promise.resolve();
    let retry: ReturnType<typeof setTimeout> | undefined;

    const ask = async (op: LayoutOp) => {
        // it was asked again while it waited, or its event came first
        if (!layout.pending.includes(op)) return;
        const answer = await link.callHub(LayoutService.method.applyOps, { scope, ops: [op] });
        const result = answer.results[0];
        if (result?.applied) {
            // told before we were: a snapshot that was taken since then has it already
            if (result.revision <= layout.revision) dropPending(layout, op.opId);
            changed();
            return;
        }
        const reason = result?.reason ?? "INVALID";
        const message = `the layout did not take this: ${reason}`;
        throw new LinkError({ code: "failed_precondition", reason, message });
    };

    // one after the other: each op is meant for what the ones before it made
    const send = (op: LayoutOp): Promise<void> => {
        const sent = turn.then(() => ask(op));
        turn = sent.catch(() => undefined);
        return sent;
    };
    /** True when the op stays pending: without a link it is sent again after the next catch-up. */
    const staysPending = (error: unknown) => {
        if (asLinkError(error).code !== "unavailable") return false;
        clearTimeout(retry);
        if (linked) retry = setTimeout(resend, RETRY_MS);
        return true;
    };

    const apply = async (op: LayoutOp["op"]) => {
        const whole = create(LayoutOpSchema, { opId: newId(), op });
        layout.pending.push(whole);
        changed();
        try {
            await send(whole);
        } catch (error) {
            if (staysPending(error)) return;
            dropPending(layout, whole.opId);
            changed();
            throw error;
        }
    };

    const resend = () => {
        for (const op of [...layout.pending]) {
            send(op).catch((error: unknown) => {
                if (staysPending(error)) return;
                dropPending(layout, op.opId);
                changed();
            });
        }
    };

    onCleanup(
        link.subscribe(scope, () => (known ? layout.revision : undefined), {
            event: (event) => {
                if (event.payload.case === "op") {
                    applyConfirmed(layout, event.payload.value);
                    changed();
                } else if (event.payload.case === "workspace") {
                    setPeople(event.payload.value.people);
                }
            },
            reset: (reset) => {
                if (reset.snapshot) resetLayout(layout, reset.offset, reset.snapshot);
                known = true;
                changed();
            },
            caughtUp: () => {
                linked = true;
                setReady(true);
                resend();
            },
            interrupted: () => {
                linked = false;
            },
            end: setEnded,
        }),
    );
    onCleanup(() => clearTimeout(retry));

    return {
        shown: createMemo(() => {
            version();
            return shownLayout(layout);
        }),
        revision: () => (version(), layout.revision),
        pending: () => (version(), layout.pending.length),
        ready,
        people,
        ended,
        apply,
    };
}
