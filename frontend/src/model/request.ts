// SPDX-License-Identifier: Apache-2.0
/** Requests to a person: names, what an announcement says, answers that are being made. */
import { PromptKind } from "../gen/leapmux/v1/agent_pb";
import type { Prompt, Question } from "../gen/leapmux/v1/agent_pb";
import { toolWord } from "./tool";

export type RequestName = "Permission request" | "Question" | "Plan approval";

/** Accessible name of the card. */
export function requestName(kind: PromptKind): RequestName {
    switch (kind) {
        case PromptKind.QUESTION:
            return "Question";
        case PromptKind.PLAN:
            return "Plan approval";
        case PromptKind.PERMISSION:
        case PromptKind.UNSPECIFIED:
            return "Permission request";
        default:
            return kind satisfies never;
    }
}

/** What a polite voice says about a new request. */
export function announcement(prompt: Prompt): string {
    const { body } = prompt;
    switch (body.case) {
        case "permission": {
            const call = body.value.call;
            const what = call ? `${toolWord(call)} ${call.title}` : body.value.sentence;
            return `Agent asks for permission: ${what}`;
        }
        case "question":
            return `Agent asks: ${body.value.questions[0]?.text ?? ""}`;
        case "plan":
            return `Agent asks for approval of its plan: ${body.value.title}`;
        case undefined:
            return "Agent asks for something";
        default:
            return body satisfies never;
    }
}

/** What was chosen for one question so far. */
export interface Reply {
    labels: string[];
    other: string;
}

/** Answers to the questions of one request, and the page that is open. */
export interface Replies {
    page: number;
    replies: Reply[];
}

/** Nothing chosen yet. */
export function emptyReplies(questions: Question[]): Replies {
    return { page: 0, replies: questions.map(() => ({ labels: [], other: "" })) };
}

/** Stored replies, if they fit the questions; else none. */
export function restoreReplies(stored: string | null, questions: Question[]): Replies {
    const none = emptyReplies(questions);
    let value: unknown;
    try {
        value = JSON.parse(stored ?? "null");
    } catch {
        return none;
    }
    if (typeof value !== "object" || value === null) return none;
    const { page, replies } = value as { page?: unknown; replies?: unknown };
    if (!Array.isArray(replies) || replies.length !== questions.length) return none;
    const restored = replies.map((reply: unknown, i): Reply => {
        const { labels, other } = (reply ?? {}) as { labels?: unknown; other?: unknown };
        const known = new Set(questions[i]?.options.map((o) => o.label));
        return {
            labels: Array.isArray(labels)
                ? labels.filter((l): l is string => typeof l === "string" && known.has(l))
                : [],
            other: typeof other === "string" ? other : "",
        };
    });
    const last = questions.length - 1;
    const at = typeof page === "number" && page >= 0 && page <= last ? Math.floor(page) : 0;
    return { page: at, replies: restored };
}

/** True if the question has an answer. */
export function isAnswered(reply: Reply | undefined): boolean {
    return reply !== undefined && (reply.labels.length > 0 || reply.other.trim() !== "");
}

/** Choose an option: of a single choice it replaces what was chosen, else it turns over. */
export function choose(reply: Reply, question: Question, label: string): Reply {
    if (!question.multiple) return { labels: [label], other: "" };
    const has = reply.labels.includes(label);
    const chosen = new Set(
        has ? reply.labels.filter((l) => l !== label) : [...reply.labels, label],
    );
    // in the order of the options, however they were chosen
    const labels = question.options.map((o) => o.label).filter((l) => chosen.has(l));
    return { ...reply, labels };
}

/** Write a free answer: of a single choice it replaces the chosen option. */
export function writeOther(reply: Reply, question: Question, other: string): Reply {
    return { labels: question.multiple || other.trim() === "" ? reply.labels : [], other };
}
