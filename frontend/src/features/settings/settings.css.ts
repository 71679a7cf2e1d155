// SPDX-License-Identifier: Apache-2.0
import { style } from "@vanilla-extract/css";

export const page = style({
    height: "100%",
    overflow: "auto",
    background: "var(--surface-panel)",
});

export const inner = style({ maxWidth: 960, margin: "0 auto", padding: "24px 24px 48px" });

export const head = style({
    display: "flex",
    alignItems: "center",
    gap: 16,
    marginBottom: 28,
});

export const back = style({
    minHeight: 24,
    padding: "2px 8px",
    borderRadius: "var(--radius-2)",
    color: "var(--text-2)",
    textDecoration: "none",
    selectors: { "&:hover": { background: "var(--fill-1)", color: "var(--text)" } },
});

export const title = style({
    fontSize: "var(--text-h1)",
    lineHeight: "var(--lh-h1)",
    fontWeight: "var(--weight-strong)",
    letterSpacing: "-0.012em",
});

export const saved = style({
    marginLeft: "auto",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
});

export const columns = style({
    display: "grid",
    gridTemplateColumns: "200px minmax(0, 1fr)",
    gap: 40,
    "@media": { "(max-width: 767px)": { gridTemplateColumns: "1fr", gap: 16 } },
});

export const tabs = style({ display: "flex", flexDirection: "column", gap: 1 });

export const tab = style({
    height: "var(--row-h)",
    padding: "0 8px",
    display: "flex",
    alignItems: "center",
    borderRadius: "var(--radius-2)",
    color: "var(--text)",
    textDecoration: "none",
    selectors: {
        "&:hover": { background: "var(--fill-1)" },
        "&[aria-selected='true']": {
            background: "var(--surface-tint-strong)",
            fontWeight: "var(--weight-medium)",
        },
    },
});

export const panel = style({
    display: "flex",
    flexDirection: "column",
    gap: 28,
    minWidth: 0,
});

export const note = style({ color: "var(--text-3)", fontSize: "var(--text-small)" });

export const table = style({ width: "100%", borderCollapse: "collapse" });

export const heading = style({
    height: 32,
    padding: "0 12px 0 0",
    borderBottom: "1px solid var(--line-strong)",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    fontWeight: "var(--weight-medium)",
    textAlign: "left",
});

export const cell = style({
    height: 44,
    padding: "0 12px 0 0",
    borderBottom: "1px solid var(--line-soft)",
});
