// SPDX-License-Identifier: Apache-2.0
/**
 * The link thread: one socket, the scopes and the Workers behind it, and the page in front.
 *
 * It joins the parts that decide (`reconnect`, `worker-link`, `scopes`) with the outside, which
 * `EngineHost` gives: a browser's worker in `browser-host.ts`, Node and made-up worlds in tests.
 */
import { systemRandom, type Random } from "../e2ee/bytes";
import { errorFields } from "./connect";
import { loadDevice, replaceDevice, type Device, type Subtle } from "./device";
import { postHub } from "./hub-call";
import { LinkError } from "./link";
import type { Port, ToEngine, ToPage } from "./messages";
import { Pins } from "./pins";
import {
    makeReconnect,
    reconnectDeadline,
    reconnectStep,
    type ReconnectAction,
    type ReconnectEvent,
} from "./reconnect";
import { Scopes } from "./scopes";
import { parseHubFrame, presenceFrame, type HubFrame } from "./socket-frames";
import type { LinkStorage } from "./storage";
import { GET_WORKER_KEYS, readOfferedKeys, writeGetWorkerKeys, type OfferedKeys } from "./wire";
import { WorkerLink, type WorkerLinkHost } from "./worker-link";

export const HANDSHAKE_MEASURE = "leapmux-handshake";
const KEYS_DEADLINE_MS = 10_000;

export interface HubSocket {
    send(message: Uint8Array): void;
    close(): void;
}

export interface SocketHandlers {
    message(message: Uint8Array): void;
    /** Once, also when it never opened. */
    closed(): void;
}

export interface EngineHost {
    /** Monotonic milliseconds. */
    now(): number;
    /** Milliseconds since 1970. */
    wallMs(): number;
    /** Returns the function that takes it back. */
    timer(fn: () => void, ms: number): () => void;
    fetch: typeof fetch;
    openSocket(url: string, handlers: SocketHandlers): HubSocket;
    storage(): Promise<LinkStorage>;
    subtle: Subtle;
    /** The system's, unless a test gives another. */
    random?: Random;
    clientVersion: string;
}

interface Socket {
    id: number;
    raw: HubSocket;
}

interface WatchCredit {
    generation: number;
    taken: (() => void)[];
}

export class LinkEngine {
    private readonly random: Random;
    private readonly reconnect;
    private readonly scopes: Scopes;
    private readonly workers = new Map<string, WorkerLink>();
    /** Which Worker a call, watch or keep of the page belongs to. */
    private readonly owners = new Map<number, WorkerLink>();
    private readonly credits = new Map<number, WatchCredit>();
    private readonly sockets = new Map<number, Socket>();
    private readonly probes = new Map<number, AbortController>();
    private live: Socket | null = null;
    private userId: string | null = null;
    private base = "";
    private deviceName = "";
    private storage: Promise<LinkStorage> | null = null;
    private device: Promise<Device> | null = null;
    private workerHost: WorkerLinkHost | null = null;
    private lastRef = 0;
    private stopTimer: () => void = () => {};

    constructor(
        private readonly host: EngineHost,
        private readonly port: Port<ToPage, ToEngine>,
    ) {
        this.random = host.random ?? systemRandom;
        this.reconnect = makeReconnect(() => this.chance());
        this.scopes = new Scopes({
            send: (message) => this.live?.raw.send(message),
            expected: () => this.expected(),
            askOffset: (id, generation) => port.post({ kind: "ask-offset", id, generation }),
            interrupted: (id) => port.post({ kind: "interrupted", id }),
            end: (id, error) => port.post({ kind: "end", id, error: errorFields(error) }),
        });
        port.listen((message) => this.take(message));
    }

    /** Close everything; for tests, a page just goes. */
    stop(): void {
        this.stopTimer();
        for (const probe of this.probes.values()) probe.abort();
        for (const { raw } of this.sockets.values()) raw.close();
    }

    // What the page says.

    private take(message: ToEngine): void {
        this.handle(message);
        this.tick();
    }

