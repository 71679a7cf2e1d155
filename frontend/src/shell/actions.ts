// SPDX-License-Identifier: Apache-2.0
/** The actions of the shell. Called inside of an open workspace. */
import type { Navigator } from "@solidjs/router";
import type { Action } from "../actions/actions";
import { useStores } from "../stores/context";
import { useDialogs } from "../stores/dialogs";
import { useWorkspace } from "../stores/workspace";
import { useCloseTab } from "./close-tab";
import { focusRegion } from "./regions";

/** All of them. Needs the contexts of a workspace. */
export function shellActions(navigate: Navigator): Action[] {
    const { notices, sides } = useStores();
    const dialogs = useDialogs();
    const workspace = useWorkspace();
    const close = useCloseTab();
    const active = () => workspace.tabs().find((t) => t.tabId === workspace.activeTabId());
    const hasTab = () => active() !== undefined;
    const step = (by: number) => {
        const ids = workspace.tabs().map((t) => t.tabId);
        const at = ids.indexOf(workspace.activeTabId() ?? "");
        const next = ids[(at + by + ids.length) % ids.length];
        if (next !== undefined) workspace.activate(next);
    };
    const agentHere = () => {
        const agent = workspace.activeAgent();
        if (!agent) return;
        workspace
            .openAgent(
                agent.workerId,
                {
                    provider: agent.provider,
                    workingDir: agent.workingDir,
                    title: workspace.freeAgentTitle(),
                    model: "",
                    permissionMode: "",
                    firstMessage: "",
                },
                "",
            )
            .catch((error: unknown) => notices.error("The agent could not be opened:", error));
    };
    const numbered = Array.from({ length: 9 }, (_, i): Action => {
        const n = i + 1;
        return {
            id: `tab-${n}`,
            label: n === 9 ? "Last tab" : `Tab ${n}`,
            keys: [`Alt+${n}`],
            keysOnly: true,
            when: () => workspace.tabs().length >= (n === 9 ? 1 : n),
            run: () => {
                const tab = n === 9 ? workspace.tabs().at(-1) : workspace.tabs()[n - 1];
                if (tab) workspace.activate(tab.tabId);
            },
        };
    });

    return [
        {
            id: "command-palette",
            label: "Command palette",
            keys: ["Mod+K", "Mod+Shift+P"],
            keysOnly: true,
            run: () => dialogs.show({ kind: "palette" }),
        },
        {
            id: "new-agent",
            label: "New agent",
            keys: ["Alt+Shift+N"],
            run: () => dialogs.show({ kind: "new-agent" }),
        },
        {
            id: "new-agent-here",
            label: "New agent here",
            keys: ["Alt+Shift+A"],
            when: () => workspace.activeAgent() !== undefined,
            run: agentHere,
        },
        {
            id: "close-tab",
            label: "Close tab",
            keys: ["Alt+Shift+W"],
            when: hasTab,
            run: () => {
                const tab = active();
                if (tab) close([tab]);
            },
        },
        {
            id: "previous-tab",
            label: "Previous tab",
            keys: ["Alt+Shift+["],
            when: hasTab,
            run: () => step(-1),
        },
        {
            id: "next-tab",
            label: "Next tab",
            keys: ["Alt+Shift+]"],
            when: hasTab,
            run: () => step(1),
        },
        ...numbered,
        {
            id: "rename-tab",
            label: "Rename tab",
            keys: ["Alt+Shift+R"],
            when: hasTab,
            run: () => workspace.setRenaming(workspace.activeTabId()),
        },
        {
            id: "next-region",
            label: "Next region",
            keys: ["F6"],
            keysOnly: true,
            run: () => focusRegion(1),
        },
        {
            id: "previous-region",
            label: "Previous region",
            keys: ["Shift+F6"],
            keysOnly: true,
            run: () => focusRegion(-1),
        },
        {
            id: "new-workspace",
            label: "New workspace",
            keys: [],
            run: () => dialogs.show({ kind: "new-workspace" }),
        },
        {
            id: "toggle-sidebar",
            label: "Toggle sidebar",
            keys: ["Mod+B"],
            run: () => sides.toggle("sidebar"),
        },
        {
            id: "toggle-tools",
            label: "Toggle tools",
            keys: ["Mod+Alt+B"],
            run: () => sides.toggle("tools"),
        },
        {
            id: "settings",
            label: "Settings",
            keys: ["Mod+,"],
            run: () => navigate("/settings/appearance"),
        },
        {
            id: "keyboard-shortcuts",
            label: "Keyboard shortcuts",
            keys: ["F1", "?"],
            run: () => dialogs.show({ kind: "shortcuts" }),
        },
    ];
}
