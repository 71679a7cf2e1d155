// SPDX-License-Identifier: Apache-2.0
/** What the Hub says: who we are, our organization, its Workers and workspaces. */
import { createStore, reconcile } from "solid-js/store";
import { createSignal, onCleanup } from "solid-js";
import type { Org, User, WorkerSummary, Workspace } from "../gen/leapmux/v1/common_pb";
import type { GetSystemInfoResponse } from "../gen/leapmux/v1/hub_pb";
import { AuthService, SystemService, WorkspaceService } from "../gen/leapmux/v1/hub_pb";
import { LinkError } from "../link/link";
import type { Link, LinkState, WorkerLink } from "../link/link";
import { newId } from "../model/ids";

export type Loading =
    { kind: "loading" } | { kind: "ready" } | { kind: "failed"; error: LinkError };

interface HubData {
    loading: Loading;
    system?: GetSystemInfoResponse;
    user?: User;
    org?: Org;
    workers: WorkerSummary[];
    workspaces: Workspace[];
    links: Record<string, WorkerLink>;
}

export interface HubStore {
    readonly data: HubData;
    readonly state: () => LinkState;
    isSolo(): boolean;
    worker(id: string): WorkerSummary | undefined;
    workspace(id: string): Workspace | undefined;
    /** Load again after a failure. */
    load(): void;
    createWorkspace(title: string): Promise<Workspace>;
    renameWorkspace(id: string, title: string): Promise<void>;
}

/** The Hub's store. Needs an owner. */
export function createHub(link: Link): HubStore {
    const [state, setState] = createSignal<LinkState>("connecting");
    const [data, setData] = createStore<HubData>({
        loading: { kind: "loading" },
        workers: [],
        workspaces: [],
        links: {},
    });
    let stopOrg: (() => void) | undefined;

    onCleanup(link.onState(setState));
    onCleanup(link.onWorker((id, worker) => setData("links", id, reconcile(worker))));
    onCleanup(() => stopOrg?.());

    const watchOrg = (org: Org) => {
        stopOrg?.();
        stopOrg = link.subscribe(`org:${org.id}`, () => undefined, {
            event: (event) => {
                if (event.payload.case !== "org") return;
                setData("workers", reconcile(event.payload.value.workers, { key: "id" }));
                setData("workspaces", reconcile(event.payload.value.workspaces, { key: "id" }));
                setData("loading", { kind: "ready" });
            },
            caughtUp: () => undefined,
            reset: () => undefined,
            interrupted: () => undefined,
            end: (error) => setData("loading", { kind: "failed", error }),
        });
    };

    const load = () => {
        setData("loading", { kind: "loading" });
        Promise.all([
            link.callHub(SystemService.method.getSystemInfo, {}),
            link.callHub(AuthService.method.getCurrentUser, {}),
        ]).then(
            ([system, me]) => {
                setData("system", system);
                if (me.user) setData("user", me.user);
                const org = me.personalOrg ?? me.orgs[0];
                if (!org) return;
                setData("org", org);
                watchOrg(org);
            },
            (error: unknown) => setData("loading", { kind: "failed", error: asLinkError(error) }),
        );
    };
    load();

    return {
        data,
        state,
        isSolo: () => data.system?.mode === "solo",
        worker: (id) => data.workers.find((w) => w.id === id),
        workspace: (id) => data.workspaces.find((w) => w.id === id),
        load,
        createWorkspace: async (title) => {
            const answer = await link.callHub(WorkspaceService.method.createWorkspace, {
                orgId: data.org?.id ?? "",
                workspaceId: newId(),
                title,
            });
            if (!answer.workspace) throw asLinkError(undefined);
            return answer.workspace;
        },
        renameWorkspace: async (workspaceId, title) => {
            await link.callHub(WorkspaceService.method.renameWorkspace, { workspaceId, title });
        },
    };
}

/** Whatever was thrown, as the one error that screens know. */
export function asLinkError(error: unknown): LinkError {
    if (error instanceof LinkError) return error;
    const message = error instanceof Error ? error.message : "something went wrong";
    return new LinkError({ code: "unknown", reason: "INTERNAL", message });
}
