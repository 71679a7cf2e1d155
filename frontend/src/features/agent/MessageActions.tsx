// SPDX-License-Identifier: Apache-2.0
/** What can be done with a message: a small bar at its upper right, on hover and focus. */
import { Show, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import type { LucideIcon } from "lucide-solid";
import Check from "lucide-solid/icons/check";
import Code from "lucide-solid/icons/code";
import Copy from "lucide-solid/icons/copy";
import Link from "lucide-solid/icons/link";
import Quote from "lucide-solid/icons/quote";
import type { AgentMessage } from "../../gen/leapmux/v1/agent_pb";
import { exactTime, relativeTime } from "../../model/format";
import { Icon } from "../../ui/Icon";
import { nowInMinutes } from "../../ui/clock";
import * as css from "./chat.css";
import { useAgent } from "./context";

const DONE_MS = 1500;

/** A button of the bar; it says for a moment that it worked. */
function ActionButton(props: {
    label: string;
    icon: LucideIcon;
    /** Icons are drawn when the bar is first seen. */
    drawn: boolean;
    run: () => Promise<void>;
}): JSX.Element {
    const [done, setDone] = createSignal(false);
    const press = () => {
        props.run().then(
            () => {
                setDone(true);
                setTimeout(() => setDone(false), DONE_MS);
            },
            () => undefined,
        );
    };
    return (
        <button
            type="button"
            class={css.action}
            aria-label={props.label}
            title={props.label}
            onClick={press}
        >
            <Show when={props.drawn}>
                <Icon of={done() ? Check : props.icon} small />
            </Show>
        </button>
    );
}

/** The provider's own line behind a message, as text. */
async function copyRaw(raw: Promise<Uint8Array>): Promise<void> {
    await navigator.clipboard.writeText(new TextDecoder().decode(await raw));
}

/** "Copy raw" alone, for tools. */
export function CopyRaw(props: { message: AgentMessage }): JSX.Element {
    const agent = useAgent();
    return (
        <Show when={props.message.hasRaw}>
            <ActionButton
                label="Copy raw"
                icon={Code}
                drawn
                run={async () => {
                    await agent.attempt("The raw line was not copied.", () =>
                        copyRaw(agent.store.raw(props.message.seq)),
                    );
                }}
            />
        </Show>
    );
}

export function MessageActions(props: { message: AgentMessage; text: string }): JSX.Element {
    const agent = useAgent();
    const [drawn, setDrawn] = createSignal(false);
    const atMs = () => Number(props.message.atMs);
    const address = () => {
        const url = new URL(window.location.href);
        url.search = `?tab=${agent.tabId}&seq=${props.message.seq}`;
        url.hash = "";
        return url.href;
    };
    return (
        <div
            class={css.actions}
            ref={(bar) => {
                const article = () => bar.closest("article");
                queueMicrotask(() => {
                    article()?.addEventListener("pointerenter", () => setDrawn(true));
                    article()?.addEventListener("focusin", () => setDrawn(true));
                });
            }}
        >
            <time
                class={css.time}
                datetime={new Date(atMs()).toISOString()}
                title={exactTime(atMs())}
            >
                {relativeTime(atMs(), nowInMinutes())}
            </time>
            <ActionButton
                label="Copy"
                icon={Copy}
                drawn={drawn()}
                run={() => navigator.clipboard.writeText(props.text)}
            />
            <Show when={props.message.hasRaw}>
                <ActionButton
                    label="Copy raw"
                    icon={Code}
                    drawn={drawn()}
                    run={async () => {
                        await agent.attempt("The raw line was not copied.", () =>
                            copyRaw(agent.store.raw(props.message.seq)),
                        );
                    }}
                />
            </Show>
            <ActionButton
                label="Quote"
                icon={Quote}
                drawn={drawn()}
                run={() => {
                    agent.quote(props.text);
                    return Promise.resolve();
                }}
            />
            <ActionButton
                label="Copy link"
                icon={Link}
                drawn={drawn()}
                run={() => navigator.clipboard.writeText(address())}
            />
        </div>
    );
}
