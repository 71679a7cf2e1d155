// SPDX-License-Identifier: Apache-2.0
/** What an agent's state is called: in attributes, and in words for people. */
import { ProcessState, StartPhase, TurnState } from "../gen/leapmux/v1/agent_pb";
import type { AgentState, SessionInfo } from "../gen/leapmux/v1/agent_pb";
import type { ChatPhase } from "./chat";

export type TurnName = "idle" | "starting" | "working" | "waiting" | "error";

/** `data-turn-state`. */
export function turnName(state: AgentState | undefined): TurnName {
    const turn = state?.turnState;
    switch (turn) {
        case TurnState.STARTING:
            return "starting";
        case TurnState.WORKING:
            return "working";
        case TurnState.WAITING:
            return "waiting";
        case TurnState.ERROR:
            return "error";
        case TurnState.IDLE:
        case TurnState.UNSPECIFIED:
        case undefined:
            return "idle";
        default:
            return turn satisfies never;
    }
}

/** `data-process`. */
export function processName(state: AgentState | undefined): string {
    const process = state?.process;
    switch (process) {
        case ProcessState.STARTING:
            return "starting";
        case ProcessState.RUNNING:
            return "running";
        case ProcessState.ENDING:
            return "ending";
        case ProcessState.NONE:
        case ProcessState.UNSPECIFIED:
        case undefined:
            return "none";
        default:
            return process satisfies never;
    }
}

const PHASES: Record<StartPhase, { name: string; words: string } | undefined> = {
    [StartPhase.UNSPECIFIED]: undefined,
    [StartPhase.PREPARING_GIT]: { name: "preparing-git", words: "Preparing git" },
    [StartPhase.SETUP]: { name: "setup", words: "Setup script" },
    [StartPhase.LAUNCHING]: { name: "launching", words: "Launching" },
    [StartPhase.HANDSHAKE]: { name: "handshake", words: "Connecting" },
    [StartPhase.CONFIGURING]: { name: "configuring", words: "Configuring" },
    [StartPhase.READY]: { name: "ready", words: "Configuring" },
};

/** `data-phase`. */
export function phaseName(state: AgentState | undefined): string | undefined {
    return state && PHASES[state.phase]?.name;
}

/** A phase of the start in words, such as "Preparing git". */
export function phaseWords(state: AgentState | undefined): string {
    return (state && PHASES[state.phase]?.words) ?? "Launching";
}

/** Text of the status "Turn". */
export function turnText(state: AgentState | undefined): string {
    const name = turnName(state);
    switch (name) {
        case "idle":
            return state?.asleep === true ? "Asleep" : "Ready";
        case "starting":
            return `Starting: ${phaseWords(state)}`;
        case "working":
            return "Working";
        case "waiting":
            return "Waiting for you";
        case "error":
            return "Error";
        default:
            return name satisfies never;
    }
}

export type LinkName = "live" | "catching-up" | "reconnecting" | "worker-offline" | "revoked";

/** `data-link`: how fresh the panel is. */
export function linkName(phase: ChatPhase, hubConnected: boolean, workerOnline: boolean): LinkName {
    if (phase.kind === "ended" && phase.code === "permission_denied") return "revoked";
    if (!hubConnected) return "reconnecting";
    if (phase.kind === "live") return "live";
    if (!workerOnline) return "worker-offline";
    return phase.kind === "loading" || phase.kind === "catching-up"
        ? "catching-up"
        : "reconnecting";
}

/** Text of the status "Link"; undefined when all is well. */
export function linkText(link: LinkName): string | undefined {
    switch (link) {
        case "live":
            return undefined;
        case "catching-up":
            return "Catching up…";
        case "reconnecting":
        case "worker-offline":
            return "Worker offline. Reconnecting…";
        case "revoked":
            return "Access removed";
        default:
            return link satisfies never;
    }
}

/** `data-settings`: whether what was asked for is what the CLI confirmed. */
export function settingsState(
    session: SessionInfo | undefined,
): "applied" | "applying" | "refused" {
    if (!session) return "applied";
    const differs = (wanted: string, is: string) => wanted !== "" && wanted !== is;
    if (
        differs(session.desiredModel, session.model) ||
        differs(session.desiredPermissionMode, session.permissionMode)
    ) {
        return "applying";
    }
    return session.settingsError === "" ? "applied" : "refused";
}

const MODES: Record<string, string> = {
    default: "Ask first",
    acceptEdits: "Accept edits",
    plan: "Plan",
    bypassPermissions: "Bypass permissions",
    dontAsk: "Don't ask",
    auto: "Automatic",
};

/** A permission mode in words; one that nobody knows keeps its own name. */
export function modeWords(mode: string): string {
    return MODES[mode] ?? mode;
}

/** A model's name, as the CLI's own list says it. */
export function modelWords(session: SessionInfo | undefined): string {
    if (!session) return "";
    return session.models.find((m) => m.id === session.model)?.name ?? session.model;
}
