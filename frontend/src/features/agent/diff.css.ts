// SPDX-License-Identifier: Apache-2.0
import { globalStyle, style, styleVariants } from "@vanilla-extract/css";

export const diff = style({
    overflowX: "auto",
    background: "var(--surface-panel)",
    font: "400 12px / 19px var(--font-mono)",
    letterSpacing: 0,
    tabSize: 4,
    selectors: { "&:focus-visible": { outlineOffset: -2 } },
});

/** As wide as the longest line, so that the grounds reach to the edge. */
export const sheet = style({ minWidth: "100%", width: "max-content" });

const line = style({
    display: "grid",
    gridTemplateColumns: "36px 36px 18px minmax(0, 1fr)",
    whiteSpace: "pre",
    color: "var(--syn-plain)",
});

export const lines = styleVariants({
    " ": [line],
    "+": [line, { background: "var(--diff-add)" }],
    "-": [line, { background: "var(--diff-del)" }],
});

export const number = style({
    paddingRight: 8,
    color: "var(--text-3)",
    fontSize: 11,
    textAlign: "right",
    userSelect: "none",
    selectors: {
        [`${lines["+"]} &`]: { background: "var(--diff-add-gutter)" },
        [`${lines["-"]} &`]: { background: "var(--diff-del-gutter)" },
    },
});

export const sign = style({
    color: "var(--text-3)",
    textAlign: "center",
    userSelect: "none",
    selectors: {
        [`${lines["+"]} &`]: { color: "var(--ok)" },
        [`${lines["-"]} &`]: { color: "var(--danger)" },
    },
});

export const text = style({ paddingRight: 12 });

globalStyle(`${diff} mark`, { color: "inherit", background: "none", borderRadius: 2 });
globalStyle(`${lines["+"]} mark`, { background: "var(--diff-add-word)" });
globalStyle(`${lines["-"]} mark`, { background: "var(--diff-del-word)" });

export const gap = style({
    height: 24,
    padding: "0 12px",
    display: "flex",
    alignItems: "center",
    background: "var(--diff-fold)",
    borderBlock: "var(--hairline) solid var(--line-soft)",
    color: "var(--text-3)",
    font: "var(--text-small) / var(--lh-small) var(--font-ui)",
});

export const file = style({
    padding: "4px 12px",
    display: "flex",
    gap: 8,
    borderBottom: "var(--hairline) solid var(--line-soft)",
    background: "var(--surface-app)",
    fontSize: "var(--text-small)",
});
