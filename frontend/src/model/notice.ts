// SPDX-License-Identifier: Apache-2.0
/** Notices, results and limits of a chat in words. */
import { NoticeCode } from "../gen/leapmux/v1/agent_pb";
import type { Notice, RateLimit, SettingsChange, TurnResult } from "../gen/leapmux/v1/agent_pb";
import { modeWords } from "./agent";
import { duration, tokens } from "./format";

/** One line per code; the Worker's own words where it has some. */
export function noticeText(notice: Notice): string {
    const by = notice.byName === "" ? "" : ` by ${notice.byName}`;
    switch (notice.code) {
        case NoticeCode.SETTINGS_CHANGED:
            return `Settings changed: ${notice.changes.map(changeText).join(", ")}`;
        case NoticeCode.CONTEXT_RESET:
            return notice.text || "Context cleared";
        case NoticeCode.CONTEXT_COMPACTED:
            return notice.tokens > 0n
                ? `Context compacted, ${tokens(notice.tokens)} tokens before`
                : "Context compacted";
        case NoticeCode.INTERRUPTED:
            return `Interrupted${by}`;
        case NoticeCode.STARTED:
            return notice.text || "Started";
        case NoticeCode.EXITED:
            return exitText(notice);
        case NoticeCode.ERROR:
            return notice.text || "Something went wrong";
        case NoticeCode.RENAMED:
            return notice.text || "Renamed";
        case NoticeCode.PLAN_STARTED:
            return notice.text || "The plan is being carried out in a new session";
        case NoticeCode.SESSION_IMPORTED:
            return notice.text || "Session imported";
        case NoticeCode.AUTO_CONTINUED:
            return notice.text || "Continued by itself";
        case NoticeCode.DEVICE:
            return notice.text || "New device";
        case NoticeCode.UNKNOWN_OUTPUT:
            return notice.text || "Output that LeapMux does not understand";
        case NoticeCode.RETRYING:
            return retryText(notice);
        case NoticeCode.UNSPECIFIED:
            return notice.text;
        default:
            return notice.code satisfies never;
    }
}

function changeText(change: SettingsChange): string {
    const isMode = change.name === "permission_mode";
    const name = isMode ? "mode" : change.name;
    const words = (value: string) => (isMode ? modeWords(value) : value || "default");
    return `${name} ${words(change.from)} → ${words(change.to)}`;
}

function exitText(notice: Notice): string {
    if (notice.exitSignal !== "") return `Exited by signal ${notice.exitSignal}`;
    return `Exited with code ${notice.exitCode}`;
}

function retryText(notice: Notice): string {
    const why = notice.text || "The model's service refused";
    const which = notice.maxAttempts > 0 ? ` (${notice.attempt} of ${notice.maxAttempts})` : "";
    const when = notice.delayMs > 0n ? ` in ${duration(Number(notice.delayMs))}` : "";
    return `${why.replace(/\.$/, "")}. Trying again${which}${when}`;
}

/** The end of a turn: "Done in 1 m 23 s · 7 tool calls". */
export function resultText(result: TurnResult): string {
    const time = duration(Number(result.durationMs));
    if (result.ok) {
        const calls = result.toolCalls === 1 ? "1 tool call" : `${result.toolCalls} tool calls`;
        return result.toolCalls === 0 ? `Done in ${time}` : `Done in ${time} · ${calls}`;
    }
    if (result.stopReason === "interrupted") return `Interrupted after ${time}`;
    const why = result.error || result.stopReason;
    return `Stopped with an error after ${time}${why === "" ? "." : `: ${why}`}`;
}

/** True for a turn that failed by itself. */
export function isFailure(result: TurnResult): boolean {
    return !result.ok && result.stopReason !== "interrupted";
}

const LIMITS: Record<string, string> = {
    five_hour: "5-hour limit",
    seven_day: "7-day limit",
    seven_day_opus: "7-day limit of Opus",
    seven_day_sonnet: "7-day limit of Sonnet",
    overage: "Extra usage",
};

/** "5-hour limit: 92 % used, resets 23:40 (in 48 min)". */
export function limitText(limit: RateLimit, nowMs: number): string {
    const name = LIMITS[limit.limit] ?? (limit.limit === "" ? "Usage limit" : limit.limit);
    const parts: string[] = [];
    if (limit.used > 0) parts.push(`${Math.round(limit.used * 100)} % used`);
    else if (limit.status !== "") parts.push(limit.status.replaceAll("_", " "));
    const atMs = Number(limit.resetsAtMs);
    if (atMs > 0) {
        const at = new Date(atMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
        const left = Math.round((atMs - nowMs) / 60_000);
        const wait = left >= 120 ? `${Math.round(left / 60)} h` : `${left} min`;
        parts.push(left > 0 ? `resets ${at} (in ${wait})` : `reset ${at}`);
    }
    return parts.length === 0 ? name : `${name}: ${parts.join(", ")}`;
}

/** True when the limit is near enough to be worth a colour. */
export function limitWarns(limit: RateLimit): boolean {
    return limit.used >= 0.9 || limit.status.includes("reject") || limit.status.includes("warn");
}
