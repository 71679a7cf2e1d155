// SPDX-License-Identifier: Apache-2.0
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import { bodyOf } from "../../model/chat";
import { dollars, tokens } from "../../model/format";
import { limitText } from "../../model/notice";
import { Dialog } from "../../ui/Dialog";
import { nowInMinutes } from "../../ui/clock";
import { CopyButton } from "./CopyButton";
import * as css from "./composer.css";
import { useAgent } from "./context";
import { CONTEXT_WARNS } from "./StatusLine";

/** Facts of the session: context, tokens, cost, limits, where it runs. */
export function DetailsDialog(props: { onClose: () => void }): JSX.Element {
    const agent = useAgent();
    const chat = agent.store.chat;
    const share = () => {
        const usage = chat.usage;
        if (!usage || usage.contextWindow === 0n) return 0;
        return Math.min(1, Number(usage.contextUsed) / Number(usage.contextWindow));
    };
    const percent = () => Math.round(share() * 100);
    const counts = () => {
        const turn = chat.usage?.turn;
        if (!turn) return [];
        return [
            { name: "Input", n: turn.input },
            { name: "From cache", n: turn.cacheRead },
            { name: "Into cache", n: turn.cacheWrite },
            { name: "Output", n: turn.output },
        ];
    };
    /** The newest word about each limit. */
    const limits = () => {
        const newest = new Map(
            chat.entries.flatMap((e) => {
                const limit = e.type === "plain" ? bodyOf(e.message, "rateLimit") : undefined;
                return limit ? [[limit.limit, limit] as const] : [];
            }),
        );
        return [...newest.values()];
    };

    return (
        <Dialog title="Agent details" width="md" onClose={() => props.onClose()}>
            <div class={css.rows}>
                <span class={css.term}>Context</span>
                <span class={css.value}>
                    <span
                        class={css.bar}
                        role="progressbar"
                        aria-label="Context"
                        aria-valuemin="0"
                        aria-valuemax="100"
                        aria-valuenow={percent()}
                    >
                        <span
                            class={css.fill[share() >= CONTEXT_WARNS ? "near" : "normal"]}
                            style={{ display: "block", width: `${percent()}%` }}
                        />
                    </span>
                    <span class="num">{percent()} %</span>
                    <Show when={chat.usage}>
                        {(usage) => (
                            <span class={`${css.note} num`}>
                                {tokens(usage().contextUsed)} of {tokens(usage().contextWindow)}
                            </span>
                        )}
                    </Show>
                </span>
                <For each={counts()}>
                    {(count) => (
                        <>
                            <span class={css.term}>{count.name}</span>
                            <span class={`${css.value} num`}>{tokens(count.n)} tokens</span>
                        </>
                    )}
                </For>
                <Show when={chat.usage}>
                    {(usage) => (
                        <>
                            <span class={css.term}>Cost</span>
                            <span class={`${css.value} num`}>
                                {dollars(usage().costMicro)}
                                <Show when={usage().costIsEstimate}>
                                    <span class={css.note}>estimate</span>
                                </Show>
                            </span>
                        </>
                    )}
                </Show>
                <For each={limits()}>
                    {(limit) => (
                        <>
                            <span class={css.term}>Limit</span>
                            <span class={css.value}>{limitText(limit, nowInMinutes())}</span>
                        </>
                    )}
                </For>
                <span class={css.term}>Session</span>
                <span class={css.value}>
                    <Show
                        when={chat.session?.sessionRef}
                        fallback={<span class={css.note}>None yet</span>}
                    >
                        {(ref) => (
                            <>
                                <span class="mono">{ref()}</span>
                                <CopyButton label="Copy session ID" text={ref} />
                            </>
                        )}
                    </Show>
                </span>
                <span class={css.term}>Directory</span>
                <span class={`${css.value} mono`}>{agent.workingDir()}</span>
                <Show when={agent.summary()?.gitBranch}>
                    {(branch) => (
                        <>
                            <span class={css.term}>Branch</span>
                            <span class={`${css.value} mono`}>{branch()}</span>
                        </>
                    )}
                </Show>
                <Show when={chat.session?.cliVersion}>
                    {(version) => (
                        <>
                            <span class={css.term}>Version</span>
                            <span class={css.value}>{version()}</span>
                        </>
                    )}
                </Show>
            </div>
        </Dialog>
    );
}
