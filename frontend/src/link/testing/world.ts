// SPDX-License-Identifier: Apache-2.0
/**
 * A made-up Hub, Worker and clock around the real engine and the real client.
 *
 * The Hub speaks through the generated schemas, so it also holds the thread's own small codec to
 * the contract. Nothing here waits for real time.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { concat, EMPTY } from "../../e2ee/bytes";
import { PROOF_CONTEXT, proofMessage } from "../../e2ee/proof";
import { makeChance } from "../../e2ee/testing/chance";
import { respond, workerHello } from "../../e2ee/testing/responder";
import { WorkerChannel, type WorkerStream } from "../../e2ee/testing/worker-channel";
import {
    GetWorkerKeysRequestSchema,
    GetWorkerKeysResponseSchema,
    WorkerService,
} from "../../gen/leapmux/v1/hub_pb";
import {
    ChannelIsOpenSchema,
    ChannelRefusalSchema,
    CloseReason,
    FrameKind,
    GoingAwaySchema,
    OpenChannelSchema,
    PresenceReportSchema,
    ScopeCatchUpSchema,
    SubscribeSchema,
    UnsubscribeSchema,
    WelcomeSchema,
    type OpenChannel,
    type PresenceReport,
    type Subscribe,
} from "../../gen/leapmux/v1/socket_pb";
import { HelloRequestSchema, HelloResponseSchema } from "../../gen/leapmux/v1/worker_pb";
import { createLink } from "../client";
import { LinkEngine, type HubSocket, type SocketHandlers } from "../engine";
import { makeHubCaller } from "../hub-caller";
import type { Link } from "../link";
import { portPair } from "./ports";
import { readVarint, varint } from "../socket-frames";
import { memoryStorage, type LinkStorage } from "../storage";
import { NOW_MS, type WorkerEpoch } from "../../e2ee/testing/identity";

export const USER_ID = "UserUserUserUserUserUs";
export const BASE = "http://hub.test/base/";

/** Time that passes only when the test says so. */
export class Clock {
    now = 0;
    /** Earliest first. */
    private readonly timers: { at: number; fn: () => void }[] = [];

    timer(fn: () => void, ms: number): () => void {
        const timer = { at: this.now + ms, fn };
        const before = this.timers.findLastIndex(({ at }) => at <= timer.at);
        this.timers.splice(before + 1, 0, timer);
        return () => {
            const at = this.timers.indexOf(timer);
            if (at >= 0) this.timers.splice(at, 1);
        };
    }

    /** Let what is under way finish, then what is due in `ms`, in order. */
    async advance(ms: number): Promise<void> {
        const end = this.now + ms;
        await flush();
        for (;;) {
            const due = this.timers[0]?.at ?? Infinity;
            if (due > end) break;
            this.now = Math.max(this.now, due);
            while ((this.timers[0]?.at ?? Infinity) <= this.now) this.timers.shift()?.fn();
            await flush();
        }
        this.now = end;
    }
}

/** Until promises and messages between the parts have come to rest. */
async function flush(): Promise<void> {
    for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}

type Method = (stream: WorkerStream) => void;

/** One Worker: answers handshakes with its epoch's keys, checks proofs, runs methods. */
export class FakeWorker {
    online = true;
    /** Swallows whatever comes. */
    silent = false;
    channel: WorkerChannel | null = null;
    channelsOpened = 0;
    refuse: { code: string; reason: string } | null = null;
    helloError: { status: number; reason: string } | null = null;
    devices: string[] = [];
    newestEpoch: number;
    readonly methods = new Map<string, Method>();
    readonly calls: { method: string; request: Uint8Array }[] = [];
    /** Flips a byte of message 2. */
    spoil = false;

    constructor(
        readonly id: string,
        public identity: Uint8Array,
        public epoch: WorkerEpoch,
    ) {
        this.newestEpoch = epoch.epoch;
    }

