// SPDX-License-Identifier: Apache-2.0
import { style } from "@vanilla-extract/css";

export const menu = style({
    position: "fixed",
    minWidth: "var(--menu-min)",
    padding: 4,
    zIndex: "var(--z-menu)",
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-3)",
    background: "var(--surface-overlay)",
    boxShadow: "var(--shadow-2)",
});

export const item = style({
    width: "100%",
    height: 28,
    padding: "0 8px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    borderRadius: "var(--radius-2)",
    whiteSpace: "nowrap",
    selectors: { "&:focus": { background: "var(--fill-2)", outline: "none" } },
});

export const icon = style({ color: "var(--text-3)" });

export const keys = style({
    marginLeft: "auto",
    paddingLeft: 20,
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
});

export const separator = style({
    height: 1,
    margin: "4px 0",
    border: 0,
    background: "var(--line)",
});
