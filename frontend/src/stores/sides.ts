// SPDX-License-Identifier: Apache-2.0
/**
 * The side columns: on a wide screen they are where the person left them; on a narrow one they are
 * sheets over the workspace, closed at first and one at a time.
 */
import { createSignal, onCleanup } from "solid-js";
import type { PreferenceStore } from "./preferences";

export type Side = "sidebar" | "tools";

export interface SideStore {
    readonly narrow: () => boolean;
    /** The sheet that is open; on a wide screen there is none. */
    readonly sheet: () => Side | undefined;
    isOpen(side: Side): boolean;
    toggle(side: Side): void;
    /** Close a sheet, if there is one. */
    closeSheet(): void;
}

const NARROW = "(max-width: 767px)";

/** The columns of this page. Needs an owner. */
export function createSides(preferences: PreferenceStore): SideStore {
    const query = matchMedia(NARROW);
    const [narrow, setNarrow] = createSignal(query.matches);
    const [sheet, setSheet] = createSignal<Side>();
    const change = () => {
        setSheet(undefined);
        setNarrow(query.matches);
    };
    query.addEventListener("change", change);
    onCleanup(() => query.removeEventListener("change", change));
    const wide = (side: Side) =>
        side === "sidebar" ? preferences.values.sidebarOpen : preferences.values.toolsOpen;

    return {
        narrow,
        sheet: () => (narrow() ? sheet() : undefined),
        isOpen: (side) => (narrow() ? sheet() === side : wide(side)),
        toggle: (side) => {
            if (narrow()) setSheet(sheet() === side ? undefined : side);
            else preferences.set(side === "sidebar" ? "sidebarOpen" : "toolsOpen", !wide(side));
        },
        closeSheet: () => setSheet(undefined),
    };
}
