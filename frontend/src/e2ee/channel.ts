// SPDX-License-Identifier: Apache-2.0
/**
 * The client's end of an open channel: records in, records and answers out. No clock, no socket.
 *
 *     waiting --(credit, a free stream)--> open --END--> ended
 *        \__ cancel: forgotten               \__ cancel: CANCEL sent, dropped until END
 *
 * A stream gets its number when its OPEN is sent, so numbers have no gaps. Whatever breaks the
 * rules ends the channel: with CLOSE 2 where the peer could read it, in silence where a record
 * did not open. Handlers are called while a record is being taken in and may call back.
 */
import { concat, EMPTY, equalBytes } from "./bytes";
import {
    CHANNEL_CREDIT,
    CHANNEL_WINDOW_MIN,
    ReceiveCredit,
    SendCredit,
    STREAM_CREDIT,
    STREAM_WINDOW_MIN,
} from "./credit";
import { E2eeFault } from "./fault";
import {
    CLOSE_PROTOCOL_ERROR,
    costOf,
    encodeFill,
    encodeFrame,
    parseFrame,
    type CloseReason,
    type EndOfStream,
    type Frame,
} from "./frames";
import { FEATURE_ANSWER_FILL, FEATURE_PAD, type WorkerHello } from "./handshake";
import { RECORD_LIMITS, RecordDirection, type RecordLimits } from "./records";

/** Requests go out in parts of this size, so that streams can take turns. */
const PART_LENGTH = 32_768;
export const MESSAGE_MAX = 16 * 1024 * 1024;
const UNFINISHED_MAX = 2 * MESSAGE_MAX;

export interface StreamHandlers {
    /**
     * One whole message. `taken` gives its credit back: to be called once, when the reader is
     * done with it. A reader that does not is sent no more than a window.
     */
    message(bytes: Uint8Array, taken: () => void): void;
    /** Last call. Not made when the channel ends or the stream was cancelled. */
    end(end: EndOfStream): void;
}

/** How a channel came to its end. Calls without an END have an unknown outcome. */
export type ChannelEnd = { kind: "closed"; reason: number } | { kind: "fault"; fault: E2eeFault };

export interface ChannelSink {
    /** To be sent in this order. */
    record(record: Uint8Array): void;
    /** Any frame of the peer: a life sign. */
    alive(): void;
    pong(): void;
    /** Once; nothing follows. */
    ended(end: ChannelEnd): void;
}

export interface ChannelStream {
    cancel(): void;
}

/** A message that the reader has not taken yet keeps its last part's credit, and what came after. */
class Inbox {
    private parts: Uint8Array[] = [];
    private length = 0;
    private unread = 0;
    /** Credit that came in while a message was unread. */
    private held = 0;

    get partial(): number {
        return this.length;
    }

    /** Returns the whole message if this part ends one, else null, and what to give back now. */
    add(part: Uint8Array, more: boolean, cost: number): { whole: Uint8Array | null; give: number } {
        this.parts.push(part);
        this.length += part.length;
        const give = this.unread === 0 && more ? cost : 0;
        if (give === 0) this.held += cost;
        if (more) return { whole: null, give };
        const whole = this.parts.length === 1 ? part.slice() : concat(...this.parts);
        this.parts = [];
        this.length = 0;
        this.unread += 1;
        return { whole, give };
    }

    /** The reader took a message: returns the credit to give back. */
    take(): number {
        this.unread -= 1;
        if (this.unread > 0) return 0;
        const give = this.held;
        this.held = 0;
        return give;
    }

    drop(): void {
        this.parts = [];
        this.length = 0;
    }
}

class Stream implements ChannelStream {
    id = 0;
    sent = 0;
    state: "waiting" | "open" | "cancelled" | "ended" = "waiting";
    readonly sendCredit = new SendCredit(STREAM_CREDIT);
    readonly receiveCredit = new ReceiveCredit(STREAM_CREDIT, STREAM_WINDOW_MIN);
    readonly inbox = new Inbox();

    constructor(
        private readonly channel: ClientChannel,
        readonly method: string,
        readonly request: Uint8Array,
        readonly handlers: StreamHandlers,
    ) {}

    get sentAll(): boolean {
        return this.id !== 0 && this.sent === this.request.length;
    }

    cancel(): void {
        this.channel.cancel(this);
    }
}

export interface ChannelOptions {
    sendKey: Uint8Array;
    receiveKey: Uint8Array;
    hello: Pick<WorkerHello, "streams" | "features">;
    limits?: RecordLimits;
}

