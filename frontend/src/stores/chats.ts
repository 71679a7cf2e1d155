// SPDX-License-Identifier: Apache-2.0
/** The chats of a workspace's tabs: one watch each, shared by all who show something of it. */
import { createRoot, onCleanup } from "solid-js";
import type { Link } from "../link/link";
import { createChat } from "./chat";
import type { ChatStore } from "./chat";

export interface Chats {
    /** The chat of an agent; it is followed from the first call until it is dropped. */
    get(workerId: string, agentId: string): ChatStore;
    /** Forget chats of agents that are not named. */
    keepOnly(agentIds: Set<string>): void;
}

/** An empty set of chats. Needs an owner, which ends them all. */
export function createChats(link: Link): Chats {
    const open = new Map<string, { chat: ChatStore; end: () => void }>();
    const end = (agentId: string) => {
        open.get(agentId)?.end();
        open.delete(agentId);
    };
    onCleanup(() => [...open.keys()].forEach(end));

    return {
        get: (workerId, agentId) => {
            const known = open.get(agentId);
            if (known) return known.chat;
            return createRoot((dispose) => {
                const chat = createChat(link, workerId, agentId);
                open.set(agentId, { chat, end: dispose });
                return chat;
            });
        },
        keepOnly: (agentIds) => {
            for (const agentId of [...open.keys()]) if (!agentIds.has(agentId)) end(agentId);
        },
    };
}
