// SPDX-License-Identifier: Apache-2.0
/** The panel of an agent: its chat, its requests, its queue, and where one writes to it. */
import {
    Match,
    Show,
    Switch,
    createEffect,
    createMemo,
    createSignal,
    on,
    onCleanup,
} from "solid-js";
import type { JSX } from "solid-js";
import { provideActions } from "../../actions/actions";
import { agentActions } from "../../actions/agent";
import { linkName, phaseName, processName, settingsState, turnName } from "../../model/agent";
import { bodyOf } from "../../model/chat";
import { pathText } from "../../model/format";
import { lastResult } from "../../model/log";
import { isFailure } from "../../model/notice";
import { announcement } from "../../model/request";
import type { KnownAgent } from "../../stores/agents";
import { useStores } from "../../stores/context";
import { createHeld } from "../../stores/held";
import { useWorkspace } from "../../stores/workspace";
import { ErrorState, Skeleton } from "../../ui/States";
import * as css from "./chat.css";
import { ChatLog } from "./ChatLog";
import type { LogHandle } from "./ChatLog";
import { Composer } from "./Composer";
import type { ComposerHandle } from "./Composer";
import * as dock from "./composer.css";
import { AgentContext } from "./context";
import type { AgentContextValue } from "./context";
import { Markdown } from "./Markdown";
import { CliBlock, Failed, Starting } from "./PanelStates";
import type { CliTrouble } from "./PanelStates";
import { preloadParts } from "./parts";
import { Queue } from "./Queue";
import { Requests } from "./RequestCard";
import type { RequestHandle } from "./RequestCard";

/** An interrupt that is not confirmed by then may be forced. */
const FORCE_AFTER_MS = 5000;

export interface AgentPanelProps {
    tabId: string;
    workerId: string;
    agentId: string;
    title: string;
    /** As the workspace's watch tells it; absent until it does. */
    summary: KnownAgent | undefined;
}

