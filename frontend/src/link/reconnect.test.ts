// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { beforeEach, describe, expect, test } from "vitest";
import { makeChance } from "../e2ee/testing/chance";
import {
    makeReconnect,
    reconnectDeadline,
    reconnectStep,
    type Reconnect,
    type ReconnectAction,
    type ReconnectEvent,
} from "./reconnect";

let machine: Reconnect;
let now: number;
let log: (ReconnectAction & { at: number })[];

beforeEach(() => {
    machine = makeReconnect(() => 0.5);
    now = 0;
    log = [];
});

function step(event: ReconnectEvent): ReconnectAction[] {
    const actions = reconnectStep(machine, event, now);
    log.push(...actions.map((action) => ({ ...action, at: now })));
    return actions;
}

/** Let time pass, waking the machine when it wants to be. */
function pass(ms: number): void {
    const end = now + ms;
    for (;;) {
        const at = reconnectDeadline(machine);
        if (at > end) break;
        now = Math.max(now, at);
        step({ type: "tick" });
    }
    now = end;
}

const times = (type: ReconnectAction["type"]) =>
    log.filter((action) => action.type === type).map(({ at }) => at);

function lastId(type: "probe" | "open"): number {
    const action = log.filter((entry) => entry.type === type).at(-1);
    if (!action || !("id" in action)) throw new Error(`no ${type} yet`);
    return action.id;
}

/** Start, and let the first socket in. */
function connect(): number {
    step({ type: "start" });
    const id = lastId("open");
    step({ type: "socket-ready", id });
    return id;
}

const states = () => log.flatMap((action) => (action.type === "state" ? [action.state] : []));

describe("the first connection", () => {
    test("is a socket at once, without a try before it", () => {
        expect(step({ type: "start" })).toEqual([{ type: "open", id: 1 }]);
        expect(step({ type: "socket-ready", id: 1 })).toEqual([
            { type: "live", id: 1 },
            { type: "state", state: "connected" },
        ]);
        expect(reconnectDeadline(machine)).toBe(Infinity);
    });

    test("is followed by tries every half second where it does not come", () => {
        step({ type: "start" });
        step({ type: "socket-lost", id: 1 });
        pass(2_400);
        expect(times("probe")).toEqual([500, 1_000, 1_500, 2_000]);
    });

    test('says "Offline" after 10 s', () => {
        step({ type: "start" });
        pass(9_999);
        expect(states()).toEqual([]);
        pass(1);
        expect(states()).toEqual(["offline"]);
    });
});

describe("after a loss", () => {
    test("tries at once, then every half second beside those still running, each for 2 s", () => {
        const id = connect();
        now = 5_000;
        step({ type: "socket-lost", id });
        pass(2_600);
        expect(times("probe")).toEqual([5_000, 5_500, 6_000, 6_500, 7_000, 7_500]);
        expect(times("drop-probe")).toEqual([7_000, 7_500]);
        expect(states()).toEqual(["connected", "reconnecting"]);
    });

    test("a hidden page tries every 10 s, and at once when it is shown", () => {
        const id = connect();
        step({ type: "visibility", visible: false });
        step({ type: "socket-lost", id });
        pass(25_000);
        expect(times("probe")).toEqual([0, 10_000, 20_000]);
        step({ type: "visibility", visible: true });
        expect(times("probe").at(-1)).toBe(25_000);
    });

    test.each([{ type: "network", online: true } as const, { type: "retry" } as const])(
        "tries at once on $type",
        (event) => {
            const id = connect();
            step({ type: "visibility", visible: false });
            step({ type: "socket-lost", id });
            pass(3_000);
            step(event);
            expect(times("probe").at(-1)).toBe(3_000);
        },
    );

    test("the interval varies by a fifth", () => {
        for (const [random, gap] of [
            [0, 400],
            [0.999_999, 600],
        ] as const) {
            machine = makeReconnect(() => random);
            log = [];
            now = 0;
            const id = connect();
            step({ type: "socket-lost", id });
            pass(1_999);
            const [first = 0, second = 0] = times("probe");
            expect(second - first).toBeCloseTo(gap, 2);
        }
    });

    test("an answered try opens the socket, and its WELCOME ends all tries", () => {
        const first = connect();
        step({ type: "socket-lost", id: first });
        pass(700);
        step({ type: "probe-answered", id: lastId("probe") });
        const id = lastId("open");
        pass(50);
        const actions = step({ type: "socket-ready", id });
        expect(actions).toContainEqual({ type: "live", id });
        expect(actions).toContainEqual({ type: "state", state: "connected" });
        expect(machine.probes).toEqual([]);
        log = [];
        pass(60_000);
        expect(log).toEqual([]);
    });

    test("a socket that hangs gives way when a later try is answered", () => {
        const first = connect();
        step({ type: "socket-lost", id: first });
        step({ type: "probe-answered", id: lastId("probe") });
        const hanging = lastId("open");
        pass(1_000);
        step({ type: "probe-answered", id: lastId("probe") });
        expect(lastId("open")).toBe(hanging);
        pass(1_100);
        step({ type: "probe-answered", id: lastId("probe") });
        expect(lastId("open")).toBeGreaterThan(hanging);
        expect(log).toContainEqual({ type: "drop", id: hanging, at: now });
        expect(step({ type: "socket-ready", id: hanging })).toEqual([]);
    });

    test('the browser\'s word "offline" shows at once, and does not stop the tries', () => {
        const id = connect();
        step({ type: "network", online: false });
        expect(states().at(-1)).toBe("connected");
        step({ type: "socket-lost", id });
        expect(states().at(-1)).toBe("offline");
        pass(1_000);
        expect(times("probe").length).toBe(3);
    });

    test("a Hub that named a time is not sought before it", () => {
        const id = connect();
        step({ type: "going-away", retryAfterMs: 3_000 });
        step({ type: "socket-lost", id });
        pass(3_400);
        expect(times("probe")).toEqual([3_000]);
    });
});

