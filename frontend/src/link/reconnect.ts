// SPDX-License-Identifier: Apache-2.0
/**
 * When to look for the Hub, and which of several sockets to keep. Pure: events and time in,
 * actions out; it owns no socket and no timer.
 *
 *     seeking --probe answered--> opening --WELCOME--> live
 *        ^______socket lost____________________________|
 *     live --3 s of silence after a question--> suspecting: seeks beside the live socket;
 *        whichever speaks first is kept
 *
 * Where requests travel over HTTP/1.1 a try is a GET of /readyz, on a connection of its own; the
 * socket follows the first answer, since browsers put off sockets after many failures.
 */
import type { LinkState } from "./link";

const TRY_VISIBLE_MS = 500;
const TRY_HIDDEN_MS = 10_000;
const JITTER = 0.2;
const PROBE_LIMIT_MS = 2_000;
/** An opening socket this old gives way to a newer one when a probe is answered meanwhile. */
const OPENING_PATIENCE_MS = 2_000;
const OPENING_LIMIT_MS = 10_000;
const SUSPICION_MS = 3_000;
/** A socket that has been silent this long is given up even if nothing better was found. */
const SILENCE_LIMIT_MS = 8_000;
/** So long without the Hub, and the page says "Offline" with a button. */
const OFFLINE_AFTER_MS = 10_000;

export type ReconnectEvent =
    | { type: "start" }
    | { type: "tick" }
    | { type: "visibility"; visible: boolean }
    | { type: "network"; online: boolean }
    /** A person asked. */
    | { type: "retry" }
    | { type: "probe-answered"; id: number }
    | { type: "probe-failed"; id: number }
    /** WELCOME came. */
    | { type: "socket-ready"; id: number }
    | { type: "socket-lost"; id: number }
    /** Something was sent on the live socket that must be answered. */
    | { type: "expected" }
    /** Anything came on the live socket. */
    | { type: "received" }
    | { type: "going-away"; retryAfterMs: number };

export type ReconnectAction =
    | { type: "probe"; id: number }
    | { type: "drop-probe"; id: number }
    | { type: "open"; id: number }
    | { type: "drop"; id: number }
    /** From now on this is the socket; whatever lived on another one is cut. */
    | { type: "live"; id: number }
    | { type: "lost" }
    | { type: "state"; state: LinkState };

export interface Reconnect {
    visible: boolean;
    online: boolean;
    live: number | null;
    everLive: boolean;
    /** Since when nothing came although something was asked. */
    silentSince: number | null;
    suspecting: boolean;
    opening: { id: number; since: number } | null;
    /** How many sockets in a row gave way; patience grows with it, for slow lines. */
    givenWay: number;
    probes: { id: number; since: number }[];
    nextTryAt: number;
    downSince: number;
    nextId: number;
    shown: LinkState;
    /** In [0, 1). */
    random: () => number;
}

export const makeReconnect = (random: () => number): Reconnect => ({
    visible: true,
    online: true,
    live: null,
    everLive: false,
    silentSince: null,
    suspecting: false,
    opening: null,
    givenWay: 0,
    probes: [],
    nextTryAt: Infinity,
    downSince: 0,
    nextId: 1,
    shown: "connecting",
    random,
});

/** Let `event` happen at `now` (monotonic ms). Late events about what is gone do nothing. */
export function reconnectStep(s: Reconnect, event: ReconnectEvent, now: number): ReconnectAction[] {
    const actions: ReconnectAction[] = [];
    takeEvent(s, event, now, actions);
    passTime(s, now, actions);
    show(s, now, actions);
    return actions;
}

/** When to call with a tick, at the latest. */
export function reconnectDeadline(s: Reconnect): number {
    const times = s.probes.map(({ since }) => since + PROBE_LIMIT_MS);
    if (s.opening) times.push(s.opening.since + OPENING_LIMIT_MS);
    if (isSeeking(s)) times.push(s.nextTryAt);
    if (s.live !== null && s.silentSince !== null) {
        times.push(s.silentSince + (s.suspecting ? SILENCE_LIMIT_MS : SUSPICION_MS));
    }
    if (s.live === null && s.shown !== "offline") times.push(s.downSince + OFFLINE_AFTER_MS);
    return Math.min(Infinity, ...times);
}

function takeEvent(
    s: Reconnect,
    event: ReconnectEvent,
    now: number,
    actions: ReconnectAction[],
): void {
    switch (event.type) {
        case "start":
            s.downSince = now;
            s.nextTryAt = now + interval(s);
            return open(s, now, actions);
        case "tick":
            return;
        case "visibility":
            s.visible = event.visible;
            if (event.visible) s.nextTryAt = now;
            return;
        case "network":
            s.online = event.online;
            if (event.online) s.nextTryAt = now;
            return;
        case "retry":
            s.nextTryAt = now;
            return;
        case "probe-answered":
            return onProbeAnswered(s, event.id, now, actions);
        case "probe-failed":
            s.probes = s.probes.filter(({ id }) => id !== event.id);
            return;
        case "socket-ready":
            return onSocketReady(s, event.id, actions);
        case "socket-lost":
            return onSocketLost(s, event.id, now, actions);
        case "expected":
            if (s.live !== null) s.silentSince ??= now;
            return;
        case "received":
            return onReceived(s, actions);
        case "going-away":
            s.nextTryAt = now + event.retryAfterMs;
            return;
        default:
            event satisfies never;
    }
}

