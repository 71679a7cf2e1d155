// SPDX-License-Identifier: Apache-2.0
/** Entries that are no tool calls, each in the form of its kind. */
import { For, Match, Show, Switch, createMemo, createSignal, useContext } from "solid-js";
import type { JSX } from "solid-js";
import type { LucideIcon } from "lucide-solid";
import Brain from "lucide-solid/icons/brain";
import Check from "lucide-solid/icons/check";
import ChevronRight from "lucide-solid/icons/chevron-right";
import CircleAlert from "lucide-solid/icons/circle-alert";
import CircleCheck from "lucide-solid/icons/circle-check";
import CircleDashed from "lucide-solid/icons/circle-dashed";
import CircleDot from "lucide-solid/icons/circle-dot";
import CircleStop from "lucide-solid/icons/circle-stop";
import Gauge from "lucide-solid/icons/gauge";
import ListTodo from "lucide-solid/icons/list-todo";
import MapIcon from "lucide-solid/icons/map";
import { PromptState, TodoState } from "../../gen/leapmux/v1/agent_pb";
import type { Todo } from "../../gen/leapmux/v1/agent_pb";
import { articleName, bodyOf, textOf } from "../../model/chat";
import type { PlainEntry } from "../../model/chat";
import { duration, elapsed } from "../../model/format";
import { isFailure, limitText, limitWarns, noticeText, resultText } from "../../model/notice";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Ring } from "../../ui/Spinner";
import { createSeconds, nowInMinutes } from "../../ui/clock";
import { useStores } from "../../stores/context";
import * as css from "./chat.css";
import { CopyButton } from "./CopyButton";
import { useAgent } from "./context";
import { LogContext } from "./log-context";
import { Markdown } from "./Markdown";
import { MessageActions } from "./MessageActions";

/** Longer texts of a person are folded. */
const FOLD_LINES = 30;
const FOLD_CHARS = 4000;

/** One entry. Its kind never changes, so it is chosen once. */
export function PlainEntryView(props: { entry: PlainEntry }): JSX.Element {
    const agent = useAgent();
    const log = useContext(LogContext);
    // eslint-disable-next-line solid/reactivity -- the kind of an entry is for its life
    const view = VIEWS[props.entry.kind];
    return (
        <article
            class={view.frame}
            aria-label={articleName(props.entry, agent.ownUserId())}
            data-seq={props.entry.seq === 0 ? undefined : props.entry.seq}
            data-kind={props.entry.kind}
            data-live={props.entry.live ? "true" : undefined}
            data-marked={
                props.entry.seq !== 0 && log.marked() === props.entry.seq ? "true" : undefined
            }
        >
            {view.draw(props)}
        </article>
    );
}

interface View {
    frame: string;
    draw: (props: { entry: PlainEntry }) => JSX.Element;
}

const VIEWS: Record<PlainEntry["kind"], View> = {
    user: { frame: css.own, draw: UserView },
    text: { frame: css.message, draw: TextView },
    thinking: { frame: css.entry, draw: ThinkingView },
    todos: { frame: css.message, draw: TodosView },
    plan: { frame: css.entry, draw: PlanView },
    prompt_closed: { frame: css.entry, draw: AnswerView },
    rate_limit: { frame: css.entry, draw: LimitView },
    notice: { frame: css.entry, draw: NoticeView },
    result: { frame: css.entry, draw: ResultView },
};

/** Text that is folded when it is long. */
function Foldable(props: { text: string; lines?: number; children: JSX.Element }): JSX.Element {
    const [open, setOpen] = createSignal(false);
    const isLong = () =>
        props.text.length > FOLD_CHARS ||
        props.text.split("\n").length > (props.lines ?? FOLD_LINES);
    return (
        <Show when={isLong()} fallback={props.children}>
            <div class={open() ? "" : css.folded}>{props.children}</div>
            <Show when={!open()}>
                <div class={css.showMore}>
                    <Button size="sm" onClick={() => setOpen(true)}>
                        Show more
                    </Button>
                </div>
            </Show>
        </Show>
    );
}

function UserView(props: { entry: PlainEntry }): JSX.Element {
    const agent = useAgent();
    const text = () => textOf(props.entry);
    const isOther = () => props.entry.message?.authorId !== agent.ownUserId();
    return (
        <>
            <div class={css.bubble}>
                <Show when={isOther() && props.entry.message?.authorName}>
                    {(name) => <div class={css.author}>{name()}</div>}
                </Show>
                <Foldable text={text()}>
                    <Markdown text={text()} />
                </Foldable>
            </div>
            <Show when={props.entry.message}>
                {(message) => <MessageActions message={message()} text={text()} />}
            </Show>
        </>
    );
}