    /** Message 2, or null where the Worker refuses. */
    open(open: OpenChannel, post: (record: Uint8Array) => void): Uint8Array | null {
        const names = {
            identity: this.identity,
            epoch: this.epoch.epoch,
            workerId: this.id,
            channelId: open.channelId,
            userId: USER_ID,
            deviceId: open.deviceId,
        };
        const chance = makeChance(++this.channelsOpened);
        const coins = { x: chance.bytes(32), m: chance.bytes(32) };
        const hello = workerHello({
            version: 1,
            streams: 256,
            features: 1,
            newestEpoch: this.newestEpoch,
            largestMessage: 16 * 1024 * 1024,
        });
        let answer;
        try {
            answer = respond(open.handshake, names, this.epoch.keys, coins, hello);
        } catch {
            return null;
        }
        const { h } = answer;
        this.devices.push(open.deviceId);
        this.channel = new WorkerChannel(answer, post, {
            request: (stream) => this.onRequest(stream, h),
        });
        if (this.spoil) answer.message2[100] = (answer.message2[100] ?? 0) ^ 1;
        return answer.message2;
    }

    private onRequest(stream: WorkerStream, h: Uint8Array): void {
        this.calls.push({ method: stream.method, request: stream.request });
        if (stream.method === "Hello") return this.hello(stream, h);
        const method = this.methods.get(stream.method);
        if (method) return method(stream);
        stream.end({ status: 12, reason: "UNKNOWN_METHOD", message: "unknown method" });
    }

    private hello(stream: WorkerStream, h: Uint8Array): void {
        const { proof } = fromBinary(HelloRequestSchema, stream.request);
        const device = { ed: proof.slice(0, 32), ml: proof.slice(32, 1_984) };
        const message = proofMessage(h, device);
        const good =
            ed25519.verify(proof.slice(1_984, 2_048), message, device.ed) &&
            ml_dsa65.verify(proof.slice(2_048), message, device.ml, { context: PROOF_CONTEXT });
        if (!good) return this.channel?.close(2);
        if (this.helloError) return stream.end(this.helloError);
        stream.send(toBinary(HelloResponseSchema, create(HelloResponseSchema, { version: "1" })));
        stream.end();
    }
}

interface FakeSocket {
    handlers: SocketHandlers;
    closed: boolean;
    /** Packets to and from it vanish. */
    swallowed: boolean;
    refs: Map<number, FakeWorker>;
}

export class FakeHub {
    up = true;
    /** Everything vanishes, on sockets made from now on and on those there are. */
    swallowing = false;
    readonly workers = new Map<string, FakeWorker>();
    readonly sockets: FakeSocket[] = [];
    readonly subscribes: Subscribe[] = [];
    readonly unsubscribes: string[] = [];
    readonly presences: PresenceReport[] = [];
    readonly opens: OpenChannel[] = [];
    readonly closes: number[] = [];
    keyFetches = 0;
    probes = 0;
    /** Sockets that were let in. */
    welcomed = 0;

    constructor(private readonly clock: Clock) {}

    get live(): FakeSocket | undefined {
        return this.sockets.filter(({ closed }) => !closed).at(-1);
    }

    /** Refuse from now on, and cut what there is. */
    goDown(): void {
        this.up = false;
        for (const socket of this.sockets) this.cut(socket);
    }

    swallow(): void {
        this.swallowing = true;
        for (const socket of this.sockets) socket.swallowed = true;
    }

    cut(socket: FakeSocket): void {
        if (socket.closed) return;
        socket.closed = true;
        this.later(() => socket.handlers.closed());
    }

    openSocket(handlers: SocketHandlers): HubSocket {
        const { swallowing } = this;
        const socket: FakeSocket = {
            handlers,
            closed: false,
            swallowed: swallowing,
            refs: new Map(),
        };
        this.sockets.push(socket);
        if (!this.up && !swallowing) this.cut(socket);
        else this.later(() => this.welcome(socket));
        return {
            send: (message) => {
                if (socket.closed || socket.swallowed) return;
                const copy = message.slice();
                this.later(() => this.onMessage(socket, copy));
            },
            close: () => {
                socket.closed = true;
            },
        };
    }

