// SPDX-License-Identifier: Apache-2.0
import { globalStyle, style, styleVariants } from "@vanilla-extract/css";

export const panel = style({
    position: "relative",
    flex: 1,
    minWidth: 0,
    minHeight: 0,
    display: "flex",
    flexDirection: "column",
    background: "var(--surface-panel)",
    selectors: { "&:focus-visible": { outlineOffset: -2 } },
});

export const logFrame = style({
    position: "relative",
    flex: 1,
    minHeight: 0,
    display: "flex",
    flexDirection: "column",
});

export const scroller = style({
    flex: 1,
    minHeight: 0,
    overflow: "hidden auto",
    display: "flex",
    flexDirection: "column",
    selectors: { "&:focus-visible": { outlineOffset: -2 } },
});

/** Short logs stand at the bottom, next to the composer. */
export const column = style({
    width: "100%",
    maxWidth: "var(--chat-max)",
    margin: "auto auto 0",
    padding: "0 0 var(--space-3)",
});

/** The last known content keeps its place and its contrast, but loses its colour and its ranks. */
export const dimmed = style({
    vars: {
        "--text": "var(--text-3)",
        "--text-2": "var(--text-3)",
        "--syn-plain": "var(--text-3)",
    },
    color: "var(--text-3)",
    filter: "saturate(0.15)",
});

export const earlier = style({
    display: "flex",
    justifyContent: "center",
    padding: "8px 0 0",
});

export const toBottom = style({
    position: "absolute",
    left: "50%",
    bottom: 8,
    zIndex: 2,
    transform: "translateX(-50%)",
    height: 28,
    padding: "0 12px",
    display: "flex",
    alignItems: "center",
    gap: 6,
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-full)",
    background: "var(--surface-overlay)",
    boxShadow: "var(--shadow-1)",
    color: "var(--text-2)",
    selectors: { "&:hover": { color: "var(--text)" } },
});
/** Over the whole pill, whose words say something else than the button's name. */
export const toBottomButton = style({
    position: "absolute",
    inset: -1,
    borderRadius: "var(--radius-full)",
});

/* ---- entries ---- */

/** Entries out of sight cost nothing to lay out and paint. */
export const contained = style({
    contentVisibility: "auto",
    containIntrinsicSize: "auto 64px",
});

/** The space above belongs to the entry, so that its bar of actions has a place there. */
export const entry = style([
    contained,
    {
        position: "relative",
        paddingTop: "var(--space-3)",
        selectors: {
            "&[data-marked]": { background: "var(--surface-tint)" },
        },
    },
]);

export const message = style([
    entry,
    {
        display: "grid",
        gridTemplateColumns: "16px minmax(0, 1fr)",
        columnGap: 8,
        paddingInline: 16,
    },
]);
export const messageBody = style({ gridColumn: 2, minWidth: 0 });
export const messageIcon = style({ marginTop: 2, color: "var(--text-3)" });

export const own = style([
    entry,
    { display: "flex", justifyContent: "flex-end", padding: "12px 16px 0 64px" },
]);
export const bubble = style({
    minWidth: 0,
    maxWidth: "min(84%, 640px)",
    padding: "8px 12px",
    borderRadius: "var(--radius-3) var(--radius-3) 2px var(--radius-3)",
    background: "var(--surface-bubble)",
    fontSize: "var(--text-prose)",
    lineHeight: "var(--lh-prose)",
    "@media": {
        "(prefers-contrast: more)": { border: "var(--hairline) solid var(--line-strong)" },
    },
    selectors: {
        "[data-contrast='more'] &": { border: "var(--hairline) solid var(--line-strong)" },
    },
});
export const author = style({
    marginBottom: 2,
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
    fontWeight: "var(--weight-medium)",
});
export const unconfirmed = style({ opacity: 0.7 });

/** One quiet line: thinking, answers, limits. */
export const oneLine = style({
    position: "relative",
    display: "flex",
    alignItems: "flex-start",
    gap: 8,
    minHeight: 24,
    padding: "2px 16px",
    color: "var(--text-3)",
    lineHeight: "20px",
});
export const oneLineIcon = style({ marginTop: 2, flex: "none" });
export const oneLineWords = style({ minWidth: 0, overflowWrap: "anywhere" });
export const warns = style({ color: "var(--waiting)" });
/** The button lies over the whole line. */
export const foldButton = style({
    position: "absolute",
    inset: 0,
    width: "100%",
    height: "100%",
    selectors: {
        "&:focus-visible": { outlineOffset: -2, borderRadius: "var(--radius-2)" },
    },
});
export const chevron = style({
    marginTop: 3,
    selectors: { "[data-open] > &": { transform: "rotate(90deg)" } },
});
export const thought = style({
    padding: "4px 16px 0 40px",
    color: "var(--text-2)",
    fontSize: "var(--text-ui)",
});