export class ClientChannel {
    private readonly out: RecordDirection;
    private readonly in: RecordDirection;
    private readonly sendCredit = new SendCredit(CHANNEL_CREDIT);
    private readonly receiveCredit = new ReceiveCredit(CHANNEL_CREDIT, CHANNEL_WINDOW_MIN);
    private readonly streams = new Map<number, Stream>();
    /** Streams with something of their request unsent, in turn. */
    private queue: Stream[] = [];
    private lastId = 0;
    private unfinished = 0;
    private pingToken: Uint8Array | null = null;
    private state: "open" | "closing" | "over" = "open";
    private readonly pad: boolean;

    /** Takes ownership of the keys. */
    constructor(
        private readonly options: ChannelOptions,
        private readonly sink: ChannelSink,
    ) {
        const limits = options.limits ?? RECORD_LIMITS;
        this.out = new RecordDirection(options.sendKey, limits);
        this.in = new RecordDirection(options.receiveKey, limits);
        this.pad = (options.hello.features & FEATURE_PAD) !== 0;
    }

    /** Ask `method`. The request, at most 16 MiB, goes out as credit allows. */
    open(method: string, request: Uint8Array, handlers: StreamHandlers): ChannelStream {
        const stream = new Stream(this, method, request, handlers);
        this.queue.push(stream);
        this.pump();
        return stream;
    }

    /** False when one is unanswered already. `token` has 8 bytes. */
    ping(token: Uint8Array): boolean {
        if (this.state !== "open" || this.pingToken) return false;
        this.pingToken = token.slice();
        this.send({ type: "ping", token });
        return true;
    }

    /** Say CLOSE and wait for the peer's. */
    close(reason: CloseReason): void {
        if (this.state !== "open") return;
        this.send({ type: "close", reason });
        this.state = "closing";
        this.queue = [];
    }

    /** Forget everything without a word: the path to the peer is gone. */
    abandon(): void {
        this.state = "over";
        this.queue = [];
        this.streams.clear();
        this.out.wipe();
        this.in.wipe();
    }

    /** Take in one record. Nothing of a record that does not open is delivered. */
    receive(record: Uint8Array): void {
        if (this.state === "over") return;
        let plaintext: Uint8Array;
        try {
            plaintext = this.in.open(record);
        } catch (cause) {
            this.endWith({ kind: "fault", fault: asFault(cause) });
            return;
        }
        try {
            const frame = parseFrame(plaintext, "worker");
            this.sink.alive();
            this.onFrame(frame, costOf(plaintext.length));
        } catch (cause) {
            if (!(cause instanceof E2eeFault)) throw cause;
            this.fail(cause);
        }
    }

    /** For `Stream.cancel` only. */
    cancel(stream: Stream): void {
        if (this.state === "over" || stream.state === "ended" || stream.state === "cancelled") {
            return;
        }
        this.queue = this.queue.filter((other) => other !== stream);
        const wasOpen = stream.state === "open";
        stream.state = "cancelled";
        this.dropPartial(stream);
        if (wasOpen && this.state === "open") this.send({ type: "cancel", stream: stream.id });
    }

    private onFrame(frame: Frame, cost: number): void {
        switch (frame.type) {
            case "data":
                this.creditChannel(cost);
                return this.onData(frame, cost);
            case "end":
                this.creditChannel(cost);
                return this.onEnd(frame);
            case "window":
                return this.onWindow(frame.stream, frame.credit);
            case "ping":
                if (this.state === "open") this.send({ type: "pong", token: frame.token });
                return;
            case "pong":
                return this.onPong(frame.token);
            case "close":
                return this.onClose(frame.reason);
            case "fill":
                this.creditChannel(cost);
                return this.onFill(frame.answer, cost);
            case "open":
            case "cancel":
                throw new E2eeFault("BAD_FRAME", `${frame.type} from a worker`);
            default:
                frame satisfies never;
        }
    }

    /** Channel credit comes back at once, whatever becomes of the frame. */
    private creditChannel(cost: number): void {
        this.receiveCredit.take(cost);
        const credit = this.receiveCredit.give(cost);
        if (credit > 0 && this.state === "open") this.send({ type: "window", stream: 0, credit });
    }

    private onData(frame: Frame & { type: "data" }, cost: number): void {
        const stream = this.streamOf(frame.stream);
        if (stream === "ended") throw new E2eeFault("BAD_FRAME", "DATA after END");
        stream.receiveCredit.take(cost);
        if (stream.state === "cancelled" || this.state !== "open") return;

        const before = stream.inbox.partial;
        const { whole, give } = stream.inbox.add(frame.body, frame.more, cost);
        this.unfinished += stream.inbox.partial - before;
        this.creditStream(stream, give);
        const tooLarge = before + frame.body.length > MESSAGE_MAX;
        if (tooLarge || this.unfinished > UNFINISHED_MAX) return this.refuse(stream);
        if (whole) stream.handlers.message(whole, this.takenOnce(stream));
    }

    private takenOnce(stream: Stream): () => void {
        let done = false;
        return () => {
            if (done) return;
            done = true;
            this.creditStream(stream, stream.inbox.take());
        };
    }

