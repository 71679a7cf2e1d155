// SPDX-License-Identifier: Apache-2.0
import { TurnState } from "../gen/leapmux/v1/agent_pb";
import type { LayoutTab } from "../gen/leapmux/v1/layout_pb";
import { useStores } from "../stores/context";
import { useDialogs } from "../stores/dialogs";
import { useWorkspace } from "../stores/workspace";

/** Closes tabs; asks first when an agent among them is in a turn. */
export function useCloseTab(): (tabs: LayoutTab[]) => void {
    const { notices } = useStores();
    const dialogs = useDialogs();
    const workspace = useWorkspace();
    return (tabs) => {
        const works = (tab: LayoutTab) => {
            const turn = workspace.agents.all[tab.tabId]?.state?.turnState;
            return turn === TurnState.WORKING || turn === TurnState.WAITING;
        };
        if (tabs.some(works)) {
            dialogs.show({ kind: "still-working", tabs });
            return;
        }
        for (const tab of tabs) {
            workspace
                .closeTab(tab)
                .catch((error: unknown) => notices.error("Closing did not work:", error));
        }
    };
}
