// SPDX-License-Identifier: Apache-2.0
/**
 * Own messages on their way to the Worker. They are kept in the browser until the Worker has them:
 * without a link they wait here, and a reload loses none. The Worker takes each id once, so that
 * sending again is safe.
 */
import { createStore } from "solid-js/store";
import { newId } from "../model/ids";
import { asLinkError } from "./hub";

const PREFIX = "leapmux.held.";
const MAX_ITEMS = 200;

export type HeldState = "held" | "sending" | "sent" | "failed";

export interface HeldItem {
    id: string;
    text: string;
    state: HeldState;
    /** Why the Worker refused it. */
    error: string;
}

export interface HeldStore {
    /** In the order in which they were written. */
    readonly items: HeldItem[];
    /** Take a message; it is sent at once when the Worker can be asked. */
    add(text: string): void;
    remove(id: string): void;
    retry(id: string): void;
    /** The Worker can be asked now: send what waits. */
    flush(): void;
    /** The Worker has told about these messages: forget them. */
    seen(ids: ReadonlySet<string>): void;
}

/** The messages of one agent. `send` fails as calls of the link do. */
export function createHeld(
    storage: Storage,
    agentId: string,
    isLive: () => boolean,
    send: (text: string, id: string) => Promise<void>,
): HeldStore {
    const key = PREFIX + agentId;
    const [held, setHeld] = createStore<{ items: HeldItem[] }>({ items: read(storage, key) });
    let sending = false;

    const save = () => {
        const kept = held.items.filter((i) => i.state !== "sent");
        try {
            if (kept.length === 0) storage.removeItem(key);
            else storage.setItem(key, JSON.stringify(kept.map(({ id, text }) => ({ id, text }))));
        } catch {
            // a full or forbidden storage: they live as long as the page
        }
    };
    const mark = (id: string, state: HeldState, error = "") => {
        setHeld("items", (item) => item.id === id, { state, error });
        save();
    };
    const remove = (id: string) => {
        setHeld("items", (items) => items.filter((i) => i.id !== id));
        save();
    };

    // one after the other, so that the Worker has them in the order in which they were written
    const flush = () => {
        const next = held.items.find((i) => i.state === "held");
        if (sending || !next || !isLive()) return;
        sending = true;
        mark(next.id, "sending");
        send(next.text, next.id)
            .then(
                () => mark(next.id, "sent"),
                (error: unknown) => {
                    const known = asLinkError(error);
                    if (known.code === "unavailable") mark(next.id, "held");
                    else mark(next.id, "failed", known.message);
                    return known.code === "unavailable";
                },
            )
            .then(
                (lost) => {
                    sending = false;
                    if (lost !== true) flush();
                },
                () => undefined,
            );
    };

    return {
        get items() {
            return held.items;
        },
        add: (text) => {
            const item: HeldItem = { id: newId(), text, state: "held", error: "" };
            setHeld("items", (items) => [...items, item].slice(-MAX_ITEMS));
            save();
            flush();
        },
        remove,
        retry: (id) => {
            mark(id, "held");
            flush();
        },
        flush,
        seen: (ids) => {
            if (!held.items.some((i) => ids.has(i.id))) return;
            setHeld("items", (items) => items.filter((i) => !ids.has(i.id)));
            save();
        },
    };
}

function read(storage: Storage, key: string): HeldItem[] {
    let stored: unknown;
    try {
        stored = JSON.parse(storage.getItem(key) ?? "[]");
    } catch {
        return [];
    }
    if (!Array.isArray(stored)) return [];
    return stored.flatMap((item: unknown) => {
        if (typeof item !== "object" || item === null) return [];
        const { id, text } = item as { id?: unknown; text?: unknown };
        if (typeof id !== "string" || typeof text !== "string") return [];
        return [{ id, text, state: "held" as const, error: "" }];
    });
}
