// SPDX-License-Identifier: Apache-2.0
/** One frame a record: type, flags, padding, stream, body. No state beyond the single frame. */
import { bytesText, concat, EMPTY, textBytes, viewOf } from "./bytes";
import { E2eeFault } from "./fault";
import { paddedLength } from "./padding";
import { PLAINTEXT_MAX } from "./records";

export const HEADER_LENGTH = 8;
/** Tag and relay header, counted for each frame so that small ones cannot overrun the relay. */
const COST_OVERHEAD = 32;
export const BODY_MAX = PLAINTEXT_MAX - HEADER_LENGTH;
export const STREAM_MAX = 2 ** 31 - 1;
const CREDIT_MAX = 2 ** 31 - 1;
const END_BODY_MAX = 16_384;
const PING_LENGTH = 8;

export type CloseReason = 0 | 1 | 2 | 3 | 4 | 5;
export const CLOSE_DONE = 0;
export const CLOSE_MOVING = 1;
export const CLOSE_PROTOCOL_ERROR = 2;
export const CLOSE_ACCESS_ENDED = 3;
export const CLOSE_DEVICE_REVOKED = 4;
export const CLOSE_SHUTTING_DOWN = 5;

export type Sender = "client" | "worker";

export type Frame =
    | { type: "open"; stream: number; more: boolean; method: string; body: Uint8Array }
    | { type: "data"; stream: number; more: boolean; body: Uint8Array }
    | { type: "window"; stream: number; credit: number }
    | ({ type: "end"; stream: number } & EndOfStream)
    | { type: "cancel"; stream: number }
    | { type: "ping"; token: Uint8Array }
    | { type: "pong"; token: Uint8Array }
    | { type: "close"; reason: number }
    | { type: "fill"; answer: boolean; body: Uint8Array };

export interface EndOfStream {
    /** Connect's numbers; 0 = ok. */
    status: number;
    reason: string;
    message: string;
    details: Uint8Array;
}

const NUMBER = {
    open: 1,
    data: 2,
    window: 3,
    end: 4,
    cancel: 5,
    ping: 6,
    pong: 7,
    close: 8,
    fill: 9,
} as const satisfies Record<Frame["type"], number>;

const TYPE = new Map<number, Frame["type"]>(
    (Object.keys(NUMBER) as Frame["type"][]).map((type) => [NUMBER[type], type]),
);

const MORE = 1;
const ANSWER = 2;

/** What the two columns "from" and "stream" of the frame table say. */
const RULES: Record<Frame["type"], { from: Sender | "both"; stream: "yes" | "no" | "either" }> = {
    open: { from: "client", stream: "yes" },
    data: { from: "both", stream: "yes" },
    window: { from: "both", stream: "either" },
    end: { from: "worker", stream: "yes" },
    cancel: { from: "client", stream: "yes" },
    ping: { from: "both", stream: "no" },
    pong: { from: "both", stream: "no" },
    close: { from: "both", stream: "no" },
    fill: { from: "both", stream: "no" },
};

/** What a frame takes from credit, padding included. */
export const costOf = (plaintextLength: number): number => plaintextLength + COST_OVERHEAD;

/** The plaintext of a frame, padded when asked for. The caller keeps bodies within BODY_MAX. */
export function encodeFrame(frame: Frame, pad = false): Uint8Array {
    const body = bodyOf(frame);
    const length = HEADER_LENGTH + body.length;
    const padding = pad ? paddedLength(length) - length : 0;
    const plaintext = new Uint8Array(length + padding);
    const view = viewOf(plaintext);
    view.setUint8(0, NUMBER[frame.type]);
    view.setUint8(1, flagsOf(frame));
    view.setUint16(2, padding);
    view.setUint32(4, "stream" in frame ? frame.stream : 0);
    plaintext.set(body, HEADER_LENGTH);
    return plaintext;
}

/** A FILL whose plaintext has exactly `length` bytes, all padding. */
export function encodeFill(length: number, answer: boolean): Uint8Array {
    const plaintext = encodeFrame({ type: "fill", answer, body: new Uint8Array(0) });
    const filled = concat(plaintext, new Uint8Array(length - plaintext.length));
    viewOf(filled).setUint16(2, length - HEADER_LENGTH);
    return filled;
}

function flagsOf(frame: Frame): number {
    if (frame.type === "open" || frame.type === "data") return frame.more ? MORE : 0;
    if (frame.type === "fill") return frame.answer ? ANSWER : 0;
    return 0;
}

function bodyOf(frame: Frame): Uint8Array {
    switch (frame.type) {
        case "open": {
            const method = textBytes(frame.method);
            return concat(Uint8Array.of(method.length), method, frame.body);
        }
        case "data":
        case "fill":
            return frame.body;
        case "window":
            return number32(frame.credit);
        case "end":
            return endBody(frame);
        case "cancel":
            return EMPTY;
        case "ping":
        case "pong":
            return frame.token;
        case "close":
            return number16(frame.reason);
        default:
            return frame satisfies never;
    }
}

