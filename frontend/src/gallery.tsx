// SPDX-License-Identifier: Apache-2.0
/**
 * Panels in all their states, fed with made-up data: for looking at, with `npm run dev` at
 * /gallery.html?show=<name>&theme=dark. It is no part of the built page.
 */
import { For, render } from "solid-js/web";
import type { JSX } from "solid-js";
import { LiveKind, ProcessState, StartPhase, ToolKind, TurnState } from "./gen/leapmux/v1/agent_pb";
import { WorkerMethods } from "./gen/leapmux/v1/worker_pb";
import { LinkError } from "./link/link";
import {
    EDIT_PERMISSION,
    PERMISSION,
    PLAN,
    QUESTION,
    Script,
    sampleTalk,
} from "./features/agent/sample";
import { IDLE, SamplePanel, WORKING, sampleLink, tell } from "./features/agent/sample-panel";
import type { EventInit, SampleOptions } from "./features/agent/sample-panel";
import type { LinkState } from "./link/link";
import { App } from "./shell/App";
import { sampleShell, tellAllOf } from "./shell/sample-shell";
import type { SampleAgent } from "./shell/sample-shell";
import "./styles/global.css";

const params = new URLSearchParams(location.search);
for (const name of ["theme", "contrast", "density"]) {
    const value = params.get(name);
    if (value !== null) document.documentElement.dataset[name] = value;
}

const WAITING = { ...WORKING, turnState: TurnState.WAITING };
const SHORT = new Script()
    .user("Replace the fixed retry delay. Ask me where the behaviour is a matter of taste.")
    .add({ case: "thinking", value: { text: "Two decisions.", durationMs: 14_000n } })
    .text(
        "Before I delete the ticker I need two decisions from you. Both change what partners see.",
    ).messages;

/** Thousands of messages: has to stay smooth. */
function longTalk() {
    const script = new Script();
    for (let i = 0; i < 1000; i++) {
        script.user(`Question ${i}`);
        script.text(`Answer **${i}**.\n\n- one\n- two\n\n\`\`\`js\nlet a = ${i};\n\`\`\``);
        script.call(`c${i}`, ToolKind.BASH, "Bash", { command: `echo ${i}` });
        script.done(`c${i}`, `${i}\n`, { exitCode: 0, ms: 12 });
        script.add({ case: "result", value: { ok: true, durationMs: 1200n, toolCalls: 1 } });
    }
    return script.messages;
}

interface Shown {
    options: SampleOptions;
    width?: number;
    height?: number;
    events?: EventInit[];
    prepare?: (link: ReturnType<typeof sampleLink>) => void;
}

const PANELS: Record<string, () => Shown[]> = {
    chat: () => [
        { options: { messages: sampleTalk(false), state: IDLE }, width: 900, height: 1900 },
    ],
    running: () => [
        {
            options: { messages: sampleTalk(true), state: WORKING },
            width: 900,
            height: 1500,
            events: [
                {
                    case: "live",
                    value: {
                        blockId: "x",
                        kind: LiveKind.TEXT,
                        text: "All twenty runs pass. The unused import is gone, so it `cannot",
                    },
                },
            ],
        },
    ],
    long: () => [{ options: { messages: longTalk(), state: WORKING }, width: 900, height: 800 }],
    cards: () => [
        { options: { messages: SHORT, state: WAITING, prompts: [QUESTION] } },
        {
            options: {
                messages: SHORT,
                state: WAITING,
                prompts: [PERMISSION, EDIT_PERMISSION],
                queue: [
                    { id: "q1", text: "Also log the chosen delay at debug level" },
                    {
                        id: "q2",
                        text: "Then open a draft pull request",
                        authorName: "Mika",
                        authorId: "m",
                    },
                ],
            },
        },
        { options: { messages: SHORT, state: WAITING, prompts: [PLAN] } },
        { options: { messages: SHORT, state: WAITING, prompts: [EDIT_PERMISSION] } },
        { options: { messages: SHORT, state: WAITING, prompts: [PERMISSION], offline: true } },
    ],
    states: () => [
        { options: { silent: true } },
        {
            options: {
                state: {
                    turnState: TurnState.STARTING,
                    process: ProcessState.STARTING,
                    phase: StartPhase.HANDSHAKE,
                    phaseText: "claude 2.1.0 on build-01",
                    sinceMs: BigInt(Date.now() - 3000),
                },
            },
        },
        {
            options: {
                messages: SHORT,
                state: {
                    turnState: TurnState.ERROR,
                    process: ProcessState.NONE,
                    error: {
                        reason: "EXITED",
                        message: "The program ended while it was starting.",
                        stderrTail: "cannot find my library",
                        exitCode: 7,
                    },
                },
            },
        },
        {
            options: {
                messages: new Script().user("hello").add({
                    case: "result",
                    value: {
                        ok: false,
                        durationMs: 900n,
                        error: "Not logged in · Please run /login",
                        errorReason: "NOT_LOGGED_IN",
                    },
                }).messages,
            },
        },
        {
            options: {
                state: {
                    turnState: TurnState.ERROR,
                    error: {
                        reason: "NOT_INSTALLED",
                        message: "claude: command not found",
                        exitCode: -1,
                    },
                },
            },
        },
        { options: { messages: SHORT, offline: true } },
    ],
};

