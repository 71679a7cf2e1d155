// SPDX-License-Identifier: Apache-2.0
import { style } from "@vanilla-extract/css";

export const two = style({
    display: "grid",
    gridTemplateColumns: "1fr 1fr",
    gap: "var(--space-3)",
    "@media": { "(max-width: 520px)": { gridTemplateColumns: "1fr" } },
});

export const providerState = style({
    marginTop: -8,
    display: "flex",
    alignItems: "center",
    justifyContent: "space-between",
    gap: "var(--space-3)",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
    selectors: {
        "&[data-missing]": {
            padding: "8px 12px",
            border: "1px solid var(--waiting-line)",
            borderRadius: "var(--radius-2)",
            background: "var(--waiting-tint)",
            color: "var(--text)",
            lineHeight: "18px",
        },
    },
});

export const tree = style({
    height: 280,
    overflow: "auto",
    padding: "4px 0",
    border: "var(--hairline) solid var(--line)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-panel)",
});

export const node = style({
    height: "var(--row-h)",
    padding: "0 8px",
    display: "flex",
    alignItems: "center",
    gap: 6,
    whiteSpace: "nowrap",
    selectors: {
        "&:hover": { background: "var(--fill-1)" },
        "&:focus-visible": { outlineOffset: -2 },
        "&[aria-selected='true']": { background: "var(--surface-tint-strong)" },
    },
});

export const dim = style({ color: "var(--text-3)" });

export const words = style({
    display: "grid",
    gridTemplateColumns: "1fr 1fr",
    padding: "8px 0",
    border: "var(--hairline) solid var(--line)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-sunken)",
    font: "400 13px/23px var(--font-mono)",
});

export const word = style({ display: "flex", gap: 12, padding: "0 12px" });

export const wordNumber = style({ width: 10, color: "var(--text-3)", textAlign: "right" });

export const hex = style({
    overflowWrap: "anywhere",
    font: "400 12px/18px var(--font-mono)",
    color: "var(--text-2)",
});

export const list = style({ maxHeight: 360, overflow: "auto", margin: "0 -8px" });

export const option = style({
    height: 32,
    padding: "0 8px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    borderRadius: "var(--radius-2)",
    whiteSpace: "nowrap",
    selectors: { "&[aria-selected='true']": { background: "var(--surface-tint-strong)" } },
});

export const keys = style({
    marginLeft: "auto",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
});

export const table = style({ width: "100%", borderCollapse: "collapse" });

export const cell = style({
    height: 32,
    padding: "0 12px 0 0",
    borderBottom: "1px solid var(--line-soft)",
    textAlign: "left",
    fontWeight: "var(--weight-body)",
});

export const noticeRow = style({
    padding: "8px 0",
    display: "flex",
    gap: 12,
    alignItems: "baseline",
    borderBottom: "1px solid var(--line-soft)",
});