describe("suspicion", () => {
    test("needs a question and 3 s without anything", () => {
        connect();
        pass(60_000);
        step({ type: "expected" });
        pass(2_900);
        step({ type: "received" });
        pass(60_000);
        expect(times("probe")).toEqual([]);
        step({ type: "expected" });
        pass(3_000);
        expect(times("probe").length).toBe(1);
        expect(states()).toEqual(["connected"]);
    });

    test("ends when the old socket speaks after all", () => {
        connect();
        step({ type: "expected" });
        pass(3_100);
        step({ type: "probe-answered", id: lastId("probe") });
        const second = lastId("open");
        expect(step({ type: "received" })).toContainEqual({ type: "drop", id: second });
        log = [];
        pass(60_000);
        expect(log).toEqual([]);
    });

    test("keeps the new socket when that speaks first", () => {
        const first = connect();
        step({ type: "expected" });
        pass(3_000);
        step({ type: "probe-answered", id: lastId("probe") });
        const second = lastId("open");
        expect(step({ type: "socket-ready", id: second })).toEqual([
            { type: "drop", id: first },
            { type: "live", id: second },
        ]);
        expect(step({ type: "socket-lost", id: first })).toEqual([]);
        expect(machine.live).toBe(second);
    });

    test("gives a silent socket up after 8 s even if nothing better was found", () => {
        connect();
        step({ type: "expected" });
        pass(8_000);
        expect(times("lost")).toEqual([8_000]);
        expect(states().at(-1)).toBe("reconnecting");
    });
});

test("it is never stuck: from any state, a Hub that answers is found within 4 s", () => {
    for (let seed = 0; seed < 300; seed++) {
        const chance = makeChance(seed);
        machine = makeReconnect(() => chance.next());
        now = 0;
        log = [];
        step({ type: "start" });
        for (let i = 0; i < 60; i++) {
            step(anyEvent(chance.below(12), chance.below(machine.nextId + 1)));
            pass(chance.below(3_000));
        }
        step({ type: "visibility", visible: true });
        step({ type: "network", online: true });
        step({ type: "expected" });
        machine.nextTryAt = Math.min(machine.nextTryAt, now + 500);
        answerAll(now + 16_000);
        expect(machine.live, `seed ${seed}`).not.toBe(null);
        expect(states().at(-1), `seed ${seed}`).toBe("connected");
    }
});

function anyEvent(kind: number, id: number): ReconnectEvent {
    const events: ReconnectEvent[] = [
        { type: "tick" },
        { type: "visibility", visible: id % 2 === 0 },
        { type: "network", online: id % 2 === 0 },
        { type: "retry" },
        { type: "probe-answered", id },
        { type: "probe-failed", id },
        { type: "socket-ready", id },
        { type: "socket-lost", id },
        { type: "expected" },
        { type: "received" },
        { type: "going-away", retryAfterMs: 200 },
        { type: "tick" },
    ];
    return events[kind] ?? { type: "tick" };
}

/** Every try and every socket opened from now on is answered; old ones stay dumb. */
function answerAll(until: number): void {
    while (now < until) {
        const from = log.length;
        pass(100);
        for (const action of log.slice(from)) {
            if (action.type === "probe") step({ type: "probe-answered", id: action.id });
        }
        for (const action of log.slice(from)) {
            if (action.type === "open") step({ type: "socket-ready", id: action.id });
        }
    }
}
