// SPDX-License-Identifier: Apache-2.0
/** The regions of the shell, as F6 goes round them: sidebar, workspace, tools. */

/** Of each region the places that take the focus, best first. */
const REGIONS: { region: string; targets: string[] }[] = [
    {
        region: 'nav[aria-label="Sidebar"]',
        targets: ['[role="treeitem"][tabindex="0"]', "button"],
    },
    {
        region: 'main[aria-label="Workspace"]',
        targets: ['[role="tab"][tabindex="0"]', "button"],
    },
    { region: 'aside[aria-label="Tools"]', targets: ["button"] },
];

/** Put the focus into the next region that is there; a negative step goes back. */
export function focusRegion(step: 1 | -1): void {
    const shown = REGIONS.flatMap(({ region, targets }) => {
        const element = document.querySelector<HTMLElement>(region);
        return element && !element.closest("[data-collapsed], [inert]")
            ? [{ element, targets }]
            : [];
    });
    const at = shown.findIndex((r) => r.element.contains(document.activeElement));
    const from = at < 0 && step < 0 ? 0 : at;
    const next = shown[(from + step + shown.length) % shown.length];
    for (const target of next?.targets ?? []) {
        const found = next?.element.querySelector<HTMLElement>(target);
        if (!found) continue;
        found.focus();
        return;
    }
}