export function AgentPanel(props: AgentPanelProps): JSX.Element {
    const { hub, notices } = useStores();
    const workspace = useWorkspace();
    // eslint-disable-next-line solid/reactivity -- a panel is of one agent for its life
    const { tabId, workerId, agentId } = props;
    const store = workspace.chats.get(workerId, agentId);
    const chat = store.chat;

    const link = createMemo(() =>
        linkName(chat.phase, hub.state() === "connected", hub.worker(workerId)?.online === true),
    );
    const isLive = () => link() === "live";
    const state = () => chat.state ?? props.summary?.state;
    const turn = createMemo(() => turnName(state()));
    const held = createHeld(localStorage, agentId, isLive, (text, id) => store.send(text, id));
    const attempt: AgentContextValue["attempt"] = async (what, action) => {
        try {
            await action();
            return true;
        } catch (error) {
            notices.error(what, error);
            return false;
        }
    };

    let log: LogHandle | undefined;
    let composer: ComposerHandle | undefined;
    let requests: RequestHandle | undefined;
    const agent: AgentContextValue = {
        tabId,
        workerId,
        agentId,
        store,
        held,
        summary: () => props.summary,
        ownUserId: () => hub.data.user?.id ?? "",
        link,
        isLive,
        workingDir: () => pathText(props.summary?.workingDir ?? new Uint8Array()),
        attempt,
        quote: (text) => composer?.append(text.replace(/^/gm, "> ")),
    };

    // what waited here goes as soon as the Worker can be asked
    createEffect(() => {
        if (isLive()) held.flush();
    });
    createEffect(() => held.seen(arrivedIds(store)));

    const send = (text: string) => {
        held.add(text);
        log?.toBottom();
    };
    const start = async () => {
        await attempt("The agent was not started.", () => store.start());
    };

    const interrupt = createInterrupt(
        turn,
        () => state()?.turnId ?? "",
        (force) => attempt("The agent was not interrupted.", () => store.interrupt(force)),
    );

    let beforePlan = "";
    const togglePlan = () => {
        const mode = chat.session?.permissionMode ?? "";
        if (!isLive() || chat.session?.modes.includes("plan") !== true) return;
        if (mode !== "plan") beforePlan = mode;
        const next = mode === "plan" ? beforePlan || "default" : "plan";
        void attempt("The mode was not changed.", () => store.setMode(next));
    };

    preloadParts();
    provideActions(
        agentActions({
            canInterrupt: interrupt.possible,
            interrupt: () => void interrupt.run(),
            hasRequest: () => chat.prompts.length > 0,
            goToRequest: () => requests?.focus(),
            hasPermission: () => requests?.permission() !== undefined,
            allow: () => requests?.permission()?.allow(),
            deny: () => requests?.permission()?.deny(),
            focusComposer: () => composer?.focus(),
        }),
    );

    // what the newest turn left behind
    const [checked, setChecked] = createSignal(0);
    const ended = createMemo(() => {
        const entry = lastResult(chat.entries);
        const result = bodyOf(entry?.message, "result");
        return entry && result && isFailure(result) ? { entry, result } : undefined;
    });
    const trouble = createMemo((): CliTrouble | undefined => {
        const error = turn() === "error" ? state()?.error : undefined;
        if (error?.reason === "NOT_INSTALLED" || error?.reason === "NOT_LOGGED_IN") {
            return { reason: error.reason, words: error.message };
        }
        const end = ended();
        if (!end || end.result.errorReason !== "NOT_LOGGED_IN") return undefined;
        if (end.entry.seq === checked() || turn() === "working") return undefined;
        return { reason: "NOT_LOGGED_IN", words: end.result.error };
    });
    const onFound = async () => {
        setChecked(ended()?.entry.seq ?? 0);
        if (turn() === "error" || processName(state()) === "none") await store.start();
    };
    const again = async () => {
        const text = unansweredText(store);
        if (text === undefined || chat.queue.length > 0) await start();
        else send(text);
    };
    const retryable = () =>
        turn() === "idle" && trouble() === undefined ? ended()?.entry.key : undefined;

    const loading = () =>
        chat.entries.length === 0 && chat.lastSeq === 0 && chat.phase.kind === "loading";
    const refusal = () => (chat.phase.kind === "ended" ? chat.phase : undefined);
    const sendingHere = () => turn() === "working" || turn() === "waiting" || chat.queue.length > 0;

    return (
        <AgentContext.Provider value={agent}>
            <section
                class={css.panel}
                role="tabpanel"
                aria-label={props.title}
                data-tab-id={tabId}
                data-kind="agent"
                data-turn-state={turn()}
                data-process={processName(state())}
                data-phase={phaseName(state())}
                data-asleep={state()?.asleep === true ? "true" : undefined}
                data-link={link()}
                data-last-seq={chat.lastSeq}
                data-queue-length={chat.queue.length}
                data-pending-prompts={chat.prompts.length}
                data-model={chat.session?.model}
                data-permission-mode={chat.session?.permissionMode}
                data-settings={settingsState(chat.session)}
            >
                <Show
                    when={!loading()}
                    fallback={
                        <div class={css.logFrame}>
                            <Skeleton widths={["40%", "90%", "75%", "60%"]} />
                        </div>
                    }
                >
                    <ChatLog
                        handle={(handle) => (log = handle)}
                        retryable={retryable()}
                        onRetry={() => void again()}
                    >
                        <Unconfirmed shown={!sendingHere()} />
                        <Switch>
                            <Match when={trouble()}>
                                {(t) => <CliBlock trouble={t()} onFound={onFound} />}
                            </Match>
                            <Match when={turn() === "starting"}>
                                <Starting state={state()} centred={chat.entries.length === 0} />
                            </Match>
                            <Match when={turn() === "error"}>
                                <Failed
                                    error={state()?.error}
                                    hasSession={(chat.session?.sessionRef ?? "") !== ""}
                                    onRetry={again}
                                    onResume={start}
                                />
                            </Match>
                        </Switch>
                        <Show when={link() !== "revoked" && refusal()}>
                            {(why) => (
                                <ErrorState
                                    title="The chat cannot be followed."
                                    message={why().message}
                                    code={why().reason}
                                    onRetry={() => store.retry()}
                                />
                            )}
                        </Show>
                    </ChatLog>
                </Show>
                <div class={dock.dock}>
                    <Requests handle={(handle) => (requests = handle)} />
                </div>
                <Queue showsSending={sendingHere()} />
                <Composer
                    handle={(handle) => (composer = handle)}
                    onSend={send}
                    onTogglePlan={togglePlan}
                    state={state()}
                    link={link()}
                    canInterrupt={interrupt.possible()}
                    canForce={interrupt.canForce()}
                    interrupting={interrupt.asked()}
                    onInterrupt={() => void interrupt.run()}
                />
                <Announcements />
            </section>
        </AgentContext.Provider>
    );

    /** Said once and politely; the log itself is silent. */
    function Announcements(): JSX.Element {
        const [said, setSaid] = createSignal("");
        createEffect(
            on(turn, (now, before) => {
                const wasBusy = before === "working" || before === "waiting";
                if (wasBusy && now === "idle") setSaid("Agent finished");
                if (before !== undefined && before !== now && now === "error") {
                    setSaid("Agent stopped with an error");
                }
            }),
        );
        createEffect(
            on(
                () => chat.prompts.at(-1),
                (prompt, before) => {
                    if (prompt && prompt.promptId !== before?.promptId) {
                        setSaid(announcement(prompt));
                    }
                },
            ),
        );
        return (
            <div class="vh" role="status" aria-label="Announcements">
                {said()}
            </div>
        );
    }

    /** Own messages that the Worker has not confirmed, where they will stand. */
    function Unconfirmed(own: { shown: boolean }): JSX.Element {
        const items = () =>
            held.items.filter(
                (i) =>
                    i.state === "sending" || i.state === "sent" || (i.state === "held" && isLive()),
            );
        const newest = () => items().map((i) => i.text);
        return (
            <Show when={own.shown && newest().length > 0}>
                <div class={`${css.own} ${css.unconfirmed}`}>
                    <div class={css.bubble}>
                        <Markdown text={newest().join("\n\n")} />
                    </div>
                </div>
            </Show>
        );
    }
}

