// SPDX-License-Identifier: Apache-2.0
/** The three columns, and the workspace between them. */
import { useNavigate, useSearchParams } from "@solidjs/router";
import { Index, Show, createEffect, onCleanup, onMount, untrack } from "solid-js";
import type { JSX } from "solid-js";
import PanelLeft from "lucide-solid/icons/panel-left";
import PanelRight from "lucide-solid/icons/panel-right";
import { handleKey, provideActions } from "../actions/actions";
import { keysText } from "../actions/keys";
import { WorkspaceLevel } from "../gen/leapmux/v1/common_pb";
import { sumMarks, marksOf } from "../model/marks";
import { useStores } from "../stores/context";
import { DialogsContext, createDialogs, useDialogs } from "../stores/dialogs";
import { WorkspaceContext, createWorkspace } from "../stores/workspace";
import type { WorkspaceStore } from "../stores/workspace";
import type { Side } from "../stores/sides";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { EmptyState, Skeleton } from "../ui/States";
import { shellActions } from "./actions";
import { NotProtectedBar, OfflineBar } from "./Connection";
import { Dialogs } from "./Dialogs";
import { SideColumn } from "./SideColumn";
import { Sidebar } from "./Sidebar";
import { TileView } from "./TileView";
import { createTitle } from "../ui/title";
import { Tools } from "./Tools";
import * as css from "./shell.css";

const LEVELS: Record<WorkspaceLevel, string> = {
    [WorkspaceLevel.UNSPECIFIED]: "viewer",
    [WorkspaceLevel.VIEWER]: "viewer",
    [WorkspaceLevel.COLLABORATOR]: "collaborator",
    [WorkspaceLevel.OWNER]: "owner",
};

/** The application around one workspace, or around none. */
export function Shell(props: { workspaceId: string | undefined }): JSX.Element {
    const { hub, sides } = useStores();
    const dialogs = createDialogs();

    onMount(() => addEventListener("keydown", handleKey));
    onCleanup(() => removeEventListener("keydown", handleKey));

    return (
        <DialogsContext.Provider value={dialogs}>
            <div
                class={css.root}
                data-connection={hub.state()}
                data-mode={hub.isSolo() ? "solo" : "multi"}
                data-layout={sides.narrow() ? "phone" : "desktop"}
            >
                <NotProtectedBar />
                <OfflineBar />
                <Show when={props.workspaceId} keyed fallback={<NoWorkspace />}>
                    {(id) => <OpenWorkspace id={id} />}
                </Show>
            </div>
        </DialogsContext.Provider>
    );
}

function Columns(props: { tools?: JSX.Element; children: JSX.Element }): JSX.Element {
    const { preferences, sides } = useStores();
    const values = preferences.values;
    const sheet = () => sides.sheet() !== undefined;
    createEffect((before: Side | undefined) => {
        const now = sides.sheet();
        if (now !== before) focusSheet(now, before);
        return now;
    }, undefined);
    return (
        <div
            class={css.columns}
            onKeyDown={(event) => {
                if (event.key === "Escape" && sheet()) sides.closeSheet();
            }}
        >
            <SideColumn
                side="left"
                open={sides.isOpen("sidebar")}
                width={values.sidebarWidth}
                onWidth={(width) => preferences.set("sidebarWidth", width)}
                resizeLabel="Resize sidebar"
            >
                <Sidebar />
            </SideColumn>
            {props.children}
            <Show when={sheet()}>
                <div class={css.scrim} onClick={() => sides.closeSheet()} />
            </Show>
            <Show when={props.tools}>
                <SideColumn
                    side="right"
                    open={sides.isOpen("tools")}
                    width={values.toolsWidth}
                    onWidth={(width) => preferences.set("toolsWidth", width)}
                    resizeLabel="Resize tools"
                >
                    {props.tools}
                </SideColumn>
            </Show>
        </div>
    );
}

