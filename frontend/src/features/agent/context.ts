// SPDX-License-Identifier: Apache-2.0
/** The agent whose panel is drawn, for everything inside of the panel. */
import { createContext, useContext } from "solid-js";
import type { LinkName } from "../../model/agent";
import type { ChatStore } from "../../stores/chat";
import type { KnownAgent } from "../../stores/agents";
import type { HeldStore } from "../../stores/held";

export interface AgentContextValue {
    tabId: string;
    workerId: string;
    agentId: string;
    store: ChatStore;
    held: HeldStore;
    summary: () => KnownAgent | undefined;
    ownUserId: () => string;
    link: () => LinkName;
    /** The Worker can be asked now. */
    isLive: () => boolean;
    /** Directory of the agent, as text. */
    workingDir: () => string;
    /** Do something at the Worker; a failure becomes a notice that begins with `what`. */
    attempt: (what: string, action: () => Promise<void>) => Promise<boolean>;
    /** Put text behind what is typed, and go there. */
    quote: (text: string) => void;
}

export const AgentContext = createContext<AgentContextValue>();

/** The agent of this panel. Throws outside of one, which is a mistake of ours. */
export function useAgent(): AgentContextValue {
    const agent = useContext(AgentContext);
    if (!agent) throw new Error("no agent here");
    return agent;
}
