// SPDX-License-Identifier: Apache-2.0
/** One agent's chat, followed without gaps over reconnects, and what a person does with it. */
import { batch, createSignal, onCleanup } from "solid-js";
import { createStore, produce } from "solid-js/store";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AnswerPromptRequestSchema, WatchAgentEvent } from "../gen/leapmux/v1/worker_pb";
import { WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import type { Link } from "../link/link";
import { applyWatchEvent, emptyChat, hasEarlier, prependMessages } from "../model/chat";
import type { Chat } from "../model/chat";
import { newId } from "../model/ids";

/** How many messages a chat opens with, and how many a step back loads. */
const PAGE = 50;

export type PromptAnswer = NonNullable<
    MessageInitShape<typeof AnswerPromptRequestSchema>["answer"]
>;

export interface ChatStore {
    readonly chat: Chat;
    readonly hasEarlier: () => boolean;
    readonly loadingEarlier: () => boolean;
    loadEarlier(): Promise<void>;
    send(text: string, messageId?: string): Promise<void>;
    answer(promptId: string, answer: PromptAnswer): Promise<void>;
    interrupt(force: boolean): Promise<void>;
    start(): Promise<void>;
    cancelStart(): Promise<void>;
    deleteQueued(itemId: string, version: bigint): Promise<void>;
    retryQueued(itemId: string): Promise<void>;
    resumeQueue(): Promise<void>;
    setModel(model: string): Promise<void>;
    setMode(permissionMode: string): Promise<void>;
    /** The provider's line behind a message. */
    raw(seq: number): Promise<Uint8Array>;
    readUpTo(seq: number): void;
    /** Watch again after the Worker ended the watch. */
    retry(): void;
}

/** The chat of an agent. Needs an owner. */
export function createChat(link: Link, workerId: string, agentId: string): ChatStore {
    const [chat, setChat] = createStore<Chat>(emptyChat());
    const [loadingEarlier, setLoadingEarlier] = createSignal(false);
    const m = WorkerMethods.method;
    let waiting: WatchAgentEvent[] = [];
    let readSeq = 0;
    let stop: (() => void) | undefined;

    // A page of history arrives as many messages: one update of the screen for all of a turn.
    const take = (event: WatchAgentEvent) => {
        waiting.push(event);
        if (waiting.length === 1) queueMicrotask(flush);
    };
    const flush = () => {
        const events = waiting;
        waiting = [];
        if (events.length === 0) return;
        batch(() =>
            setChat(
                produce((draft) => {
                    for (const event of events) applyWatchEvent(draft, event);
                }),
            ),
        );
    };

    const watch = () => {
        stop?.();
        stop = link.watchWorker(
            workerId,
            m.watchAgent,
            () => {
                flush();
                return chat.lastSeq > 0
                    ? { agentId, afterSeq: chat.lastSeq }
                    : { agentId, tail: PAGE };
            },
            {
                message: take,
                interrupted: () => {
                    flush();
                    setChat("phase", { kind: "interrupted" });
                },
                end: (error) => {
                    flush();
                    setChat("phase", {
                        kind: "ended",
                        code: error?.code ?? "",
                        reason: error?.reason ?? "",
                        message: error?.message ?? "",
                    });
                },
            },
        );
    };
    watch();
    onCleanup(() => stop?.());

    const call = async <T>(promise: Promise<T>): Promise<void> => {
        await promise;
    };

    return {
        chat,
        hasEarlier: () => hasEarlier(chat),
        loadingEarlier,
        loadEarlier: async () => {
            if (loadingEarlier() || !hasEarlier(chat)) return;
            setLoadingEarlier(true);
            try {
                const page = await link.callWorker(workerId, m.readMessages, {
                    agentId,
                    place: { case: "beforeSeq", value: chat.oldestSeq },
                    limit: PAGE,
                });
                setChat(produce((draft) => prependMessages(draft, page.messages)));
            } finally {
                setLoadingEarlier(false);
            }
        },
        send: (text, messageId = newId()) =>
            call(link.callWorker(workerId, m.sendMessage, { agentId, messageId, text })),
        answer: (promptId, answer) =>
            call(
                link.callWorker(workerId, m.answerPrompt, {
                    agentId,
                    promptId,
                    answerId: newId(),
                    answer,
                }),
            ),
        interrupt: (force) =>
            call(
                link.callWorker(workerId, m.interruptAgent, {
                    agentId,
                    turnId: chat.state?.turnId ?? "",
                    force,
                }),
            ),
        start: () => call(link.callWorker(workerId, m.startAgent, { agentId })),
        cancelStart: () => call(link.callWorker(workerId, m.cancelStart, { agentId })),
        deleteQueued: (itemId, version) =>
            call(link.callWorker(workerId, m.deleteQueued, { agentId, itemId, version })),
        retryQueued: (itemId) =>
            call(link.callWorker(workerId, m.retryQueued, { agentId, itemId })),
        resumeQueue: () => call(link.callWorker(workerId, m.resumeQueue, { agentId })),
        setModel: (model) =>
            call(link.callWorker(workerId, m.updateAgentSettings, { agentId, model })),
        setMode: (permissionMode) =>
            call(link.callWorker(workerId, m.updateAgentSettings, { agentId, permissionMode })),
        raw: async (seq) => (await link.callWorker(workerId, m.getRaw, { agentId, seq })).raw,
        readUpTo: (seq) => {
            if (seq <= readSeq) return;
            readSeq = seq;
            // a lost mark is told again with the next message
            link.callWorker(workerId, m.readUpTo, { agentId, seq }).catch(() => {
                readSeq = 0;
            });
        },
        retry: watch,
    };
}
