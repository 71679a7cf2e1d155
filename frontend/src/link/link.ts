// SPDX-License-Identifier: Apache-2.0
/**
 * What the page may ask of its connection to the Hub and, through it, to Workers.
 *
 * Types only, and the one error class: stores are written against this file and tested with the
 * fake of `fake.ts`; `client.ts` makes the real one. Messages go in and out as protobuf-es shapes,
 * methods are the descriptors of the generated services (`SomeService.method.someMethod`).
 */
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { ScopeEvent, ScopeReset, Welcome } from "../gen/leapmux/v1/socket_pb";

/**
 * The socket to the Hub. "connecting" until the first one stands; "reconnecting" while a lost one
 * is sought; "offline" when the browser says so or the Hub has not answered for a while.
 */
export type LinkState = "connecting" | "connected" | "reconnecting" | "offline";

/** Of one Worker's sealed channel, as `data-channel` and `data-alive` show it. */
export interface WorkerLink {
    /**
     * "none": not wanted, or refused and waiting for the next try (`error` says why);
     * "blocked": its keys are not those this device trusts (`fingerprint` has both), and nothing
     * is sent to it.
     */
    channel: "none" | "opening" | "open" | "blocked";
    /** A life sign came through the whole path within the last 30 s. */
    alive: boolean;
    /** The user may see this: why the last try failed. Absent while all is well. */
    error?: { code: string; reason: string; message: string };
    /** True once per device and Worker: its identity was pinned just now. */
    firstContact?: boolean;
}

/** The identity of a Worker, for people. */
export interface Fingerprint {
    words: string[];
    hex: string;
    verified: boolean;
    /** Unix milliseconds at which this device first pinned it. */
    firstSeenMs: number;
    /** What the Worker shows now, where that is not what is pinned. */
    changedTo?: { words: string[]; hex: string };
}

export interface CallErrorFields {
    /** Connect's code in lower snake case: "not_found", "permission_denied", ... */
    code: string;
    /** Stable: "READ_ONLY", "WORKER_OFFLINE", ... Empty when the answer had none. */
    reason: string;
    message: string;
    field?: string;
    retryAfterMs?: number;
}

/** Why a call, watch or subscription did not go on. `message` is a sentence for people. */
export class LinkError extends Error implements CallErrorFields {
    override readonly name = "LinkError";
    readonly code: string;
    readonly reason: string;
    readonly field?: string;
    readonly retryAfterMs?: number;

    constructor(fields: CallErrorFields) {
        super(fields.message);
        this.code = fields.code;
        this.reason = fields.reason;
        if (fields.field !== undefined) this.field = fields.field;
        if (fields.retryAfterMs !== undefined) this.retryAfterMs = fields.retryAfterMs;
    }
}

/** A unary method of a generated service. */
export interface UnaryMethod<I extends DescMessage, O extends DescMessage> {
    readonly methodKind: "unary";
    readonly name: string;
    readonly parent: { readonly typeName: string };
    readonly input: I;
    readonly output: O;
}

/** A server-streaming method of a generated service. */
export interface WatchMethod<I extends DescMessage, O extends DescMessage> {
    readonly methodKind: "server_streaming";
    readonly name: string;
    readonly parent: { readonly typeName: string };
    readonly input: I;
    readonly output: O;
}

export interface CallOptions {
    /** From now until the answer, waiting for a link included. Default 30 s. */
    deadlineMs?: number;
    signal?: AbortSignal;
    /**
     * After a cut the call is sent again as it is; its ids make that safe. False: it fails with
     * "unavailable" and reason "CUT" instead. Default true.
     */
    repeat?: boolean;
}

export interface WatchHandlers<T> {
    message(value: T): void;
    /** The link was lost; the watch is asked again when it is back. */
    interrupted(): void;
    /** Last call: the Worker ended it (null), or refused it. */
    end(error: LinkError | null): void;
}

/** Of one scope of the Hub. */
export interface ScopeHandlers {
    event(event: ScopeEvent): void;
    /** The state that was there at subscribe has been told. */
    caughtUp(watermark: bigint | undefined): void;
    /** Forget what is known of the layout and take this. */
    reset(reset: ScopeReset): void;
    interrupted(): void;
    end(error: LinkError): void;
}

export interface Link {
    /** Calls `fn` at once and at each change. Returns the function that stops it. */
    onState(fn: (state: LinkState) => void): () => void;
    /** Calls `fn` for each Worker known by now and at each change. */
    onWorker(fn: (workerId: string, worker: WorkerLink) => void): () => void;
    /** Calls `fn` with the Hub's greeting, at once if there was one, and on each new socket. */
    onWelcome(fn: (welcome: Welcome) => void): () => void;

    /** One Connect call to the Hub. Fails with LinkError; is not repeated. */
    callHub<I extends DescMessage, O extends DescMessage>(
        method: UnaryMethod<I, O>,
        request: MessageInitShape<I>,
        options?: Pick<CallOptions, "deadlineMs" | "signal">,
    ): Promise<MessageShape<O>>;

    /** One call through the Worker's sealed channel, which is opened when it is not. */
    callWorker<I extends DescMessage, O extends DescMessage>(
        workerId: string,
        method: UnaryMethod<I, O>,
        request: MessageInitShape<I>,
        options?: CallOptions,
    ): Promise<MessageShape<O>>;

    /**
     * A streaming call. `makeRequest` is asked at each start and restart, after every message
     * before the cut has been handed over, so it can name the last offset seen. Reading is
     * credited when `message` returns. The function returned stops it; nothing is called after.
     */
    watchWorker<I extends DescMessage, O extends DescMessage>(
        workerId: string,
        method: WatchMethod<I, O>,
        makeRequest: () => MessageInitShape<I>,
        handlers: WatchHandlers<MessageShape<O>>,
    ): () => void;

    /** Keeps a channel to the Worker open although nothing is asked of it, until stopped. */
    keepWorker(workerId: string): () => void;

    /** Events of a Hub scope ("user", "org:<id>", "ws:<id>", "side:<org>"), until stopped. */
    subscribe(
        scope: string,
        afterOffset: () => bigint | undefined,
        handlers: ScopeHandlers,
    ): () => void;

    /** Tell who else looks on where one is; lost when there is no socket. */
    presence(workspaceId: string, tabId: string, typing: boolean): void;

    /** "Try now". */
    retryNow(): void;

    /** The words of a Worker that this device has met. Fails with "not_found" otherwise. */
    fingerprint(workerId: string): Promise<Fingerprint>;
    /** "They match": the pin becomes verified. */
    confirmFingerprint(workerId: string): Promise<void>;
    /** "Trust the new key" of a blocked Worker; `hex` must be `changedTo.hex`, as was shown. */
    trustNewKey(workerId: string, hex: string): Promise<void>;
    /** This device's id, made at its first use. */
    deviceId(): Promise<string>;
}
