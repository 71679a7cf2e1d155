// SPDX-License-Identifier: Apache-2.0

const levelOf = (row: HTMLElement | undefined) => Number(row?.getAttribute("aria-level") ?? 1);

/**
 * Keys of a tree, after its rows had them: up and down, Home and End go through the rows; right
 * goes into an open row, left to the row above that holds this one.
 */
export function moveInTree(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
    if (event.defaultPrevented) return;
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const level = levelOf(rows[at]);
    const inside = levelOf(rows[at + 1]) > level ? at + 1 : undefined;
    const around = rows.findLastIndex((row, i) => i < at && levelOf(row) < level);
    const to = {
        ArrowDown: at + 1,
        ArrowUp: at - 1,
        ArrowRight: inside,
        ArrowLeft: around,
        Home: 0,
        End: rows.length - 1,
    }[event.key];
    const row = to === undefined ? undefined : rows[to];
    if (!row) return;
    event.preventDefault();
    row.focus();
}