    private handle(message: ToEngine): void {
        switch (message.kind) {
            case "start":
                return this.start(message);
            case "visibility":
                this.step({ type: "visibility", visible: message.visible });
                if (message.visible) for (const worker of this.workers.values()) worker.pageShown();
                return;
            case "network":
                this.step({ type: "network", online: message.online });
                if (message.online) for (const worker of this.workers.values()) worker.pageShown();
                return;
            case "retry":
                this.step({ type: "retry" });
                for (const worker of this.workers.values()) worker.retry();
                return;
            case "call":
                return this.call(message);
            case "abort":
                return this.release(message.id, (worker) => worker.abort(message.id));
            case "watch":
                return this.watch(message.id, message.workerId, message.method);
            case "keep":
                return this.own(message.id, message.workerId).keep(message.id);
            case "stop":
                return this.release(message.id, (worker) => worker.drop(message.id));
            case "provide":
                this.credits.set(message.id, { generation: message.generation, taken: [] });
                this.owners
                    .get(message.id)
                    ?.provide(message.id, message.generation, message.request);
                return;
            case "taken":
                return this.taken(message.id, message.generation, message.count);
            case "subscribe":
                return this.scopes.subscribe(message.id, message.scope);
            case "offset":
                return this.scopes.provide(message.id, message.generation, message.after);
            case "unsubscribe":
                return this.scopes.unsubscribe(message.id);
            case "presence":
                this.live?.raw.send(presenceFrame(message));
                return;
            case "fingerprint":
                return this.answer(message.id, () => this.worker(message.workerId).fingerprint());
            case "confirm-fingerprint":
                return this.answer(message.id, () => this.pins().setVerified(message.workerId));
            case "trust-new-key":
                return this.answer(message.id, () => {
                    this.worker(message.workerId).trustNewKey(message.hex);
                    return Promise.resolve();
                });
            case "device-id":
                return this.answer(message.id, async () => (await this.getDevice()).id);
            default:
                message satisfies never;
        }
    }

    private start(message: ToEngine & { kind: "start" }): void {
        this.base = message.base;
        this.deviceName = message.deviceName;
        this.reconnect.visible = message.visible;
        this.reconnect.online = message.online;
        this.step({ type: "start" });
    }

    private call(message: ToEngine & { kind: "call" }): void {
        const { id, method, request, repeat } = message;
        const deadline = this.host.now() + message.deadlineMs;
        this.own(id, message.workerId).call(id, {
            method,
            request,
            deadline,
            repeat,
            sink: (outcome) => {
                this.owners.delete(id);
                if ("answer" in outcome) {
                    this.port.post({ kind: "answer", id, bytes: outcome.answer });
                } else {
                    this.port.post({ kind: "failed", id, error: errorFields(outcome.error) });
                }
            },
        });
    }

    private watch(id: number, workerId: string, method: string): void {
        this.own(id, workerId).watch(id, method, {
            message: (bytes, generation, taken) => {
                this.credits.get(id)?.taken.push(taken);
                this.port.post({ kind: "message", id, generation, bytes });
            },
            interrupted: () => this.port.post({ kind: "interrupted", id }),
            end: (error) => {
                this.owners.delete(id);
                this.credits.delete(id);
                this.port.post({ kind: "end", id, error: error && errorFields(error) });
            },
        });
    }

    private taken(id: number, generation: number, count: number): void {
        const credit = this.credits.get(id);
        if (credit?.generation !== generation) return;
        for (const taken of credit.taken.splice(0, count)) taken();
    }

    private answer(id: number, make: () => Promise<unknown>): void {
        const failed = (cause: unknown) => {
            const error = cause instanceof LinkError ? cause : internal(cause);
            this.port.post({ kind: "failed", id, error: errorFields(error) });
        };
        Promise.resolve()
            .then(make)
            .then((value) => this.port.post({ kind: "value", id, value }), failed)
            .finally(() => this.tick());
    }

    private own(id: number, workerId: string): WorkerLink {
        const worker = this.worker(workerId);
        this.owners.set(id, worker);
        return worker;
    }

