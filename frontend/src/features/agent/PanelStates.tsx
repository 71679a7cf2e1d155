// SPDX-License-Identifier: Apache-2.0
/** What a panel shows when its agent is not simply there: starting, failed, missing its program. */
import { Show, createResource, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import OctagonAlert from "lucide-solid/icons/octagon-alert";
import RotateCcw from "lucide-solid/icons/rotate-ccw";
import type { AgentError, AgentState } from "../../gen/leapmux/v1/agent_pb";
import { WorkerMethods } from "../../gen/leapmux/v1/worker_pb";
import type { Provider } from "../../gen/leapmux/v1/worker_pb";
import { phaseWords } from "../../model/agent";
import { stripAnsi } from "../../model/ansi";
import { elapsed } from "../../model/format";
import { useStores } from "../../stores/context";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Ring } from "../../ui/Spinner";
import { createSeconds } from "../../ui/clock";
import * as css from "./chat.css";
import { useAgent } from "./context";

/** Lines of error output that are shown before somebody asks for the rest. */
const FIRST_LINES = 8;

/** The start goes on: which phase, since when, and the way out. */
export function Starting(props: { state: AgentState | undefined; centred: boolean }): JSX.Element {
    const agent = useAgent();
    const now = createSeconds();
    const [busy, setBusy] = createSignal(false);
    const since = () => Number(props.state?.sinceMs ?? 0n);
    const cancel = async () => {
        setBusy(true);
        await agent.attempt("The start was not cancelled.", () => agent.store.cancelStart());
        setBusy(false);
    };
    return (
        <div class={props.centred ? css.centre : css.block}>
            <Show when={props.centred}>
                <Ring />
            </Show>
            <div>Starting: {lowerFirst(phaseWords(props.state))}</div>
            <div class={`${css.small} num`}>
                <Show when={props.state?.phaseText}>{(text) => <span>{text()} · </span>}</Show>
                <Show when={since() > 0}>{elapsed(now() - since())}</Show>
            </div>
            <Button size="sm" busy={busy()} onClick={() => void cancel()}>
                Cancel start
            </Button>
        </div>
    );
}

function lowerFirst(text: string): string {
    return text.charAt(0).toLowerCase() + text.slice(1);
}

const TITLES: Record<string, string> = {
    EXITED: "The agent ended",
    START_FAILED: "The agent did not start",
    START_TIMEOUT: "The agent did not start in time",
    RESUME_FAILED: "The session was not resumed",
    NOT_INSTALLED: "The agent's program is not installed",
    NOT_LOGGED_IN: "The agent's program is not logged in",
};

/** The agent is in state error. */
export function Failed(props: {
    error: AgentError | undefined;
    hasSession: boolean;
    onRetry: () => Promise<void>;
    onResume: () => Promise<void>;
}): JSX.Element {
    const [busy, setBusy] = createSignal<"retry" | "resume">();
    const press = (which: "retry" | "resume", run: () => Promise<void>) => {
        setBusy(which);
        const done = () => setBusy(undefined);
        run().then(done, done);
    };
    const code = () => {
        const e = props.error;
        if (!e) return "";
        const how =
            e.exitSignal !== "" ? e.exitSignal : e.exitCode >= 0 ? `exit ${e.exitCode}` : "";
        return [e.reason, how].filter((part) => part !== "").join(" · ");
    };
    return (
        <div class={css.block}>
            <div class={css.blockTitle}>
                <span class={css.blockIcon}>
                    <Icon of={OctagonAlert} />
                </span>
                {TITLES[props.error?.reason ?? ""] ?? "The agent stopped"}
            </div>
            <Show when={props.error?.message}>
                {(message) => <p class={css.blockText}>{message()}</p>}
            </Show>
            <ErrorOutput
                text={props.error?.stderrTail ?? ""}
                besides={props.error?.message ?? ""}
            />
            <Show when={code() !== ""}>
                <div class={css.blockCode}>{code()}</div>
            </Show>
            <div class={css.blockButtons}>
                <Button
                    icon={<Icon of={RotateCcw} small />}
                    busy={busy() === "retry"}
                    disabled={busy() !== undefined}
                    onClick={() => press("retry", () => props.onRetry())}
                >
                    Retry
                </Button>
                <Show when={props.hasSession}>
                    <Button
                        busy={busy() === "resume"}
                        disabled={busy() !== undefined}
                        onClick={() => press("resume", () => props.onResume())}
                    >
                        Resume session
                    </Button>
                </Show>
            </div>
        </div>
    );
}

