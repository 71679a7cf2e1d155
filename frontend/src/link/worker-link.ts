// SPDX-License-Identifier: Apache-2.0
/**
 * One Worker as the link thread sees it: its sealed channel, and the calls that wait for it.
 *
 *     idle -> preparing (device, keys) -> opening (message 1 sent) -> hello -> open
 *       ^______________ waiting (backoff) <______ any failure ____________________|
 *     blocked: the Hub shows another identity than the pinned one; nothing is sent
 *
 * A call that was cut has an unknown outcome: it is sent again as it was, its ids make that safe.
 * A watch asks its owner for a new request, which names the offset to go on from.
 */
import { type Random } from "../e2ee/bytes";
import {
    ClientChannel,
    type ChannelEnd,
    type ChannelSink,
    type ChannelStream,
} from "../e2ee/channel";
import { E2eeFault } from "../e2ee/fault";
import { CLOSE_ACCESS_ENDED, CLOSE_DEVICE_REVOKED, CLOSE_DONE } from "../e2ee/frames";
import { drawCoins, FEATURE_PAD, Initiator, type HandshakeResult } from "../e2ee/handshake";
import { newId } from "../e2ee/ids";
import { makeProof } from "../e2ee/proof";
import { CloseReason } from "../gen/leapmux/v1/socket_pb";
import { canceled, errorOfEnd, timedOut } from "./connect";
import type { Device } from "./device";
import { LinkError, type Fingerprint, type WorkerLink as WorkerStatus } from "./link";
import { fingerprintOf, identityHex, type Pins } from "./pins";
import { closeFrame, openFrame, recordFrame } from "./socket-frames";
import { judgeKeys, pinnedKeys, type TrustDecision } from "./trust";
import { HELLO_METHOD, writeHello, type ChannelRefusal, type OfferedKeys } from "./wire";

const PREPARE_LIMIT_MS = 30_000;
/** The Hub gives a Worker 10 s for its answer. */
const OPEN_LIMIT_MS = 12_000;
const HELLO_LIMIT_MS = 10_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 5_000;
const RETRY_JITTER = 0.2;
/** As if so many tries had failed: what only a new epoch heals is not asked for in a hurry. */
const SLOW_FAILURES = 4;
/** A channel that stood this long was a success: the next try after it is made at once. */
const STEADY_MS = 10_000;
const PING_IDLE_MS = 15_000;
const PONG_LIMIT_MS = 10_000;
/** A call without any sign from the Worker for this long is followed by a PING. */
const PING_AFTER_CALL_MS = 1_000;
const ALIVE_MS = 30_000;
/** A channel that nobody needs stays open this long: tabs come and go. */
const LINGER_MS = 60_000;
const PING_TOKEN_LENGTH = 8;
const DEVICE_NAME_MAX = 64;

/** No further try would change these: calls fail at once. */
const FINAL_CODES = new Set([
    "not_found",
    "permission_denied",
    "unauthenticated",
    "unimplemented",
    "invalid_argument",
    "already_exists",
]);

export interface WorkerLinkHost {
    /** Monotonic. */
    now(): number;
    /** Milliseconds since 1970. */
    wallMs(): number;
    random: Random;
    /** In [0, 1). */
    chance(): number;
    pins: Pins;
    device(): Promise<Device>;
    /** From now on `device` gives one with a new id and new keys. */
    replaceDevice(): void;
    fetchKeys(workerId: string): Promise<OfferedKeys>;
    /** The user whom the Hub greeted on the live socket; null without one. */
    userId(): string | null;
    newRef(): number;
    send(message: Uint8Array): void;
    /** Something went out that must be answered soon. */
    expected(): void;
    isVisible(): boolean;
    deviceName: string;
    clientVersion: string;
    /** A handshake took from `startMs` (performance time) until now. */
    handshakeDone(startMs: number): void;
    changed(workerId: string, status: WorkerStatus): void;
    /** The owner of a watch shall answer with `provide`. */
    askRequest(id: number, generation: number): void;
    /** Something happened outside of what the engine sees: deadlines have changed. */
    wake(): void;
}

/** Where the outcome of a call goes. */
export type CallSink = (outcome: { answer: Uint8Array } | { error: LinkError }) => void;

export interface WatchSink {
    message(bytes: Uint8Array, generation: number, taken: () => void): void;
    interrupted(): void;
    end(error: LinkError | null): void;
}