/** The focus goes into a sheet that opens, and back to its button when it closes. */
function focusSheet(now: Side | undefined, before: Side | undefined): void {
    const column = { sidebar: 'nav[aria-label="Sidebar"]', tools: 'aside[aria-label="Tools"]' };
    const target = now
        ? `${column[now]} :is([role="treeitem"][tabindex="0"], button)`
        : before && `button[aria-label="Toggle ${before}"]`;
    if (target === undefined) return;
    queueMicrotask(() => {
        // a dialog that was opened from the sheet keeps the focus
        if (!document.querySelector("dialog[open]")) {
            document.querySelector<HTMLElement>(target)?.focus();
        }
    });
}

function NoWorkspace(): JSX.Element {
    const { sides } = useStores();
    const dialogs = useDialogs();
    createTitle(() => "No workspace");
    return (
        <>
            <Columns>
                <main aria-label="Workspace" class={css.centre} inert={sides.sheet() !== undefined}>
                    <EmptyState text="No workspace yet.">
                        <Button
                            variant="primary"
                            onClick={() => dialogs.show({ kind: "new-workspace" })}
                        >
                            Create a workspace
                        </Button>
                    </EmptyState>
                </main>
            </Columns>
            <Dialogs />
        </>
    );
}

function OpenWorkspace(props: { id: string }): JSX.Element {
    const stores = useStores();
    const { hub, preferences, sides } = stores;
    const [search, setSearch] = useSearchParams<{ tab?: string }>();
    const workspace = untrack(() => createWorkspace(stores, props.id, search.tab));
    const record = () => hub.workspace(props.id);

    createEffect(() => preferences.set("lastWorkspace", props.id));
    // the address names the tab, so that a reload or a copied link comes back to it
    createEffect(() => {
        const tab = workspace.activeTabId();
        if (tab !== undefined) setSearch({ tab }, { replace: true, scroll: false });
    });
    createEffect(() => {
        const { link } = stores;
        link.presence(props.id, workspace.activeTabId() ?? "", false);
    });
    const waiting = () =>
        sumMarks(Object.values(workspace.agents.all).map((a) => marksOf(a, true))).waiting;
    createTitle(() => record()?.title ?? "Workspace", waiting);

    return (
        <WorkspaceContext.Provider value={workspace}>
            <Keys />
            <Columns tools={<Tools />}>
                <main
                    class={css.centre}
                    aria-label="Workspace"
                    inert={sides.sheet() !== undefined}
                    data-workspace-id={props.id}
                    data-access={LEVELS[record()?.level ?? WorkspaceLevel.UNSPECIFIED]}
                    data-archived={record()?.archived === true ? "true" : undefined}
                    data-layout-revision={String(workspace.layout.revision())}
                    data-layout-pending={workspace.layout.pending()}
                >
                    <Band workspace={workspace} title={record()?.title ?? ""} />
                    <Show
                        when={workspace.layout.ready()}
                        fallback={<Skeleton widths={["40%", "70%", "55%"]} />}
                    >
                        <Index each={workspace.tiles()}>
                            {(tile, index) => <TileView tile={tile()} number={index + 1} />}
                        </Index>
                    </Show>
                </main>
            </Columns>
            <Dialogs />
        </WorkspaceContext.Provider>
    );
}

function Keys(): JSX.Element {
    const navigate = useNavigate();
    provideActions(shellActions(navigate));
    return null;
}

function Band(props: { workspace: WorkspaceStore; title: string }): JSX.Element {
    const { sides } = useStores();
    const agent = () => props.workspace.activeAgent();
    return (
        <div class={css.band}>
            <IconButton
                label="Toggle sidebar"
                keys={keysText("Mod+B")}
                aria-expanded={sides.isOpen("sidebar")}
                onClick={() => sides.toggle("sidebar")}
            >
                <Icon of={PanelLeft} />
            </IconButton>
            <span class={`${css.workspaceTitle} clip`}>{props.title}</span>
            <Show when={agent()?.gitRoot}>
                <span class={`${css.facts} mono clip`}>
                    {agent()?.gitRoot} · {agent()?.gitBranch}
                </span>
            </Show>
            <span class={css.push} />
            <IconButton
                label="Toggle tools"
                keys={keysText("Mod+Alt+B")}
                aria-expanded={sides.isOpen("tools")}
                onClick={() => sides.toggle("tools")}
            >
                <Icon of={PanelRight} />
            </IconButton>
        </div>
    );
}
