// SPDX-License-Identifier: Apache-2.0
/** Which entries of a log are drawn, and what stands between them. */
import { ToolKind } from "../gen/leapmux/v1/agent_pb";
import { bodyOf } from "./chat";
import type { ChatEntry, ToolEntry } from "./chat";

/** Finished calls in a row that stay in sight. */
const SHOWN_IN_A_ROW = 12;

/** A run of tool calls with nothing between, of which the oldest are folded. */
export interface Fold {
    /** Key of the first call of the run: names the fold. */
    key: string;
    hidden: number;
}

export interface LogPlan {
    /** Keys of entries that are folded away. */
    hidden: ReadonlySet<string>;
    /** By key of the first entry that is shown of a run. */
    folds: ReadonlyMap<string, Fold>;
}

/**
 * Calls whose effect stands in the log by itself (to-dos, plan, answered question) have no line
 * of their own, except a list that could not be written.
 */
export function isShown(entry: ChatEntry): boolean {
    if (entry.type !== "tool") return true;
    const kind = bodyOf(entry.call, "toolCall")?.tool;
    const silent = kind === ToolKind.TODO || kind === ToolKind.PLAN || kind === ToolKind.QUESTION;
    return !silent || (kind === ToolKind.TODO && entry.state === "failed");
}

/** Fold the older ones of long runs of finished calls, except in runs that a person opened. */
export function planLog(entries: ChatEntry[], opened: ReadonlySet<string>): LogPlan {
    const hidden = new Set<string>();
    const folds = new Map<string, Fold>();
    let run: ToolEntry[] = [];
    const close = () => {
        const first = run[0];
        const surplus = run.length - SHOWN_IN_A_ROW;
        if (first && surplus > 1 && !opened.has(first.key)) {
            const running = run.findIndex((e) => e.state === "running");
            const cut = running < 0 ? surplus : Math.min(surplus, running);
            const shown = run[cut];
            if (cut > 0 && shown) {
                run.slice(0, cut).forEach((e) => hidden.add(e.key));
                folds.set(shown.key, { key: first.key, hidden: cut });
            }
        }
        run = [];
    };
    for (const entry of entries) {
        if (!isShown(entry)) {
            hidden.add(entry.key);
        } else if (entry.type === "tool") {
            run.push(entry);
        } else {
            close();
        }
    }
    close();
    return { hidden, folds };
}

/** The newest entry of the top level that is of a turn's end. */
export function lastResult(entries: ChatEntry[]): (ChatEntry & { type: "plain" }) | undefined {
    for (let i = entries.length - 1; i >= 0; i--) {
        const entry = entries[i];
        if (entry?.type === "plain" && entry.kind === "result") return entry;
        if (entry?.type === "plain" && entry.kind === "user") return undefined;
    }
    return undefined;
}

/** What a person wrote last, newest first. */
export function ownTexts(entries: ChatEntry[], ownUserId: string): string[] {
    const out: string[] = [];
    for (let i = entries.length - 1; i >= 0; i--) {
        const entry = entries[i];
        if (entry?.type !== "plain" || entry.kind !== "user") continue;
        const text = bodyOf(entry.message, "user")?.markdown ?? "";
        if (entry.message?.authorId === ownUserId && text !== out.at(-1)) out.push(text);
    }
    return out;
}
