// SPDX-License-Identifier: Apache-2.0
/** A panel over a link without a Hub, for the gallery and for tests. */
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { JSX } from "solid-js";
import { AgentSummarySchema, ProcessState, TurnState } from "../../gen/leapmux/v1/agent_pb";
import type {
    AgentMessage,
    AgentStateSchema,
    PromptSchema,
    QueueItemSchema,
} from "../../gen/leapmux/v1/agent_pb";
import { ScopeEventSchema } from "../../gen/leapmux/v1/socket_pb";
import { AuthService, SystemService } from "../../gen/leapmux/v1/hub_pb";
import { WorkerMethods } from "../../gen/leapmux/v1/worker_pb";
import type { WatchAgentEventSchema } from "../../gen/leapmux/v1/worker_pb";
import { makeFakeLink } from "../../link/fake";
import type { FakeLink } from "../../link/fake";
import { pathBytes } from "../../model/format";
import { StoresContext } from "../../stores/context";
import { createDrafts } from "../../stores/drafts";
import { createHub } from "../../stores/hub";
import { createNotices } from "../../stores/notices";
import { createPreferences } from "../../stores/preferences";
import { createSides } from "../../stores/sides";
import { WorkspaceContext, createWorkspace } from "../../stores/workspace";
import { AgentPanel } from "./AgentPanel";
import { DIRECTORY, OWN_ID, SESSION } from "./sample";

export const WORKER_ID = "worker00000000000000000";
const WORKSPACE_ID = "workspace0000000000000";

export type StateInit = MessageInitShape<typeof AgentStateSchema>;
export type EventInit = NonNullable<MessageInitShape<typeof WatchAgentEventSchema>["event"]>;

export interface SampleOptions {
    agentId?: string;
    messages?: AgentMessage[];
    state?: StateInit;
    prompts?: MessageInitShape<typeof PromptSchema>[];
    queue?: MessageInitShape<typeof QueueItemSchema>[];
    /** Leave the watch as it is before its first event. */
    silent?: boolean;
    offline?: boolean;
}

export const IDLE: StateInit = { turnState: TurnState.IDLE, process: ProcessState.RUNNING };
export const WORKING: StateInit = {
    turnState: TurnState.WORKING,
    process: ProcessState.RUNNING,
    turnId: "turn-1",
};

/** The Hub's side of a page that knows one Worker. */
export function sampleLink(online = true): FakeLink {
    const link = makeFakeLink();
    link.on(SystemService.method.getSystemInfo, () => ({ mode: "solo" }));
    link.on(AuthService.method.getCurrentUser, () => ({
        user: { id: OWN_ID, username: "ana", displayName: "Ana" },
        personalOrg: { id: "org", name: "ana" },
    }));
    const tell = () => {
        const event = create(ScopeEventSchema, {
            payload: {
                case: "org",
                value: { workers: [{ id: WORKER_ID, name: "build-01", online }] },
            },
        });
        link.scope("org:org")?.handlers.event(event);
    };
    setTimeout(tell, 0);
    link.on(WorkerMethods.method.readUpTo, () => ({}));
    return link;
}

/** Send events to the watch of the agent. */
export function tell(link: FakeLink, ...events: EventInit[]): void {
    for (const event of events) {
        for (const watch of link.watches(WorkerMethods.method.watchAgent)) watch.send({ event });
    }
}

/** What a new watch is told. */
export function tellAll(link: FakeLink, options: SampleOptions): void {
    const messages = options.messages ?? [];
    tell(
        link,
        { case: "begin", value: { firstSeq: messages[0]?.seq ?? 0 } },
        ...messages.map((value): EventInit => ({ case: "message", value })),
        { case: "state", value: options.state ?? IDLE },
        { case: "prompts", value: { prompts: options.prompts ?? [] } },
        { case: "queue", value: { items: options.queue ?? [] } },
        { case: "session", value: SESSION },
        { case: "catchUp", value: { watermark: messages.at(-1)?.seq ?? 0 } },
    );
}

/** The panel with stores of its own. */
export function SamplePanel(props: { link: FakeLink; options: SampleOptions }): JSX.Element {
    /* eslint-disable solid/reactivity -- one link and one set of options for its life */
    const { link, options } = props;
    const hub = createHub(link);
    const preferences = createPreferences(localStorage, document.createElement("div"));
    const stores = {
        link,
        hub,
        notices: createNotices(),
        preferences,
        drafts: createDrafts(localStorage),
        sides: createSides(preferences),
    };
    stores.preferences.set("toolsOpen", false);
    const workspace = createWorkspace(stores, WORKSPACE_ID);
    const agentId = options.agentId ?? "agent00000000000000000";
    workspace.chats.get(WORKER_ID, agentId);
    if (options.silent !== true) tellAll(link, options);
    const summary = create(AgentSummarySchema, {
        id: agentId,
        workspaceId: WORKSPACE_ID,
        provider: "claude",
        title: "Agent 1",
        workingDir: pathBytes(DIRECTORY),
        gitBranch: "lm/retry-backoff",
    });
    return (
        <StoresContext.Provider value={stores}>
            <WorkspaceContext.Provider value={workspace}>
                <AgentPanel
                    tabId={agentId}
                    workerId={WORKER_ID}
                    agentId={agentId}
                    title="Agent 1"
                    summary={{ ...summary, workerId: WORKER_ID }}
                />
            </WorkspaceContext.Provider>
        </StoresContext.Provider>
    );
}
