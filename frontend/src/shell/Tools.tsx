// SPDX-License-Identifier: Apache-2.0
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import CircleCheck from "lucide-solid/icons/circle-check";
import CircleDashed from "lucide-solid/icons/circle-dashed";
import CircleDot from "lucide-solid/icons/circle-dot";
import { TodoState } from "../gen/leapmux/v1/agent_pb";
import type { Todo } from "../gen/leapmux/v1/agent_pb";
import { pathText } from "../model/format";
import { useStores } from "../stores/context";
import { useWorkspace } from "../stores/workspace";
import { Icon } from "../ui/Icon";
import { Dot } from "../ui/Spinner";
import { Section } from "./Section";
import * as css from "./shell.css";

/** The right column: what belongs to the active tab. */
export function Tools(): JSX.Element {
    const { hub } = useStores();
    const workspace = useWorkspace();
    const agent = workspace.activeAgent;
    const todos = () => {
        const a = agent();
        return a === undefined ? [] : workspace.chats.get(a.workerId, a.id).chat.todos;
    };
    const alive = () => hub.data.links[agent()?.workerId ?? ""]?.alive === true;
    const done = () => todos().filter((t) => t.state === TodoState.DONE).length;

    return (
        <aside aria-label="Tools" class={css.column}>
            <div class={css.band}>
                <Show when={agent()}>
                    {(a) => (
                        <>
                            <Dot kind={alive() ? "alive" : "off"} />
                            <span class={css.workspaceTitle}>
                                {hub.worker(a().workerId)?.name ?? ""}
                            </span>
                            <span
                                class={`${css.facts} ${css.path} mono`}
                                title={pathText(a().workingDir)}
                            >
                                <bdi>{pathText(a().workingDir)}</bdi>
                            </span>
                        </>
                    )}
                </Show>
            </div>
            <div class={css.scroll}>
                <Section
                    name="To-dos"
                    note={todos().length > 0 ? `${done()} of ${todos().length}` : undefined}
                >
                    <Show
                        when={todos().length > 0}
                        fallback={<p class={css.hint}>The agent has no to-do list.</p>}
                    >
                        <ul aria-label="To-dos">
                            <For each={todos()}>{(todo) => <TodoRow todo={todo} />}</For>
                        </ul>
                    </Show>
                </Section>
            </div>
        </aside>
    );
}

function TodoRow(props: { todo: Todo }): JSX.Element {
    const state = () =>
        props.todo.state === TodoState.DONE
            ? "done"
            : props.todo.state === TodoState.ACTIVE
              ? "active"
              : "pending";
    const icon = () => ({ done: CircleCheck, active: CircleDot, pending: CircleDashed })[state()];
    return (
        <li class={css.todo} aria-label={props.todo.text} data-state={state()}>
            <span class={css.todoIcon}>
                <Icon of={icon()} small />
            </span>
            <span>{props.todo.text}</span>
        </li>
    );
}
