// SPDX-License-Identifier: Apache-2.0
/** The agents of one workspace, as its Workers tell: titles, states, marks. No content. */
import { createEffect, mapArray, onCleanup } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { AgentSummary } from "../gen/leapmux/v1/agent_pb";
import { WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import type { Link } from "../link/link";
import type { HubStore } from "./hub";

/** An agent with the Worker that it runs on. */
export interface KnownAgent extends AgentSummary {
    workerId: string;
}

export interface AgentsStore {
    /** By agent id. */
    readonly all: Record<string, KnownAgent>;
    /** Workers whose snapshot has arrived: what they do not name does not exist. */
    readonly known: Record<string, boolean>;
    /** Put in what a call answered, before the watch tells it. */
    put(workerId: string, agent: AgentSummary): void;
}

/** The agents of a workspace. Needs an owner. */
export function createAgents(link: Link, hub: HubStore, workspaceId: string): AgentsStore {
    const [all, setAll] = createStore<Record<string, KnownAgent>>({});
    const [known, setKnown] = createStore<Record<string, boolean>>({});

    const put = (workerId: string, agent: AgentSummary) => {
        const before = all[agent.id]?.state?.version ?? 0n;
        // the watch and the answer of a call may overtake each other
        if (agent.state && agent.state.version < before) return;
        take(workerId, agent);
    };
    const take = (workerId: string, agent: AgentSummary) => {
        if (agent.workspaceId === workspaceId) {
            setAll(agent.id, reconcile({ ...agent, workerId }));
        }
    };
    const drop = (agentId: string) =>
        // a key that is set to undefined is removed from the store
        setAll(agentId, undefined as unknown as KnownAgent);

    const watch = (workerId: string) =>
        link.watchWorker(workerId, WorkerMethods.method.watchWorkspace, () => ({ workspaceId }), {
            message: ({ event }) => {
                if (event.case === "snapshot") {
                    const open = new Set(event.value.agents.map((a) => a.id));
                    for (const agent of Object.values(all)) {
                        if (agent.workerId === workerId && !open.has(agent.id)) drop(agent.id);
                    }
                    // what a watch begins with is how it is, whatever was known before
                    for (const agent of event.value.agents) take(workerId, agent);
                    setKnown(workerId, true);
                } else if (event.case === "agent") {
                    put(workerId, event.value);
                } else if (event.case === "gone") {
                    drop(event.value.agentId);
                }
            },
            interrupted: () => undefined,
            end: () => undefined,
        });

    const ids = () => hub.data.workers.filter((w) => w.online).map((w) => w.id);
    const watches = mapArray(ids, (workerId) => {
        onCleanup(watch(workerId));
    });
    createEffect(watches);

    return { all, known, put };
}