interface UnaryCall {
    kind: "unary";
    method: string;
    request: Uint8Array;
    deadline: number;
    repeat: boolean;
    stream: ChannelStream | null;
    sink: CallSink;
}

interface Watch {
    kind: "watch";
    method: string;
    /** Raised at each start, so that late requests and receipts are known as such. */
    generation: number;
    stream: ChannelStream | null;
    sink: WatchSink;
}

type State =
    | { kind: "idle" }
    | { kind: "waiting"; until: number }
    | { kind: "preparing"; since: number }
    | { kind: "opening"; since: number; ref: number; handshake: Attempt }
    | { kind: "hello"; since: number; ref: number; channel: ClientChannel }
    | { kind: "open"; since: number; ref: number; channel: ClientChannel }
    | { kind: "blocked"; offered: Uint8Array };

interface Attempt {
    initiator: Initiator;
    startedAt: number;
    trust: TrustDecision & { kind: "use" };
    device: Device;
}

export class WorkerLink {
    private state: State = { kind: "idle" };
    /** Raised at each change of state; late continuations see that they are late. */
    private turn = 0;
    private readonly calls = new Map<number, UnaryCall | Watch>();
    private readonly keepers = new Set<number>();
    private failures = 0;
    private refetch = false;
    /** Identity that a person agreed to put in the pin's place. */
    private allowed: Uint8Array | null = null;
    private error: LinkError | null = null;
    private firstContact = false;
    private heardAt = -Infinity;
    /** Since when a question on this channel has had no sign of life after it. */
    private askedAt: number | null = null;
    private pingAt: number | null = null;
    private unneededSince: number | null = null;
    private shown = "";

    constructor(
        readonly workerId: string,
        private readonly host: WorkerLinkHost,
    ) {}

    // What owners ask.

    call(id: number, call: Omit<UnaryCall, "kind" | "stream">): void {
        this.calls.set(id, { ...call, kind: "unary", stream: null });
        this.needed();
        this.startCall(id);
    }

    watch(id: number, method: string, sink: WatchSink): void {
        this.calls.set(id, { kind: "watch", method, generation: 0, stream: null, sink });
        this.needed();
        this.startCall(id);
    }

    /** The answer to `askRequest`. */
    provide(id: number, generation: number, request: Uint8Array): void {
        const watch = this.calls.get(id);
        if (watch?.kind !== "watch" || watch.generation !== generation || watch.stream) return;
        if (this.state.kind !== "open") return;
        this.startWatch(id, watch, this.state.channel, request);
    }

    /** The owner is not interested any more; nothing is told. */
    drop(id: number): void {
        const call = this.calls.get(id);
        this.calls.delete(id);
        this.keepers.delete(id);
        call?.stream?.cancel();
        this.lookAtNeed();
    }

    abort(id: number): void {
        const call = this.calls.get(id);
        this.drop(id);
        if (call?.kind === "unary") call.sink({ error: canceled() });
    }

    keep(id: number): void {
        this.keepers.add(id);
        this.needed();
    }

    async fingerprint(): Promise<Fingerprint> {
        const pin = await this.host.pins.get(this.workerId);
        if (!pin) throw notMet();
        return fingerprintOf(pin, this.state.kind === "blocked" ? this.state.offered : null);
    }

    trustNewKey(hex: string): void {
        if (this.state.kind !== "blocked" || identityHex(this.state.offered) !== hex) {
            throw new LinkError({
                code: "aborted",
                reason: "STATE_CHANGED",
                message: "the Worker shows another key now",
            });
        }
        this.allowed = this.state.offered;
        this.refetch = true;
        this.begin();
    }

    // What the socket brings.

    socketLive(): void {
        this.failures = 0;
        this.cut(null);
        if (this.isNeeded()) this.begin();
    }

    socketLost(): void {
        this.cut(null);
        this.enter({ kind: "idle" });
    }

    /** The ref of what is open or opening now; others are late. */
    get ref(): number | null {
        return "ref" in this.state ? this.state.ref : null;
    }

    opened(message2: Uint8Array): void {
        if (this.state.kind !== "opening") return;
        const { ref, handshake } = this.state;
        let result: HandshakeResult;
        try {
            result = handshake.initiator.finish(message2);
        } catch (cause) {
            this.host.send(closeFrame(ref, CloseReason.DONE));
            return this.refetchAndRetry(errorOfFault(cause));
        }
        this.host.handshakeDone(handshake.startedAt);
        this.enter({ kind: "hello", since: this.host.now(), ref, channel: this.join(ref, result) });
        void this.sayHello(result, handshake);
    }

