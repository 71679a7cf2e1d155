// SPDX-License-Identifier: Apache-2.0
/**
 * An agent's chat as it is shown: messages become entries, a tool call takes its result and diff
 * in, a live block turns into its final message without changing its entry.
 *
 * Functions change the state they are given: inside a store that is a draft, in a test an object.
 */
import type {
    AgentMessage,
    AgentState,
    LiveBlock,
    Prompt,
    PromptClosed,
    QueueItem,
    SessionInfo,
    Todo,
    Usage,
} from "../gen/leapmux/v1/agent_pb";
import type { WatchAgentEvent } from "../gen/leapmux/v1/worker_pb";
import { LiveKind } from "../gen/leapmux/v1/agent_pb";

/** Message kinds that stand for themselves. */
export type PlainKind =
    | "user"
    | "text"
    | "thinking"
    | "todos"
    | "plan"
    | "prompt_closed"
    | "rate_limit"
    | "notice"
    | "result";

/** A message, or text that is still being written (then `seq` is 0 and `message` absent). */
export interface PlainEntry {
    type: "plain";
    /** Stays the same when a live block becomes a message. */
    key: string;
    kind: PlainKind;
    seq: number;
    live: boolean;
    /** Text of a live block; a message has its own. */
    text: string;
    message?: AgentMessage;
}

export type ToolState = "running" | "ok" | "failed" | "denied";

/** A tool call with what came of it, and the messages of the sub-agent that it started. */
export interface ToolEntry {
    type: "tool";
    key: string;
    seq: number;
    callId: string;
    state: ToolState;
    call: AgentMessage;
    result?: AgentMessage;
    diff?: AgentMessage;
    children: ChatEntry[];
}

export type ChatEntry = PlainEntry | ToolEntry;

export type ChatPhase =
    | { kind: "loading" }
    | { kind: "catching-up" }
    | { kind: "live" }
    | { kind: "interrupted" }
    | { kind: "ended"; code: string; reason: string; message: string };

export interface Chat {
    phase: ChatPhase;
    /** The oldest message that the Worker keeps; 0 when there is none. */
    firstSeq: number;
    lastSeq: number;
    /** The oldest message that is loaded; 0 when none is. */
    oldestSeq: number;
    entries: ChatEntry[];
    calls: Record<string, ToolEntry>;
    /** Results and diffs whose call is in an earlier page. */
    orphans: Record<string, AgentMessage[]>;
    /** Messages of a sub-agent whose task call is in an earlier page. */
    strays: Record<string, AgentMessage[]>;
    state?: AgentState;
    prompts: Prompt[];
    /** The newest prompt that was closed while this page looked on. */
    lastClosed?: PromptClosed;
    queue: QueueItem[];
    session?: SessionInfo;
    usage?: Usage;
    todos: Todo[];
}

/** A chat of which nothing is known yet. */
export function emptyChat(): Chat {
    return {
        phase: { kind: "loading" },
        firstSeq: 0,
        lastSeq: 0,
        oldestSeq: 0,
        entries: [],
        calls: {},
        orphans: {},
        strays: {},
        prompts: [],
        queue: [],
        todos: [],
    };
}

/** Take one event of WatchAgent in. Repeated messages are ignored. */
export function applyWatchEvent(chat: Chat, event: WatchAgentEvent): void {
    const e = event.event;
    switch (e.case) {
        case "reset":
            forget(chat);
            return;
        case "begin":
            chat.firstSeq = e.value.firstSeq;
            if (chat.phase.kind !== "live") chat.phase = { kind: "catching-up" };
            dropLive(chat);
            return;
        case "message":
            applyMessage(chat, e.value);
            return;
        case "state":
            chat.state = e.value;
            return;
        case "prompts":
            chat.prompts = keepKnown(chat.prompts, e.value.prompts, (p) => p.promptId);
            return;
        case "promptClosed":
            chat.lastClosed = e.value;
            chat.prompts = chat.prompts.filter((p) => p.promptId !== e.value.promptId);
            return;
        case "queue":
            chat.queue = keepKnown(
                chat.queue,
                e.value.items,
                (i) => `${i.id} ${i.version} ${i.state} ${i.error}`,
            );
            return;
        case "session":
            chat.session = e.value;
            return;
        case "live":
            applyLive(chat, e.value);
            return;
        case "liveDropped":
            removeLive(chat, e.value.blockId);
            return;
        case "catchUp":
            chat.phase = { kind: "live" };
            return;
        case undefined:
            return;
        default:
            e satisfies never;
    }
}

