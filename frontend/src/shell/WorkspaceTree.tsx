// SPDX-License-Identifier: Apache-2.0
import { useNavigate } from "@solidjs/router";
import { For, Show, createMemo, createSignal, untrack, useContext } from "solid-js";
import type { JSX } from "solid-js";
import ChevronDown from "lucide-solid/icons/chevron-down";
import ChevronRight from "lucide-solid/icons/chevron-right";
import Ellipsis from "lucide-solid/icons/ellipsis";
import FolderGit from "lucide-solid/icons/folder-git-2";
import GitBranch from "lucide-solid/icons/git-branch";
import MessageSquareCode from "lucide-solid/icons/message-square-code";
import Pencil from "lucide-solid/icons/pencil";
import type { Workspace } from "../gen/leapmux/v1/common_pb";
import { marksOf, marksText, sumMarks } from "../model/marks";
import { rowsOf, treeOf } from "../model/tree";
import type { TreeLeaf } from "../model/tree";
import type { KnownAgent } from "../stores/agents";
import { useStores } from "../stores/context";
import { WorkspaceContext } from "../stores/workspace";
import type { WorkspaceStore } from "../stores/workspace";
import { sizes, square, variants } from "../ui/button.css";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { MarkSign } from "./MarkSign";
import { RenameField } from "./RenameField";
import { moveInTree } from "./tree-keys";
import * as css from "./shell.css";

/** Workspaces, and below the one on the screen what is in it. */
export function WorkspaceTree(props: { name: string; workspaces: Workspace[] }): JSX.Element {
    const open = useContext(WorkspaceContext);
    return (
        <div role="tree" aria-label={props.name} onKeyDown={moveInTree}>
            <For each={props.workspaces}>
                {(workspace, index) => (
                    <WorkspaceRow
                        workspace={workspace}
                        tabStop={index() === 0 && !props.workspaces.some((w) => w.id === open?.id)}
                    />
                )}
            </For>
            <Show when={props.workspaces.length === 0}>
                <p class={css.hint}>No workspace yet.</p>
            </Show>
        </div>
    );
}

function WorkspaceRow(props: {
    workspace: Workspace;
    /** Tab comes here although it is not the open one. */
    tabStop: boolean;
}): JSX.Element {
    const { hub, notices, sides } = useStores();
    const open = useContext(WorkspaceContext);
    const navigate = useNavigate();
    const [unfolded, setUnfolded] = createSignal(true);
    const [renaming, setRenaming] = createSignal(false);
    const isOpen = () => open?.id === props.workspace.id;
    const marks = createMemo(() =>
        open && isOpen()
            ? sumMarks(
                  Object.values(open.agents.all).map((a) =>
                      marksOf(a, open.activeTabId() === a.id),
                  ),
              )
            : sumMarks([]),
    );
    const go = () => {
        if (isOpen()) setUnfolded(!unfolded());
        else {
            navigate(`/o/${hub.data.org?.name ?? ""}/w/${props.workspace.id}`);
            sides.closeSheet();
        }
    };
    const rename = (value: string) => {
        const title = value.trim();
        setRenaming(false);
        if (title === "" || title === props.workspace.title) return;
        hub.renameWorkspace(props.workspace.id, title).catch((error: unknown) =>
            notices.error("Renaming did not work:", error),
        );
    };
    const key = (event: KeyboardEvent) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === "Enter") go();
        else if (event.key === "F2") setRenaming(true);
        else if (event.key === "ArrowRight" && isOpen() && !unfolded()) setUnfolded(true);
        else if (event.key === "ArrowLeft" && isOpen() && unfolded()) setUnfolded(false);
        else return;
        event.preventDefault();
    };

    return (
        <>
            <div
                class={css.row}
                role="treeitem"
                aria-label={props.workspace.title}
                aria-level={1}
                aria-selected={isOpen()}
                aria-expanded={isOpen() ? unfolded() : undefined}
                aria-description={marksText(marks())}
                data-workspace-id={props.workspace.id}
                tabindex={isOpen() || props.tabStop ? 0 : -1}
                onClick={go}
                onDblClick={() => setRenaming(true)}
                onKeyDown={key}
            >
                <span class={css.chevron}>
                    <Icon of={isOpen() && unfolded() ? ChevronDown : ChevronRight} small />
                </span>
                <Show
                    when={renaming()}
                    fallback={
                        <>
                            <span class={css.rowName}>{props.workspace.title}</span>
                            <span class={css.marks}>
                                <MarkSign marks={marks()} />
                            </span>
                            <span class={css.rowActions} onClick={(e) => e.stopPropagation()}>
                                <Menu
                                    name={`Actions for workspace ${props.workspace.title}`}
                                    label={`Actions for workspace ${props.workspace.title}`}
                                    class={`${variants.ghost} ${square.sm} ${sizes.sm}`}
                                    items={[
                                        {
                                            name: "Rename",
                                            icon: Pencil,
                                            keys: "F2",
                                            run: () => setRenaming(true),
                                        },
                                    ]}
                                >
                                    <Icon of={Ellipsis} />
                                </Menu>
                            </span>
                        </>
                    }
                >
                    <RenameField
                        label="Workspace title"
                        value={props.workspace.title}
                        onSave={rename}
                        onCancel={() => setRenaming(false)}
                    />
                </Show>
            </div>
            <Show when={isOpen() && unfolded() && open}>
                {(store) => <Below store={store()} />}
            </Show>
        </>
    );
}

