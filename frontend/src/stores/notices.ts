// SPDX-License-Identifier: Apache-2.0
/** Notices at the lower right: information for 5 s, errors until dismissed, the newest 100 kept. */
import { createStore, produce } from "solid-js/store";
import { asLinkError } from "./hub";

const SHOWN_MS = 5000;
const KEPT = 100;

export interface Notice {
    id: number;
    kind: "info" | "error";
    text: string;
    /** Stable reason of an error, shown in small print. */
    code: string;
    atMs: number;
    action?: { name: string; run: () => void };
}

export interface NoticeStore {
    readonly shown: Notice[];
    readonly recent: Notice[];
    info(text: string, action?: Notice["action"]): void;
    /** "<what> did not work: <why>". */
    error(what: string, error: unknown): void;
    dismiss(id: number): void;
}

/** The page's notices. */
export function createNotices(): NoticeStore {
    const [lists, setLists] = createStore<{ shown: Notice[]; recent: Notice[] }>({
        shown: [],
        recent: [],
    });
    let next = 1;

    const dismiss = (id: number) =>
        setLists("shown", (shown) => shown.filter((notice) => notice.id !== id));
    const add = (notice: Omit<Notice, "id" | "atMs">) => {
        const whole = { ...notice, id: next++, atMs: Date.now() };
        setLists(
            produce((draft) => {
                draft.shown.push(whole);
                draft.recent.unshift(whole);
                draft.recent.length = Math.min(draft.recent.length, KEPT);
            }),
        );
        if (whole.kind === "info") setTimeout(() => dismiss(whole.id), SHOWN_MS);
    };

    return {
        get shown() {
            return lists.shown;
        },
        get recent() {
            return lists.recent;
        },
        info: (text, action) => add({ kind: "info", text, code: "", ...(action && { action }) }),
        error: (what, error) => {
            const known = asLinkError(error);
            add({ kind: "error", text: `${what} ${known.message}`, code: known.reason });
        },
        dismiss,
    };
}
