// SPDX-License-Identifier: Apache-2.0
import { globalStyle, style, styleVariants } from "@vanilla-extract/css";

const base = style({
    height: "var(--control-h)",
    padding: "0 10px",
    display: "inline-flex",
    alignItems: "center",
    justifyContent: "center",
    gap: "var(--space-15)",
    flex: "none",
    border: "var(--hairline) solid transparent",
    borderRadius: "var(--radius-2)",
    fontWeight: "var(--weight-medium)",
    whiteSpace: "nowrap",
    selectors: {
        "&:disabled": { color: "var(--text-disabled)", background: "var(--fill-1)" },
    },
});

export const variants = styleVariants({
    normal: [
        base,
        {
            borderColor: "var(--line-strong)",
            background: "var(--surface-raised)",
            color: "var(--text)",
            selectors: {
                "&:hover:enabled": {
                    background:
                        "linear-gradient(var(--fill-1), var(--fill-1)) var(--surface-raised)",
                },
                "&:active:enabled": {
                    background:
                        "linear-gradient(var(--fill-2), var(--fill-2)) var(--surface-raised)",
                },
                "&:disabled": { borderColor: "transparent" },
            },
        },
    ],
    primary: [
        base,
        {
            background: "var(--accent-fill)",
            color: "var(--text-on-accent)",
            selectors: {
                "&:hover:enabled": { background: "var(--accent-fill-hover)" },
                "&:active:enabled": { background: "var(--accent-fill-active)" },
                "&[aria-busy='true']": {
                    background: "var(--accent-fill)",
                    color: "var(--text-on-accent)",
                },
            },
        },
    ],
    danger: [
        base,
        {
            background: "var(--danger-fill)",
            color: "var(--text-on-danger)",
            selectors: {
                "&:hover:enabled": { background: "var(--danger-fill-hover)" },
                "&[aria-busy='true']": {
                    background: "var(--danger-fill)",
                    color: "var(--text-on-danger)",
                },
            },
        },
    ],
    ghost: [
        base,
        {
            background: "none",
            color: "var(--text-2)",
            selectors: {
                "&:hover:enabled": { background: "var(--fill-1)", color: "var(--text)" },
                "&:active:enabled, &[aria-pressed='true'], &[data-expanded]": {
                    background: "var(--fill-2)",
                    color: "var(--text)",
                },
                "&:disabled": { background: "none" },
            },
        },
    ],
});

export const sizes = styleVariants({
    sm: { height: "var(--control-h-sm)", padding: "0 8px", fontSize: "var(--text-small)" },
    md: {},
    lg: { height: "var(--control-h-lg)", padding: "0 14px" },
});

export const square = styleVariants({
    sm: { width: "var(--control-h-sm)", padding: 0 },
    md: { width: "var(--control-h)", padding: 0 },
    lg: { width: "var(--control-h-lg)", padding: 0 },
});

globalStyle(`${base} svg`, { flex: "none" });