function TextView(props: { entry: PlainEntry }): JSX.Element {
    return (
        <>
            <div class={css.messageBody}>
                <Markdown text={textOf(props.entry)} live={props.entry.live} />
            </div>
            <Show when={props.entry.message}>
                {(message) => <MessageActions message={message()} text={textOf(props.entry)} />}
            </Show>
        </>
    );
}

function ThinkingView(props: { entry: PlainEntry }): JSX.Element {
    const { preferences } = useStores();
    const [chosen, setChosen] = createSignal<boolean>();
    const body = () => bodyOf(props.entry.message, "thinking");
    const text = () => textOf(props.entry).trim();
    const open = () => (chosen() ?? preferences.values.openThinking) && text() !== "";
    const line = () => (
        <>
            <span class={css.oneLineIcon}>
                <Icon of={Brain} />
            </span>
            <span>Thinking</span>
            <Show
                when={props.entry.live}
                fallback={
                    <Show when={Number(body()?.durationMs ?? 0n) > 0}>
                        <span class="num">{duration(Number(body()?.durationMs))}</span>
                    </Show>
                }
            >
                <LiveSeconds />
            </Show>
        </>
    );
    return (
        <>
            <Show when={text() !== ""} fallback={<div class={css.oneLine}>{line()}</div>}>
                <div class={css.oneLine} data-open={open() ? "true" : undefined}>
                    {line()}
                    <span class={css.chevron}>
                        <Icon of={ChevronRight} small />
                    </span>
                    <button
                        type="button"
                        class={css.foldButton}
                        aria-expanded={open()}
                        aria-label="Details"
                        onClick={() => setChosen(!open())}
                    />
                </div>
            </Show>
            <Show when={open()}>
                <div class={css.thought}>
                    <Markdown text={text()} live={props.entry.live} />
                </div>
            </Show>
        </>
    );
}

function LiveSeconds(): JSX.Element {
    const now = createSeconds();
    const since = now();
    return (
        <>
            <Ring />
            <span class="num">{elapsed(now() - since)}</span>
        </>
    );
}

const TODO_STATES: Record<TodoState, { name: keyof typeof css.todoStates; icon: LucideIcon }> = {
    [TodoState.UNSPECIFIED]: { name: "pending", icon: CircleDashed },
    [TodoState.PENDING]: { name: "pending", icon: CircleDashed },
    [TodoState.ACTIVE]: { name: "active", icon: CircleDot },
    [TodoState.DONE]: { name: "done", icon: CircleCheck },
};
const TODO_WORDS = { pending: "Open", active: "Active", done: "Done" } as const;

/** A list of to-dos with a mark for the state of each. */
export function TodoList(props: { items: Todo[]; label?: string }): JSX.Element {
    return (
        <ul class={css.todos} aria-label={props.label}>
            <For each={props.items}>
                {(item) => (
                    <li class={`${css.todo} ${css.todoStates[TODO_STATES[item.state].name]}`}>
                        <span class={css.todoIcon}>
                            <Icon of={TODO_STATES[item.state].icon} small />
                        </span>
                        <span class="vh">{TODO_WORDS[TODO_STATES[item.state].name]}: </span>
                        <span>{item.text}</span>
                    </li>
                )}
            </For>
        </ul>
    );
}

function TodosView(props: { entry: PlainEntry }): JSX.Element {
    const log = useContext(LogContext);
    const [open, setOpen] = createSignal(false);
    const items = () => bodyOf(props.entry.message, "todos")?.items ?? [];
    const done = () => items().filter((t) => t.state === TodoState.DONE).length;
    const active = () => items().find((t) => t.state === TodoState.ACTIVE)?.text;
    return (
        <>
            <span class={css.messageIcon}>
                <Icon of={ListTodo} />
            </span>
            <div class={css.messageBody}>
                <Show when={log.todosAreShown()} fallback={<TodoList items={items()} />}>
                    <div class={css.todoLine} data-open={open() ? "true" : undefined}>
                        <span>To-dos</span>
                        <Show when={active()}>{(text) => <span>{text()}</span>}</Show>
                        <span class={`${css.small} num`}>
                            {done()} of {items().length}
                        </span>
                        <span class={css.chevron}>
                            <Icon of={ChevronRight} small />
                        </span>
                        <button
                            type="button"
                            class={css.foldButton}
                            aria-label="Details"
                            aria-expanded={open()}
                            onClick={() => setOpen(!open())}
                        />
                    </div>
                    <Show when={open()}>
                        <TodoList items={items()} />
                    </Show>
                </Show>
            </div>
        </>
    );
}

