// SPDX-License-Identifier: Apache-2.0
/** Unsent text, per agent and device, kept for 30 days: a reload loses nothing. */

const PREFIX = "leapmux.draft.";
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

export interface DraftStore {
    read(agentId: string): string;
    /** Empty text forgets the draft. */
    write(agentId: string, text: string): void;
}

/** Drafts in a storage of the browser; a full or forbidden one keeps none. */
export function createDrafts(storage: Storage, now: () => number = Date.now): DraftStore {
    forgetOld(storage, now());
    return {
        read: (agentId) => {
            const stored = storage.getItem(PREFIX + agentId) ?? "";
            return stored.slice(stored.indexOf(" ") + 1);
        },
        write: (agentId, text) => {
            try {
                if (text === "") storage.removeItem(PREFIX + agentId);
                else storage.setItem(PREFIX + agentId, `${now()} ${text}`);
            } catch {
                // the text stays in its field
            }
        },
    };
}

function forgetOld(storage: Storage, nowMs: number): void {
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "");
    for (const key of keys.filter((k) => k.startsWith(PREFIX))) {
        const at = Number((storage.getItem(key) ?? "").split(" ", 1)[0]);
        if (!(nowMs - at < KEEP_MS)) storage.removeItem(key);
    }
}
