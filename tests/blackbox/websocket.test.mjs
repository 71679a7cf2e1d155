// SPDX-License-Identifier: Apache-2.0
/** The one WebSocket of a client: what opens it, and what closes it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";

import { call, http, Wire } from "./support/http.mjs";
import { create, fromBinary, parts, toBinary, WebSocket } from "./support/link.mjs";
import { inWorld, until } from "./support/world.mjs";

const { newId, socket: frames } = parts;
const { FrameKind } = frames;
const KIB = 1024;
const PROTOCOL_ERROR = 1002;
const TOO_BIG = 1009;

/** A socket with all frames that came, and the code with which it closed. */
class Socket {
    received = [];
    closed = undefined;

    static async open(leapmux) {
        const made = new Socket();
        made.raw = new WebSocket(`ws://127.0.0.1:${leapmux.port}/ws`, "leapmux.v1");
        made.raw.on("message", (data, isBinary) => made.received.push({ data, isBinary }));
        made.raw.on("close", (code) => (made.closed = code));
        made.raw.on("error", () => {});
        await once(made.raw, "open");
        return made;
    }

    send(kind, body = new Uint8Array()) {
        this.raw.send(Buffer.concat([Buffer.of(kind), body]));
    }

    message(kind, schema, fields) {
        this.send(kind, toBinary(schema, create(schema, fields)));
    }

    /** The body of the first frame of a kind. */
    async frame(kind, schema) {
        const found = await until(
            () => this.received.find(({ data }) => data[0] === kind) ?? this.closed !== undefined,
            `a frame of kind ${kind}`,
        );
        assert.ok(found !== true, `closed with ${this.closed} before a frame of kind ${kind}`);
        return fromBinary(schema, found.data.subarray(1));
    }

    async closes(code) {
        await until(() => this.closed, "the close");
        assert.equal(this.closed, code);
    }
}

const open = (fields) =>
    create(frames.OpenChannelSchema, {
        ref: 1,
        channelId: newId(),
        workerId: newId(),
        deviceId: newId(),
        handshake: randomBytes(1000),
        ...fields,
    });

async function localWorker(leapmux) {
    await leapmux.logged("worker online");
    const { json } = await call(leapmux, "AuthService/GetCurrentUser");
    const list = await call(leapmux, "WorkerService/ListWorkers", { orgId: json.personalOrg.id });
    return list.json.workers[0].id;
}

const record = (ref) => Buffer.concat([Buffer.of(ref), randomBytes(64)]);

test(
    "the first frame greets with the user and the limits",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const socket = await Socket.open(leapmux);
        assert.equal(socket.raw.protocol, "leapmux.v1");
        assert.equal(socket.raw.extensions, "", "compression is off");
        const welcome = await socket.frame(FrameKind.WELCOME, frames.WelcomeSchema);
        const me = (await call(leapmux, "AuthService/GetCurrentUser")).json.user;
        assert.equal(welcome.user.id, me.id);
        assert.equal(welcome.maxChannels, 256);
        assert.match(welcome.connectionId, /^[0-9A-Za-z]{22}$/u);
        assert.ok(socket.received[0].isBinary);
        socket.raw.close();
    }),
);

test(
    "an upgrade without the subprotocol, the version or the key is refused",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const good = {
            connection: "Upgrade",
            upgrade: "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": randomBytes(16).toString("base64"),
            "sec-websocket-protocol": "leapmux.v1",
        };
        const without = (name) =>
            Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
        const cases = [
            without("sec-websocket-protocol"),
            { ...good, "sec-websocket-protocol": "leapmux.v2, chat" },
            without("sec-websocket-key"),
            { ...good, "sec-websocket-key": "short" },
            { ...good, "sec-websocket-version": "8" },
            without("upgrade"),
        ];
        for (const headers of cases) {
            const { status } = await http(leapmux, "GET", "/ws", { headers });
            assert.ok(status === 400 || status === 426, `${status} for ${JSON.stringify(headers)}`);
        }
        const post = await http(leapmux, "POST", "/ws", { headers: good, body: "" });
        assert.ok(post.status === 400 || post.status === 405, String(post.status));
    }),
);

