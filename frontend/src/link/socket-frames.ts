// SPDX-License-Identifier: Apache-2.0
/** Messages of the one WebSocket: a kind, then a protobuf body; RECORD and CLOSE have their own. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { concat } from "../e2ee/bytes";
import {
    ChannelIsOpenSchema,
    ChannelRefusalSchema,
    FrameKind,
    GoingAwaySchema,
    OpenChannelSchema,
    PresenceReportSchema,
    ScopeCatchUpSchema,
    ScopeEventSchema,
    ScopeResetSchema,
    SubscribeSchema,
    SubscriptionEndSchema,
    UnsubscribeSchema,
    WelcomeSchema,
    type ChannelIsOpen,
    type ChannelRefusal,
    type GoingAway,
    type SubscriptionEnd,
    type Welcome,
} from "../gen/leapmux/v1/socket_pb";

/** What the Hub says. Scope frames keep their bytes: the page decodes them. */
export type HubFrame =
    | { kind: "welcome"; welcome: Welcome; bytes: Uint8Array }
    | { kind: "opened"; opened: ChannelIsOpen }
    | { kind: "refused"; refusal: ChannelRefusal }
    | { kind: "record"; ref: number; record: Uint8Array }
    | { kind: "close"; ref: number; reason: number }
    | { kind: "event" | "caught-up" | "reset"; scope: string; bytes: Uint8Array }
    | { kind: "subscription-end"; end: SubscriptionEnd }
    | { kind: "going-away"; goingAway: GoingAway };

function frame<D extends DescMessage>(
    kind: FrameKind,
    schema: D,
    init: MessageInitShape<D>,
): Uint8Array {
    return concat(Uint8Array.of(kind), toBinary(schema, create(schema, init)));
}

export const openFrame = (init: MessageInitShape<typeof OpenChannelSchema>): Uint8Array =>
    frame(FrameKind.OPEN, OpenChannelSchema, init);

export const recordFrame = (ref: number, record: Uint8Array): Uint8Array =>
    concat(Uint8Array.of(FrameKind.RECORD), varint(ref), record);

export const closeFrame = (ref: number, reason: number): Uint8Array =>
    concat(Uint8Array.of(FrameKind.CLOSE), varint(ref), varint(reason));

export const subscribeFrame = (scope: string, afterOffset: bigint | undefined): Uint8Array =>
    frame(
        FrameKind.SUBSCRIBE,
        SubscribeSchema,
        afterOffset === undefined ? { scope } : { scope, afterOffset },
    );

export const unsubscribeFrame = (scope: string): Uint8Array =>
    frame(FrameKind.UNSUBSCRIBE, UnsubscribeSchema, { scope });

export const presenceFrame = (init: MessageInitShape<typeof PresenceReportSchema>): Uint8Array =>
    frame(FrameKind.PRESENCE, PresenceReportSchema, init);

/** Null for what this client does not know or cannot read: a newer Hub may say more. */
export function parseHubFrame(message: Uint8Array): HubFrame | null {
    const body = message.subarray(1);
    try {
        return parseBody(message[0] as FrameKind | undefined, body);
    } catch {
        return null;
    }
}

function parseBody(kind: FrameKind | undefined, body: Uint8Array): HubFrame | null {
    switch (kind) {
        case FrameKind.WELCOME:
            return { kind: "welcome", welcome: fromBinary(WelcomeSchema, body), bytes: body.slice() };
        case FrameKind.OPENED:
            return { kind: "opened", opened: fromBinary(ChannelIsOpenSchema, body) };
        case FrameKind.REFUSED:
            return { kind: "refused", refusal: fromBinary(ChannelRefusalSchema, body) };
        case FrameKind.RECORD: {
            const [ref, at] = readVarint(body, 0);
            return { kind: "record", ref, record: body.subarray(at) };
        }
        case FrameKind.CLOSE: {
            const [ref, at] = readVarint(body, 0);
            return { kind: "close", ref, reason: readVarint(body, at)[0] };
        }
        case FrameKind.EVENT:
            return scopeFrame("event", fromBinary(ScopeEventSchema, body).scope, body);
        case FrameKind.CATCH_UP:
            return scopeFrame("caught-up", fromBinary(ScopeCatchUpSchema, body).scope, body);
        case FrameKind.RESET:
            return scopeFrame("reset", fromBinary(ScopeResetSchema, body).scope, body);
        case FrameKind.SUBSCRIPTION_END:
            return { kind: "subscription-end", end: fromBinary(SubscriptionEndSchema, body) };
        case FrameKind.GOING_AWAY:
            return { kind: "going-away", goingAway: fromBinary(GoingAwaySchema, body) };
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

const scopeFrame = (
    kind: "event" | "caught-up" | "reset",
    scope: string,
    body: Uint8Array,
): HubFrame => ({ kind, scope, bytes: body.slice() });

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
