// SPDX-License-Identifier: Apache-2.0
import { style, styleVariants } from "@vanilla-extract/css";

const base = style({
    maxWidth: "calc(100vw - 32px)",
    maxHeight: "80vh",
    margin: "12vh auto auto",
    padding: 0,
    flexDirection: "column",
    overflow: "hidden",
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-3)",
    background: "var(--surface-overlay)",
    boxShadow: "var(--shadow-3)",
    color: "var(--text)",
    selectors: {
        "&[open]": { display: "flex" },
        "&::backdrop": { background: "var(--scrim)" },
        "&:focus-visible": { outline: "none" },
    },
});

export const widths = styleVariants({
    sm: [base, { width: "var(--dialog-w-sm)", marginTop: "20vh" }],
    md: [base, { width: "var(--dialog-w)" }],
    lg: [base, { width: "var(--dialog-w-lg)" }],
});

export const head = style({
    display: "flex",
    alignItems: "center",
    padding: "14px 12px 0 20px",
});

export const title = style({
    flex: 1,
    fontSize: 15,
    lineHeight: "20px",
    fontWeight: "var(--weight-strong)",
});

export const form = style({ display: "flex", flexDirection: "column", minHeight: 0 });

export const body = style({
    padding: "12px 20px 20px",
    display: "flex",
    flexDirection: "column",
    gap: "var(--space-4)",
    overflow: "auto",
});

export const foot = style({
    padding: "12px 20px",
    display: "flex",
    gap: "var(--space-2)",
    justifyContent: "flex-end",
    alignItems: "center",
    borderTop: "var(--hairline) solid var(--line)",
    background: "var(--surface-app)",
});

export const alert = style({
    display: "flex",
    gap: 10,
    margin: "0 20px 16px",
    padding: "8px 12px",
    border: "1px solid var(--danger-line)",
    borderRadius: "var(--radius-2)",
    background: "var(--danger-tint)",
});

export const alertIcon = style({ color: "var(--danger)", marginTop: 2 });

export const code = style({
    color: "var(--text-3)",
    font: "11px/16px var(--font-mono)",
});
