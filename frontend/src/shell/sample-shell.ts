// SPDX-License-Identifier: Apache-2.0
/** A whole page over a link without a Hub, for the gallery and for tests. */
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { AgentSummarySchema, ProcessState, TurnState } from "../gen/leapmux/v1/agent_pb";
import type { AgentStateSchema } from "../gen/leapmux/v1/agent_pb";
import { TabKind, WorkspaceLevel } from "../gen/leapmux/v1/common_pb";
import type { WorkerSummarySchema, WorkspaceSchema } from "../gen/leapmux/v1/common_pb";
import { AuthService, LayoutService, SystemService } from "../gen/leapmux/v1/hub_pb";
import { LayoutSnapshotSchema } from "../gen/leapmux/v1/layout_pb";
import type { LayoutOp } from "../gen/leapmux/v1/layout_pb";
import { ScopeEventSchema, ScopeResetSchema } from "../gen/leapmux/v1/socket_pb";
import { WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import { makeFakeLink } from "../link/fake";
import type { FakeLink } from "../link/fake";
import type { Fingerprint } from "../link/link";
import { pathBytes } from "../model/format";

export const WORKER_ID = "worker00000000000000000";
export const WORKSPACE_ID = "workspace0000000000000";

export interface SampleAgent {
    id: string;
    title: string;
    /** What a person typed; empty = automatic. */
    tabTitle?: string;
    gitRoot?: string;
    gitBranch?: string;
    directory?: string;
    state?: MessageInitShape<typeof AgentStateSchema>;
    unread?: boolean;
    /** No tab shows it. */
    hidden?: boolean;
}

export interface SampleShell {
    link: FakeLink;
    /** Ops that the page asked for, in order. */
    ops: LayoutOp[];
    /** The Hub orders an op and tells all. */
    confirm(op: LayoutOp): void;
    /** The workspace's scope says what it holds and that this is all. */
    tellLayout(): void;
    tellOrg(): void;
    tellAgents(): void;
}

export interface SampleShellOptions {
    agents?: SampleAgent[];
    workspaces?: MessageInitShape<typeof WorkspaceSchema>[];
    workers?: MessageInitShape<typeof WorkerSummarySchema>[];
    fingerprint?: Fingerprint;
    /** The Hub leaves ops unanswered, for tests that answer by themselves. */
    holdOps?: boolean;
}

const IDLE = { version: 1n, turnState: TurnState.IDLE, process: ProcessState.RUNNING };
const DAY_MS = 24 * 60 * 60 * 1000;

const WORKSPACE: MessageInitShape<typeof WorkspaceSchema> = {
    id: WORKSPACE_ID,
    title: "First workspace",
    level: WorkspaceLevel.OWNER,
};

/** A Hub that knows one Worker and one workspace with these agents. */
export function sampleShell(options: SampleShellOptions = {}): SampleShell {
    const link = makeFakeLink(options.fingerprint);
    const agents = options.agents ?? [];
    const m = WorkerMethods.method;
    const ops: LayoutOp[] = [];
    let revision = 1n;

    link.on(SystemService.method.getSystemInfo, () => ({ mode: "solo" }));
    link.on(AuthService.method.getCurrentUser, () => ({
        user: { id: "ana", username: "ana", displayName: "Ana" },
        personalOrg: { id: "org", name: "ana" },
    }));
    link.on(m.listProviders, () => ({
        providers: [
            { id: "claude", name: "Claude Code", available: true, modes: ["default", "plan"] },
        ],
    }));
    link.on(m.getWorkerInfo, () => ({ home: pathBytes("/home/ana") }));
    link.on(m.readUpTo, () => ({}));
    link.on(m.closeAgent, () => ({}));
    link.setWorker(WORKER_ID, { channel: "open", alive: true });

    const confirm = (op: LayoutOp) => {
        revision += 1n;
        const event = create(ScopeEventSchema, {
            payload: { case: "op", value: { revision, op } },
        });
        link.scope(`ws:${WORKSPACE_ID}`)?.handlers.event(event);
    };
    if (options.holdOps !== true) {
        link.on(LayoutService.method.applyOps, (request) => {
            ops.push(...request.ops);
            request.ops.forEach(confirm);
            return {
                results: request.ops.map(({ opId }) => ({ opId, applied: true, revision })),
            };
        });
    }

    const workspaces = options.workspaces ?? [WORKSPACE];
    const workers = options.workers ?? [
        { id: WORKER_ID, name: "build-01", online: true, seenAtMs: BigInt(Date.now() - DAY_MS) },
    ];
    const tellOrg = () => {
        const event = create(ScopeEventSchema, {
            payload: { case: "org", value: { workers, workspaces } },
        });
        link.scope("org:org")?.handlers.event(event);
    };
    const tellLayout = () => {
        const tabs = agents
            .filter((agent) => agent.hidden !== true)
            .map((agent) => ({
                tabId: agent.id,
                kind: TabKind.AGENT,
                workerId: WORKER_ID,
                title: agent.tabTitle ?? "",
            }));
        const snapshot = create(LayoutSnapshotSchema, {
            root: { node: { case: "tile", value: { tileId: "tile", tabs } } },
        });
        const handlers = link.scope(`ws:${WORKSPACE_ID}`)?.handlers;
        handlers?.reset(create(ScopeResetSchema, { offset: revision, snapshot }));
        handlers?.caughtUp(revision);
    };
    const tellAgents = () => {
        const summaries = agents.map((agent) =>
            create(AgentSummarySchema, {
                id: agent.id,
                workspaceId: WORKSPACE_ID,
                provider: "claude",
                title: agent.title,
                workingDir: pathBytes(agent.directory ?? "/home/ana/shop"),
                gitRoot: agent.gitRoot ?? "",
                gitBranch: agent.gitBranch ?? "",
                lastSeq: agent.unread === true ? 2 : 1,
                readSeq: 1,
                state: agent.state ?? IDLE,
            }),
        );
        for (const watch of link.watches(m.watchWorkspace)) {
            watch.send({ event: { case: "snapshot", value: { agents: summaries } } });
        }
        for (const watch of link.watches(m.watchAgent)) {
            watch.send({ event: { case: "begin", value: { firstSeq: 0 } } });
            watch.send({ event: { case: "state", value: IDLE } });
            watch.send({ event: { case: "catchUp", value: { watermark: 0 } } });
        }
    };
    return { link, ops, confirm, tellLayout, tellOrg, tellAgents };
}

/** Tells everything as soon as it is asked for. */
export async function tellAllOf(sample: SampleShell): Promise<void> {
    const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
    await turn();
    sample.tellOrg();
    await turn();
    sample.tellLayout();
    await turn();
    sample.tellAgents();
}