function onProbeAnswered(s: Reconnect, id: number, now: number, actions: ReconnectAction[]): void {
    if (!s.probes.some((probe) => probe.id === id)) return;
    s.probes = s.probes.filter((probe) => probe.id !== id);
    if (!isSeeking(s)) return;
    if (s.opening) {
        const patience = OPENING_PATIENCE_MS * (s.givenWay + 1);
        if (now - s.opening.since < patience) return;
        actions.push({ type: "drop", id: s.opening.id });
        s.givenWay += 1;
    }
    open(s, now, actions);
}

function onSocketReady(s: Reconnect, id: number, actions: ReconnectAction[]): void {
    if (s.opening?.id !== id) return;
    if (s.live !== null) actions.push({ type: "drop", id: s.live });
    s.opening = null;
    s.givenWay = 0;
    s.live = id;
    s.everLive = true;
    s.silentSince = null;
    s.suspecting = false;
    stopProbes(s, actions);
    actions.push({ type: "live", id });
}

function onSocketLost(s: Reconnect, id: number, now: number, actions: ReconnectAction[]): void {
    if (s.opening?.id === id) s.opening = null;
    if (s.live !== id) return;
    lose(s, now, actions);
    s.nextTryAt = Math.max(now, s.nextTryAt);
}

/** The live socket spoke: whatever was tried beside it is not needed. */
function onReceived(s: Reconnect, actions: ReconnectAction[]): void {
    s.silentSince = null;
    if (!s.suspecting) return;
    s.suspecting = false;
    stopProbes(s, actions);
    if (s.opening) actions.push({ type: "drop", id: s.opening.id });
    s.opening = null;
}

function passTime(s: Reconnect, now: number, actions: ReconnectAction[]): void {
    for (const { id } of s.probes.filter(({ since }) => now >= since + PROBE_LIMIT_MS)) {
        s.probes = s.probes.filter((probe) => probe.id !== id);
        actions.push({ type: "drop-probe", id });
    }
    if (s.opening && now >= s.opening.since + OPENING_LIMIT_MS) {
        actions.push({ type: "drop", id: s.opening.id });
        s.opening = null;
    }
    if (s.live !== null && s.silentSince !== null) suspect(s, now, s.silentSince, actions);
    if (isSeeking(s) && now >= s.nextTryAt) probe(s, now, actions);
}

function suspect(s: Reconnect, now: number, since: number, actions: ReconnectAction[]): void {
    if (!s.suspecting && now >= since + SUSPICION_MS) {
        s.suspecting = true;
        s.nextTryAt = now;
    }
    if (now >= since + SILENCE_LIMIT_MS && s.live !== null) {
        actions.push({ type: "drop", id: s.live });
        lose(s, now, actions);
    }
}

function lose(s: Reconnect, now: number, actions: ReconnectAction[]): void {
    s.live = null;
    s.silentSince = null;
    s.suspecting = false;
    s.downSince = now;
    actions.push({ type: "lost" });
}

const isSeeking = (s: Reconnect): boolean => s.live === null || s.suspecting;

function interval(s: Reconnect): number {
    const base = s.visible ? TRY_VISIBLE_MS : TRY_HIDDEN_MS;
    return base * (1 - JITTER + 2 * JITTER * s.random());
}

function probe(s: Reconnect, now: number, actions: ReconnectAction[]): void {
    const id = s.nextId++;
    s.probes.push({ id, since: now });
    s.nextTryAt = now + interval(s);
    actions.push({ type: "probe", id });
}

function open(s: Reconnect, now: number, actions: ReconnectAction[]): void {
    const id = s.nextId++;
    s.opening = { id, since: now };
    actions.push({ type: "open", id });
}

function stopProbes(s: Reconnect, actions: ReconnectAction[]): void {
    for (const { id } of s.probes) actions.push({ type: "drop-probe", id });
    s.probes = [];
    s.nextTryAt = 0;
}

function show(s: Reconnect, now: number, actions: ReconnectAction[]): void {
    const state = stateToShow(s, now);
    if (state === s.shown) return;
    s.shown = state;
    actions.push({ type: "state", state });
}

/** The browser's word for "offline" counts only while there is no Hub: solo needs no network. */
function stateToShow(s: Reconnect, now: number): LinkState {
    if (s.live !== null) return "connected";
    if (!s.online || now >= s.downSince + OFFLINE_AFTER_MS) return "offline";
    return s.everLive ? "reconnecting" : "connecting";
}