const FAULTS = {
    "a text message": (socket) => socket.raw.send("hello"),
    "an empty message": (socket) => socket.raw.send(Buffer.alloc(0)),
    "a kind of nobody": (socket) => socket.send(99),
    "a kind that only the Hub sends": (socket) => socket.send(FrameKind.WELCOME),
    "a body that does not parse": (socket) =>
        socket.send(FrameKind.OPEN, Buffer.from([0xff, 0xff])),
    "a SUBSCRIBE that does not parse": (socket) =>
        socket.send(FrameKind.SUBSCRIBE, Buffer.from([0x0a, 0x7f])),
    "a RECORD that is too short to be sealed": (socket) =>
        socket.send(FrameKind.RECORD, Buffer.concat([Buffer.of(5), randomBytes(10)])),
    "a RECORD with half a number": (socket) => socket.send(FrameKind.RECORD, Buffer.of(0xff)),
    "a CLOSE with something behind it": (socket) =>
        socket.send(FrameKind.CLOSE, Buffer.of(5, 0, 0)),
};

for (const [what, act] of Object.entries(FAULTS)) {
    test(
        `${what} closes with 1002`,
        inWorld(async (world) => {
            const socket = await Socket.open(await world.solo());
            act(socket);
            await socket.closes(PROTOCOL_ERROR);
        }),
    );
}

test(
    "a message of more than 128 KiB closes with 1009, in one frame or in many",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const whole = await Socket.open(leapmux);
        whole.send(FrameKind.SUBSCRIBE, randomBytes(128 * KIB));
        await whole.closes(TOO_BIG);
        const pieces = await Socket.open(leapmux);
        for (let i = 0; i < 5; i++) pieces.raw.send(randomBytes(32 * KIB), { fin: false });
        await pieces.closes(TOO_BIG);
        assert.equal((await http(leapmux, "GET", "/healthz")).status, 200);
    }),
);

test(
    "a frame without its mask closes with 1002",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const socket = await Socket.open(leapmux);
        socket.raw.send(Buffer.of(FrameKind.SUBSCRIBE), { mask: false });
        await socket.closes(PROTOCOL_ERROR);
    }),
);

test(
    "OPEN to a Worker of nobody is REFUSED as not found, and the socket stays",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const socket = await Socket.open(leapmux);
        socket.message(FrameKind.OPEN, frames.OpenChannelSchema, open({ ref: 7 }));
        const refusal = await socket.frame(FrameKind.REFUSED, frames.ChannelRefusalSchema);
        assert.deepEqual(
            [refusal.ref, refusal.code, refusal.reason],
            [7, "not_found", "NOT_FOUND"],
        );
        socket.message(FrameKind.SUBSCRIBE, frames.SubscribeSchema, { scope: "user" });
        const event = await socket.frame(FrameKind.EVENT, frames.ScopeEventSchema);
        assert.equal(event.scope, "user");
        socket.raw.close();
    }),
);

test(
    "a handshake that means nothing is REFUSED by the Worker with one indistinct reason",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const workerId = await localWorker(leapmux);
        const reasons = new Set();
        for (const length of [1, 1000, 2000, 60_000]) {
            const socket = await Socket.open(leapmux);
            const fields = open({ workerId, handshake: randomBytes(length) });
            socket.message(FrameKind.OPEN, frames.OpenChannelSchema, fields);
            const refusal = await socket.frame(FrameKind.REFUSED, frames.ChannelRefusalSchema);
            assert.equal(refusal.code, "failed_precondition");
            reasons.add(refusal.reason);
            socket.raw.close();
        }
        for (const reason of reasons) assert.match(reason, /^(HANDSHAKE_FAILED|STALE_KEYS)$/u);
    }),
);

test(
    "a RECORD before its channel is open closes with 1002",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const workerId = await localWorker(leapmux);
        const socket = await Socket.open(leapmux);
        socket.raw._socket.cork(); /* in one write, so that no answer comes between */
        socket.message(FrameKind.OPEN, frames.OpenChannelSchema, open({ ref: 5, workerId }));
        socket.send(FrameKind.RECORD, record(5));
        socket.raw._socket.uncork();
        await socket.closes(PROTOCOL_ERROR);
    }),
);