    refused(refusal: ChannelRefusal): void {
        if (this.state.kind !== "opening") return;
        this.state.handshake.initiator.wipe();
        const { code, reason, retryAfterMs } = refusal;
        const message = reason === "WORKER_OFFLINE" ? "the Worker is offline" : "refused";
        const error = new LinkError({ code, reason, message });
        if (reason === "STALE_KEYS" || reason === "HANDSHAKE_FAILED") {
            return this.refetchAndRetry(error);
        }
        if (FINAL_CODES.has(code)) return this.giveUp(error);
        this.retryLater(error, retryAfterMs);
    }

    record(record: Uint8Array): void {
        if (this.state.kind === "hello" || this.state.kind === "open") {
            this.state.channel.receive(record);
        }
    }

    /** The Hub or, through it, the Worker says that the channel is gone. */
    closed(reason: number): void {
        if (reason === (CloseReason.ACCESS_REVOKED as number)) {
            return this.giveUp(accessError("permission_denied", "ACCESS_REVOKED"));
        }
        if (reason === (CloseReason.SIGNED_OUT as number)) {
            return this.giveUp(accessError("unauthenticated", "SIGNED_OUT"));
        }
        const offline = reason === (CloseReason.WORKER_OFFLINE as number);
        this.retryLater(
            new LinkError({
                code: "unavailable",
                reason: offline ? "WORKER_OFFLINE" : "CUT",
                message: offline ? "the Worker is offline" : "the channel was closed",
            }),
            0,
        );
    }

    /** A person asked, or the wait is over. */
    retry(): void {
        if (this.state.kind !== "waiting" && this.state.kind !== "idle") return;
        if (this.isNeeded()) this.begin();
        else this.enter({ kind: "idle" });
    }

    // Time.

    /** A page that is shown again asks at once whether the Worker is there. */
    pageShown(): void {
        if (this.state.kind === "open") this.ping(this.state.channel);
    }

    tick(now: number): void {
        this.expireCalls(now);
        this.lookAtNeed();
        const { state } = this;
        switch (state.kind) {
            case "idle":
            case "blocked":
                break;
            case "waiting":
                if (now >= state.until) this.retry();
                break;
            case "preparing":
            case "opening":
            case "hello":
                if (now >= state.since + limitOf(state.kind)) this.abandonAttempt(timedOut());
                break;
            case "open":
                this.watchLife(state.channel, now);
                break;
            default:
                state satisfies never;
        }
        this.show();
    }

    deadline(): number {
        const times: number[] = [];
        for (const call of this.calls.values())
            if (call.kind === "unary") times.push(call.deadline);
        const { state } = this;
        if (state.kind === "waiting") times.push(state.until);
        if (state.kind === "preparing" || state.kind === "opening" || state.kind === "hello") {
            times.push(state.since + limitOf(state.kind));
        }
        if (state.kind === "open") times.push(this.lifeDeadline());
        if (this.isAlive(this.host.now())) times.push(this.heardAt + ALIVE_MS);
        return Math.min(Infinity, ...times);
    }

    // The way to an open channel, in order.

    private begin(): void {
        if (this.host.userId() === null) return this.enter({ kind: "idle" });
        this.enter({ kind: "preparing", since: this.host.now() });
        const { turn } = this;
        void this.prepare(turn)
            .catch((cause: unknown) => {
                if (turn !== this.turn) return;
                const error = cause instanceof LinkError ? cause : errorOfFault(cause);
                if (FINAL_CODES.has(error.code)) this.giveUp(error);
                else this.retryLater(error, error.retryAfterMs ?? 0);
            })
            .finally(() => this.host.wake());
    }

    private async prepare(turn: number): Promise<void> {
        const device = await this.host.device();
        const pin = await this.host.pins.get(this.workerId);
        const nowMs = this.host.wallMs();
        let trust = this.refetch ? null : pinnedKeys(pin, nowMs);
        if (!trust) {
            const offered = await this.host.fetchKeys(this.workerId);
            if (turn !== this.turn) return;
            trust = judgeKeys(offered, this.workerId, pin, this.allowed, nowMs);
            this.refetch = trust.kind !== "use";
        }
        if (turn !== this.turn) return;
        if (trust.kind === "changed") return this.block(trust.offered);
        if (trust.kind === "refused") return this.retryLater(errorOfFault(trust.fault), 0, true);
        this.sendMessage1(device, trust);
    }