    private release(id: number, fn: (worker: WorkerLink) => void): void {
        const worker = this.owners.get(id);
        this.owners.delete(id);
        this.credits.delete(id);
        if (worker) fn(worker);
    }

    // The socket.

    private step(event: ReconnectEvent): void {
        for (const action of reconnectStep(this.reconnect, event, this.host.now())) {
            this.act(action);
        }
    }

    private act(action: ReconnectAction): void {
        switch (action.type) {
            case "probe":
                return this.probe(action.id);
            case "drop-probe":
                this.probes.get(action.id)?.abort();
                this.probes.delete(action.id);
                return;
            case "open":
                return this.open(action.id);
            case "drop":
                this.sockets.get(action.id)?.raw.close();
                this.sockets.delete(action.id);
                return;
            case "live":
                return this.goLive(action.id);
            case "lost":
                return this.lose();
            case "state":
                return this.port.post({ kind: "state", state: action.state });
            default:
                action satisfies never;
        }
    }

    private probe(id: number): void {
        const abort = new AbortController();
        this.probes.set(id, abort);
        const { fetch } = this.host;
        fetch(`${this.base}readyz`, { cache: "no-store", signal: abort.signal })
            .then((response) => response.ok)
            .catch(() => false)
            .then((ok) => {
                if (!this.probes.delete(id)) return;
                this.step({ type: ok ? "probe-answered" : "probe-failed", id });
                this.tick();
            })
            .catch(rethrow);
    }

    private open(id: number): void {
        const url = new URL("ws", this.base);
        url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
        const raw = this.host.openSocket(url.href, {
            message: (message) => this.onMessage(id, message),
            closed: () => this.onClosed(id),
        });
        this.sockets.set(id, { id, raw });
    }

    private onMessage(id: number, message: Uint8Array): void {
        if (!this.sockets.has(id)) return;
        const frame = parseHubFrame(message);
        if (this.live?.id === id) this.step({ type: "received" });
        if (frame?.kind === "welcome") this.welcome(id, frame);
        else if (frame && this.live?.id === id) this.onFrame(frame);
        this.tick();
    }

    private onClosed(id: number): void {
        if (!this.sockets.delete(id)) return;
        this.step({ type: "socket-lost", id });
        this.tick();
    }

    private welcome(id: number, frame: HubFrame & { kind: "welcome" }): void {
        this.userId = frame.userId;
        this.port.post({ kind: "welcome", bytes: frame.bytes });
        this.step({ type: "socket-ready", id });
    }

    private goLive(id: number): void {
        const socket = this.sockets.get(id);
        if (!socket) return;
        if (this.live) this.cut();
        this.live = socket;
        this.lastRef = 0;
        this.scopes.socketLive();
        for (const worker of this.workers.values()) worker.socketLive();
    }

    private lose(): void {
        this.userId = null;
        this.cut();
    }

    private cut(): void {
        this.live = null;
        this.scopes.socketLost();
        for (const worker of this.workers.values()) worker.socketLost();
    }

    private onFrame(frame: HubFrame): void {
        switch (frame.kind) {
            case "welcome":
                return;
            case "opened":
                this.withRef(frame.ref, (worker) => worker.opened(frame.handshake));
                return;
            case "refused":
                this.withRef(frame.refusal.ref, (worker) => worker.refused(frame.refusal));
                return;
            case "record":
                this.withRef(frame.ref, (worker) => worker.record(frame.record));
                return;
            case "close":
                this.withRef(frame.ref, (worker) => worker.closed(frame.reason));
                return;
            case "event":
            case "caught-up":
            case "reset": {
                const id = this.scopes.idOf(frame.scope);
                const { kind: what, bytes } = frame;
                if (id !== null) this.port.post({ kind: "scope", id, what, bytes });
                return;
            }
            case "subscription-end":
                return this.scopes.ended(frame.end);
            case "going-away":
                return this.step({ type: "going-away", retryAfterMs: frame.retryAfterMs });
            default:
                frame satisfies never;
        }
    }

