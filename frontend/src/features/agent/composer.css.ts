// SPDX-License-Identifier: Apache-2.0
import { globalStyle, style, styleVariants } from "@vanilla-extract/css";

/** Card, queue and composer have the same left and right edge. */
export const dock = style({
    flex: "none",
    width: "100%",
    maxWidth: "var(--chat-max)",
    marginInline: "auto",
    padding: "0 8px",
    display: "flex",
    flexDirection: "column",
    gap: 6,
    selectors: { "&:empty": { display: "none" } },
});

export const form = style({ flex: "none" });
export const boxFrame = style([dock, { position: "relative", padding: "6px 8px 8px" }]);

export const box = style({
    display: "flex",
    alignItems: "flex-end",
    gap: 4,
    padding: 3,
    border: "var(--hairline) solid var(--line-control)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-panel)",
    selectors: {
        "&:focus-within": { outline: "var(--focus-ring)", outlineOffset: -1 },
    },
});

export const text = style({
    flex: 1,
    minWidth: 0,
    minHeight: 28,
    padding: "3px 8px",
    border: 0,
    background: "none",
    outline: "none",
    resize: "none",
    color: "var(--text)",
    fontSize: "var(--text-prose)",
    lineHeight: "var(--lh-prose)",
    overflowWrap: "anywhere",
    selectors: {
        "&::placeholder": { color: "var(--text-3)", opacity: 1 },
        "&:focus-visible": { outline: "none" },
    },
    "@media": { "(pointer: coarse)": { fontSize: 16 } },
});
export const keys = style({ flex: "none", marginLeft: -8, fontSize: "var(--text-micro)" });

/* ---- suggestions ---- */
export const suggestions = style({
    position: "absolute",
    left: 8,
    right: 8,
    bottom: "calc(100% + 2px)",
    zIndex: "var(--z-menu)",
    maxHeight: 280,
    overflow: "auto",
    padding: 4,
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-3)",
    background: "var(--surface-overlay)",
    boxShadow: "var(--shadow-2)",
});
export const suggestion = style({
    minHeight: 28,
    padding: "4px 8px",
    display: "flex",
    alignItems: "baseline",
    gap: 10,
    borderRadius: "var(--radius-2)",
    selectors: {
        "&:hover": { background: "var(--fill-1)" },
        "&[aria-selected='true']": { background: "var(--fill-2)" },
    },
});
export const suggestionName = style({
    flex: "none",
    font: "400 var(--text-code) / 20px var(--font-mono)",
});
export const suggestionAbout = style({
    minWidth: 0,
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
});

/* ---- status line ---- */
export const status = style({
    minHeight: "var(--status-h)",
    padding: "0 8px 0 12px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    overflow: "hidden",
    borderTop: "var(--hairline) solid var(--line-soft)",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    whiteSpace: "nowrap",
});
export const turn = style({
    display: "inline-flex",
    alignItems: "center",
    gap: 6,
    color: "var(--text-2)",
    flex: "none",
});
export const mark = style({ width: 12, display: "grid", placeItems: "center", flex: "none" });
export const bad = style({ color: "var(--danger)" });
export const link = style({
    minWidth: 0,
    overflow: "hidden",
    textOverflow: "ellipsis",
    color: "var(--waiting)",
});
export const separator = style({
    width: 1,
    height: 12,
    flex: "none",
    background: "var(--line-strong)",
});
export const settingText = style({
    minWidth: 0,
    flexShrink: 100,
    overflow: "hidden",
    textOverflow: "ellipsis",
    color: "var(--text-2)",
});
export const tight = style({ marginInline: -4 });
export const context = style({
    display: "inline-flex",
    alignItems: "center",
    gap: 6,
    flex: "none",
    color: "var(--text-2)",
    fontVariantNumeric: "tabular-nums",
});
export const track = style({
    width: 36,
    height: 4,
    overflow: "hidden",
    borderRadius: 2,
    background: "var(--fill-3)",
});
export const fill = styleVariants({
    normal: { height: "100%", background: "var(--accent-fill)" },
    near: { height: "100%", background: "var(--waiting-fill)" },
});
export const near = style({ color: "var(--waiting)" });
export const spring = style({ flex: 1 });

/* ---- queue: a tray that stands on the composer ---- */
export const tray = style({
    flex: "none",
    width: "100%",
    maxWidth: "var(--chat-max)",
    marginInline: "auto",
    padding: "6px 16px 0",
});
globalStyle(`${tray} + ${form} > ${boxFrame}`, { paddingTop: 0 });
export const queue = style({
    maxHeight: 200,
    overflow: "auto",
    border: "var(--hairline) solid var(--line-strong)",
    borderBottom: 0,
    borderRadius: "var(--radius-2) var(--radius-2) 0 0",
    background: "var(--surface-app)",
});
export const item = style({
    minHeight: 28,
    padding: "2px 4px 2px 10px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    selectors: {
        "& + &": { borderTop: "var(--hairline) solid var(--line-soft)" },
        "&[data-state='failed']": { background: "var(--danger-tint)" },
        "&[data-state='sending']": { opacity: 0.7 },
    },
});
export const number = style({
    minWidth: 10,
    flex: "none",
    color: "var(--text-3)",
    font: "11px / 16px var(--font-mono)",
});
export const itemText = style({
    flex: 1,
    minWidth: 0,
    display: "-webkit-box",
    WebkitBoxOrient: "vertical",
    WebkitLineClamp: 2,
    overflow: "hidden",
    overflowWrap: "anywhere",
});
export const itemWhy = style({
    flex: "none",
    maxWidth: "50%",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    selectors: { [`${item}[data-state='failed'] &`]: { color: "var(--danger)" } },
});
export const paused = style({
    minHeight: 32,
    padding: "2px 4px 2px 10px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    border: "var(--hairline) solid var(--line-strong)",
    borderBottom: 0,
    borderRadius: "var(--radius-2) var(--radius-2) 0 0",
    background: "var(--surface-app)",
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
});
globalStyle(`${paused} + ${queue}`, { borderRadius: 0 });

/* ---- details ---- */
export const rows = style({
    display: "grid",
    gridTemplateColumns: "max-content minmax(0, 1fr)",
    gap: "8px 16px",
    alignItems: "center",
});
export const term = style({ color: "var(--text-2)" });
export const value = style({
    minWidth: 0,
    display: "flex",
    alignItems: "center",
    gap: 8,
    overflowWrap: "anywhere",
});
export const bar = style([track, { width: 160 }]);
export const note = style({ color: "var(--text-3)", fontSize: "var(--text-small)" });
