// SPDX-License-Identifier: Apache-2.0
/** What a person set for this device: theme, send key, widths of the side columns. */
import { createEffect } from "solid-js";
import { createStore } from "solid-js/store";

const KEY = "leapmux.preferences";

export interface Preferences {
    theme: "light" | "dark" | "system";
    density: "comfortable" | "compact";
    sendWith: "mod-enter" | "enter";
    openThinking: boolean;
    sidebarOpen: boolean;
    sidebarWidth: number;
    toolsOpen: boolean;
    toolsWidth: number;
    lastWorkspace: string;
    /** The directory that was last used on a Worker. */
    lastDirectory: Record<string, string>;
}

export interface PreferenceStore {
    readonly values: Preferences;
    set<K extends keyof Preferences>(key: K, value: Preferences[K]): void;
}

export const SIDE_WIDTH = 280;
export const SIDE_WIDTH_MIN = 180;
export const SIDE_WIDTH_MAX = 600;

const DEFAULTS: Preferences = {
    theme: "system",
    density: "comfortable",
    sendWith: "mod-enter",
    openThinking: false,
    sidebarOpen: true,
    sidebarWidth: SIDE_WIDTH,
    toolsOpen: true,
    toolsWidth: SIDE_WIDTH,
    lastWorkspace: "",
    lastDirectory: {},
};

/** Preferences in a storage of the browser, and theme and density on the root element. */
export function createPreferences(storage: Storage, root: HTMLElement): PreferenceStore {
    const [values, setValues] = createStore<Preferences>({ ...DEFAULTS, ...readStored(storage) });

    createEffect(() => {
        if (values.theme === "system") root.removeAttribute("data-theme");
        else root.dataset["theme"] = values.theme;
        root.dataset["density"] = values.density;
    });
    createEffect(() => {
        try {
            storage.setItem(KEY, JSON.stringify(values));
        } catch {
            // a full or forbidden storage: the values hold until the page is closed
        }
    });

    return {
        values,
        set: (key, value) => setValues({ [key]: value }),
    };
}

/** Stored values of the right type; the rest is as if it were not there. */
function readStored(storage: Storage): Partial<Preferences> {
    let stored: unknown;
    try {
        stored = JSON.parse(storage.getItem(KEY) ?? "{}");
    } catch {
        return {};
    }
    if (typeof stored !== "object" || stored === null) return {};
    const defaults: Record<string, unknown> = { ...DEFAULTS };
    const known = Object.entries(stored).filter(
        ([key, value]) =>
            value !== null && key in defaults && typeof value === typeof defaults[key],
    );
    return Object.fromEntries(known);
}
