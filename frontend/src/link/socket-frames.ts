// SPDX-License-Identifier: Apache-2.0
/** Messages of the one WebSocket: a kind, then a body, protobuf but for RECORD and CLOSE. */
import { concat } from "../e2ee/bytes";
import { FrameKind } from "../gen/leapmux/v1/socket_pb";
import {
    readChannelIsOpen,
    readChannelRefusal,
    readRetryAfterMs,
    readScope,
    readSubscriptionEnd,
    readWelcomeUserId,
    writeOpenChannel,
    writePresence,
    writeSubscribe,
    writeUnsubscribe,
    type ChannelRefusal,
    type OpenChannel,
    type Presence,
    type SubscriptionEnd,
} from "./wire";

/** What the Hub says. Greeting and scope frames keep their bytes: the page decodes them. */
export type HubFrame =
    | { kind: "welcome"; userId: string; bytes: Uint8Array }
    | { kind: "opened"; ref: number; handshake: Uint8Array }
    | { kind: "refused"; refusal: ChannelRefusal }
    | { kind: "record"; ref: number; record: Uint8Array }
    | { kind: "close"; ref: number; reason: number }
    | { kind: "event" | "caught-up" | "reset"; scope: string; bytes: Uint8Array }
    | { kind: "subscription-end"; end: SubscriptionEnd }
    | { kind: "going-away"; retryAfterMs: number };

const frame = (kind: FrameKind, body: Uint8Array): Uint8Array => concat(Uint8Array.of(kind), body);

export const openFrame = (message: OpenChannel): Uint8Array =>
    frame(FrameKind.OPEN, writeOpenChannel(message));

export const recordFrame = (ref: number, record: Uint8Array): Uint8Array =>
    concat(Uint8Array.of(FrameKind.RECORD), varint(ref), record);

export const closeFrame = (ref: number, reason: number): Uint8Array =>
    concat(Uint8Array.of(FrameKind.CLOSE), varint(ref), varint(reason));

export const subscribeFrame = (scope: string, afterOffset: bigint | undefined): Uint8Array =>
    frame(FrameKind.SUBSCRIBE, writeSubscribe(scope, afterOffset));

export const unsubscribeFrame = (scope: string): Uint8Array =>
    frame(FrameKind.UNSUBSCRIBE, writeUnsubscribe(scope));

export const presenceFrame = (message: Presence): Uint8Array =>
    frame(FrameKind.PRESENCE, writePresence(message));

/** Null for what this client does not know or cannot read: a newer Hub may say more. */
export function parseHubFrame(message: Uint8Array): HubFrame | null {
    const body = message.subarray(1);
    try {
        return parseBody(message[0], body);
    } catch {
        return null;
    }
}

function parseBody(kind: FrameKind | undefined, body: Uint8Array): HubFrame | null {
    switch (kind) {
        case FrameKind.WELCOME:
            return { kind: "welcome", userId: readWelcomeUserId(body), bytes: body.slice() };
        case FrameKind.OPENED:
            return { kind: "opened", ...readChannelIsOpen(body) };
        case FrameKind.REFUSED:
            return { kind: "refused", refusal: readChannelRefusal(body) };
        case FrameKind.RECORD: {
            const [ref, at] = readVarint(body, 0);
            return { kind: "record", ref, record: body.subarray(at) };
        }
        case FrameKind.CLOSE: {
            const [ref, at] = readVarint(body, 0);
            return { kind: "close", ref, reason: readVarint(body, at)[0] };
        }
        case FrameKind.EVENT:
            return scopeFrame("event", body);
        case FrameKind.CATCH_UP:
            return scopeFrame("caught-up", body);
        case FrameKind.RESET:
            return scopeFrame("reset", body);
        case FrameKind.SUBSCRIPTION_END:
            return { kind: "subscription-end", end: readSubscriptionEnd(body) };
        case FrameKind.GOING_AWAY:
            return { kind: "going-away", retryAfterMs: readRetryAfterMs(body) };
        case FrameKind.UNSPECIFIED:
        case FrameKind.OPEN:
        case FrameKind.SUBSCRIBE:
        case FrameKind.UNSUBSCRIBE:
        case FrameKind.PRESENCE:
        case undefined:
            return null;
        default:
            kind satisfies never;
            return null;
    }
}

const scopeFrame = (kind: "event" | "caught-up" | "reset", body: Uint8Array): HubFrame => ({
    kind,
    scope: readScope(body),
    bytes: body.slice(),
});

/** Of a 32-bit number. */
export function varint(value: number): Uint8Array {
    const bytes: number[] = [];
    let rest = value >>> 0;
    while (rest > 0x7f) {
        bytes.push((rest & 0x7f) | 0x80);
        rest >>>= 7;
    }
    bytes.push(rest);
    return Uint8Array.from(bytes);
}

/** Throws when it is cut or longer than five octets. */
export function readVarint(bytes: Uint8Array, at: number): [value: number, end: number] {
    let value = 0;
    for (let i = 0; i < 5; i++) {
        const byte = bytes[at + i];
        if (byte === undefined) break;
        value += (byte & 0x7f) * 2 ** (7 * i);
        if (byte < 0x80) return [value, at + i + 1];
    }
    throw new RangeError("bad varint");
}
