// SPDX-License-Identifier: Apache-2.0
/** The entries of a log or of a task, in order; long runs of tool calls fold their older ones. */
import { For, Show, createMemo, createSignal, useContext } from "solid-js";
import type { JSX } from "solid-js";
import ChevronRight from "lucide-solid/icons/chevron-right";
import type { ChatEntry } from "../../model/chat";
import { planLog } from "../../model/log";
import { Icon } from "../../ui/Icon";
import * as css from "./chat.css";
import { PlainEntryView } from "./PlainEntryView";
import { LogContext } from "./log-context";
import { ToolRow } from "./ToolRow";
import * as tool from "./tool.css";

export function EntryList(props: { entries: ChatEntry[] }): JSX.Element {
    const log = useContext(LogContext);
    const [opened, setOpened] = createSignal<ReadonlySet<string>>(new Set());
    const plan = createMemo(() => planLog(props.entries, opened()));
    return (
        <For each={props.entries}>
            {(entry) => (
                <Show when={!plan().hidden.has(entry.key)}>
                    <Show when={log.firstUnread() === entry.key}>
                        <div class={css.unread} role="separator" aria-label="New">
                            New
                        </div>
                    </Show>
                    <Show when={plan().folds.get(entry.key)}>
                        {(fold) => (
                            <div class={tool.fold}>
                                <button
                                    type="button"
                                    class={tool.foldButton}
                                    onClick={() => setOpened(new Set([...opened(), fold().key]))}
                                >
                                    <span class={tool.icon}>
                                        <Icon of={ChevronRight} />
                                    </span>
                                    {fold().hidden} earlier tool calls
                                </button>
                            </div>
                        )}
                    </Show>
                    {entry.type === "tool" ? (
                        <ToolRow entry={entry} />
                    ) : (
                        <PlainEntryView entry={entry} />
                    )}
                </Show>
            )}
        </For>
    );
}