const number16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff);

function number32(value: number): Uint8Array {
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, value);
    return bytes;
}

function endBody(end: EndOfStream): Uint8Array {
    const reason = textBytes(end.reason);
    const message = textBytes(end.message);
    return concat(
        Uint8Array.of(end.status),
        number16(reason.length),
        reason,
        number16(message.length),
        message,
        end.details,
    );
}

const bad = (why: string): E2eeFault => new E2eeFault("BAD_FRAME", why);

/**
 * Read the plaintext of one record that `from` sent. Bodies are views into it.
 *
 * Fails with BAD_FRAME on anything that the frame alone shows to be wrong: type, flags, lengths,
 * padding, direction, stream where none may stand.
 */
export function parseFrame(plaintext: Uint8Array, from: Sender): Frame {
    if (plaintext.length < HEADER_LENGTH) throw bad("frame too short");
    const view = viewOf(plaintext);
    const type = TYPE.get(view.getUint8(0));
    if (!type) throw bad("unknown frame type");
    const flags = view.getUint8(1);
    const stream = view.getUint32(4);
    checkHeader(type, flags, stream, from);
    const body = withoutPadding(plaintext, view.getUint16(2));
    return parseBody(type, flags, stream, body);
}

function checkHeader(type: Frame["type"], flags: number, stream: number, from: Sender): void {
    const rule = RULES[type];
    if (rule.from !== "both" && rule.from !== from) throw bad(`${type} from the wrong side`);
    const allowed = type === "open" || type === "data" ? MORE : type === "fill" ? ANSWER : 0;
    if ((flags & ~allowed) !== 0) throw bad("unknown flag");
    if (rule.stream === "yes" && stream === 0) throw bad(`${type} without a stream`);
    if (rule.stream === "no" && stream !== 0) throw bad(`${type} on a stream`);
    if (stream > STREAM_MAX) throw bad("stream id too large");
}

function withoutPadding(plaintext: Uint8Array, padding: number): Uint8Array {
    const end = plaintext.length - padding;
    if (end < HEADER_LENGTH) throw bad("padding too long");
    for (let at = end; at < plaintext.length; at++) {
        if (plaintext[at] !== 0) throw bad("padding is not zero");
    }
    return plaintext.subarray(HEADER_LENGTH, end);
}

function parseBody(type: Frame["type"], flags: number, stream: number, body: Uint8Array): Frame {
    const more = (flags & MORE) !== 0;
    switch (type) {
        case "open":
            return parseOpen(stream, more, body);
        case "data":
            return { type, stream, more, body };
        case "window":
            return { type, stream, credit: parseCredit(body) };
        case "end":
            return { type, stream, ...parseEnd(body) };
        case "cancel":
            expectLength(body, 0);
            return { type, stream };
        case "ping":
        case "pong":
            expectLength(body, PING_LENGTH);
            return { type, token: body.slice() };
        case "close":
            expectLength(body, 2);
            return { type, reason: viewOf(body).getUint16(0) };
        case "fill":
            return { type, answer: (flags & ANSWER) !== 0, body };
        default:
            return type satisfies never;
    }
}

function expectLength(body: Uint8Array, length: number): void {
    if (body.length !== length) throw bad("body has a wrong length");
}

function parseOpen(stream: number, more: boolean, body: Uint8Array): Frame {
    const n = body[0] ?? 0;
    if (n < 1 || body.length < 1 + n) throw bad("method has a wrong length");
    const method = bytesText(body.subarray(1, 1 + n));
    return { type: "open", stream, more, method, body: body.subarray(1 + n) };
}

function parseCredit(body: Uint8Array): number {
    expectLength(body, 4);
    const credit = viewOf(body).getUint32(0);
    if (credit < 1 || credit > CREDIT_MAX) throw bad("credit out of range");
    return credit;
}

function parseEnd(body: Uint8Array): EndOfStream {
    if (body.length > END_BODY_MAX) throw bad("END too long");
    const status = body[0];
    if (status === undefined) throw bad("END too short");
    const [reason, afterReason] = shortText(body, 1);
    const [message, afterMessage] = shortText(body, afterReason);
    return { status, reason, message, details: body.slice(afterMessage) };
}

function shortText(body: Uint8Array, at: number): [text: string, end: number] {
    if (body.length < at + 2) throw bad("END too short");
    const end = at + 2 + viewOf(body).getUint16(at);
    if (body.length < end) throw bad("END too short");
    return [bytesText(body.subarray(at + 2, end)), end];
}
