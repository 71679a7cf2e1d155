// SPDX-License-Identifier: Apache-2.0
/** Messages that wait for the agent, and those that the Worker does not have yet. */
import { For, Show, createMemo, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import RotateCcw from "lucide-solid/icons/rotate-ccw";
import Trash from "lucide-solid/icons/trash";
import { QueueItemState } from "../../gen/leapmux/v1/agent_pb";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import * as css from "./composer.css";
import { useAgent } from "./context";

interface Row {
    id: string;
    text: string;
    author: string;
    state: "queued" | "sending" | "failed" | "held";
    why: string;
    remove: () => Promise<void>;
    retry?: () => Promise<void>;
}

const STATES: Record<QueueItemState, Row["state"]> = {
    [QueueItemState.UNSPECIFIED]: "queued",
    [QueueItemState.QUEUED]: "queued",
    [QueueItemState.SENDING]: "sending",
    [QueueItemState.FAILED]: "failed",
};

/** The tray on top of the composer. */
export function Queue(props: { showsSending: boolean }): JSX.Element {
    const agent = useAgent();
    const { store, held } = agent;

    const rows = createMemo((): Row[] => {
        const queued = store.chat.queue.map((item): Row => {
            const state = STATES[item.state];
            return {
                id: item.id,
                text: item.text,
                author: item.authorId === agent.ownUserId() ? "" : item.authorName,
                state,
                why: item.error,
                remove: () => store.deleteQueued(item.id, item.version),
                ...(state === "failed" && { retry: () => store.retryQueued(item.id) }),
            };
        });
        const known = new Set(queued.map((row) => row.id));
        const own = held.items.flatMap((item): Row[] => {
            if (known.has(item.id)) return [];
            const isOnItsWay = item.state === "sending" || item.state === "sent";
            const waits = item.state === "held" && !agent.isLive();
            if (!waits && item.state !== "failed" && !props.showsSending) return [];
            return [
                {
                    id: item.id,
                    text: item.text,
                    author: "",
                    state: isOnItsWay ? "sending" : item.state === "failed" ? "failed" : "held",
                    why: waits ? "Will be sent when the worker is back" : item.error,
                    remove: () => Promise.resolve(held.remove(item.id)),
                    ...(item.state === "failed" && {
                        retry: () => Promise.resolve(held.retry(item.id)),
                    }),
                },
            ];
        });
        return [...queued, ...own];
    });
    const paused = () => store.chat.state?.queuePaused === true && store.chat.queue.length > 0;

    return (
        <Show when={rows().length > 0}>
            <div class={css.tray}>
                <Show when={paused()}>
                    <div class={css.paused}>
                        The queue is paused.
                        <span class={css.spring} />
                        <Resume />
                    </div>
                </Show>
                <ul class={css.queue} aria-label="Queued messages">
                    <For each={rows()}>{(row, i) => <QueueRow row={row} number={i() + 1} />}</For>
                </ul>
            </div>
        </Show>
    );
}

function Resume(): JSX.Element {
    const agent = useAgent();
    const [busy, setBusy] = createSignal(false);
    const resume = async () => {
        setBusy(true);
        await agent.attempt("The queue was not resumed.", () => agent.store.resumeQueue());
        setBusy(false);
    };
    return (
        <Button size="sm" busy={busy()} onClick={() => void resume()}>
            Resume queue
        </Button>
    );
}

function QueueRow(props: { row: Row; number: number }): JSX.Element {
    const agent = useAgent();
    const [busy, setBusy] = createSignal(false);
    const run = async (what: string, action: () => Promise<void>) => {
        setBusy(true);
        await agent.attempt(what, action);
        setBusy(false);
    };
    return (
        <li
            class={css.item}
            aria-label={`Queued message ${props.number}`}
            data-item-id={props.row.id}
            data-state={props.row.state}
        >
            <span class={css.number} aria-hidden="true">
                {props.number}
            </span>
            <span class={css.itemText}>{props.row.text}</span>
            <Show when={props.row.author !== ""}>
                <span class={css.itemWhy}>{props.row.author}</span>
            </Show>
            <Show when={props.row.why !== ""}>
                <span class={css.itemWhy} title={props.row.why}>
                    {props.row.why}
                </span>
            </Show>
            <Show when={props.row.retry}>
                {(retry) => (
                    <IconButton
                        label={`Retry queued message ${props.number}`}
                        size="sm"
                        disabled={busy()}
                        onClick={() => void run("The message was not sent.", retry())}
                    >
                        <Icon of={RotateCcw} small />
                    </IconButton>
                )}
            </Show>
            <Show when={props.row.state !== "sending"}>
                <IconButton
                    label={`Delete queued message ${props.number}`}
                    size="sm"
                    disabled={busy()}
                    onClick={() => void run("The message was not deleted.", props.row.remove)}
                >
                    <Icon of={Trash} small />
                </IconButton>
            </Show>
        </li>
    );
}