    private sendMessage1(device: Device, trust: TrustDecision & { kind: "use" }): void {
        const userId = this.host.userId();
        if (userId === null) return this.enter({ kind: "idle" });
        const { identity, certificate } = trust;
        const channelId = newId(this.host.random);
        const startedAt = performance.now();
        const initiator = new Initiator(
            {
                identity,
                epoch: certificate.epoch,
                workerId: this.workerId,
                channelId,
                userId,
                deviceId: device.id,
            },
            certificate,
            drawCoins(this.host.random),
            FEATURE_PAD,
        );
        const handshake = initiator.message1();
        const ref = this.host.newRef();
        const attempt = { initiator, startedAt, trust, device };
        this.enter({ kind: "opening", since: this.host.now(), ref, handshake: attempt });
        const { workerId } = this;
        this.host.send(openFrame({ ref, channelId, workerId, deviceId: device.id, handshake }));
    }

    private join(ref: number, { sendKey, receiveKey, hello }: HandshakeResult): ClientChannel {
        const isMine = () => this.ref === ref;
        const sink: ChannelSink = {
            record: (record) => {
                if (isMine()) this.host.send(recordFrame(ref, record));
            },
            alive: () => this.heard(),
            pong: () => {},
            ended: (end) => {
                if (isMine()) this.channelEnded(end);
            },
        };
        return new ClientChannel({ sendKey, receiveKey, hello }, sink);
    }

    private async sayHello(result: HandshakeResult, handshake: Attempt): Promise<void> {
        const { turn } = this;
        const { trust, device } = handshake;
        if (result.hello.newestEpoch > trust.certificate.epoch) this.refetch = true;
        try {
            await this.pin(trust);
            const proof = await makeProof(result.h, device);
            if (turn !== this.turn || this.state.kind !== "hello") return;
            this.state.channel.open(
                HELLO_METHOD,
                writeHello({
                    proof,
                    deviceName: this.host.deviceName.slice(0, DEVICE_NAME_MAX),
                    clientVersion: this.host.clientVersion,
                }),
                {
                    message: (_answer, taken) => taken(),
                    end: (end) => this.helloAnswered(errorOfEnd(end)),
                },
            );
        } catch (cause) {
            if (turn === this.turn) this.abandonAttempt(errorOfFault(cause));
        }
        this.host.wake();
    }

    private async pin(trust: TrustDecision & { kind: "use" }): Promise<void> {
        const { identity, certificate } = trust;
        const replace = this.allowed !== null;
        const nowMs = this.host.wallMs();
        const { pins } = this.host;
        this.firstContact = await pins.confirm(
            this.workerId,
            identity,
            certificate,
            nowMs,
            replace,
        );
        this.allowed = null;
    }

    private helloAnswered(error: LinkError | null): void {
        if (this.state.kind !== "hello") return;
        const { ref, channel } = this.state;
        if (error) return this.helloRefused(error);
        this.error = null;
        this.unneededSince = null;
        this.enter({ kind: "open", since: this.host.now(), ref, channel });
        for (const id of [...this.calls.keys()]) this.startCall(id);
    }

    private helloRefused(error: LinkError): void {
        this.leave();
        if (error.reason !== "ID_IN_USE") return this.giveUp(error);
        this.host.replaceDevice();
        this.retryLater(error, 0);
    }

    // Calls on an open channel.

    private startCall(id: number): void {
        const call = this.calls.get(id);
        if (!call || this.state.kind !== "open" || call.stream) return;
        if (call.kind === "watch") {
            call.generation += 1;
            this.host.askRequest(id, call.generation);
            return;
        }
        let answer: Uint8Array | null = null;
        this.asked();
        call.stream = this.state.channel.open(call.method, call.request, {
            message: (bytes, taken) => {
                answer ??= bytes;
                taken();
            },
            end: (end) => {
                const error = errorOfEnd(end) ?? (answer ? null : withoutAnswer());
                this.calls.delete(id);
                call.sink(error || !answer ? { error: error ?? withoutAnswer() } : { answer });
                this.lookAtNeed();
            },
        });
    }

