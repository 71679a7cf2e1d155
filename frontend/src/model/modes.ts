// SPDX-License-Identifier: Apache-2.0

const LABELS: Record<string, string> = {
    default: "Ask first",
    acceptEdits: "Accept edits",
    plan: "Plan",
    auto: "Automatic",
    dontAsk: "Don't ask",
    bypassPermissions: "Bypass permissions",
};

/** A permission mode in words; one that we do not know is shown as the CLI spells it. */
export function modeLabel(mode: string): string {
    return LABELS[mode] ?? mode;
}