    private creditStream(stream: Stream, cost: number): void {
        if (cost === 0 || stream.state !== "open" || this.state !== "open") return;
        const credit = stream.receiveCredit.give(cost);
        if (credit > 0) this.send({ type: "window", stream: stream.id, credit });
    }

    /** A message that no reader wants: the worker hears CANCEL, the caller why. */
    private refuse(stream: Stream): void {
        this.cancel(stream);
        stream.handlers.end({
            status: 8,
            reason: "TOO_LARGE",
            message: "the answer is larger than a client accepts",
            details: EMPTY,
        });
    }

    private onEnd(frame: Frame & { type: "end" }): void {
        const stream = this.streamOf(frame.stream);
        if (stream === "ended") throw new E2eeFault("BAD_FRAME", "END after END");
        const wasCancelled = stream.state === "cancelled";
        stream.state = "ended";
        this.dropPartial(stream);
        this.streams.delete(stream.id);
        this.queue = this.queue.filter((other) => other !== stream);
        if (!wasCancelled && this.state === "open") {
            const { status, reason, message, details } = frame;
            stream.handlers.end({ status, reason, message, details });
        }
        this.pump();
    }

    private dropPartial(stream: Stream): void {
        this.unfinished -= stream.inbox.partial;
        stream.inbox.drop();
    }

    private onWindow(id: number, credit: number): void {
        if (id === 0) {
            this.sendCredit.add(credit);
        } else {
            const stream = this.streamOf(id);
            if (stream === "ended") return;
            stream.sendCredit.add(credit);
        }
        this.pump();
    }

    private onPong(token: Uint8Array): void {
        if (!this.pingToken || !equalBytes(token, this.pingToken)) {
            throw new E2eeFault("BAD_FRAME", "PONG not asked for");
        }
        this.pingToken = null;
        this.sink.pong();
    }

    private onClose(reason: number): void {
        if (this.state === "open") this.send({ type: "close", reason: 0 });
        this.endWith({ kind: "closed", reason });
    }

    private onFill(answer: boolean, cost: number): void {
        const granted = (this.options.hello.features & FEATURE_ANSWER_FILL) !== 0;
        if (!answer || !granted || this.state !== "open" || !this.sendCredit.covers(cost)) return;
        this.sendCredit.take(cost);
        this.sink.record(this.out.seal(encodeFill(cost - costOf(0), false)));
    }

    private streamOf(id: number): Stream | "ended" {
        if (id > this.lastId) throw new E2eeFault("BAD_FRAME", "frame on a stream never opened");
        return this.streams.get(id) ?? "ended";
    }

    /** Send parts of waiting requests in turn until credit ends. */
    private pump(): void {
        let blocked = 0;
        while (this.state === "open" && blocked < this.queue.length) {
            const stream = this.queue.shift();
            if (!stream) return;
            const sent = this.sendPart(stream);
            if (!stream.sentAll) this.queue.push(stream);
            blocked = sent ? 0 : blocked + 1;
        }
    }

    /** False when credit or a free stream is missing. */
    private sendPart(stream: Stream): boolean {
        if (stream.id === 0 && this.streams.size >= this.options.hello.streams) return false;
        const end = Math.min(stream.sent + PART_LENGTH, stream.request.length);
        const body = stream.request.subarray(stream.sent, end);
        const more = end < stream.request.length;
        const id = stream.id || this.lastId + 1;
        const plaintext = encodeFrame(
            stream.id === 0
                ? { type: "open", stream: id, more, method: stream.method, body }
                : { type: "data", stream: id, more, body },
            this.pad,
        );
        const cost = costOf(plaintext.length);
        if (!stream.sendCredit.covers(cost) || !this.sendCredit.covers(cost)) return false;
        stream.sendCredit.take(cost);
        this.sendCredit.take(cost);
        if (stream.id === 0) this.opened(stream, id);
        stream.sent = end;
        this.sink.record(this.out.seal(plaintext));
        return true;
    }

    private opened(stream: Stream, id: number): void {
        this.lastId = id;
        stream.id = id;
        stream.state = "open";
        this.streams.set(id, stream);
    }

    private send(frame: Frame): void {
        this.sink.record(this.out.seal(encodeFrame(frame, this.pad)));
    }

    private fail(fault: E2eeFault): void {
        if (this.state === "open") this.send({ type: "close", reason: CLOSE_PROTOCOL_ERROR });
        this.endWith({ kind: "fault", fault });
    }

    private endWith(end: ChannelEnd): void {
        this.abandon();
        this.sink.ended(end);
    }
}

const asFault = (cause: unknown): E2eeFault =>
    cause instanceof E2eeFault
        ? cause
        : new E2eeFault("BAD_RECORD", "record does not open", { cause });
