// SPDX-License-Identifier: Apache-2.0
import { globalStyle, style } from "@vanilla-extract/css";

export const field = style({
    display: "flex",
    flexDirection: "column",
    gap: 6,
    minWidth: 0,
    flex: "1 1 0",
});

export const row = style({ display: "flex", gap: "var(--space-3)", alignItems: "flex-end" });

export const label = style({ fontWeight: "var(--weight-medium)" });

export const hint = style({
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
});

export const error = style({
    color: "var(--danger)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
});

export const input = style({
    width: "100%",
    minWidth: 0,
    height: "var(--control-h-lg)",
    padding: "0 10px",
    border: "var(--hairline) solid var(--line-control)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-panel)",
    color: "var(--text)",
    selectors: {
        "&:hover:enabled": { borderColor: "var(--text-3)" },
        "&:focus-visible": { outlineOffset: -1 },
        "&:disabled": {
            background: "var(--fill-1)",
            borderColor: "var(--line-strong)",
            color: "var(--text-disabled)",
        },
        "&[aria-invalid='true']": {
            borderColor: "var(--danger)",
            boxShadow: "inset 0 0 0 1px var(--danger)",
        },
        "&::placeholder": { color: "var(--text-3)", opacity: 1 },
    },
});

export const area = style([
    input,
    {
        height: "auto",
        minHeight: 64,
        padding: "6px 10px",
        resize: "vertical",
        fontSize: "var(--text-prose)",
        lineHeight: "var(--lh-prose)",
    },
]);

export const mono = style({ fontFamily: "var(--font-mono)", fontSize: "var(--text-code)" });

export const select = style([
    input,
    {
        appearance: "none",
        paddingRight: 28,
        textOverflow: "ellipsis",
        backgroundImage:
            "linear-gradient(45deg, transparent 50%, var(--text-3) 50%), linear-gradient(135deg, var(--text-3) 50%, transparent 50%)",
        backgroundPosition: "right 15px center, right 10px center",
        backgroundSize: "5px 5px, 5px 5px",
        backgroundRepeat: "no-repeat",
    },
]);

globalStyle(`${select} option`, {
    background: "var(--surface-overlay)",
    color: "var(--text)",
});

export const group = style({ display: "flex", flexDirection: "column", gap: "var(--space-2)" });

export const segments = style({
    display: "inline-flex",
    alignSelf: "flex-start",
    gap: 1,
    padding: 2,
    background: "var(--fill-2)",
    borderRadius: "var(--radius-2)",
});

export const segment = style({
    position: "relative",
    height: 24,
    padding: "0 10px",
    display: "inline-flex",
    alignItems: "center",
    borderRadius: 4,
    color: "var(--text-2)",
    selectors: {
        "&:hover": { background: "var(--fill-1)" },
        "&:has(:checked)": {
            background: "light-dark(var(--surface-panel), var(--graphite-300))",
            color: "var(--text)",
            fontWeight: "var(--weight-medium)",
            boxShadow: "0 0 0 1px var(--line-strong)",
        },
        "&:has(:focus-visible)": { outline: "var(--focus-ring)", outlineOffset: 1 },
    },
});

export const segmentInput = style({
    position: "absolute",
    inset: 0,
    margin: 0,
    opacity: 0,
});

export const check = style({ display: "flex", gap: "var(--space-2)", alignItems: "center" });

export const box = style({
    width: 16,
    height: 16,
    margin: 0,
    flex: "none",
    accentColor: "var(--accent-fill)",
});