/** A new list with the old objects where nothing changed, so that what shows them stays. */
function keepKnown<T>(before: T[], now: T[], keyOf: (item: T) => string): T[] {
    const known = new Map(before.map((item) => [keyOf(item), item]));
    return now.map((item) => known.get(keyOf(item)) ?? item);
}

/** Put a page of older messages (ascending, all before what is loaded) in front. */
export function prependMessages(chat: Chat, messages: AgentMessage[]): void {
    const older: ChatEntry[] = [];
    for (const message of messages) {
        if (chat.oldestSeq !== 0 && message.seq >= chat.oldestSeq) continue;
        place(chat, older, message);
    }
    chat.entries.unshift(...older);
    const first = messages[0];
    if (first && (chat.oldestSeq === 0 || first.seq < chat.oldestSeq)) chat.oldestSeq = first.seq;
}

/** True when there are messages before the loaded ones. */
export function hasEarlier(chat: Chat): boolean {
    return chat.oldestSeq > 1 && chat.oldestSeq > chat.firstSeq;
}

/** Who or what speaks: the name of the article. */
export function articleName(entry: ChatEntry, ownUserId: string): string {
    if (entry.type === "tool") return `Tool ${bodyOf(entry.call, "toolCall")?.name ?? ""}`.trim();
    switch (entry.kind) {
        case "user":
            return entry.message === undefined || entry.message.authorId === ownUserId
                ? "You"
                : entry.message.authorName;
        case "text":
            return "Agent";
        case "thinking":
            return "Thinking";
        case "todos":
            return "To-dos";
        case "plan":
            return "Plan";
        case "prompt_closed":
            return "Answer";
        case "rate_limit":
            return "Rate limit";
        case "notice":
            return "Notice";
        case "result":
            return "Result";
        default:
            return entry.kind satisfies never;
    }
}

type Body = AgentMessage["body"];
type Bodies = {
    [B in Body as B extends { case: string } ? B["case"] : never]: B extends { value: infer V }
        ? V
        : never;
};

/** The body of a message if it is of that case. */
export function bodyOf<C extends keyof Bodies>(
    message: AgentMessage | undefined,
    kind: C,
): Bodies[C] | undefined {
    const body = message?.body;
    // the case says which value stands beside it, which the compiler cannot follow for a generic
    return body?.case === kind ? (body.value as Bodies[C]) : undefined;
}

/** `data-kind` of an entry. */
export function kindOf(entry: ChatEntry): string {
    return entry.type === "tool" ? "tool_call" : entry.kind;
}

/** Text of a text, thinking or user entry, live or not. */
export function textOf(entry: PlainEntry): string {
    const body = entry.message?.body;
    if (body?.case === "text" || body?.case === "user") return body.value.markdown;
    if (body?.case === "thinking") return body.value.text;
    return entry.text;
}

function forget(chat: Chat): void {
    const fresh = emptyChat();
    chat.entries = fresh.entries;
    chat.calls = fresh.calls;
    chat.orphans = fresh.orphans;
    chat.strays = fresh.strays;
    chat.firstSeq = 0;
    chat.lastSeq = 0;
    chat.oldestSeq = 0;
    chat.todos = [];
    delete chat.usage;
}

function applyMessage(chat: Chat, message: AgentMessage): void {
    if (message.seq <= chat.lastSeq) return;
    chat.lastSeq = message.seq;
    if (chat.oldestSeq === 0) chat.oldestSeq = message.seq;
    if (message.body.case === "usage") chat.usage = message.body.value;
    if (message.body.case === "todos" && message.parentCallId === "") {
        chat.todos = message.body.value.items;
    }
    place(chat, chat.entries, message);
}

