// SPDX-License-Identifier: Apache-2.0
import { For, Show, createEffect, createMemo, createSignal, onCleanup, onMount } from "solid-js";
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
    // by id: each change of the layout makes new objects, and a tab that has the focus keeps it
    const ids = createMemo(() => props.tile.tabs.map((t) => t.tabId));
    const tabOf = (tabId: string) => props.tile.tabs.find((t) => t.tabId === tabId);

    const measure = () => {
        const found: Record<string, number> = {};
        for (const tab of list?.querySelectorAll<HTMLElement>('[role="tab"]') ?? []) {
            found[tab.dataset["tabId"] ?? ""] =
                tab.offsetLeft + tab.offsetWidth - (list?.scrollLeft ?? 0);
        }
        setEdges(found);
    };
    /** Where a close button is drawn: over its tab, inside of the bar. */
    const closeAt = (tabId: string) => (edges()[tabId] ?? 0) - 26;
    const shownAt = (tabId: string) =>
        Math.max(0, Math.min(closeAt(tabId), (list?.clientWidth ?? 0) - 26));
    const observer = new ResizeObserver(measure);
    onMount(() => {
        if (list) observer.observe(list);
    });
    onCleanup(() => observer.disconnect());

    const focusTab = (tabId: string | undefined) =>
        list?.querySelector<HTMLElement>(`[data-tab-id="${tabId ?? ""}"]`)?.focus();
    const focusNeighbour = (tabId: string, key: string) => {
        const all = ids();
        const at = all.indexOf(tabId);
        const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[key];
        const id = to === undefined ? undefined : all[to];
        if (id === undefined) return false;
        workspace.activate(id);
        focusTab(id);
        return true;
    };

    createEffect(() => {
        const shown = workspace.activeTabId() ?? "";
        list?.querySelector(`[data-tab-id="${shown}"]`)?.scrollIntoView({ inline: "nearest" });
    });

    // a tab that is closed while it has the focus hands it on to the one that is shown then
    let focused: string | undefined;
    createEffect(() => {
        if (focused === undefined || ids().includes(focused)) return;
        focused = undefined;
        if (document.activeElement === document.body) focusTab(workspace.activeTabId());
    });

    return (
        <>
            <div
                ref={list}
                class={css.tabList}
                role="tablist"
                aria-label={`Tabs in tile ${props.number}`}
                onScroll={measure}
                onFocusIn={(event) => {
                    focused = (event.target as HTMLElement).dataset["tabId"];
                }}
                onFocusOut={(event) => {
                    if (event.relatedTarget !== null) focused = undefined;
                }}
            >
                <For each={ids()}>
                    {(tabId) => (
                        <Show when={tabOf(tabId)}>
                            {(tab) => (
                                <TabButton
                                    tab={tab()}
                                    renaming={props.renaming === tabId}
                                    onRenaming={props.onRenaming}
                                    onKey={(key) => focusNeighbour(tabId, key)}
                                    onNear={setNear}
                                    onClose={() => close([tab()])}
                                    onCloseOthers={() =>
                                        close(props.tile.tabs.filter((t) => t.tabId !== tabId))
                                    }
                                    observe={(element) => {
                                        observer.observe(element);
                                        onCleanup(() => observer.unobserve(element));
                                    }}
                                />
                            )}
                        </Show>
                    )}
                </For>
            </div>
            <For each={ids()}>
                {(tabId) => (
                    <Show when={edges()[tabId] !== undefined && tabOf(tabId)}>
                        {(tab) => (
                            <button
                                type="button"
                                class={css.closeTab}
                                style={{ left: `${shownAt(tabId)}px` }}
                                aria-label={`Close ${workspace.titleOf(tab())}`}
                                title="Close"
                                data-tab-id={tabId}
                                data-kind="agent"
                                data-chosen={workspace.activeTabId() === tabId ? "true" : undefined}
                                data-near={near() === tabId ? "true" : undefined}
                                data-away={shownAt(tabId) === closeAt(tabId) ? undefined : "true"}
                                onPointerEnter={() => setNear(tabId)}
                                onPointerLeave={() => setNear(undefined)}
                                onClick={() => close([tab()])}
                            >
                                <Icon of={X} small />
                            </button>
                        )}
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
        // an automatic title that nobody changed stays automatic
        if (value.trim() === title()) return;
        workspace.rename(props.tab.tabId, value.trim()).catch(failed("Renaming did not work:"));
    };
    const shift = (by: number) => {
        const focused = document.activeElement;
        workspace.shift(props.tab.tabId, by).catch(failed("Moving did not work:"));
        // an element that changes its place loses the focus
        if (focused instanceof HTMLElement) focused.focus();
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
                    // a long title gives room before its neighbours do
                    style={{ "flex-shrink": title().length + 1 }}
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
                    <span class={css.tabIcon} title={title()}>
                        <Icon of={MessageSquareCode} />
                    </span>
                    <Show
                        when={props.renaming}
                        fallback={
                            <>
                                <span class={css.tabName} title={title()}>
                                    {title()}
                                </span>
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