/** Repository, branch and tabs of the workspace on the screen, then what no tab shows. */
function Below(props: { store: WorkspaceStore }): JSX.Element {
    // Rows stand for names and ids, not for objects, which each change makes anew: a row that has
    // the focus keeps it.
    const rows = createMemo(() => {
        const tree = treeOf(
            props.store.tabs().map((tab): TreeLeaf => {
                const agent = props.store.agents.all[tab.tabId];
                return {
                    tabId: tab.tabId,
                    gitRoot: agent?.gitRoot ?? "",
                    gitBranch: agent?.gitBranch ?? "",
                };
            }),
        );
        return rowsOf(tree);
    });
    const about = (key: string) => rows().find((row) => row.key === key);
    return (
        <>
            <For each={rows().map((row) => row.key)}>
                {(key) => {
                    const kind = untrack(() => about(key)?.kind);
                    const level = () => about(key)?.level ?? 2;
                    const name = () => about(key)?.name ?? "";
                    if (kind === "repository") {
                        return <Node name={name()} level={level()} icon={FolderGit} />;
                    }
                    if (kind === "branch") {
                        return <Node name={name()} level={level()} icon={GitBranch} mono />;
                    }
                    return <TabRow store={props.store} tabId={name()} level={level()} />;
                }}
            </For>
            <Show when={props.store.notOnScreen().length > 0}>
                <NotOnScreen store={props.store} agents={props.store.notOnScreen()} />
            </Show>
        </>
    );
}

function Guides(props: { count: number }): JSX.Element {
    return (
        <For each={Array.from({ length: props.count })}>
            {() => <span class={css.guide} aria-hidden="true" />}
        </For>
    );
}

function Node(props: {
    name: string;
    level: number;
    icon: typeof FolderGit;
    mono?: boolean;
}): JSX.Element {
    return (
        <div
            class={css.subRow}
            role="treeitem"
            aria-label={props.name}
            aria-level={props.level}
            aria-expanded={true}
            tabindex="-1"
        >
            <Guides count={props.level - 1} />
            <span class={css.rowIcon}>
                <Icon of={props.icon} />
            </span>
            <span class={`${css.rowName} ${props.mono === true ? "mono" : ""}`}>{props.name}</span>
        </div>
    );
}

function TabRow(props: { store: WorkspaceStore; tabId: string; level: number }): JSX.Element {
    const { sides } = useStores();
    const active = () => props.store.activeTabId() === props.tabId;
    const marks = () => marksOf(props.store.agents.all[props.tabId], active());
    const title = () => {
        const tab = props.store.tabs().find((t) => t.tabId === props.tabId);
        return tab ? props.store.titleOf(tab) : "";
    };
    const activate = () => {
        props.store.activate(props.tabId);
        sides.closeSheet();
    };
    return (
        <div
            class={css.row}
            role="treeitem"
            aria-label={title()}
            aria-level={props.level}
            aria-description={marksText(marks())}
            data-tab-id={props.tabId}
            tabindex="-1"
            onClick={activate}
            onKeyDown={(event) => {
                if (event.key === "Enter") activate();
            }}
        >
            <Guides count={props.level - 1} />
            <span class={css.rowIcon}>
                <Icon of={MessageSquareCode} />
            </span>
            <span class={css.rowName}>{title()}</span>
            <span class={css.marks}>
                <MarkSign marks={marks()} />
            </span>
        </div>
    );
}

function NotOnScreen(props: { store: WorkspaceStore; agents: KnownAgent[] }): JSX.Element {
    const { notices, sides } = useStores();
    const [open, setOpen] = createSignal(true);
    const place = (agent: KnownAgent) => {
        sides.closeSheet();
        props.store
            .place(agent)
            .catch((error: unknown) => notices.error("The tab could not be made:", error));
    };
    return (
        <>
            <div
                class={css.subRow}
                role="treeitem"
                aria-label="Not on screen"
                aria-level={2}
                aria-expanded={open()}
                tabindex="-1"
                onClick={() => setOpen(!open())}
                onKeyDown={(event) => {
                    const { key } = event;
                    if (key === "ArrowRight" && open()) return;
                    if (key === "ArrowLeft" && !open()) return;
                    if (!["Enter", "ArrowRight", "ArrowLeft"].includes(key)) return;
                    event.preventDefault();
                    setOpen(!open());
                }}
            >
                <Guides count={1} />
                <span class={css.chevron}>
                    <Icon of={open() ? ChevronDown : ChevronRight} small />
                </span>
                <span class={`${css.rowName} ${css.quiet}`}>Not on screen</span>
                <span class={css.marks}>{props.agents.length}</span>
            </div>
            <Show when={open()}>
                <For each={props.agents}>
                    {(agent) => (
                        <div
                            class={css.subRow}
                            role="treeitem"
                            aria-label={agent.title}
                            aria-level={3}
                            data-tab-id={agent.id}
                            tabindex="-1"
                            onClick={() => place(agent)}
                            onKeyDown={(event) => {
                                if (event.key === "Enter") place(agent);
                            }}
                        >
                            <Guides count={2} />
                            <span class={css.rowIcon}>
                                <Icon of={MessageSquareCode} />
                            </span>
                            <span class={css.rowName}>{agent.title}</span>
                        </div>
                    )}
                </For>
            </Show>
        </>
    );
}
