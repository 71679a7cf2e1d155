// SPDX-License-Identifier: Apache-2.0
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import MessageSquarePlus from "lucide-solid/icons/message-square-plus";
import { AgentPanel } from "../features/agent/AgentPanel";
import type { LayoutTab, LayoutTile } from "../gen/leapmux/v1/layout_pb";
import { runAction } from "../actions/actions";
import { keysText } from "../actions/keys";
import { useWorkspace } from "../stores/workspace";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { EmptyState } from "../ui/States";
import { TabBar } from "./TabBar";
import * as css from "./shell.css";

/** One tile: its tabs and the panel of the active one. */
export function TileView(props: { tile: LayoutTile; number: number }): JSX.Element {
    const workspace = useWorkspace();
    const tabOf = (tabId: string | undefined): LayoutTab | undefined =>
        props.tile.tabs.find((t) => t.tabId === tabId);
    const active = () => tabOf(workspace.activeTabId());
    // by id, since each change of the layout makes new objects: the panel stays what it is
    const shownIds = () => {
        const tabId = active()?.tabId;
        return tabId === undefined ? [] : [tabId];
    };

    return (
        <section
            class={css.tile}
            role="region"
            aria-label={`Tile ${props.number}`}
            data-tile-id={props.tile.tileId}
            data-focused="true"
        >
            <div class={css.tabBar}>
                <TabBar
                    tile={props.tile}
                    number={props.number}
                    renaming={workspace.renaming()}
                    onRenaming={(tabId) => workspace.setRenaming(tabId)}
                />
                <Show when={active()}>
                    <div class={css.tabButtons}>
                        <IconButton
                            label="New agent"
                            keys={keysText("Alt+Shift+N")}
                            onClick={() => runAction("new-agent")}
                        >
                            <Icon of={MessageSquarePlus} />
                        </IconButton>
                    </div>
                </Show>
            </div>
            <For
                each={shownIds()}
                fallback={
                    <EmptyState text="No agent is open here.">
                        <Button
                            variant="primary"
                            icon={<Icon of={MessageSquarePlus} />}
                            onClick={() => runAction("new-agent")}
                        >
                            New agent
                        </Button>
                    </EmptyState>
                }
            >
                {(tabId) => (
                    <Show when={tabOf(tabId)}>
                        {(shown) => (
                            <AgentPanel
                                tabId={shown().tabId}
                                workerId={shown().workerId}
                                agentId={shown().tabId}
                                title={workspace.titleOf(shown())}
                                summary={workspace.agents.all[shown().tabId]}
                            />
                        )}
                    </Show>
                )}
            </For>
        </section>
    );
}
