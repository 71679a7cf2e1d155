// SPDX-License-Identifier: Apache-2.0
/** The time, for words such as "4 min" and running seconds. */
import { createSignal, onCleanup } from "solid-js";
import type { Accessor } from "solid-js";

const MINUTE_TICK_MS = 20_000;

const [minute, setMinute] = createSignal(Date.now());
let ticking = false;

/** About the present, exact enough for minutes. One timer for the whole page. */
export function nowInMinutes(): number {
    if (!ticking) {
        ticking = true;
        setMinute(Date.now());
        setInterval(() => setMinute(Date.now()), MINUTE_TICK_MS);
    }
    return minute();
}

/** The present, once a second as long as the owner lives. */
export function createSeconds(): Accessor<number> {
    const [now, setNow] = createSignal(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    onCleanup(() => clearInterval(timer));
    return now;
}
