// SPDX-License-Identifier: Apache-2.0
/** What a tab or row is marked with; the highest one is drawn, all are told in words. */
import { TurnState } from "../gen/leapmux/v1/agent_pb";
import type { AgentSummary } from "../gen/leapmux/v1/agent_pb";

export interface Marks {
    waiting: number;
    failed: boolean;
    working: boolean;
    unread: boolean;
}

/** Marks of one agent; one that is on the screen is not unread. */
export function marksOf(agent: AgentSummary | undefined, onScreen: boolean): Marks {
    const state = agent?.state;
    return {
        waiting: state?.pendingPrompts ?? 0,
        failed: state?.turnState === TurnState.ERROR,
        working: state?.turnState === TurnState.WORKING || state?.turnState === TurnState.STARTING,
        unread: agent !== undefined && !onScreen && agent.lastSeq > agent.readSeq,
    };
}

/** Marks of several together. */
export function sumMarks(all: Marks[]): Marks {
    return {
        waiting: all.reduce((sum, m) => sum + m.waiting, 0),
        failed: all.some((m) => m.failed),
        working: all.some((m) => m.working),
        unread: all.some((m) => m.unread),
    };
}

/** The marks in words, for assistive technology; empty when there is none. */
export function marksText(marks: Marks): string {
    const parts: string[] = [];
    if (marks.waiting > 0) parts.push(`${marks.waiting} waiting for you`);
    if (marks.failed) parts.push("stopped with an error");
    if (marks.working) parts.push("working");
    if (marks.unread) parts.push("unread");
    return parts.join(", ");
}
