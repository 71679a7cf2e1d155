// SPDX-License-Identifier: Apache-2.0
/** The one set of stores of a page, given to components by context. */
import { createContext, useContext } from "solid-js";
import type { Link } from "../link/link";
import type { DraftStore } from "./drafts";
import type { HubStore } from "./hub";
import type { NoticeStore } from "./notices";
import type { PreferenceStore } from "./preferences";
import type { SideStore } from "./sides";

export interface Stores {
    link: Link;
    hub: HubStore;
    notices: NoticeStore;
    preferences: PreferenceStore;
    drafts: DraftStore;
    sides: SideStore;
}

export const StoresContext = createContext<Stores>();

/** The page's stores. Throws outside of their provider, which is a mistake of ours. */
export function useStores(): Stores {
    const stores = useContext(StoresContext);
    if (!stores) throw new Error("no stores here");
    return stores;
}
