// SPDX-License-Identifier: Apache-2.0
/**
 * A link without a Hub, for tests of stores and components: methods are answered by functions,
 * watches and scopes are held for the test to speak on. Nothing here reaches the shipped page.
 */
import { create } from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Welcome } from "../gen/leapmux/v1/socket_pb";
import {
    LinkError,
    type Fingerprint,
    type Link,
    type LinkState,
    type ScopeHandlers,
    type UnaryMethod,
    type WatchHandlers,
    type WatchMethod,
    type WorkerLink,
} from "./link";

/** One open watch: what was asked, and the way to answer. */
export interface FakeWatch<I extends DescMessage, O extends DescMessage> {
    readonly workerId: string;
    readonly request: MessageShape<I>;
    readonly stopped: boolean;
    send(message: MessageInitShape<O>): void;
    end(error?: LinkError): void;
    /** As after a lost link: `interrupted`, then the request is made anew and returned. */
    restart(): MessageShape<I>;
}

export interface FakeScope {
    readonly handlers: ScopeHandlers;
    readonly afterOffset: bigint | undefined;
    readonly stopped: boolean;
}

type Answer = (request: never, workerId: string | null) => unknown;

interface AnyWatch extends FakeWatch<DescMessage, DescMessage> {
    readonly method: string;
}

export interface FakeLink extends Link {
    /** Answer a method, of the Hub or of a Worker, from now on. Throw a LinkError to refuse. */
    on<I extends DescMessage, O extends DescMessage>(
        method: UnaryMethod<I, O>,
        answer: (
            request: MessageShape<I>,
            workerId: string | null,
        ) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
    ): void;
    /** Open watches of a method, oldest first. */
    watches<I extends DescMessage, O extends DescMessage>(
        method: WatchMethod<I, O>,
    ): FakeWatch<I, O>[];
    /** The open subscription of a scope. */
    scope(name: string): FakeScope | undefined;
    setState(state: LinkState): void;
    setWorker(workerId: string, worker: WorkerLink): void;
    greet(welcome: Welcome): void;
    readonly presences: { workspaceId: string; tabId: string; typing: boolean }[];
    readonly retries: number;
    readonly kept: ReadonlySet<string>;
}

export function makeFakeLink(
    fingerprint: Fingerprint = { words: [], hex: "", verified: false, firstSeenMs: 0 },
): FakeLink {
    const answers = new Map<string, Answer>();
    const watches: AnyWatch[] = [];
    const scopes = new Map<string, FakeScope>();
    const stateFns = new Set<(state: LinkState) => void>();
    const workerFns = new Set<(workerId: string, worker: WorkerLink) => void>();
    const welcomeFns = new Set<(welcome: Welcome) => void>();
    const workers = new Map<string, WorkerLink>();
    const kept = new Set<string>();
    const presences: { workspaceId: string; tabId: string; typing: boolean }[] = [];
    let state: LinkState = "connected";
    let welcome: Welcome | null = null;
    let retries = 0;

    const keyOf = (method: { name: string; parent: { typeName: string } }) =>
        `${method.parent.typeName}/${method.name}`;

    async function answer<I extends DescMessage, O extends DescMessage>(
        workerId: string | null,
        method: UnaryMethod<I, O>,
        request: MessageInitShape<I>,
    ): Promise<MessageShape<O>> {
        const found = answers.get(keyOf(method));
        if (!found) throw unknownMethod(keyOf(method));
        const made = await found(create(method.input, request) as never, workerId);
        return create(method.output, made as MessageInitShape<O>);
    }

    function watch<I extends DescMessage, O extends DescMessage>(
        workerId: string,
        method: WatchMethod<I, O>,
        makeRequest: () => MessageInitShape<I>,
        handlers: WatchHandlers<MessageShape<O>>,
    ): () => void {
        let stopped = false;
        let request = create(method.input, makeRequest());
        const entry = {
            method: keyOf(method),
            workerId,
            get request() {
                return request;
            },
            get stopped() {
                return stopped;
            },
            send(message: MessageInitShape<O>) {
                if (!stopped) handlers.message(create(method.output, message));
            },
            end(error?: LinkError) {
                if (stopped) return;
                stopped = true;
                handlers.end(error ?? null);
            },
            restart() {
                handlers.interrupted();
                request = create(method.input, makeRequest());
                return request;
            },
        };
        watches.push(entry);
        return () => {
            stopped = true;
        };
    }

    return {
        on: (method, fn) => void answers.set(keyOf(method), fn),
        watches: (method) =>
            watches.filter(
                (entry) => entry.method === keyOf(method) && !entry.stopped,
            ) as unknown as ReturnType<FakeLink["watches"]>,
        scope: (name) => scopes.get(name),
        setState: (next) => {
            state = next;
            stateFns.forEach((fn) => fn(next));
        },
        setWorker: (workerId, worker) => {
            workers.set(workerId, worker);
            workerFns.forEach((fn) => fn(workerId, worker));
        },
        greet: (next) => {
            welcome = next;
            welcomeFns.forEach((fn) => fn(next));
        },
        presences,
        get retries() {
            return retries;
        },
        kept,

        onState: (fn) => {
            fn(state);
            stateFns.add(fn);
            return () => stateFns.delete(fn);
        },
        onWorker: (fn) => {
            for (const [workerId, worker] of workers) fn(workerId, worker);
            workerFns.add(fn);
            return () => workerFns.delete(fn);
        },
        onWelcome: (fn) => {
            if (welcome) fn(welcome);
            welcomeFns.add(fn);
            return () => welcomeFns.delete(fn);
        },
        callHub: (method, request) => answer(null, method, request),
        callWorker: (workerId, method, request) => answer(workerId, method, request),
        watchWorker: watch,
        keepWorker: (workerId) => {
            kept.add(workerId);
            return () => kept.delete(workerId);
        },
        subscribe: (name, afterOffset, handlers) => {
            let stopped = false;
            const scope: FakeScope = {
                handlers,
                get afterOffset() {
                    return afterOffset();
                },
                get stopped() {
                    return stopped;
                },
            };
            scopes.set(name, scope);
            return () => {
                stopped = true;
                if (scopes.get(name) === scope) scopes.delete(name);
            };
        },
        presence: (workspaceId, tabId, typing) =>
            void presences.push({ workspaceId, tabId, typing }),
        retryNow: () => void retries++,
        fingerprint: () => Promise.resolve(fingerprint),
        confirmFingerprint: () => {
            fingerprint = { ...fingerprint, verified: true };
            return Promise.resolve();
        },
        trustNewKey: () => Promise.resolve(),
        deviceId: () => Promise.resolve("FakeDeviceFakeDevice00"),
    };
}

const unknownMethod = (name: string): LinkError =>
    new LinkError({
        code: "unimplemented",
        reason: "UNKNOWN_METHOD",
        message: `the fake link has no answer for ${name}`,
    });