test(
    "a second OPEN with the ref of the first closes with 1002",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const workerId = await localWorker(leapmux);
        const socket = await Socket.open(leapmux);
        socket.raw._socket.cork();
        for (let i = 0; i < 2; i++) {
            socket.message(FrameKind.OPEN, frames.OpenChannelSchema, open({ ref: 5, workerId }));
        }
        socket.raw._socket.uncork();
        await socket.closes(PROTOCOL_ERROR);
    }),
);

test(
    "a RECORD or CLOSE for a channel that is not there (any more) is dropped in silence",
    inWorld(async (world) => {
        const socket = await Socket.open(await world.solo());
        socket.send(FrameKind.RECORD, record(5));
        socket.send(FrameKind.CLOSE, Buffer.of(5, 0));
        socket.message(FrameKind.SUBSCRIBE, frames.SubscribeSchema, { scope: "user" });
        await socket.frame(FrameKind.EVENT, frames.ScopeEventSchema);
        socket.raw.close();
    }),
);

test(
    "an OPEN with ids of wrong form or without a handshake is REFUSED, and the socket stays",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const socket = await Socket.open(leapmux);
        for (const [ref, fields] of [
            [1, { channelId: "x" }],
            [2, { workerId: "" }],
            [3, { deviceId: "a".repeat(23) }],
            [4, { handshake: new Uint8Array() }],
        ]) {
            socket.message(FrameKind.OPEN, frames.OpenChannelSchema, open({ ref, ...fields }));
        }
        const refusals = () => socket.received.filter(({ data }) => data[0] === FrameKind.REFUSED);
        await until(() => refusals().length === 4 || socket.closed, "four refusals");
        assert.equal(socket.closed, undefined);
        const reasons = refusals().map(
            ({ data }) => fromBinary(frames.ChannelRefusalSchema, data.subarray(1)).reason,
        );
        assert.deepEqual(reasons, ["BAD_ID", "BAD_ID", "BAD_ID", "INVALID"]);
        socket.raw.close();
    }),
);

test(
    "a subscription to what one may not see ends, and the socket stays",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const socket = await Socket.open(leapmux);
        const scopes = [`ws:${newId()}`, `org:${newId()}`, "nonsense", "", "ws:x"];
        for (const scope of scopes)
            socket.message(FrameKind.SUBSCRIBE, frames.SubscribeSchema, { scope });
        await until(
            () =>
                socket.received.filter(({ data }) => data[0] === FrameKind.SUBSCRIPTION_END)
                    .length === scopes.length || socket.closed,
            "the ends",
        );
        assert.equal(socket.closed, undefined);
        socket.raw.close();
    }),
);

test(
    "a user has at most 64 sockets",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const sockets = [];
        for (let i = 0; i < 64; i++) sockets.push(await Socket.open(leapmux));
        const refused = new WebSocket(`ws://127.0.0.1:${leapmux.port}/ws`, "leapmux.v1");
        const [, response] = await once(refused, "unexpected-response").finally(() =>
            refused.on("error", () => {}),
        );
        assert.equal(response.statusCode, 429);
        response.destroy();
        sockets[0].raw.close();
        await sockets[0].closes(1005);
        (await Socket.open(leapmux)).raw.terminate();
        for (const { raw } of sockets) raw.terminate();
    }),
);

test(
    "a client that goes away in the middle of a frame is forgotten",
    inWorld(async (world) => {
        const leapmux = await world.solo(["--log-level", "debug"]);
        const wire = new Wire(leapmux.port);
        wire.send(
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
                `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n` +
                "Sec-WebSocket-Protocol: leapmux.v1\r\n\r\n",
        );
        assert.equal(await wire.status(), 101);
        wire.send(Buffer.of(0x82, 0xfe, 0x10, 0x00, 1, 2, 3, 4, 5));
        wire.close();
        await leapmux.logged("socket closed");
    }),
);
