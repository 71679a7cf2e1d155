// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { create, toBinary } from "@bufbuild/protobuf";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { WorkerService } from "../gen/leapmux/v1/hub_pb";
import {
    CloseReason,
    FrameKind,
    ScopeEventSchema,
    ScopeResetSchema,
    SubscriptionEndSchema,
} from "../gen/leapmux/v1/socket_pb";
import {
    GetWorkerInfoResponseSchema,
    WatchWorkspaceEventSchema,
    WorkerMethods,
} from "../gen/leapmux/v1/worker_pb";
import { HANDSHAKE_MEASURE } from "./engine";
import { LinkError, type LinkState, type WorkerLink } from "./link";
import {
    DAY_MS,
    makeEpoch,
    makeIdentity,
    NOW_MS,
    type WorkerEpoch,
} from "../e2ee/testing/identity";
import { answerWith, FakeWorker, makeWorld, type World } from "./testing/world";

// The certificates below are signed in JavaScript.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const WORKER_ID = "WorkWorkWorkWorkWorkWo";
const WORKSPACE_ID = "SpacSpacSpacSpacSpacSp";
const identity = makeIdentity(1);
const otherIdentity = makeIdentity(2);
const epochs = new Map<string, WorkerEpoch>();

beforeAll(() => {
    epochs.set("current", makeEpoch(identity, WORKER_ID, 100));
    epochs.set("next", makeEpoch(identity, WORKER_ID, 101));
    epochs.set("stranger", makeEpoch(otherIdentity, WORKER_ID, 200));
    epochs.set("expired", makeEpoch(identity, WORKER_ID, 102, { notAfterMs: NOW_MS - 2 * DAY_MS }));
});

function epoch(name: string): WorkerEpoch {
    const found = epochs.get(name);
    if (!found) throw new Error(`no epoch ${name}`);
    return found;
}

let world: World;
let worker: FakeWorker;
let states: LinkState[];
let statuses: WorkerLink[];

function addWorker(to: World): FakeWorker {
    const added = new FakeWorker(WORKER_ID, identity.publicKey, epoch("current"));
    const info = create(GetWorkerInfoResponseSchema, { name: "box" });
    added.methods.set("GetWorkerInfo", answerWith(toBinary(GetWorkerInfoResponseSchema, info)));
    to.hub.workers.set(WORKER_ID, added);
    return added;
}

beforeEach(() => {
    world = makeWorld();
    worker = addWorker(world);
    states = [];
    statuses = [];
    world.link.onState((state) => states.push(state));
    world.link.onWorker((_id, status) => statuses.push(status));
});

const status = () => statuses.at(-1);

/** The outcome once it is there; "pending" before. */
function outcomeOf<T>(promise: Promise<T>): { value: T | LinkError | "pending" } {
    const outcome: { value: T | LinkError | "pending" } = { value: "pending" };
    promise.then(
        (value) => (outcome.value = value),
        (error: LinkError) => (outcome.value = error),
    );
    return outcome;
}

const callInfo = (options = {}) =>
    world.link.callWorker(WORKER_ID, WorkerMethods.method.getWorkerInfo, {}, options);

const reasonOf = (value: unknown) => (value instanceof LinkError ? value.reason : value);

/** A watch whose messages are titles and whose requests are counted. */
function watchTitles() {
    const seen = { messages: 0, interrupted: 0, requests: 0, end: undefined as unknown };
    const stop = world.link.watchWorker(
        WORKER_ID,
        WorkerMethods.method.watchWorkspace,
        () => {
            seen.requests += 1;
            return { workspaceId: WORKSPACE_ID };
        },
        {
            message: () => (seen.messages += 1),
            interrupted: () => (seen.interrupted += 1),
            end: (error) => (seen.end = error),
        },
    );
    return { seen, stop };
}

const workspaceEvent = () => toBinary(WatchWorkspaceEventSchema, create(WatchWorkspaceEventSchema));

/** Each watcher of the workspace, as the Worker has it. */
function keepWatchers() {
    const streams: { send: (bytes: Uint8Array) => void; end: () => void; cancelled: boolean }[] =
        [];
    worker.methods.set("WatchWorkspace", (stream) => {
        streams.push(stream);
        stream.send(workspaceEvent());
    });
    return streams;
}

