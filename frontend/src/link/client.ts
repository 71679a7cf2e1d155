// SPDX-License-Identifier: Apache-2.0
/**
 * The page's end of the link thread: typed calls and watches over plain messages.
 *
 * `startLink` is what the application calls once; `createLink` works over any port.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import {
    ScopeCatchUpSchema,
    ScopeEventSchema,
    ScopeResetSchema,
    WelcomeSchema,
    type Welcome,
} from "../gen/leapmux/v1/socket_pb";
import { canceled } from "./connect";
import type { HubCaller } from "./hub-caller";
import {
    LinkError,
    type CallErrorFields,
    type CallOptions,
    type Fingerprint,
    type Link,
    type LinkState,
    type ScopeHandlers,
    type UnaryMethod,
    type WatchHandlers,
    type WatchMethod,
    type WorkerLink,
} from "./link";
import type { Port, ToEngine, ToPage } from "./messages";

const DEADLINE_MS = 30_000;

interface Waiting {
    done(bytes: Uint8Array | null, value: unknown): void;
    failed(error: LinkError): void;
}

interface WatchEntry {
    request(): Uint8Array;
    message(bytes: Uint8Array): void;
    interrupted(): void;
    end(error: LinkError | null): void;
}

/** `port` leads to a `LinkEngine` that has been told to start, or will be. */
export function createLink(port: Port<ToEngine, ToPage>, hub: HubCaller): Link {
    return new PortLink(port, hub);
}

class PortLink implements Link {
    private lastId = 0;
    private state: LinkState = "connecting";
    private latestWelcome: Welcome | null = null;
    private readonly workers = new Map<string, WorkerLink>();
    private readonly stateFns = new Set<(state: LinkState) => void>();
    private readonly workerFns = new Set<(workerId: string, worker: WorkerLink) => void>();
    private readonly welcomeFns = new Set<(welcome: Welcome) => void>();
    private readonly waiting = new Map<number, Waiting>();
    private readonly watches = new Map<number, WatchEntry>();
    private readonly scopes = new Map<
        number,
        { afterOffset: () => bigint | undefined; handlers: ScopeHandlers }
    >();
    /** Messages read since the last receipt, by watch. */
    private readonly read = new Map<number, { generation: number; count: number }>();

    constructor(
        private readonly port: Port<ToEngine, ToPage>,
        readonly callHub: HubCaller,
    ) {
        port.listen((message) => this.take(message));
    }

    onState(fn: (state: LinkState) => void): () => void {
        fn(this.state);
        return remember(this.stateFns, fn);
    }

    onWorker(fn: (workerId: string, worker: WorkerLink) => void): () => void {
        for (const [workerId, worker] of this.workers) fn(workerId, worker);
        return remember(this.workerFns, fn);
    }

    onWelcome(fn: (welcome: Welcome) => void): () => void {
        if (this.latestWelcome) fn(this.latestWelcome);
        return remember(this.welcomeFns, fn);
    }

    callWorker<I extends DescMessage, O extends DescMessage>(
        workerId: string,
        method: UnaryMethod<I, O>,
        init: MessageInitShape<I>,
        options: CallOptions = {},
    ): Promise<MessageShape<O>> {
        const { signal, deadlineMs = DEADLINE_MS, repeat = true } = options;
        if (signal?.aborted) return Promise.reject(canceled());
        const request = encode(method.input, init);
        const id = ++this.lastId;
        const abort = () => this.port.post({ kind: "abort", id });
        signal?.addEventListener("abort", abort, { once: true });
        return new Promise<MessageShape<O>>((resolve, reject) => {
            this.waiting.set(id, {
                done: (bytes) => resolve(fromBinary(method.output, bytes ?? new Uint8Array())),
                failed: reject,
            });
            const { name } = method;
            const call = { id, workerId, method: name, request, deadlineMs, repeat };
            this.port.post({ kind: "call", ...call });
        }).finally(() => signal?.removeEventListener("abort", abort));
    }

    watchWorker<I extends DescMessage, O extends DescMessage>(
        workerId: string,
        method: WatchMethod<I, O>,
        makeRequest: () => MessageInitShape<I>,
        handlers: WatchHandlers<MessageShape<O>>,
    ): () => void {
        const id = ++this.lastId;
        this.watches.set(id, {
            request: () => encode(method.input, makeRequest()),
            message: (bytes) => handlers.message(fromBinary(method.output, bytes)),
            interrupted: () => handlers.interrupted(),
            end: (error) => handlers.end(error),
        });
        this.port.post({ kind: "watch", id, workerId, method: method.name });
        return () => {
            if (this.watches.delete(id)) this.port.post({ kind: "stop", id });
        };
    }

    keepWorker(workerId: string): () => void {
        const id = ++this.lastId;
        this.port.post({ kind: "keep", id, workerId });
        return () => this.port.post({ kind: "stop", id });
    }

    subscribe(
        scope: string,
        afterOffset: () => bigint | undefined,
        handlers: ScopeHandlers,
    ): () => void {
        const id = ++this.lastId;
        this.scopes.set(id, { afterOffset, handlers });
        this.port.post({ kind: "subscribe", id, scope });
        return () => {
            if (this.scopes.delete(id)) this.port.post({ kind: "unsubscribe", id });
        };
    }