export const note = style({
    padding: "0 16px",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
    textAlign: "center",
    overflowWrap: "anywhere",
});
export const noteButton = style({
    marginLeft: 6,
    padding: "0 4px",
    minHeight: 24,
    borderRadius: "var(--radius-1)",
    color: "var(--text-2)",
    textDecoration: "underline",
    textDecorationColor: "var(--line-strong)",
    textUnderlineOffset: 3,
});
export const noteDetail = style({
    margin: "6px 24px 0",
    padding: "6px 10px",
    maxHeight: 240,
    overflow: "auto",
    border: "var(--hairline) solid var(--line-soft)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-sunken)",
    color: "var(--text-2)",
    font: "400 12px / 18px var(--font-mono)",
    textAlign: "left",
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
});

export const divider = style({
    display: "flex",
    alignItems: "center",
    gap: 10,
    padding: "0 16px",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "20px",
    selectors: {
        "&::after": { content: "''", flex: "1 0 24px", height: 1, background: "var(--line)" },
    },
});
export const dividerIcon = style({
    width: 16,
    display: "grid",
    placeItems: "center",
    flex: "none",
});
export const dividerWords = style({ minWidth: 0, overflowWrap: "anywhere" });
export const failed = style({ color: "var(--danger)" });
export const unread = style([
    divider,
    {
        paddingTop: 12,
        color: "var(--accent)",
        selectors: {
            "&::before": { content: "''", flex: 1, height: 1, background: "var(--accent-line)" },
            "&::after": { flex: 1, background: "var(--accent-line)" },
        },
    },
]);

/* ---- to-dos ---- */
export const todos = style({ display: "flex", flexDirection: "column", gap: 2 });
export const todo = style({
    display: "flex",
    gap: 8,
    alignItems: "flex-start",
    fontSize: "var(--text-ui)",
    lineHeight: "20px",
});
export const todoLine = style([todo, { position: "relative" }]);
export const todoIcon = style({ marginTop: 3, flex: "none", color: "var(--text-3)" });
export const todoStates = styleVariants({
    pending: {},
    active: { fontWeight: "var(--weight-medium)" },
    done: {
        color: "var(--text-3)",
        textDecoration: "line-through",
        textDecorationColor: "var(--line-control)",
    },
});
globalStyle(`${todoStates.active} ${todoIcon}`, { color: "var(--accent)" });
globalStyle(`${todoStates.done} ${todoIcon}`, { color: "var(--ok)" });

/* ---- plan ---- */
export const frame = style({
    margin: "0 8px",
    overflow: "hidden",
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-3)",
});
export const frameHead = style({
    minHeight: 32,
    padding: "0 4px 0 7px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    borderBottom: "var(--hairline) solid var(--line)",
    background: "var(--surface-app)",
    fontWeight: "var(--weight-medium)",
});
export const frameIcon = style({ color: "var(--text-3)" });
export const frameTitle = style({ flex: 1, minWidth: 0 });
export const frameBody = style({ padding: "10px 16px 12px 31px" });

/* ---- folded texts ---- */
export const folded = style({
    position: "relative",
    maxHeight: 252,
    overflow: "hidden",
    maskImage: "linear-gradient(#000 70%, transparent)",
});
export const showMore = style({ marginTop: 4 });

/* ---- bar of actions ---- */
export const actions = style({
    position: "absolute",
    top: 0,
    right: 16,
    zIndex: 3,
    display: "flex",
    alignItems: "center",
    padding: 1,
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-overlay)",
    boxShadow: "var(--shadow-1)",
    opacity: 0,
    pointerEvents: "none",
    selectors: {
        [`${entry}:hover > &, &:focus-within`]: { opacity: 1, pointerEvents: "auto" },
    },
});
export const time = style({
    padding: "0 6px",
    color: "var(--text-3)",
    fontSize: "var(--text-micro)",
    whiteSpace: "nowrap",
});
export const action = style({
    width: 24,
    height: 24,
    display: "inline-grid",
    placeItems: "center",
    borderRadius: "var(--radius-1)",
    color: "var(--text-2)",
    selectors: {
        "&:hover": { background: "var(--fill-1)", color: "var(--text)" },
        "&:focus-visible": { outlineOffset: -2 },
    },
});

/* ---- states of the panel ---- */
export const centre = style({
    flex: 1,
    padding: 16,
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    gap: 12,
    color: "var(--text-2)",
    textAlign: "center",
});
export const small = style({
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
});
export const block = style({
    margin: "12px 16px 0 40px",
    display: "flex",
    flexDirection: "column",
    alignItems: "flex-start",
    gap: 10,
});
export const blockTitle = style({
    marginLeft: -24,
    display: "flex",
    gap: 8,
    alignItems: "center",
    fontSize: "var(--text-h3)",
    fontWeight: "var(--weight-strong)",
});
export const blockIcon = style({ color: "var(--danger)" });
export const blockCode = style({
    color: "var(--text-3)",
    font: "11px / 16px var(--font-mono)",
});
export const blockButtons = style({ display: "flex", flexWrap: "wrap", gap: 8 });
export const blockOutput = style([noteDetail, { margin: 0, alignSelf: "stretch" }]);
export const blockText = style({ whiteSpace: "pre-wrap", overflowWrap: "anywhere" });
export const commandLine = style({
    padding: "5px 10px",
    border: "var(--hairline) solid var(--line)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-sunken)",
    font: "400 var(--text-code) / 20px var(--font-mono)",
    userSelect: "all",
    overflowWrap: "anywhere",
});
