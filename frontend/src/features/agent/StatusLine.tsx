// SPDX-License-Identifier: Apache-2.0
/** The line below the composer: turn, settings, use of the context, and the one action. */
import { Match, Show, Suspense, Switch, createSignal, lazy } from "solid-js";
import type { JSX } from "solid-js";
import { Portal } from "solid-js/web";
import CircleStop from "lucide-solid/icons/circle-stop";
import Info from "lucide-solid/icons/info";
import OctagonAlert from "lucide-solid/icons/octagon-alert";
import Settings from "lucide-solid/icons/settings-2";
import type { AgentState } from "../../gen/leapmux/v1/agent_pb";
import { keysText } from "../../actions/keys";
import { linkText, modeWords, modelWords, turnName, turnText } from "../../model/agent";
import type { LinkName } from "../../model/agent";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Dot, Ring } from "../../ui/Spinner";
import * as css from "./composer.css";
import { useAgent } from "./context";

/** A context that is fuller than this is worth a colour. */
export const CONTEXT_WARNS = 0.9;

const SettingsDialog = lazy(async () => ({
    default: (await import("./SettingsDialog")).SettingsDialog,
}));
const DetailsDialog = lazy(async () => ({
    default: (await import("./DetailsDialog")).DetailsDialog,
}));

export interface StatusLineProps {
    state: AgentState | undefined;
    link: LinkName;
    canInterrupt: boolean;
    /** An interrupt was asked for and nothing came of it for a while. */
    canForce: boolean;
    interrupting: boolean;
    onInterrupt: () => void;
}

export function StatusLine(props: StatusLineProps): JSX.Element {
    const agent = useAgent();
    const [dialog, setDialog] = createSignal<"settings" | "details">();
    const session = () => agent.store.chat.session;
    const settings = () =>
        [modelWords(session()), modeWords(session()?.permissionMode ?? "")]
            .filter((words) => words !== "")
            .join(" · ");
    const used = () => {
        const usage = agent.store.chat.usage;
        if (!usage || usage.contextWindow === 0n || usage.contextUsed === 0n) return undefined;
        return Math.min(1, Number(usage.contextUsed) / Number(usage.contextWindow));
    };
    const percent = () => `${Math.round((used() ?? 0) * 100)} %`;
    const near = () => (used() ?? 0) >= CONTEXT_WARNS;

    return (
        <div class={css.status}>
            <span class={css.turn}>
                <span class={css.mark}>
                    <TurnMark state={props.state} />
                </span>
                <span role="status" aria-label="Turn">
                    {turnText(props.state)}
                </span>
            </span>
            <Show when={linkText(props.link)}>
                {(text) => (
                    <>
                        <span class={css.separator} />
                        <span class={css.link} role="status" aria-label="Link">
                            {text()}
                        </span>
                    </>
                )}
            </Show>
            <span class={css.separator} />
            <IconButton
                label="Agent settings"
                size="sm"
                class={css.tight}
                onClick={() => setDialog("settings")}
            >
                <Icon of={Settings} small />
            </IconButton>
            <Show when={settings() !== ""}>
                <span class={css.settingText}>{settings()}</span>
            </Show>
            <span class={css.separator} />
            <IconButton
                label="Agent details"
                size="sm"
                class={css.tight}
                onClick={() => setDialog("details")}
            >
                <Icon of={Info} small />
            </IconButton>
            <Show when={used() !== undefined}>
                <span class={`${css.context} ${near() ? css.near : ""}`}>
                    <span class={css.track} aria-hidden="true">
                        <span
                            class={css.fill[near() ? "near" : "normal"]}
                            style={{ display: "block", width: percent().replace(" ", "") }}
                        />
                    </span>
                    {percent()}
                </span>
            </Show>
            <span class={css.spring} />
            <Show when={props.canInterrupt}>
                <Button
                    variant="ghost"
                    size="sm"
                    busy={props.interrupting && !props.canForce}
                    icon={<Icon of={CircleStop} small />}
                    title={`${props.canForce ? "Force stop" : "Interrupt"} (${keysText("Mod+.")})`}
                    onClick={() => props.onInterrupt()}
                >
                    {props.canForce ? "Force stop" : "Interrupt"}
                </Button>
                <span class={css.keys} aria-hidden="true">
                    {keysText("Mod+.")}
                </span>
            </Show>
            <Show when={dialog()}>
                {/* outside of the composer's form, since a dialog is one of its own */}
                <Portal>
                    <Suspense>
                        <Show
                            when={dialog() === "settings"}
                            fallback={<DetailsDialog onClose={() => setDialog(undefined)} />}
                        >
                            <SettingsDialog onClose={() => setDialog(undefined)} />
                        </Show>
                    </Suspense>
                </Portal>
            </Show>
        </div>
    );
}

function TurnMark(props: { state: AgentState | undefined }): JSX.Element {
    const turn = () => turnName(props.state);
    return (
        <Switch fallback={<Dot kind="ready" />}>
            <Match when={turn() === "working" || turn() === "starting"}>
                <Ring />
            </Match>
            <Match when={turn() === "waiting"}>
                <Dot kind="waiting" />
            </Match>
            <Match when={turn() === "error"}>
                <span class={css.bad}>
                    <Icon of={OctagonAlert} small />
                </span>
            </Match>
        </Switch>
    );
}