    private startWatch(
        id: number,
        watch: Watch,
        channel: ClientChannel,
        request: Uint8Array,
    ): void {
        const { generation } = watch;
        this.asked();
        watch.stream = channel.open(watch.method, request, {
            message: (bytes, taken) => watch.sink.message(bytes, generation, taken),
            end: (end) => {
                this.calls.delete(id);
                watch.sink.end(errorOfEnd(end));
                this.lookAtNeed();
            },
        });
    }

    private expireCalls(now: number): void {
        for (const [id, call] of this.calls) {
            if (call.kind !== "unary" || now < call.deadline) continue;
            this.drop(id);
            call.sink({ error: call.stream ? timedOut() : (this.error ?? timedOut()) });
        }
    }

    // Life signs.

    private heard(): void {
        const now = this.host.now();
        const wasAlive = this.isAlive(now);
        this.heardAt = now;
        this.askedAt = null;
        this.pingAt = null;
        if (!wasAlive) this.show();
    }

    private asked(): void {
        this.askedAt ??= this.host.now();
        this.host.expected();
    }

    private ping(channel: ClientChannel): void {
        if (!channel.ping(this.host.random(PING_TOKEN_LENGTH))) return;
        this.pingAt ??= this.host.now();
        this.host.expected();
    }

    private watchLife(channel: ClientChannel, now: number): void {
        if (this.unneededSince !== null && now >= this.unneededSince + LINGER_MS) {
            this.leave();
            return this.enter({ kind: "idle" });
        }
        if (this.pingAt !== null) {
            if (now >= this.pingAt + PONG_LIMIT_MS) this.abandonAttempt(timedOut());
            return;
        }
        const idle = this.host.isVisible() && now >= this.heardAt + PING_IDLE_MS;
        const waits = this.askedAt !== null && now >= this.askedAt + PING_AFTER_CALL_MS;
        if (idle || waits) this.ping(channel);
    }

    private lifeDeadline(): number {
        const times = [Infinity];
        if (this.unneededSince !== null) times.push(this.unneededSince + LINGER_MS);
        if (this.pingAt !== null) return Math.min(...times, this.pingAt + PONG_LIMIT_MS);
        if (this.host.isVisible()) times.push(this.heardAt + PING_IDLE_MS);
        if (this.askedAt !== null) times.push(this.askedAt + PING_AFTER_CALL_MS);
        return Math.min(...times);
    }

    // Ends.

    private channelEnded(end: ChannelEnd): void {
        if (end.kind === "closed" && end.reason === CLOSE_DEVICE_REVOKED) {
            return this.giveUp(accessError("permission_denied", "DEVICE_REVOKED"));
        }
        if (end.kind === "closed" && end.reason === CLOSE_ACCESS_ENDED) {
            return this.giveUp(accessError("permission_denied", "ACCESS_REVOKED"));
        }
        this.sendClose(CloseReason.DONE);
        const error =
            end.kind === "fault"
                ? errorOfFault(end.fault)
                : new LinkError({
                      code: "unavailable",
                      reason: "CUT",
                      message: "the Worker closed the channel",
                  });
        this.retryLater(error, 0);
    }

    /** Say goodbye inside and outside; whatever ran is cut. */
    private leave(): void {
        if ("channel" in this.state) this.state.channel.close(CLOSE_DONE);
        this.sendClose(CloseReason.DONE);
        this.cut(null);
    }

    /** No answer in time: the Hub shall forget this channel, a new one is tried. */
    private abandonAttempt(error: LinkError): void {
        this.sendClose(CloseReason.REPLACED);
        this.retryLater(error, 0);
    }

    private sendClose(reason: CloseReason): void {
        if (this.ref !== null) this.host.send(closeFrame(this.ref, reason));
    }

    private block(offered: Uint8Array): void {
        this.enter({ kind: "blocked", offered });
        this.failAll(
            new LinkError({
                code: "failed_precondition",
                reason: "KEY_REJECTED",
                message: "the Worker shows another key than the one this device trusts",
            }),
        );
        this.show();
    }

    /** A handshake was refused: fetch the keys anew, at once the first time, and never trust more. */
    private refetchAndRetry(error: LinkError): void {
        this.refetch = true;
        this.retryLater(error, 0);
    }

