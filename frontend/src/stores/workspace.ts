// SPDX-License-Identifier: Apache-2.0
/** One workspace on the screen: its layout, its agents, their chats, and which tab is active. */
import { createContext, createEffect, createMemo, createSignal, useContext } from "solid-js";
import { TabKind } from "../gen/leapmux/v1/common_pb";
import type { LayoutTab, LayoutTile } from "../gen/leapmux/v1/layout_pb";
import { WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import type { OpenAgentRequest } from "../gen/leapmux/v1/worker_pb";
import { newId } from "../model/ids";
import { freeTitle, tabsOf, tilesOf } from "../model/layout";
import { createAgents } from "./agents";
import type { AgentsStore, KnownAgent } from "./agents";
import { createChats } from "./chats";
import type { Chats } from "./chats";
import type { Stores } from "./context";
import { createLayout } from "./layout";
import type { LayoutStore } from "./layout";

/** What a person chose for a new agent. */
export type NewAgent = Pick<
    OpenAgentRequest,
    "provider" | "workingDir" | "title" | "model" | "permissionMode" | "firstMessage"
>;

export interface WorkspaceStore {
    readonly id: string;
    readonly layout: LayoutStore;
    readonly agents: AgentsStore;
    readonly chats: Chats;
    readonly tiles: () => LayoutTile[];
    readonly tabs: () => LayoutTab[];
    readonly activeTabId: () => string | undefined;
    readonly activeAgent: () => KnownAgent | undefined;
    /** Agents that no tab shows. */
    readonly notOnScreen: () => KnownAgent[];
    activate(tabId: string): void;
    /** The tab whose title is being typed. */
    readonly renaming: () => string | undefined;
    setRenaming(tabId: string | undefined): void;
    /** What a person typed, else the automatic title. */
    titleOf(tab: LayoutTab): string;
    /** `Agent <n>` with the smallest free number. */
    freeAgentTitle(): string;
    /** Make an agent on the Worker, then its tab. */
    openAgent(workerId: string, agent: NewAgent, typedTitle: string): Promise<void>;
    /** End the agent on its Worker, then remove the tab. */
    closeTab(tab: LayoutTab): Promise<void>;
    /** Give an agent that no tab shows one. */
    place(agent: KnownAgent): Promise<void>;
    rename(tabId: string, title: string): Promise<void>;
    /** Move a tab among its neighbours; negative = towards the start. */
    shift(tabId: string, by: number): Promise<void>;
}

export const WorkspaceContext = createContext<WorkspaceStore>();

/** The workspace on the screen. Throws outside of one, which is a mistake of ours. */
export function useWorkspace(): WorkspaceStore {
    const store = useContext(WorkspaceContext);
    if (!store) throw new Error("no workspace here");
    return store;
}

/** The store of one workspace. Needs an owner. */
export function createWorkspace(stores: Stores, id: string, firstTab?: string): WorkspaceStore {
    const { link, hub } = stores;
    const layout = createLayout(link, id);
    const agents = createAgents(link, hub, id);
    const chats = createChats(link);
    const tabs = createMemo(() => tabsOf(layout.shown()));
    const tiles = createMemo(() => tilesOf(layout.shown()));
    const [chosen, setChosen] = createSignal(firstTab);
    const [renaming, setRenaming] = createSignal<string>();

    const activeTabId = createMemo((before: string | undefined) => {
        const ids = tabs().map((t) => t.tabId);
        const wanted = chosen();
        if (wanted !== undefined && ids.includes(wanted)) return wanted;
        if (before !== undefined && ids.includes(before)) return before;
        return ids[0];
    }, undefined);

    // a tab that goes leaves its neighbour active, not the first one of the bar
    createEffect((before: string[]) => {
        const now = tabs().map((t) => t.tabId);
        const wanted = chosen();
        if (wanted !== undefined && before.includes(wanted) && !now.includes(wanted)) {
            const at = before.indexOf(wanted);
            setChosen(before.slice(at + 1).find((t) => now.includes(t)) ?? now.at(-1));
        }
        if (layout.ready()) chats.keepOnly(new Set(now));
        return now;
    }, []);

    const titleOf = (tab: LayoutTab) => {
        if (tab.title !== "") return tab.title;
        const title = agents.all[tab.tabId]?.title ?? "";
        return title === "" ? "Agent" : title;
    };
    const addTab = (tabId: string, workerId: string, title: string) =>
        layout.apply({
            case: "addTab",
            value: {
                $typeName: "leapmux.v1.AddTab",
                tab: {
                    $typeName: "leapmux.v1.LayoutTab",
                    tabId,
                    kind: TabKind.AGENT,
                    workerId,
                    title,
                },
                tileId: tiles()[0]?.tileId ?? "",
                beforeTabId: "",
            },
        });

    return {
        id,
        layout,
        agents,
        chats,
        tiles,
        tabs,
        activeTabId,
        activeAgent: () => agents.all[activeTabId() ?? ""],
        notOnScreen: () => {
            const shown = new Set(tabs().map((t) => t.tabId));
            return Object.values(agents.all).filter((a) => !shown.has(a.id));
        },
        activate: setChosen,
        renaming,
        setRenaming,
        titleOf,
        freeAgentTitle: () => {
            const automatic = Object.values(agents.all).map((a) => a.title);
            return freeTitle("Agent", [...automatic, ...tabs().map(titleOf)]);
        },
        openAgent: async (workerId, agent, typedTitle) => {
            const agentId = newId();
            const answer = await link.callWorker(workerId, WorkerMethods.method.openAgent, {
                ...agent,
                workspaceId: id,
                agentId,
            });
            if (answer.agent) agents.put(workerId, answer.agent);
            const added = addTab(agentId, workerId, typedTitle);
            setChosen(agentId);
            await added;
        },
        closeTab: async (tab) => {
            if (agents.all[tab.tabId] !== undefined) {
                await link.callWorker(tab.workerId, WorkerMethods.method.closeAgent, {
                    agentId: tab.tabId,
                });
            }
            await layout.apply({
                case: "closeTab",
                value: { $typeName: "leapmux.v1.CloseTab", tabId: tab.tabId },
            });
        },
        place: async (agent) => {
            const added = addTab(agent.id, agent.workerId, "");
            setChosen(agent.id);
            await added;
        },
        rename: (tabId, title) =>
            layout.apply({
                case: "renameTab",
                value: { $typeName: "leapmux.v1.RenameTab", tabId, title },
            }),
        shift: async (tabId, by) => {
            const tile = tiles().find((t) => t.tabs.some((tab) => tab.tabId === tabId));
            const at = tile?.tabs.findIndex((t) => t.tabId === tabId) ?? -1;
            if (!tile || at + by < 0 || at + by >= tile.tabs.length) return;
            const before = tile.tabs[by < 0 ? at + by : at + by + 1];
            await layout.apply({
                case: "moveTab",
                value: {
                    $typeName: "leapmux.v1.MoveTab",
                    tabId,
                    tileId: tile.tileId,
                    beforeTabId: before?.tabId ?? "",
                },
            });
        },
    };
}