    presence(workspaceId: string, tabId: string, typing: boolean): void {
        this.port.post({ kind: "presence", workspaceId, tabId, typing });
    }

    retryNow(): void {
        this.port.post({ kind: "retry" });
    }

    fingerprint(workerId: string): Promise<Fingerprint> {
        return this.ask((id) => ({ kind: "fingerprint", id, workerId })) as Promise<Fingerprint>;
    }

    async confirmFingerprint(workerId: string): Promise<void> {
        await this.ask((id) => ({ kind: "confirm-fingerprint", id, workerId }));
    }

    async trustNewKey(workerId: string, hex: string): Promise<void> {
        await this.ask((id) => ({ kind: "trust-new-key", id, workerId, hex }));
    }

    deviceId(): Promise<string> {
        return this.ask((id) => ({ kind: "device-id", id })) as Promise<string>;
    }

    private ask(question: (id: number) => ToEngine): Promise<unknown> {
        const id = ++this.lastId;
        return new Promise((resolve, reject) => {
            this.waiting.set(id, { done: (_bytes, value) => resolve(value), failed: reject });
            this.port.post(question(id));
        });
    }

    private take(message: ToPage): void {
        switch (message.kind) {
            case "state":
                this.state = message.state;
                return this.stateFns.forEach((fn) => fn(message.state));
            case "worker":
                this.workers.set(message.workerId, message.status);
                return this.workerFns.forEach((fn) => fn(message.workerId, message.status));
            case "welcome":
                return this.onWelcomeBytes(message.bytes);
            case "answer":
                return this.settle(message.id, (waiting) => waiting.done(message.bytes, null));
            case "value":
                return this.settle(message.id, (waiting) => waiting.done(null, message.value));
            case "failed":
                return this.settle(message.id, (waiting) =>
                    waiting.failed(new LinkError(message.error)),
                );
            case "ask":
                return this.provide(message.id, message.generation);
            case "message":
                return this.onMessage(message);
            case "ask-offset":
                return this.provideOffset(message.id, message.generation);
            case "scope":
                return this.onScope(message);
            case "interrupted":
                this.watches.get(message.id)?.interrupted();
                this.scopes.get(message.id)?.handlers.interrupted();
                return;
            case "end":
                return this.onEnd(message.id, message.error);
            default:
                message satisfies never;
        }
    }

    private onWelcomeBytes(bytes: Uint8Array): void {
        const welcome = fromBinary(WelcomeSchema, bytes);
        this.latestWelcome = welcome;
        this.welcomeFns.forEach((fn) => fn(welcome));
    }

    private settle(id: number, fn: (waiting: Waiting) => void): void {
        const waiting = this.waiting.get(id);
        this.waiting.delete(id);
        if (waiting) fn(waiting);
    }

    private provide(id: number, generation: number): void {
        const watch = this.watches.get(id);
        if (!watch) return;
        this.port.post({ kind: "provide", id, generation, request: watch.request() });
    }

    private onMessage(message: ToPage & { kind: "message" }): void {
        const { id, generation, bytes } = message;
        const watch = this.watches.get(id);
        if (!watch) return;
        try {
            watch.message(bytes);
        } finally {
            this.receipt(id, generation);
        }
    }

    /** One receipt for all messages that arrived together. */
    private receipt(id: number, generation: number): void {
        const pending = this.read.get(id);
        if (pending?.generation === generation) {
            pending.count += 1;
            return;
        }
        const counted = { generation, count: 1 };
        this.read.set(id, counted);
        queueMicrotask(() => {
            if (this.read.get(id) === counted) this.read.delete(id);
            this.port.post({ kind: "taken", id, ...counted });
        });
    }

    private provideOffset(id: number, generation: number): void {
        const scope = this.scopes.get(id);
        if (!scope) return;
        this.port.post({ kind: "offset", id, generation, after: scope.afterOffset() });
    }

    private onScope({ id, what, bytes }: ToPage & { kind: "scope" }): void {
        const handlers = this.scopes.get(id)?.handlers;
        if (!handlers) return;
        switch (what) {
            case "event":
                return handlers.event(fromBinary(ScopeEventSchema, bytes));
            case "caught-up":
                return handlers.caughtUp(fromBinary(ScopeCatchUpSchema, bytes).watermark);
            case "reset":
                return handlers.reset(fromBinary(ScopeResetSchema, bytes));
            default:
                what satisfies never;
        }
    }

    private onEnd(id: number, fields: CallErrorFields | null): void {
        const error = fields && new LinkError(fields);
        const watch = this.watches.get(id);
        const scope = this.scopes.get(id);
        this.watches.delete(id);
        this.scopes.delete(id);
        watch?.end(error);
        if (error) scope?.handlers.end(error);
    }
}

function remember<T>(set: Set<T>, fn: T): () => void {
    set.add(fn);
    return () => set.delete(fn);
}

const encode = <D extends DescMessage>(schema: D, init: MessageInitShape<D>): Uint8Array =>
    toBinary(schema, create(schema, init));