function PlanView(props: { entry: PlainEntry }): JSX.Element {
    const plan = () => bodyOf(props.entry.message, "plan");
    const markdown = () => plan()?.markdown ?? "";
    return (
        <div class={css.frame}>
            <div class={css.frameHead}>
                <span class={css.frameIcon}>
                    <Icon of={MapIcon} />
                </span>
                <span class={`${css.frameTitle} clip`}>{plan()?.title || "Plan"}</span>
                <CopyButton label="Copy" text={markdown} />
            </div>
            <div class={css.frameBody}>
                <Foldable text={markdown()} lines={20}>
                    <Markdown text={markdown()} />
                </Foldable>
            </div>
        </div>
    );
}

function AnswerView(props: { entry: PlainEntry }): JSX.Element {
    const closed = () => bodyOf(props.entry.message, "promptClosed");
    const words = createMemo(() => {
        const c = closed();
        if (!c) return "";
        const by = c.byName === "" ? "" : ` (${c.byName})`;
        switch (c.state) {
            case PromptState.WITHDRAWN:
                return `${c.summary}: taken back by the agent`;
            case PromptState.EXPIRED:
                return `${c.summary}: expired without an answer`;
            case PromptState.ANSWERED:
            case PromptState.PENDING:
            case PromptState.UNSPECIFIED:
                return `${c.summary}: ${c.answerSummary}${by}`;
            default:
                return c.state satisfies never;
        }
    });
    return (
        <div class={css.oneLine}>
            <span class={css.oneLineIcon}>
                <Icon of={closed()?.state === PromptState.ANSWERED ? Check : CircleStop} />
            </span>
            <span class={css.oneLineWords}>{words()}</span>
        </div>
    );
}

function LimitView(props: { entry: PlainEntry }): JSX.Element {
    return (
        <Show when={bodyOf(props.entry.message, "rateLimit")}>
            {(limit) => (
                <div class={`${css.oneLine} ${limitWarns(limit()) ? css.warns : ""}`}>
                    <span class={css.oneLineIcon}>
                        <Icon of={Gauge} />
                    </span>
                    <span class={css.oneLineWords}>{limitText(limit(), nowInMinutes())}</span>
                </div>
            )}
        </Show>
    );
}

function NoticeView(props: { entry: PlainEntry }): JSX.Element {
    const [open, setOpen] = createSignal(false);
    const notice = () => bodyOf(props.entry.message, "notice");
    return (
        <Show when={notice()}>
            {(n) => (
                <div class={css.note}>
                    <span>{noticeText(n())}</span>
                    <Show when={n().detail !== ""}>
                        <button
                            type="button"
                            class={css.noteButton}
                            aria-expanded={open()}
                            onClick={() => setOpen(!open())}
                        >
                            Details
                        </button>
                        <Show when={open()}>
                            <pre class={css.noteDetail} tabindex="0">
                                {n().detail}
                            </pre>
                        </Show>
                    </Show>
                </div>
            )}
        </Show>
    );
}

function ResultView(props: { entry: PlainEntry }): JSX.Element {
    const log = useContext(LogContext);
    return (
        <Show when={bodyOf(props.entry.message, "result")}>
            {(result) => (
                <div class={`${css.divider} ${isFailure(result()) ? css.failed : ""}`}>
                    <span class={css.dividerIcon}>
                        <Switch fallback={<Icon of={CircleStop} small />}>
                            <Match when={isFailure(result())}>
                                <Icon of={CircleAlert} />
                            </Match>
                            <Match when={result().ok}>
                                <Icon of={Check} small />
                            </Match>
                        </Switch>
                    </span>
                    <span class={css.dividerWords}>{resultText(result())}</span>
                    <Show when={log.retryable() === props.entry.key}>
                        <Button size="sm" onClick={() => log.retry()}>
                            Retry
                        </Button>
                    </Show>
                </div>
            )}
        </Show>
    );
}