describe("a call to a Worker", () => {
    test("opens the channel, proves the device and brings the answer", async () => {
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(200);
        expect(outcome.value).toMatchObject({ name: "box" });
        expect(states).toEqual(["connecting", "connected"]);
        expect(worker.calls.map(({ method }) => method)).toEqual(["Hello", "GetWorkerInfo"]);
        expect(status()).toEqual({ channel: "open", alive: true, firstContact: true });
        expect(performance.getEntriesByName(HANDSHAKE_MEASURE).length).toBeGreaterThan(0);
    });

    test("reuses the open channel", async () => {
        await Promise.all([callInfo(), callInfo(), world.clock.advance(200)]);
        const third = outcomeOf(callInfo());
        await world.clock.advance(50);
        expect(third.value).toMatchObject({ name: "box" });
        expect(worker.channelsOpened).toBe(1);
    });

    test("gives the Worker's refusal as it is", async () => {
        worker.methods.set("GetWorkerInfo", (stream) =>
            stream.end({ status: 7, reason: "READ_ONLY", message: "view only" }),
        );
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(200);
        expect(outcome.value).toMatchObject({
            code: "permission_denied",
            reason: "READ_ONLY",
            message: "view only",
        });
    });

    test("is sent again after the channel was cut, and answered once", async () => {
        let times = 0;
        worker.methods.set("GetWorkerInfo", (stream) => {
            times += 1;
            if (times > 1) answerWith()(stream);
        });
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(200);
        expect(times).toBe(1);
        world.hub.closeChannel(worker, CloseReason.BY_WORKER);
        await world.clock.advance(200);
        expect(times).toBe(2);
        expect(outcome.value).toMatchObject({ name: "" });
    });

    test("that may not be repeated fails when it is cut", async () => {
        worker.methods.set("GetWorkerInfo", () => {});
        const outcome = outcomeOf(callInfo({ repeat: false }));
        await world.clock.advance(200);
        world.hub.goDown();
        await world.clock.advance(50);
        expect(reasonOf(outcome.value)).toBe("CUT");
    });

    test("ends at its deadline, whatever it waits for", async () => {
        worker.methods.set("GetWorkerInfo", () => {});
        const outcome = outcomeOf(callInfo({ deadlineMs: 5_000 }));
        await world.clock.advance(4_900);
        expect(outcome.value).toBe("pending");
        await world.clock.advance(200);
        expect(reasonOf(outcome.value)).toBe("TIMEOUT");
    });

    test("to a Worker that is offline waits, and then says why", async () => {
        worker.online = false;
        const outcome = outcomeOf(callInfo({ deadlineMs: 4_000 }));
        const patient = outcomeOf(callInfo({ deadlineMs: 60_000 }));
        await world.clock.advance(4_100);
        expect(reasonOf(outcome.value)).toBe("WORKER_OFFLINE");
        expect(status()).toMatchObject({ channel: "none", error: { reason: "WORKER_OFFLINE" } });
        worker.online = true;
        await world.clock.advance(6_500);
        expect(patient.value).toMatchObject({ name: "box" });
    });

    test("to a Worker that the Hub does not know fails at once", async () => {
        world.hub.workers.clear();
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(200);
        expect(outcome.value).toMatchObject({ code: "not_found" });
    });

    test("can be aborted, and the Worker hears CANCEL", async () => {
        worker.methods.set("GetWorkerInfo", () => {});
        const abort = new AbortController();
        const outcome = outcomeOf(callInfo({ signal: abort.signal }));
        await world.clock.advance(200);
        abort.abort();
        await world.clock.advance(50);
        expect(outcome.value).toMatchObject({ code: "canceled" });
        expect(worker.channel?.seen).toContain("cancel");
    });
});