    fetch: typeof fetch = (input, init) => {
        const url = input instanceof Request ? input.url : input.toString();
        return new Promise((resolve, reject) => {
            const fail = () => reject(new TypeError("fetch failed"));
            init?.signal?.addEventListener("abort", fail);
            if (this.swallowing) return;
            this.later(() => (this.up ? resolve(this.answer(url, init?.body)) : fail()));
        });
    };

    send(kind: FrameKind, body: Uint8Array): void {
        const { live } = this;
        if (live) this.sendTo(live, kind, body);
    }

    goAway(retryAfterMs: number): void {
        this.send(
            FrameKind.GOING_AWAY,
            toBinary(
                GoingAwaySchema,
                create(GoingAwaySchema, { retryAfterMs: BigInt(retryAfterMs) }),
            ),
        );
    }

    closeChannel(worker: FakeWorker, reason: CloseReason): void {
        const { live } = this;
        for (const [ref, other] of live?.refs ?? []) {
            if (other !== worker) continue;
            live?.refs.delete(ref);
            this.send(FrameKind.CLOSE, concat(varint(ref), varint(reason)));
        }
    }

    private later(fn: () => void): void {
        this.clock.timer(fn, 1);
    }

    private answer(url: string, body: BodyInit | null | undefined): Response {
        if (url === `${BASE}readyz`) {
            this.probes += 1;
            return new Response("ready");
        }
        const { getWorkerKeys } = WorkerService.method;
        if (url !== `${BASE}${WorkerService.typeName}/${getWorkerKeys.name}`) {
            return new Response("{}", { status: 404 });
        }
        this.keyFetches += 1;
        const request = fromBinary(GetWorkerKeysRequestSchema, body as Uint8Array);
        const worker = this.workers.get(request.workerId);
        if (!worker) {
            const error = JSON.stringify({ code: "not_found", message: "no such Worker" });
            return new Response(error, { status: 404 });
        }
        const { identity } = worker;
        const { certificate } = worker.epoch;
        const response = create(GetWorkerKeysResponseSchema, { identity, certificate });
        return new Response(Buffer.from(toBinary(GetWorkerKeysResponseSchema, response)));
    }

    private welcome(socket: FakeSocket): void {
        if (socket.closed) return;
        if (!socket.swallowed) this.welcomed += 1;
        const user = { id: USER_ID, username: "solo", displayName: "Solo" };
        const welcome = create(WelcomeSchema, { connectionId: "c", user, maxChannels: 256 });
        this.sendTo(socket, FrameKind.WELCOME, toBinary(WelcomeSchema, welcome));
    }

    private sendTo(socket: FakeSocket, kind: FrameKind, body: Uint8Array): void {
        if (socket.swallowed || socket.closed) return;
        const message = concat(Uint8Array.of(kind), body);
        this.later(() => {
            if (!socket.closed && !socket.swallowed) socket.handlers.message(message);
        });
    }