/** The last lines that a program wrote, the rest on demand. */
function ErrorOutput(props: { text: string; besides: string }): JSX.Element {
    const [whole, setWhole] = createSignal(false);
    const text = () => stripAnsi(props.text).trim();
    const lines = () => text().split("\n");
    const shown = () => (whole() ? lines() : lines().slice(-FIRST_LINES)).join("\n");
    return (
        <Show when={text() !== "" && !props.besides.includes(text())}>
            <pre class={css.blockOutput} tabindex="0" role="group" aria-label="Error output">
                {shown()}
            </pre>
            <Show when={!whole() && lines().length > FIRST_LINES}>
                <Button size="sm" onClick={() => setWhole(true)}>
                    Show more
                </Button>
            </Show>
        </Show>
    );
}

/** What a provider's program needs from a person. */
export interface CliTrouble {
    reason: "NOT_INSTALLED" | "NOT_LOGGED_IN";
    /** The program's own words. */
    words: string;
}

/** The program is missing or not logged in: its words, what to do, and a way to look again. */
export function CliBlock(props: {
    trouble: CliTrouble;
    /** The program is there now. */
    onFound: () => Promise<void>;
}): JSX.Element {
    const agent = useAgent();
    const { link } = useStores();
    const [busy, setBusy] = createSignal(false);
    const [still, setStill] = createSignal(false);
    const ask = async (refresh: boolean): Promise<Provider | undefined> => {
        const answer = await link.callWorker(agent.workerId, WorkerMethods.method.listProviders, {
            refresh,
        });
        const id = agent.summary()?.provider ?? "claude";
        return answer.providers.find((p) => p.id === id);
    };
    const [provider, { mutate }] = createResource(() => ask(false).catch(() => undefined));
    const name = () => provider()?.name ?? "the program";
    const missing = () => props.trouble.reason === "NOT_INSTALLED";

    const check = async () => {
        setBusy(true);
        setStill(false);
        await agent.attempt("The check did not work.", async () => {
            const found = await ask(true);
            mutate(found);
            if (found?.available === true) await props.onFound();
            else setStill(true);
        });
        setBusy(false);
    };

    return (
        <div class={css.block}>
            <div class={css.blockTitle}>
                <span class={css.blockIcon}>
                    <Icon of={OctagonAlert} />
                </span>
                {missing() ? `${name()} is not installed` : `${name()} is not logged in`}
            </div>
            <p class={css.blockText}>{props.trouble.words}</p>
            <Show
                when={missing()}
                fallback={
                    <>
                        <p>
                            Run this once in a terminal on the worker and log in, then check again.
                        </p>
                        <code class={css.commandLine}>{commandOf(provider())}</code>
                    </>
                }
            >
                <Show when={provider()?.installHint}>
                    {(hint) => (
                        <>
                            <p>Install it on the worker, then check again.</p>
                            <code class={css.commandLine}>{hint()}</code>
                        </>
                    )}
                </Show>
            </Show>
            <Show when={still()}>
                <p class={css.small}>{provider()?.reason || "It was not found."}</p>
            </Show>
            <Button icon={<Icon of={RotateCcw} small />} busy={busy()} onClick={() => void check()}>
                Check again
            </Button>
        </div>
    );
}

/** The command that a person types: the provider's id is its program's name. */
function commandOf(provider: Provider | undefined): string {
    return provider?.id ?? "claude";
}