describe("a watch", () => {
    test("asks its owner again after the Hub was away, and goes on", async () => {
        const streams = keepWatchers();
        const { seen } = watchTitles();
        await world.clock.advance(200);
        expect(seen).toMatchObject({ messages: 1, requests: 1, interrupted: 0 });
        world.hub.goDown();
        await world.clock.advance(3_000);
        expect(seen).toMatchObject({ requests: 1, interrupted: 1 });
        expect(states.at(-1)).toBe("reconnecting");
        world.hub.up = true;
        await world.clock.advance(1_000);
        expect(seen).toMatchObject({ messages: 2, requests: 2, interrupted: 1 });
        expect(states.at(-1)).toBe("connected");
        expect(streams.length).toBe(2);
    });

    test("is right within a second of the Hub's return", async () => {
        keepWatchers();
        const { seen } = watchTitles();
        await world.clock.advance(200);
        for (let round = 0; round < 20; round++) {
            world.hub.goDown();
            await world.clock.advance(1_000 + round * 37);
            world.hub.up = true;
            const before = seen.messages;
            await world.clock.advance(1_000);
            expect(seen.messages).toBe(before + 1);
        }
    });

    test("ends when the Worker ends it, and is not asked again", async () => {
        const streams = keepWatchers();
        const { seen } = watchTitles();
        await world.clock.advance(200);
        streams[0]?.end();
        await world.clock.advance(50);
        expect(seen.end).toBe(null);
        world.hub.closeChannel(worker, CloseReason.BY_WORKER);
        await world.clock.advance(500);
        expect(seen.requests).toBe(1);
    });

    test("that is stopped hears nothing more, also not after a cut", async () => {
        const streams = keepWatchers();
        const { seen, stop } = watchTitles();
        await world.clock.advance(200);
        stop();
        await world.clock.advance(50);
        expect(streams[0]?.cancelled).toBe(true);
        world.hub.goDown();
        world.hub.up = true;
        await world.clock.advance(2_000);
        expect(seen).toMatchObject({ messages: 1, requests: 1, interrupted: 0, end: undefined });
    });

    test("gets far more than a window of messages, as fast as the page reads", async () => {
        const streams = keepWatchers();
        const { seen } = watchTitles();
        await world.clock.advance(200);
        for (let i = 0; i < 10_000; i++) streams[0]?.send(workspaceEvent());
        await world.clock.advance(2_000);
        expect(seen.messages).toBe(10_001);
    });
});

