// SPDX-License-Identifier: Apache-2.0
/** What a person can do by key with the agent whose panel is shown. */
import type { Action } from "./actions";

/** The panel's side of these actions. */
export interface AgentPanelHandle {
    canInterrupt: () => boolean;
    interrupt: () => void;
    hasRequest: () => boolean;
    goToRequest: () => void;
    /** The shown permission request can be answered. */
    hasPermission: () => boolean;
    allow: () => void;
    deny: () => void;
    focusComposer: () => void;
}

/** The panel registers these while it is shown. */
export function agentActions(panel: AgentPanelHandle): Action[] {
    return [
        {
            id: "agent-interrupt",
            label: "Interrupt",
            keys: ["Mod+."],
            when: panel.canInterrupt,
            run: panel.interrupt,
        },
        {
            id: "agent-allow",
            label: "Allow the shown request",
            keys: ["Alt+Shift+Y"],
            when: panel.hasPermission,
            run: panel.allow,
        },
        {
            id: "agent-deny",
            label: "Deny the shown request",
            keys: ["Alt+Shift+D"],
            when: panel.hasPermission,
            run: panel.deny,
        },
        {
            id: "agent-go-to-request",
            label: "Go to request",
            keys: ["Alt+Shift+G"],
            when: panel.hasRequest,
            run: panel.goToRequest,
        },
        {
            id: "agent-focus-composer",
            label: "Focus composer",
            keys: ["Alt+Shift+C"],
            run: panel.focusComposer,
        },
    ];
}
