// SPDX-License-Identifier: Apache-2.0
import { style } from "@vanilla-extract/css";

export const menu = style({
    minWidth: "var(--menu-min)",
    padding: 4,
    zIndex: "var(--z-menu)",
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-3)",
    background: "var(--surface-overlay)",
    boxShadow: "var(--shadow-2)",
    outline: "none",
});

export const item = style({
    height: 28,
    padding: "0 8px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    borderRadius: "var(--radius-2)",
    whiteSpace: "nowrap",
    outline: "none",
    cursor: "default",
    selectors: {
        "&[data-highlighted], &:focus": { background: "var(--fill-2)" },
        "&[data-disabled]": { color: "var(--text-disabled)" },
    },
});

export const icon = style({ color: "var(--text-3)" });

export const keys = style({
    marginLeft: "auto",
    paddingLeft: 20,
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
});

export const separator = style({ height: 1, margin: "4px 0", border: 0, background: "var(--line)" });

export const trigger = style({ display: "contents" });