describe("trust", () => {
    const open = async () => {
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(200);
        return outcome.value;
    };

    /** The same device, reloaded. */
    function reload(): void {
        world = makeWorld(world.storage);
        worker = addWorker(world);
        statuses = [];
        world.link.onWorker((_id, next) => statuses.push(next));
    }

    test("the pinned keys serve the next page without asking the Hub", async () => {
        await open();
        expect(world.hub.keyFetches).toBe(1);
        reload();
        expect(await open()).toMatchObject({ name: "box" });
        expect(world.hub.keyFetches).toBe(0);
        expect(status()).toEqual({ channel: "open", alive: true });
    });

    test("fingerprints have eight words; confirming makes the pin verified", async () => {
        await open();
        const before = await settled(world.link.fingerprint(WORKER_ID));
        expect(before).toMatchObject({
            verified: false,
            firstSeenMs: expect.any(Number) as number,
        });
        expect(before.words.length).toBe(8);
        expect(before.hex).toMatch(/^[0-9a-f]{64}$/);
        await settled(world.link.confirmFingerprint(WORKER_ID));
        expect((await settled(world.link.fingerprint(WORKER_ID))).verified).toBe(true);
    });

    test("a fingerprint of a Worker never met is not found", async () => {
        const outcome = outcomeOf(world.link.fingerprint(WORKER_ID));
        await world.clock.advance(50);
        expect(outcome.value).toMatchObject({ code: "not_found" });
    });

    async function settled<T>(promise: Promise<T>): Promise<T> {
        await world.clock.advance(50);
        return promise;
    }

    test("a new epoch is fetched when the old one is refused", async () => {
        await open();
        reload();
        worker.epoch = epoch("next");
        expect(await open()).toMatchObject({ name: "box" });
        expect(world.hub.keyFetches).toBe(1);
    });

    test("a newer epoch that the Worker names is fetched for the next channel", async () => {
        worker.newestEpoch = 101;
        await open();
        worker.epoch = epoch("next");
        world.hub.closeChannel(worker, CloseReason.BY_WORKER);
        expect(await open()).toMatchObject({ name: "box" });
        expect(world.hub.keyFetches).toBe(2);
    });

    test("another identity blocks the Worker, and nothing is sent", async () => {
        await open();
        reload();
        worker.identity = otherIdentity.publicKey;
        worker.epoch = epoch("stranger");
        expect(reasonOf(await open())).toBe("KEY_REJECTED");
        expect(status()).toMatchObject({ channel: "blocked" });
        const { opens } = world.hub;
        const before = opens.length;
        expect(reasonOf(await open())).toBe("KEY_REJECTED");
        await world.clock.advance(60_000);
        expect(opens.length).toBe(before);
    });

    test("a blocked Worker opens after its shown words were trusted, unverified", async () => {
        await open();
        await settled(world.link.confirmFingerprint(WORKER_ID));
        reload();
        worker.identity = otherIdentity.publicKey;
        worker.epoch = epoch("stranger");
        await open();
        const { changedTo } = await settled(world.link.fingerprint(WORKER_ID));
        const wrong = outcomeOf(world.link.trustNewKey(WORKER_ID, "00"));
        await world.clock.advance(50);
        expect(reasonOf(wrong.value)).toBe("STATE_CHANGED");
        await settled(world.link.trustNewKey(WORKER_ID, changedTo?.hex ?? ""));
        expect(await open()).toMatchObject({ name: "box" });
        const now = await settled(world.link.fingerprint(WORKER_ID));
        expect(now).toMatchObject({ hex: changedTo?.hex, verified: false });
    });

    test.each(["expired", "older"])(
        "an %s certificate is refused, without a word to the Worker",
        async (kind) => {
            worker.epoch = epoch("next");
            await open();
            reload();
            worker.epoch = epoch(kind === "older" ? "current" : "expired");
            worker.refuse = { code: "failed_precondition", reason: "STALE_KEYS" };
            const outcome = outcomeOf(callInfo());
            await world.clock.advance(10_000);
            expect(outcome.value).toBe("pending");
            expect(world.hub.opens.length).toBe(1);
            expect(status()?.error?.reason).toBe(kind === "older" ? "CERT_OLD" : "CERT_TIME");
            worker.refuse = null;
            worker.epoch = epoch("next");
            await world.clock.advance(10_000);
            expect(outcome.value).toMatchObject({ name: "box" });
        },
    );

    test("STALE_KEYS for ever is retried with backoff, never with less", async () => {
        worker.refuse = { code: "failed_precondition", reason: "STALE_KEYS" };
        void outcomeOf(callInfo({ deadlineMs: 120_000 }));
        await world.clock.advance(60_000);
        expect(world.hub.opens.length).toBeGreaterThan(5);
        expect(world.hub.opens.length).toBeLessThan(25);
        expect(worker.calls).toEqual([]);
    });

    test("a spoilt message 2 is refused, nothing is pinned, and the next try works", async () => {
        worker.spoil = true;
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(300);
        expect(worker.calls).toEqual([]);
        expect(reasonOf(outcomeOf(world.link.fingerprint(WORKER_ID)).value)).toBe("pending");
        worker.spoil = false;
        await world.clock.advance(3_000);
        expect(outcome.value).toMatchObject({ name: "box" });
    });
});

describe("the device", () => {
    test("keeps its id over reloads", async () => {
        const first = outcomeOf(world.link.deviceId());
        await world.clock.advance(50);
        const again = makeWorld(world.storage);
        const second = outcomeOf(again.link.deviceId());
        await again.clock.advance(50);
        expect(second.value).toBe(first.value);
        expect(first.value).toMatch(/^[0-9A-Za-z]{22}$/);
    });

    test("becomes a new one when a Worker knows its id with other keys", async () => {
        worker.helloError = { status: 6, reason: "ID_IN_USE" };
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(60);
        worker.helloError = null;
        await world.clock.advance(1_000);
        expect(outcome.value).toMatchObject({ name: "box" });
        expect(new Set(worker.devices).size).toBeGreaterThan(1);
    });

    test("that is revoked is told so, and does not try again", async () => {
        worker.helloError = { status: 7, reason: "DEVICE_REVOKED" };
        const outcome = outcomeOf(callInfo());
        await world.clock.advance(20_000);
        expect(reasonOf(outcome.value)).toBe("DEVICE_REVOKED");
        expect(world.hub.opens.length).toBe(1);
        expect(status()).toMatchObject({ channel: "none", error: { reason: "DEVICE_REVOKED" } });
    });

    test("that is revoked while a watch runs hears it from CLOSE 4", async () => {
        keepWatchers();
        const { seen } = watchTitles();
        await world.clock.advance(200);
        worker.channel?.close(4);
        await world.clock.advance(200);
        expect(reasonOf(seen.end)).toBe("DEVICE_REVOKED");
    });
});

