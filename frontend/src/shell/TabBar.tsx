// SPDX-License-Identifier: Apache-2.0
import { For, Show, createSignal, onCleanup, onMount } from "solid-js";
import type { JSX } from "solid-js";
import MessageSquareCode from "lucide-solid/icons/message-square-code";
import X from "lucide-solid/icons/x";
import type { LayoutTab, LayoutTile } from "../gen/leapmux/v1/layout_pb";
import { marksOf, marksText } from "../model/marks";
import { useStores } from "../stores/context";
import { useWorkspace } from "../stores/workspace";
import { Icon } from "../ui/Icon";
import { ContextMenu } from "../ui/Menu";
import { useCloseTab } from "./close-tab";
import { MarkSign } from "./MarkSign";
import { RenameField } from "./RenameField";
import * as css from "./shell.css";

export interface TabBarProps {
    tile: LayoutTile;
    number: number;
    renaming: string | undefined;
    onRenaming: (tabId: string | undefined) => void;
}

/** The tabs of a tile. Close buttons stand beside the list and are drawn over their tabs. */
export function TabBar(props: TabBarProps): JSX.Element {
    const workspace = useWorkspace();
    const close = useCloseTab();
    const [edges, setEdges] = createSignal<Record<string, number>>({});
    const [near, setNear] = createSignal<string>();
    let list: HTMLDivElement | undefined;

    const measure = () => {
        const found: Record<string, number> = {};
        for (const tab of list?.querySelectorAll<HTMLElement>('[role="tab"]') ?? []) {
            found[tab.dataset["tabId"] ?? ""] = tab.offsetLeft + tab.offsetWidth;
        }
        setEdges(found);
    };
    const observer = new ResizeObserver(measure);
    onMount(() => {
        if (list) observer.observe(list);
    });
    onCleanup(() => observer.disconnect());

    const focusNeighbour = (tab: LayoutTab, key: string) => {
        const ids = props.tile.tabs.map((t) => t.tabId);
        const at = ids.indexOf(tab.tabId);
        const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: ids.length - 1 }[key];
        const id = to === undefined ? undefined : ids[to];
        if (id === undefined) return false;
        workspace.activate(id);
        list?.querySelector<HTMLElement>(`[data-tab-id="${id}"]`)?.focus();
        return true;
    };

    return (
        <>
            <div
                ref={list}
                class={css.tabList}
                role="tablist"
                aria-label={`Tabs in tile ${props.number}`}
            >
                <For each={props.tile.tabs}>
                    {(tab) => (
                        <TabButton
                            tab={tab}
                            renaming={props.renaming === tab.tabId}
                            onRenaming={props.onRenaming}
                            onKey={(key) => focusNeighbour(tab, key)}
                            onNear={setNear}
                            onClose={() => close([tab])}
                            onCloseOthers={() =>
                                close(props.tile.tabs.filter((t) => t.tabId !== tab.tabId))
                            }
                            observe={(element) => {
                                observer.observe(element);
                                onCleanup(() => observer.unobserve(element));
                            }}
                        />
                    )}
                </For>
            </div>
            <For each={props.tile.tabs}>
                {(tab) => (
                    <Show when={edges()[tab.tabId] !== undefined}>
                        <button
                            type="button"
                            class={css.closeTab}
                            style={{ left: `${(edges()[tab.tabId] ?? 0) - 26}px` }}
                            aria-label={`Close ${workspace.titleOf(tab)}`}
                            title="Close"
                            data-tab-id={tab.tabId}
                            data-kind="agent"
                            data-chosen={workspace.activeTabId() === tab.tabId ? "true" : undefined}
                            data-near={near() === tab.tabId ? "true" : undefined}
                            onPointerEnter={() => setNear(tab.tabId)}
                            onPointerLeave={() => setNear(undefined)}
                            onClick={() => close([tab])}
                        >
                            <Icon of={X} small />
                        </button>
                    </Show>
                )}
            </For>
        </>
    );
}

interface TabButtonProps {
    tab: LayoutTab;
    renaming: boolean;
    onRenaming: (tabId: string | undefined) => void;
    /** True when the key moved the focus. */
    onKey: (key: string) => boolean;
    onNear: (tabId: string | undefined) => void;
    onClose: () => void;
    onCloseOthers: () => void;
    observe: (element: HTMLElement) => void;
}

function TabButton(props: TabButtonProps): JSX.Element {
    const { notices } = useStores();
    const workspace = useWorkspace();
    const chosen = () => workspace.activeTabId() === props.tab.tabId;
    const title = () => workspace.titleOf(props.tab);
    const marks = () => marksOf(workspace.agents.all[props.tab.tabId], chosen());
    const failed = (what: string) => (error: unknown) => notices.error(what, error);

    const rename = (value: string) => {
        props.onRenaming(undefined);
        workspace.rename(props.tab.tabId, value.trim()).catch(failed("Renaming did not work:"));
    };
    const shift = (by: number) => {
        workspace.shift(props.tab.tabId, by).catch(failed("Moving did not work:"));
    };
    const key = (event: KeyboardEvent) => {
        if (event.key === "F2") props.onRenaming(props.tab.tabId);
        else if (event.key === "Delete") props.onClose();
        else if (!props.onKey(event.key)) return;
        event.preventDefault();
    };

    return (
        <ContextMenu
            name="Tab actions"
            items={[
                { name: "Rename", keys: "F2", run: () => props.onRenaming(props.tab.tabId) },
                { name: "Move left", run: () => shift(-1) },
                { name: "Move right", run: () => shift(1) },
                { name: "Close", keys: "Delete", run: () => props.onClose(), separated: true },
                { name: "Close others", run: () => props.onCloseOthers() },
            ]}
        >
            {(menu) => (
                <div
                    ref={(element) => props.observe(element)}
                    class={css.tab}
                    role="tab"
                    id={`tab-${props.tab.tabId}`}
                    tabindex={chosen() ? 0 : -1}
                    aria-label={title()}
                    aria-selected={chosen()}
                    aria-description={marksText(marks())}
                    data-tab-id={props.tab.tabId}
                    data-kind="agent"
                    data-unread={marks().unread ? "true" : undefined}
                    data-waiting={marks().waiting > 0 ? "true" : undefined}
                    data-working={marks().working ? "true" : undefined}
                    onClick={() => workspace.activate(props.tab.tabId)}
                    onDblClick={() => props.onRenaming(props.tab.tabId)}
                    onAuxClick={(event) => {
                        if (event.button === 1) props.onClose();
                    }}
                    onContextMenu={menu.open}
                    onKeyDown={(event) => {
                        if (event.target === event.currentTarget && !menu.key(event)) key(event);
                    }}
                    onPointerEnter={() => props.onNear(props.tab.tabId)}
                    onPointerLeave={() => props.onNear(undefined)}
                >
                    <span class={css.tabIcon}>
                        <Icon of={MessageSquareCode} />
                    </span>
                    <Show
                        when={props.renaming}
                        fallback={
                            <>
                                <span class={css.tabName}>{title()}</span>
                                <MarkSign marks={marks()} />
                            </>
                        }
                    >
                        <RenameField
                            label="Tab title"
                            value={title()}
                            onSave={rename}
                            onCancel={() => props.onRenaming(undefined)}
                        />
                    </Show>
                </div>
            )}
        </ContextMenu>
    );
}