    private onMessage(socket: FakeSocket, message: Uint8Array): void {
        const body = message.subarray(1);
        switch (message[0] as FrameKind) {
            case FrameKind.OPEN:
                return this.onOpen(socket, fromBinary(OpenChannelSchema, body));
            case FrameKind.RECORD: {
                const [ref, at] = readVarint(body, 0);
                const worker = socket.refs.get(ref);
                if (worker && !worker.silent) worker.channel?.receive(body.subarray(at));
                return;
            }
            case FrameKind.CLOSE: {
                const [ref, at] = readVarint(body, 0);
                this.closes.push(readVarint(body, at)[0]);
                socket.refs.delete(ref);
                return;
            }
            case FrameKind.SUBSCRIBE: {
                const subscribe = fromBinary(SubscribeSchema, body);
                this.subscribes.push(subscribe);
                const { scope } = subscribe;
                const caughtUp = create(ScopeCatchUpSchema, { scope, watermark: 7n });
                const bytes = toBinary(ScopeCatchUpSchema, caughtUp);
                return this.sendTo(socket, FrameKind.CATCH_UP, bytes);
            }
            case FrameKind.UNSUBSCRIBE:
                this.unsubscribes.push(fromBinary(UnsubscribeSchema, body).scope);
                return;
            case FrameKind.PRESENCE:
                this.presences.push(fromBinary(PresenceReportSchema, body));
                return;
            case FrameKind.UNSPECIFIED:
            case FrameKind.WELCOME:
            case FrameKind.OPENED:
            case FrameKind.REFUSED:
            case FrameKind.EVENT:
            case FrameKind.CATCH_UP:
            case FrameKind.RESET:
            case FrameKind.SUBSCRIPTION_END:
            case FrameKind.GOING_AWAY:
                throw new Error(`frame ${message[0]} from a client`);
        }
    }

    private onOpen(socket: FakeSocket, open: OpenChannel): void {
        this.opens.push(open);
        const { ref } = open;
        const refuse = (code: string, reason: string) => {
            const refusal = create(ChannelRefusalSchema, { ref, code, reason });
            this.sendTo(socket, FrameKind.REFUSED, toBinary(ChannelRefusalSchema, refusal));
        };
        const worker = this.workers.get(open.workerId);
        if (!worker) return refuse("not_found", "NOT_FOUND");
        if (worker.silent) return;
        if (!worker.online) return refuse("unavailable", "WORKER_OFFLINE");
        if (worker.refuse) return refuse(worker.refuse.code, worker.refuse.reason);
        const handshake = worker.open(open, (record) => {
            if (socket.refs.get(ref) === worker) {
                this.sendTo(socket, FrameKind.RECORD, concat(varint(ref), record));
            }
        });
        if (!handshake) return refuse("failed_precondition", "HANDSHAKE_FAILED");
        socket.refs.set(ref, worker);
        const opened = create(ChannelIsOpenSchema, { ref, handshake });
        this.sendTo(socket, FrameKind.OPENED, toBinary(ChannelIsOpenSchema, opened));
    }
}

export interface World {
    clock: Clock;
    hub: FakeHub;
    storage: LinkStorage;
    link: Link;
    engine: LinkEngine;
    /** What the page says to its thread beside calls. */
    page: { visible(visible: boolean): void; online(online: boolean): void };
}

export function makeWorld(storage: LinkStorage = memoryStorage()): World {
    const clock = new Clock();
    const hub = new FakeHub(clock);
    const { page, thread } = portPair();
    const chance = makeChance(7);
    const engine = new LinkEngine(
        {
            now: () => clock.now,
            wallMs: () => NOW_MS + clock.now,
            timer: (fn, ms) => clock.timer(fn, ms),
            fetch: hub.fetch,
            openSocket: (_url, handlers) => hub.openSocket(handlers),
            storage: () => Promise.resolve(storage),
            subtle: null,
            random: (n) => chance.bytes(n),
            clientVersion: "test",
        },
        thread,
    );
    const link = createLink(page, makeHubCaller(BASE, hub.fetch));
    page.post({ kind: "start", base: BASE, deviceName: "Test", visible: true, online: true });
    return {
        clock,
        hub,
        storage,
        link,
        engine,
        page: {
            visible: (visible) => page.post({ kind: "visibility", visible }),
            online: (online) => page.post({ kind: "network", online }),
        },
    };
}

/** For methods of a fake Worker that answer with one message. */
export const answerWith =
    (bytes: Uint8Array = EMPTY): Method =>
    (stream) => {
        stream.send(bytes);
        stream.end();
    };
