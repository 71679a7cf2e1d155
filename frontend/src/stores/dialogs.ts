// SPDX-License-Identifier: Apache-2.0
/** Which dialog is open: one at a time, asked for from anywhere. */
import { createContext, createSignal, useContext } from "solid-js";
import type { LayoutTab } from "../gen/leapmux/v1/layout_pb";

export type OpenDialog =
    | { kind: "new-agent" }
    | { kind: "new-workspace" }
    | { kind: "palette" }
    | { kind: "shortcuts" }
    | { kind: "recent-notices" }
    | { kind: "fingerprint"; workerId: string }
    | { kind: "key-changed"; workerId: string }
    | { kind: "still-working"; tabs: LayoutTab[] };

export interface Dialogs {
    readonly open: () => OpenDialog | undefined;
    show(dialog: OpenDialog): void;
    close(): void;
}

export const DialogsContext = createContext<Dialogs>();

/** No dialog is open at first. */
export function createDialogs(): Dialogs {
    const [open, setOpen] = createSignal<OpenDialog>();
    return { open, show: setOpen, close: () => setOpen(undefined) };
}

/** The page's dialogs. Throws outside of their provider, which is a mistake of ours. */
export function useDialogs(): Dialogs {
    const dialogs = useContext(DialogsContext);
    if (!dialogs) throw new Error("no dialogs here");
    return dialogs;
}