describe("life signs", () => {
    test("a quiet channel is pinged every 15 s while the page is visible, and stays green", async () => {
        world.link.keepWorker(WORKER_ID);
        await world.clock.advance(61_000);
        expect(worker.channel?.pings).toBe(4);
        expect(status()).toMatchObject({ channel: "open", alive: true });
    });

    test("a hidden page sends none, loses its green dot, and asks at once when shown", async () => {
        world.link.keepWorker(WORKER_ID);
        await world.clock.advance(1_000);
        world.page.visible(false);
        await world.clock.advance(61_000);
        expect(worker.channel?.pings).toBe(0);
        expect(status()).toMatchObject({ channel: "open", alive: false });
        world.page.visible(true);
        await world.clock.advance(10);
        expect(worker.channel?.pings).toBe(1);
        expect(status()).toMatchObject({ alive: true });
    });

    test("a Worker that gives no PONG gets a new channel", async () => {
        world.link.keepWorker(WORKER_ID);
        await world.clock.advance(1_000);
        if (worker.channel) worker.channel.alive = false;
        await world.clock.advance(30_000);
        expect(worker.channelsOpened).toBeGreaterThanOrEqual(2);
        expect(status()).toMatchObject({ channel: "open" });
    });

    test("a call that takes long over a living path does not disturb the socket", async () => {
        worker.methods.set("GetWorkerInfo", () => {});
        const outcome = outcomeOf(callInfo({ deadlineMs: 20_000 }));
        await world.clock.advance(19_000);
        expect(outcome.value).toBe("pending");
        expect(world.hub.sockets.length).toBe(1);
        expect(worker.channelsOpened).toBe(1);
    });

    test("swallowed packets are noticed within 3 s of a call, and healed within 6 s of the return", async () => {
        keepWatchers();
        const { seen } = watchTitles();
        await world.clock.advance(200);
        world.hub.swallow();
        void outcomeOf(callInfo());
        await world.clock.advance(20_000);
        expect(states.at(-1)).toBe("offline");
        world.hub.swallowing = false;
        await world.clock.advance(6_000);
        expect(states.at(-1)).toBe("connected");
        expect(seen.messages).toBe(2);
    });

    test("a Worker whose path is dead costs the socket at most one change", async () => {
        world.link.keepWorker(WORKER_ID);
        await world.clock.advance(1_000);
        worker.silent = true;
        void outcomeOf(callInfo({ deadlineMs: 60_000 }));
        await world.clock.advance(40_000);
        expect(world.hub.welcomed).toBeLessThanOrEqual(2);
    });

    test("a channel that nobody needs is closed after a minute", async () => {
        const stop = world.link.keepWorker(WORKER_ID);
        await world.clock.advance(1_000);
        stop();
        await world.clock.advance(59_000);
        expect(status()).toMatchObject({ channel: "open" });
        await world.clock.advance(3_000);
        expect(status()).toMatchObject({ channel: "none" });
        expect(worker.channel?.closed).toBe(0);
        expect(world.hub.closes).toEqual([CloseReason.DONE]);
    });
});

