// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { concat, EMPTY } from "../e2ee/bytes";
import { ErrorInfoSchema } from "../gen/leapmux/v1/common_pb";
import {
    GetWorkerKeysRequestSchema,
    GetWorkerKeysResponseSchema,
    WorkerService,
} from "../gen/leapmux/v1/hub_pb";
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
} from "../gen/leapmux/v1/socket_pb";
import { HelloRequestSchema, WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import {
    closeFrame,
    parseHubFrame,
    readVarint,
    recordFrame,
    subscribeFrame,
    varint,
} from "./socket-frames";
import * as wire from "./wire";

const bytes = Uint8Array.of(1, 2, 3);
const U64_MAX = 2n ** 64n - 1n;

describe("the thread's own codec writes what the generated schemas read", () => {
    test("OpenChannel", () => {
        const message = {
            ref: 0xffff_ffff,
            channelId: "c",
            workerId: "w",
            deviceId: "d",
            handshake: bytes,
        };
        const read = fromBinary(OpenChannelSchema, wire.writeOpenChannel(message));
        expect(read).toMatchObject(message);
    });

    test.each([undefined, 0n, 1n, U64_MAX])("Subscribe after %s", (afterOffset) => {
        const read = fromBinary(SubscribeSchema, wire.writeSubscribe("ws:x", afterOffset));
        expect(read.scope).toBe("ws:x");
        expect(read.afterOffset).toBe(afterOffset);
    });

    test("Unsubscribe, PresenceReport, HelloRequest and GetWorkerKeysRequest", () => {
        const presence = { workspaceId: "w", tabId: "t", typing: true };
        const hello = { proof: bytes, deviceName: "Brûlé on Linux", clientVersion: "1" };
        expect(fromBinary(UnsubscribeSchema, wire.writeUnsubscribe("s")).scope).toBe("s");
        expect(fromBinary(PresenceReportSchema, wire.writePresence(presence))).toMatchObject(
            presence,
        );
        expect(fromBinary(HelloRequestSchema, wire.writeHello(hello))).toMatchObject(hello);
        const keys = fromBinary(GetWorkerKeysRequestSchema, wire.writeGetWorkerKeys("w"));
        expect(keys.workerId).toBe("w");
    });

    test("under the names of the generated services", () => {
        expect(wire.HELLO_METHOD).toBe(WorkerMethods.method.hello.name);
        expect(wire.GET_WORKER_KEYS).toBe(
            `${WorkerService.typeName}/${WorkerService.method.getWorkerKeys.name}`,
        );
    });
});

describe("the thread's own codec reads what the generated schemas write", () => {
    test("Welcome", () => {
        const welcome = create(WelcomeSchema, {
            connectionId: "c",
            user: { id: "user", username: "solo" },
            timeMs: 5n,
        });
        expect(wire.readWelcomeUserId(toBinary(WelcomeSchema, welcome))).toBe("user");
    });

    test("ChannelIsOpen and ChannelRefusal", () => {
        const open = create(ChannelIsOpenSchema, { ref: 0xffff_ffff, handshake: bytes });
        expect(wire.readChannelIsOpen(toBinary(ChannelIsOpenSchema, open))).toEqual({
            ref: 0xffff_ffff,
            handshake: bytes,
        });
        const refusal = create(ChannelRefusalSchema, {
            ref: 3,
            code: "unavailable",
            reason: "WORKER_OFFLINE",
            retryAfterMs: 1_500n,
        });
        expect(wire.readChannelRefusal(toBinary(ChannelRefusalSchema, refusal))).toEqual({
            ref: 3,
            code: "unavailable",
            reason: "WORKER_OFFLINE",
            retryAfterMs: 1_500,
        });
    });

    test("GetWorkerKeysResponse", () => {
        const identity = new Uint8Array(64).fill(5);
        const keys = create(GetWorkerKeysResponseSchema, {
            identity,
            certificate: bytes,
            online: true,
        });
        expect(wire.readOfferedKeys(toBinary(GetWorkerKeysResponseSchema, keys))).toEqual({
            identity,
            certificate: bytes,
        });
    });

    test("SubscriptionEnd, GoingAway and ErrorInfo", () => {
        const end = { scope: "s", code: "permission_denied", reason: "ACCESS_REVOKED" };
        const endBytes = toBinary(SubscriptionEndSchema, create(SubscriptionEndSchema, end));
        expect(wire.readSubscriptionEnd(endBytes)).toEqual(end);
        const away = create(GoingAwaySchema, { retryAfterMs: 1_000n });
        expect(wire.readRetryAfterMs(toBinary(GoingAwaySchema, away))).toBe(1_000);
        const info = create(ErrorInfoSchema, { reason: "R", field: "f", retryAfterMs: 7n });
        expect(wire.readErrorInfo(toBinary(ErrorInfoSchema, info))).toEqual({
            reason: "R",
            field: "f",
            retryAfterMs: 7,
        });
    });

    test("the scope of each scope frame", () => {
        const scope = "ws:x";
        const event = create(ScopeEventSchema, { scope, payload: { case: "user", value: {} } });
        const caughtUp = create(ScopeCatchUpSchema, { scope, watermark: 3n });
        const reset = create(ScopeResetSchema, { scope, offset: 4n });
        expect(wire.readScope(toBinary(ScopeEventSchema, event))).toBe(scope);
        expect(wire.readScope(toBinary(ScopeCatchUpSchema, caughtUp))).toBe(scope);
        expect(wire.readScope(toBinary(ScopeResetSchema, reset))).toBe(scope);
    });
});

describe("frames of the socket", () => {
    test.each([0, 1, 127, 128, 16_384, 2 ** 32 - 1])("varint %i goes there and back", (value) => {
        const written = varint(value);
        expect(readVarint(written, 0)).toEqual([value, written.length]);
    });

    test("RECORD and CLOSE have bodies of their own", () => {
        const record = recordFrame(300, bytes);
        expect(parseHubFrame(record)).toEqual({ kind: "record", ref: 300, record: bytes });
        expect(parseHubFrame(closeFrame(300, 7))).toEqual({ kind: "close", ref: 300, reason: 7 });
    });

    test.each([
        ["an empty message", EMPTY],
        ["an unknown kind", Uint8Array.of(99)],
        ["a kind that only clients send", subscribeFrame("s", undefined)],
        ["a RECORD without a ref", Uint8Array.of(FrameKind.RECORD)],
        ["a ref that never ends", Uint8Array.of(FrameKind.RECORD, 255, 255, 255, 255, 255, 255)],
        ["a CLOSE without a reason", Uint8Array.of(FrameKind.CLOSE, 1)],
        ["a body that is no message", concat(Uint8Array.of(FrameKind.OPENED), Uint8Array.of(255))],
        ["a length beyond the end", Uint8Array.of(FrameKind.REFUSED, 0x12, 0x7f, 0x61)],
    ])("%s is not taken for anything", (_name, message) => {
        expect(parseHubFrame(message)).toBe(null);
    });
});
