// SPDX-License-Identifier: Apache-2.0
/** Made-up chance: the same seed gives the same run. */
export interface Chance {
    /** In [0, 1). */
    next: () => number;
    below: (n: number) => number;
    bytes: (n: number) => Uint8Array;
}

/** mulberry32: enough for schedules, never for keys. */
export function makeChance(seed: number): Chance {
    let state = seed >>> 0;
    const next = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    const below = (n: number) => Math.floor(next() * n);
    const bytes = (n: number) => {
        const made = new Uint8Array(n);
        for (let at = 0; at < n; at++) made[at] = below(256);
        return made;
    };
    return { next, below, bytes };
}