describe("scopes", () => {
    function follow(
        scope = `ws:${WORKSPACE_ID}`,
        offset: { at: bigint | undefined } = { at: undefined },
    ) {
        const log: string[] = [];
        const stop = world.link.subscribe(scope, () => offset.at, {
            event: (event) => log.push(`event ${event.payload.case}`),
            caughtUp: (watermark) => log.push(`caught up ${watermark}`),
            reset: (reset) => log.push(`reset ${reset.offset}`),
            interrupted: () => log.push("interrupted"),
            end: (error) => log.push(`end ${error.reason}`),
        });
        return { log, stop, offset };
    }

    const scope = `ws:${WORKSPACE_ID}`;
    const event = () =>
        toBinary(
            ScopeEventSchema,
            create(ScopeEventSchema, { scope, payload: { case: "user", value: {} } }),
        );

    test("bring events, and are asked again with their offset on the next socket", async () => {
        const { log, offset } = follow();
        await world.clock.advance(100);
        world.hub.send(FrameKind.EVENT, event());
        await world.clock.advance(10);
        offset.at = 42n;
        world.hub.goDown();
        world.hub.up = true;
        await world.clock.advance(2_000);
        expect(log).toEqual(["caught up 7", "event user", "interrupted", "caught up 7"]);
        expect(world.hub.subscribes.map(({ afterOffset }) => afterOffset)).toEqual([
            undefined,
            42n,
        ]);
    });

    test("hand over RESET, and end with the Hub's reason", async () => {
        const { log } = follow();
        await world.clock.advance(100);
        const reset = create(ScopeResetSchema, { scope, offset: 9n });
        world.hub.send(FrameKind.RESET, toBinary(ScopeResetSchema, reset));
        const end = create(SubscriptionEndSchema, {
            scope,
            code: "permission_denied",
            reason: "ACCESS_REVOKED",
        });
        world.hub.send(FrameKind.SUBSCRIPTION_END, toBinary(SubscriptionEndSchema, end));
        await world.clock.advance(50);
        world.hub.send(FrameKind.EVENT, event());
        await world.clock.advance(50);
        expect(log).toEqual(["caught up 7", "reset 9", "end ACCESS_REVOKED"]);
    });

    test("that are stopped are told to the Hub and hear nothing more", async () => {
        const { log, stop } = follow();
        await world.clock.advance(100);
        stop();
        world.hub.send(FrameKind.EVENT, event());
        await world.clock.advance(50);
        expect(world.hub.unsubscribes).toEqual([scope]);
        expect(log).toEqual(["caught up 7"]);
    });

    test("asked for twice belong to the second", async () => {
        const first = follow();
        const second = follow();
        await world.clock.advance(100);
        world.hub.send(FrameKind.EVENT, event());
        await world.clock.advance(50);
        expect(first.log).toContain("end REPLACED");
        expect(second.log).toContain("event user");
    });

    test("and presence reaches the Hub", async () => {
        await world.clock.advance(100);
        world.link.presence(WORKSPACE_ID, "tab", true);
        await world.clock.advance(50);
        expect(world.hub.presences).toMatchObject([
            { workspaceId: WORKSPACE_ID, tabId: "tab", typing: true },
        ]);
    });
});

describe("the Hub", () => {
    test("is asked by fetch, and its refusals come as they are", async () => {
        const { getWorkerKeys } = WorkerService.method;
        const good = outcomeOf(world.link.callHub(getWorkerKeys, { workerId: WORKER_ID }));
        const bad = outcomeOf(world.link.callHub(getWorkerKeys, { workerId: WORKSPACE_ID }));
        await world.clock.advance(50);
        expect(good.value).toMatchObject({ identity: identity.publicKey });
        expect(bad.value).toMatchObject({ code: "not_found", message: "no such Worker" });
    });

    test("that goes away is not sought before the time it named", async () => {
        await world.clock.advance(100);
        world.hub.goAway(3_000);
        await world.clock.advance(10);
        world.hub.goDown();
        world.hub.up = true;
        const before = world.hub.probes;
        await world.clock.advance(2_900);
        expect(world.hub.probes).toBe(before);
        await world.clock.advance(1_000);
        expect(states.at(-1)).toBe("connected");
    });

    test("that is away for 10 s makes the page say so; Try now tries now", async () => {
        world.page.visible(false);
        await world.clock.advance(100);
        world.hub.goDown();
        await world.clock.advance(10_500);
        expect(states.at(-1)).toBe("offline");
        world.hub.up = true;
        world.link.retryNow();
        await world.clock.advance(100);
        expect(states.at(-1)).toBe("connected");
    });
});
