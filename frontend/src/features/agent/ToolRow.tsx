// SPDX-License-Identifier: Apache-2.0
import { Match, Show, Switch, createContext, createMemo, createSignal, useContext } from "solid-js";
import type { JSX } from "solid-js";
import type { LucideIcon } from "lucide-solid";
import Check from "lucide-solid/icons/check";
import CircleQuestionMark from "lucide-solid/icons/circle-question-mark";
import CircleX from "lucide-solid/icons/circle-x";
import FilePen from "lucide-solid/icons/file-pen";
import FilePlus from "lucide-solid/icons/file-plus";
import FileText from "lucide-solid/icons/file-text";
import Globe from "lucide-solid/icons/globe";
import Hand from "lucide-solid/icons/hand";
import ListTodo from "lucide-solid/icons/list-todo";
import MapIcon from "lucide-solid/icons/map";
import Plug from "lucide-solid/icons/plug";
import Search from "lucide-solid/icons/search";
import Terminal from "lucide-solid/icons/terminal";
import TextSearch from "lucide-solid/icons/text-search";
import Workflow from "lucide-solid/icons/workflow";
import Wrench from "lucide-solid/icons/wrench";
import { ToolKind } from "../../gen/leapmux/v1/agent_pb";
import { articleName, bodyOf } from "../../model/chat";
import type { ToolEntry } from "../../model/chat";
import { elapsed } from "../../model/format";
import { hasBody, toolLine } from "../../model/tool";
import type { ToolSubject } from "../../model/tool";
import { Icon } from "../../ui/Icon";
import { Ring } from "../../ui/Spinner";
import { createSeconds } from "../../ui/clock";
import { ChangeCounts } from "./ChangeCounts";
import * as chat from "./chat.css";
import { useAgent } from "./context";
import { EntryList } from "./EntryList";
import { LogContext } from "./log-context";
import { Part, ToolBody } from "./parts";
import * as css from "./tool.css";

const ICONS: Record<ToolKind, LucideIcon> = {
    [ToolKind.UNSPECIFIED]: Wrench,
    [ToolKind.BASH]: Terminal,
    [ToolKind.READ]: FileText,
    [ToolKind.WRITE]: FilePlus,
    [ToolKind.EDIT]: FilePen,
    [ToolKind.SEARCH]: TextSearch,
    [ToolKind.FETCH]: Globe,
    [ToolKind.WEB_SEARCH]: Search,
    [ToolKind.TASK]: Workflow,
    [ToolKind.TODO]: ListTodo,
    [ToolKind.PLAN]: MapIcon,
    [ToolKind.QUESTION]: CircleQuestionMark,
    [ToolKind.MCP]: Plug,
    [ToolKind.OTHER]: Wrench,
};

/** How deep in tasks this is drawn; 0 at the top. */
const Depth = createContext(0);

/** A tool call with what came of it: one line, a body when opened, a task's messages below. */
export function ToolRow(props: { entry: ToolEntry }): JSX.Element {
    const agent = useAgent();
    const log = useContext(LogContext);
    const depth = useContext(Depth);
    const call = () => bodyOf(props.entry.call, "toolCall");
    const line = createMemo(() => toolLine(props.entry, agent.workingDir()));
    const isTask = () => call()?.tool === ToolKind.TASK;

    // what failed or changed a file in the newest turn stands open, and stays so behind it
    const notable = () => {
        const kind = call()?.tool;
        const changed =
            (kind === ToolKind.EDIT || kind === ToolKind.WRITE) && props.entry.state === "ok";
        return (
            (changed || props.entry.state === "failed") &&
            props.entry.call.turnId === log.newestTurn()
        );
    };
    const byItself = createMemo((before: boolean) => before || notable(), false);
    const [chosen, setChosen] = createSignal<boolean>();
    const body = () => hasBody(props.entry);
    const open = () => (chosen() ?? byItself()) && body();
    const lane = () =>
        props.entry.children.length > 0 && (chosen() ?? props.entry.state === "running");

    return (
        <article
            class={`${css.tool} ${chat.contained}`}
            aria-label={articleName(props.entry, agent.ownUserId())}
            data-seq={props.entry.seq}
            data-kind="tool_call"
            data-state={props.entry.state}
            data-lane={lane() ? "true" : undefined}
        >
            <div class={css.box}>
                <div
                    class={`${css.line} ${css.states[props.entry.state]}`}
                    data-open={open() ? "true" : undefined}
                >
                    <span class={css.icon}>
                        <Icon of={ICONS[call()?.tool ?? ToolKind.OTHER]} />
                    </span>
                    <span class={css.word}>{line().word}</span>
                    <Subject of={line().subject} />
                    <span class={css.end}>
                        <Show when={line().added !== undefined}>
                            <ChangeCounts added={line().added ?? 0} removed={line().removed ?? 0} />
                        </Show>
                        <Show when={line().facts.length > 0}>
                            <span>{line().facts.join(" · ")}</span>
                        </Show>
                        <StateMark entry={props.entry} />
                    </span>
                    <Show when={body()}>
                        <button
                            type="button"
                            class={css.open}
                            aria-label="Details"
                            aria-expanded={open() || (isTask() && lane())}
                            onClick={() => setChosen(!(open() || (isTask() && lane())))}
                        />
                    </Show>
                </div>
                <Show when={open()}>
                    <Part>
                        <ToolBody entry={props.entry} />
                    </Part>
                </Show>
            </div>
            <Show when={lane()}>
                <div class={css.lanes[Math.min(depth, 3) as 0 | 1 | 2 | 3]}>
                    <Depth.Provider value={depth + 1}>
                        <EntryList entries={props.entry.children} />
                    </Depth.Provider>
                </div>
            </Show>
        </article>
    );
}

function Subject(props: { of: ToolSubject }): JSX.Element {
    const as = <T extends ToolSubject["type"]>(type: T) =>
        props.of.type === type ? (props.of as Extract<ToolSubject, { type: T }>) : undefined;
    return (
        <Switch>
            <Match when={as("command")}>{(s) => <span class={css.command}>{s().text}</span>}</Match>
            <Match when={as("words")}>{(s) => <span class={css.words}>{s().text}</span>}</Match>
            <Match when={as("path")}>
                {(s) => (
                    <span class={css.path} title={`${s().dir}${s().name}`}>
                        <span class={css.dir}>{s().dir}</span>
                        <span class={css.name}>{s().name}</span>
                        <span class={css.range}>{s().lines}</span>
                    </span>
                )}
            </Match>
            <Match when={as("search")}>
                {(s) => (
                    <>
                        <span class={css.command}>{s().pattern}</span>
                        <Show when={s().place !== ""}>
                            <span class={css.quiet}>in</span>
                            <span class={css.command}>{s().place}</span>
                        </Show>
                    </>
                )}
            </Match>
        </Switch>
    );
}

function StateMark(props: { entry: ToolEntry }): JSX.Element {
    return (
        <Switch>
            <Match when={props.entry.state === "running"}>
                <Running sinceMs={Number(props.entry.call.atMs)} />
            </Match>
            <Match when={props.entry.state === "ok"}>
                <Icon of={Check} small />
            </Match>
            <Match when={props.entry.state === "failed"}>
                <Icon of={CircleX} small />
            </Match>
            <Match when={props.entry.state === "denied"}>
                <Icon of={Hand} small />
            </Match>
        </Switch>
    );
}

function Running(props: { sinceMs: number }): JSX.Element {
    const now = createSeconds();
    return (
        <>
            <Ring />
            <span>{elapsed(now() - props.sinceMs)}</span>
        </>
    );
}