function Frame(props: { shown: Shown; index: number }): JSX.Element {
    /* eslint-disable solid/reactivity -- drawn once */
    const { shown } = props;
    const link = sampleLink(shown.options.offline !== true);
    link.on(WorkerMethods.method.listProviders, () => ({
        providers: [
            {
                id: "claude",
                name: "Claude Code",
                reason: "claude was not found",
                installHint: "npm install -g @anthropic-ai/claude-code",
            },
        ],
    }));
    link.on(WorkerMethods.method.sendMessage, () => {
        throw new LinkError({ code: "unavailable", reason: "WORKER_OFFLINE", message: "offline" });
    });
    Object.assign(window, { tellPanel: (event: EventInit) => tell(link, event) });
    setTimeout(() => {
        tell(link, ...(shown.events ?? []));
        if (shown.options.offline === true) {
            link.watches(WorkerMethods.method.watchAgent)[0]?.restart();
        }
    }, 50);
    return (
        <div
            style={{
                display: "flex",
                width: `${shown.width ?? 460}px`,
                height: `${shown.height ?? 640}px`,
                border: "1px solid var(--line)",
            }}
        >
            <SamplePanel
                link={link}
                options={{ agentId: `gallery${props.index}`, ...shown.options }}
            />
        </div>
    );
}

/** The whole page: tabs and a tree of many names, made-up Workers. */
function Page(): JSX.Element {
    const agents = Array.from({ length: Number(params.get("tabs") ?? 3) }, (_, i): SampleAgent => ({
        id: `agent${i}`,
        title: `Agent ${i + 1}`,
        tabTitle: i === 1 ? "Replace the fixed retry delay of the payment queue everywhere" : "",
        gitRoot: i === 2 ? "" : "payments-with-a-rather-long-repository-name",
        gitBranch: i === 0 ? "main" : "ana/retry-backoff-with-jitter-and-more-words",
        directory: "/home/ana/work/customers/northwind/payments-with-a-rather-long-name",
        unread: i === 3,
        state: {
            version: 1n,
            turnState: i === 1 ? TurnState.WAITING : TurnState.WORKING,
            pendingPrompts: i === 1 ? 2 : 0,
        },
    }));
    const hidden = { id: "hidden", title: "Agent 9", hidden: true };
    const sample = sampleShell({ agents: params.has("empty") ? [] : [...agents, hidden] });
    void tellAllOf(sample).then(() =>
        sample.link.setState((params.get("link") ?? "connected") as LinkState),
    );
    // the page has routes of its own
    history.replaceState(null, "", params.get("at") ?? "/");
    return <App link={sample.link} />;
}

render(
    () =>
        params.get("show") === "page" ? (
            <Page />
        ) : (
            <div style={{ display: "flex", "flex-wrap": "wrap", gap: "16px", padding: "16px" }}>
                <For each={PANELS[params.get("show") ?? "chat"]?.() ?? []}>
                    {(shown, i) => <Frame shown={shown} index={i()} />}
                </For>
            </div>
        ),
    document.getElementById("app") ?? document.body,
);