/** Put a message where it belongs: into its call, below its task, or at the end of `top`. */
function place(chat: Chat, top: ChatEntry[], message: AgentMessage): void {
    const body = message.body;
    if (body.case === "usage" || body.case === undefined) return;
    if (body.case === "toolResult" || body.case === "diff") {
        const call = chat.calls[body.value.callId];
        if (call) complete(call, message);
        else (chat.orphans[body.value.callId] ??= []).push(message);
        return;
    }
    const list = listFor(chat, top, message);
    if (list === undefined) return;
    if (body.case === "toolCall") list.push(newCall(chat, body.value.callId, message));
    else placePlain(list, message, PLAIN_KINDS[body.case]);
}

const PLAIN_KINDS = {
    user: "user",
    text: "text",
    thinking: "thinking",
    todos: "todos",
    plan: "plan",
    promptClosed: "prompt_closed",
    rateLimit: "rate_limit",
    notice: "notice",
    result: "result",
} as const satisfies Record<string, PlainKind>;

function listFor(chat: Chat, top: ChatEntry[], message: AgentMessage): ChatEntry[] | undefined {
    if (message.parentCallId === "") return top;
    const parent = chat.calls[message.parentCallId];
    if (parent) return parent.children;
    (chat.strays[message.parentCallId] ??= []).push(message);
    return undefined;
}

function newCall(chat: Chat, callId: string, message: AgentMessage): ToolEntry {
    const entry: ToolEntry = {
        type: "tool",
        key: `m${message.seq}`,
        seq: message.seq,
        callId,
        state: "running",
        call: message,
        children: [],
    };
    chat.calls[callId] = entry;
    for (const orphan of chat.orphans[callId] ?? []) complete(entry, orphan);
    delete chat.orphans[callId];
    const strays = chat.strays[callId] ?? [];
    delete chat.strays[callId];
    for (const stray of strays) place(chat, entry.children, stray);
    return entry;
}

function complete(entry: ToolEntry, message: AgentMessage): void {
    if (message.body.case === "diff") {
        entry.diff = message;
        return;
    }
    if (message.body.case !== "toolResult") return;
    entry.result = message;
    const result = message.body.value;
    entry.state = result.denied ? "denied" : result.ok ? "ok" : "failed";
}

function placePlain(list: ChatEntry[], message: AgentMessage, kind: PlainKind): void {
    const live = message.blockId === "" ? undefined : liveEntry(list, message.blockId);
    if (live) {
        live.message = message;
        live.seq = message.seq;
        live.live = false;
        live.text = "";
        return;
    }
    list.push({
        type: "plain",
        key: `m${message.seq}`,
        kind,
        seq: message.seq,
        live: false,
        text: "",
        message,
    });
}

/** Live blocks are at the end of the log, so the search is short. */
function liveEntry(list: ChatEntry[], blockId: string): PlainEntry | undefined {
    const entry = list.findLast((e) => e.key === `b${blockId}`);
    return entry?.type === "plain" && entry.live ? entry : undefined;
}

function applyLive(chat: Chat, block: LiveBlock): void {
    if (block.kind !== LiveKind.TEXT && block.kind !== LiveKind.THINKING) return;
    const parent = block.parentCallId === "" ? undefined : chat.calls[block.parentCallId];
    const list = parent ? parent.children : chat.entries;
    const entry = liveEntry(list, block.blockId);
    if (entry) {
        entry.text = block.offset === 0n ? block.text : entry.text + block.text;
        return;
    }
    list.push({
        type: "plain",
        key: `b${block.blockId}`,
        kind: block.kind === LiveKind.TEXT ? "text" : "thinking",
        seq: 0,
        live: true,
        text: block.text,
    });
}

function removeLive(chat: Chat, blockId: string): void {
    const gone = (e: ChatEntry) => e.type === "plain" && e.live && e.key === `b${blockId}`;
    for (const list of [chat.entries, ...Object.values(chat.calls).map((c) => c.children)]) {
        const at = list.findLastIndex(gone);
        if (at >= 0) list.splice(at, 1);
    }
}

/** A new watch tells the live blocks again, from their start. */
function dropLive(chat: Chat): void {
    for (const list of [chat.entries, ...Object.values(chat.calls).map((c) => c.children)]) {
        for (let i = list.length - 1; i >= 0; i--) {
            const e = list[i];
            if (e?.type === "plain" && e.live) list.splice(i, 1);
        }
    }
}
