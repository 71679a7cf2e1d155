// SPDX-License-Identifier: Apache-2.0
/** The Worker's end of a channel, for tests: strict about what the client may send. */
import { concat, EMPTY } from "../bytes";
import {
    CHANNEL_CREDIT,
    CHANNEL_WINDOW_MIN,
    ReceiveCredit,
    SendCredit,
    STREAM_CREDIT,
    STREAM_WINDOW_MIN,
} from "../credit";
import { costOf, encodeFrame, parseFrame, type EndOfStream, type Frame } from "../frames";
import { RECORD_LIMITS, RecordDirection, type RecordLimits } from "../records";

export interface WorkerStreamHandlers {
    /** The whole request has come. */
    request(stream: WorkerStream): void;
    cancelled?(stream: WorkerStream): void;
}

export class WorkerStream {
    readonly sendCredit = new SendCredit(STREAM_CREDIT);
    readonly receiveCredit = new ReceiveCredit(STREAM_CREDIT, STREAM_WINDOW_MIN);
    parts: Uint8Array[] = [];
    complete = false;
    cancelled = false;
    ended = false;
    /** Parts and END that wait for credit. */
    readonly outbox: Frame[] = [];

    constructor(
        private readonly channel: WorkerChannel,
        readonly id: number,
        readonly method: string,
    ) {}

    get request(): Uint8Array {
        return concat(...this.parts);
    }

    /** One message, in parts of at most `partLength`. */
    send(message: Uint8Array, partLength = 32_768): void {
        let at = 0;
        do {
            const body = message.subarray(at, at + partLength);
            at += body.length;
            this.push({ type: "data", stream: this.id, more: at < message.length, body });
        } while (at < message.length);
    }

    end(end: Partial<EndOfStream> = {}): void {
        const fields = { status: 0, reason: "", message: "", details: EMPTY, ...end };
        this.push({ type: "end", stream: this.id, ...fields });
    }

    private push(frame: Frame): void {
        this.outbox.push(frame);
        this.channel.pump();
    }
}

export class WorkerChannel {
    private readonly out: RecordDirection;
    private readonly in: RecordDirection;
    readonly streams = new Map<number, WorkerStream>();
    readonly sendCredit = new SendCredit(CHANNEL_CREDIT);
    private readonly receiveCredit = new ReceiveCredit(CHANNEL_CREDIT, CHANNEL_WINDOW_MIN);
    private lastId = 0;
    closed: number | null = null;
    pings = 0;
    /** Answer PING; false plays dead. */
    alive = true;
    /** Every frame the client sent, by type. */
    readonly seen: Frame["type"][] = [];

    constructor(
        keys: { sendKey: Uint8Array; receiveKey: Uint8Array },
        private readonly post: (record: Uint8Array) => void,
        private readonly handlers: WorkerStreamHandlers,
        limits: RecordLimits = RECORD_LIMITS,
    ) {
        this.out = new RecordDirection(keys.sendKey, limits);
        this.in = new RecordDirection(keys.receiveKey, limits);
    }

    /** Throws where the client broke a rule. */
    receive(record: Uint8Array): Frame {
        const plaintext = this.in.open(record);
        const frame = parseFrame(plaintext, "client");
        if (this.closed !== null) throw new Error(`${frame.type} after CLOSE`);
        this.seen.push(frame.type);
        this.onFrame(frame, costOf(plaintext.length));
        return frame;
    }

    /** Any plaintext, right or wrong. */
    sendRaw(plaintext: Uint8Array): void {
        this.post(this.out.seal(plaintext));
    }

    sendFrame(frame: Frame): void {
        this.sendRaw(encodeFrame(frame));
    }

    close(reason: number): void {
        this.sendFrame({ type: "close", reason });
    }

    pump(): void {
        for (let progress = true; progress;) {
            progress = false;
            for (const stream of this.streams.values())
                progress = this.sendNext(stream) || progress;
        }
    }

    private sendNext(stream: WorkerStream): boolean {
        const frame = stream.outbox[0];
        if (!frame) return false;
        const plaintext = encodeFrame(frame);
        const cost = costOf(plaintext.length);
        const needsStream = frame.type === "data";
        if (!this.sendCredit.covers(cost)) return false;
        if (needsStream && !stream.sendCredit.covers(cost)) return false;
        this.sendCredit.take(cost);
        if (needsStream) stream.sendCredit.take(cost);
        stream.outbox.shift();
        if (frame.type === "end") {
            stream.ended = true;
            this.streams.delete(stream.id);
        }
        this.post(this.out.seal(plaintext));
        return true;
    }

    private onFrame(frame: Frame, cost: number): void {
        switch (frame.type) {
            case "open":
                this.credit(cost);
                return this.onOpen(frame, cost);
            case "data":
                this.credit(cost);
                return this.onData(frame, cost);
            case "window":
                return this.onWindow(frame.stream, frame.credit);
            case "cancel":
                return this.onCancel(frame.stream);
            case "ping":
                this.pings += 1;
                if (this.alive) this.sendFrame({ type: "pong", token: frame.token });
                return;
            case "close":
                this.closed = frame.reason;
                return;
            case "fill":
                return this.credit(cost);
            case "pong":
            case "end":
                return;
            default:
                frame satisfies never;
        }
    }

    private credit(cost: number): void {
        this.receiveCredit.take(cost);
        const credit = this.receiveCredit.give(cost);
        if (credit > 0) this.sendFrame({ type: "window", stream: 0, credit });
    }

    private onOpen(frame: Frame & { type: "open" }, cost: number): void {
        if (frame.stream !== this.lastId + 1) throw new Error("stream id out of turn");
        this.lastId = frame.stream;
        const stream = new WorkerStream(this, frame.stream, frame.method);
        this.streams.set(stream.id, stream);
        this.addPart(stream, frame.body, frame.more, cost);
    }

    private onData(frame: Frame & { type: "data" }, cost: number): void {
        const stream = this.streams.get(frame.stream);
        if (frame.stream > this.lastId) throw new Error("DATA on a stream never opened");
        if (!stream) return;
        if (stream.complete) throw new Error("DATA after the last part");
        if (stream.cancelled) throw new Error("DATA after CANCEL");
        this.addPart(stream, frame.body, frame.more, cost);
    }

    private addPart(stream: WorkerStream, body: Uint8Array, more: boolean, cost: number): void {
        stream.receiveCredit.take(cost);
        stream.parts.push(body.slice());
        stream.complete = !more;
        if (stream.complete) return this.handlers.request(stream);
        const credit = stream.receiveCredit.give(cost);
        if (credit > 0) this.sendFrame({ type: "window", stream: stream.id, credit });
    }

    private onWindow(id: number, credit: number): void {
        if (id > this.lastId) throw new Error("WINDOW on a stream never opened");
        if (id === 0) this.sendCredit.add(credit);
        const stream = this.streams.get(id);
        if (stream?.cancelled) throw new Error("WINDOW after CANCEL");
        stream?.sendCredit.add(credit);
        this.pump();
    }

    private onCancel(id: number): void {
        if (id > this.lastId) throw new Error("CANCEL on a stream never opened");
        const stream = this.streams.get(id);
        if (!stream) return;
        if (stream.cancelled) throw new Error("CANCEL twice");
        stream.cancelled = true;
        stream.outbox.length = 0;
        this.handlers.cancelled?.(stream);
        stream.end({ status: 1 });
    }
}