    private retryLater(error: LinkError, retryAfterMs: number, slowly = false): void {
        const { state } = this;
        const now = this.host.now();
        if (state.kind === "open" && now >= state.since + STEADY_MS) this.failures = 0;
        if (slowly) this.failures = Math.max(this.failures, SLOW_FAILURES);
        this.error = error;
        this.cut(error);
        const wait = this.failures === 0 ? 0 : Math.max(retryAfterMs, this.backoff());
        this.failures += 1;
        this.enter({ kind: "waiting", until: now + wait });
    }

    private backoff(): number {
        const base = Math.min(RETRY_FIRST_MS * 2 ** (this.failures - 1), RETRY_MAX_MS);
        return base * (1 - RETRY_JITTER + 2 * RETRY_JITTER * this.host.chance());
    }

    private giveUp(error: LinkError): void {
        this.error = error;
        this.cut(error);
        this.enter({ kind: "idle" });
        this.failAll(error);
        this.show();
    }

    private failAll(error: LinkError): void {
        const calls = [...this.calls.values()];
        this.calls.clear();
        for (const call of calls) {
            if (call.kind === "unary") call.sink({ error });
            else call.sink.end(error);
        }
    }

    /** The channel is gone: what ran on it starts again on the next one. */
    private cut(error: LinkError | null): void {
        if ("channel" in this.state) this.state.channel.abandon();
        if (this.state.kind === "opening") this.state.handshake.initiator.wipe();
        this.askedAt = null;
        this.pingAt = null;
        for (const [id, call] of this.calls) {
            if (!call.stream) {
                if (call.kind === "watch") call.generation += 1;
                continue;
            }
            call.stream = null;
            if (call.kind === "watch") call.sink.interrupted();
            else if (!call.repeat) {
                this.calls.delete(id);
                call.sink({ error: error ?? cutError() });
            }
        }
    }

    // Need.

    private needed(): void {
        this.unneededSince = null;
        if (this.state.kind === "idle") this.begin();
        else if (this.state.kind === "blocked") this.block(this.state.offered);
    }

    private isNeeded(): boolean {
        return this.calls.size > 0 || this.keepers.size > 0;
    }

    private lookAtNeed(): void {
        if (this.isNeeded()) this.unneededSince = null;
        else this.unneededSince ??= this.host.now();
    }

    // State.

    private enter(state: State): void {
        this.turn += 1;
        this.state = state;
        this.show();
    }

    private isAlive(now: number): boolean {
        return this.state.kind === "open" && now < this.heardAt + ALIVE_MS;
    }

    /** Tell the page, if anything that it can see has changed. */
    private show(): void {
        const status: WorkerStatus = { channel: this.channelShown(), alive: false };
        if (this.isAlive(this.host.now())) status.alive = true;
        if (this.error) {
            const { code, reason, message } = this.error;
            status.error = { code, reason, message };
        }
        if (this.firstContact) status.firstContact = true;
        const shown = JSON.stringify(status);
        if (shown === this.shown) return;
        this.shown = shown;
        this.host.changed(this.workerId, status);
    }

    private channelShown(): WorkerStatus["channel"] {
        switch (this.state.kind) {
            case "idle":
                return "none";
            case "waiting":
            case "preparing":
            case "opening":
            case "hello":
                return this.error?.reason === "WORKER_OFFLINE" ? "none" : "opening";
            case "open":
                return "open";
            case "blocked":
                return "blocked";
            default:
                return this.state satisfies never;
        }
    }
}

function limitOf(kind: "preparing" | "opening" | "hello"): number {
    if (kind === "preparing") return PREPARE_LIMIT_MS;
    return kind === "opening" ? OPEN_LIMIT_MS : HELLO_LIMIT_MS;
}

function errorOfFault(cause: unknown): LinkError {
    const reason = cause instanceof E2eeFault ? cause.reason : "INTERNAL";
    const message = cause instanceof Error ? cause.message : "unexpected failure";
    return new LinkError({ code: "failed_precondition", reason, message });
}

const accessError = (code: string, reason: string): LinkError =>
    new LinkError({ code, reason, message: "access to this Worker has ended" });

const cutError = (): LinkError =>
    new LinkError({ code: "unavailable", reason: "CUT", message: "the connection was lost" });

const withoutAnswer = (): LinkError =>
    new LinkError({ code: "internal", reason: "INTERNAL", message: "the Worker gave no answer" });

const notMet = (): LinkError =>
    new LinkError({
        code: "not_found",
        reason: "NOT_FOUND",
        message: "this device has not met that Worker",
    });
