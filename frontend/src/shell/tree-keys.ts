// SPDX-License-Identifier: Apache-2.0

/** Arrow keys, Home and End move the focus through the rows of a tree. */
export function moveInTree(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const row = to === undefined ? undefined : rows[to];
    if (!row) return;
    event.preventDefault();
    row.focus();
}