    private withRef(ref: number, fn: (worker: WorkerLink) => void): void {
        for (const worker of this.workers.values()) {
            if (worker.ref === ref) return fn(worker);
        }
    }

    private expected(): void {
        this.step({ type: "expected" });
    }

    // Workers.

    private worker(workerId: string): WorkerLink {
        const present = this.workers.get(workerId);
        if (present) return present;
        const worker = new WorkerLink(workerId, this.hostForWorkers());
        this.workers.set(workerId, worker);
        return worker;
    }

    private hostForWorkers(): WorkerLinkHost {
        this.workerHost ??= this.makeWorkerHost();
        return this.workerHost;
    }

    private makeWorkerHost(): WorkerLinkHost {
        return {
            now: () => this.host.now(),
            wallMs: () => this.host.wallMs(),
            random: this.random,
            chance: () => this.chance(),
            pins: this.pins(),
            device: () => this.getDevice(),
            replaceDevice: () => {
                this.device = this.makeDevice(replaceDevice);
            },
            fetchKeys: (workerId) => this.fetchKeys(workerId),
            userId: () => (this.live ? this.userId : null),
            newRef: () => ++this.lastRef,
            send: (message) => this.live?.raw.send(message),
            expected: () => this.expected(),
            isVisible: () => this.reconnect.visible,
            deviceName: this.deviceName,
            clientVersion: this.host.clientVersion,
            handshakeDone: (start) => {
                performance.measure(HANDSHAKE_MEASURE, { start, end: performance.now() });
            },
            changed: (workerId, status) => this.port.post({ kind: "worker", workerId, status }),
            askRequest: (id, generation) => this.port.post({ kind: "ask", id, generation }),
            wake: () => this.tick(),
        };
    }

    private async fetchKeys(workerId: string): Promise<OfferedKeys> {
        const request = writeGetWorkerKeys(workerId);
        const { fetch } = this.host;
        return readOfferedKeys(
            await postHub(fetch, this.base, GET_WORKER_KEYS, request, KEYS_DEADLINE_MS),
        );
    }

    private pins(): Pins {
        return new Pins(this.lazyStorage(), this.base);
    }

    private getStorage(): Promise<LinkStorage> {
        this.storage ??= this.host.storage();
        return this.storage;
    }

    private lazyStorage(): LinkStorage {
        return {
            get: async (table, key) => (await this.getStorage()).get(table, key),
            put: async (table, key, value) => (await this.getStorage()).put(table, key, value),
            putIfAbsent: async (table, key, value) =>
                (await this.getStorage()).putIfAbsent(table, key, value),
        };
    }

    private getDevice(): Promise<Device> {
        this.device ??= this.makeDevice(loadDevice);
        return this.device;
    }

    private makeDevice(make: typeof loadDevice): Promise<Device> {
        const device = make(this.lazyStorage(), this.host.subtle, this.random);
        device.catch(() => {
            if (this.device === device) this.device = null;
        });
        return device;
    }

    // Time.

    private tick(): void {
        const now = this.host.now();
        this.step({ type: "tick" });
        for (const worker of this.workers.values()) worker.tick(now);
        this.arm();
    }

    private arm(): void {
        this.stopTimer();
        const workers = [...this.workers.values()].map((worker) => worker.deadline());
        const at = Math.min(reconnectDeadline(this.reconnect), ...workers);
        if (!Number.isFinite(at)) return;
        const wait = Math.max(0, at - this.host.now());
        this.stopTimer = this.host.timer(() => this.tick(), Math.ceil(wait));
    }

    /** In [0, 1). */
    private chance(): number {
        const [high = 0, low = 0] = this.random(2);
        return (high * 256 + low) / 65_536;
    }
}

const internal = (cause: unknown): LinkError =>
    new LinkError({
        code: "internal",
        reason: "INTERNAL",
        message: cause instanceof Error ? cause.message : String(cause),
    });

/** Our own fault: let the thread report it. */
function rethrow(cause: unknown): void {
    queueMicrotask(() => {
        throw cause;
    });
}