type Store = AgentContextValue["store"];

/** Ids of the messages of which the Worker has told. */
function arrivedIds(store: Store): Set<string> {
    const ids = new Set(store.chat.queue.map((item) => item.id));
    for (let i = store.chat.entries.length - 1; i >= 0; i--) {
        const entry = store.chat.entries[i];
        if (entry?.type !== "plain" || entry.kind !== "user") continue;
        const id = bodyOf(entry.message, "user")?.queueId ?? "";
        if (id !== "") ids.add(id);
    }
    return ids;
}

/** What a person wrote last, if the turn that it began has not ended well. */
function unansweredText(store: Store): string | undefined {
    const { entries } = store.chat;
    for (let i = entries.length - 1; i >= 0; i--) {
        const entry = entries[i];
        if (entry?.type !== "plain") continue;
        if (entry.kind === "user") return bodyOf(entry.message, "user")?.markdown;
        if (bodyOf(entry.message, "result")?.ok === true) return undefined;
    }
    return undefined;
}

/** Interrupting: asked for once, and by force when nothing came of it. */
function createInterrupt(
    turn: () => string,
    turnId: () => string,
    ask: (force: boolean) => Promise<boolean>,
) {
    const [askedFor, setAskedFor] = createSignal<string>();
    const [late, setLate] = createSignal(false);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const forget = () => {
        clearTimeout(timer);
        setAskedFor(undefined);
        setLate(false);
    };
    onCleanup(() => clearTimeout(timer));
    const possible = () => turn() === "working" || turn() === "waiting";
    createEffect(
        on([possible, turnId], ([can]) => {
            if (!can || askedFor() !== turnId()) forget();
        }),
    );
    return {
        possible,
        asked: () => askedFor() !== undefined,
        canForce: late,
        run: async () => {
            if (!possible() || (askedFor() !== undefined && !late())) return;
            const force = late();
            clearTimeout(timer);
            setLate(false);
            setAskedFor(turnId());
            timer = setTimeout(() => setLate(true), FORCE_AFTER_MS);
            if (!(await ask(force))) forget();
        },
    };
}
