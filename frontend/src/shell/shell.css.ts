// SPDX-License-Identifier: Apache-2.0
import { globalStyle, style } from "@vanilla-extract/css";

const NARROW = "(max-width: 767px)";
const NARROW_TILE = "tile (max-width: 359px)";

export const root = style({
    height: "100%",
    display: "flex",
    flexDirection: "column",
});

export const columns = style({
    flex: 1,
    minHeight: 0,
    display: "grid",
    gridTemplateColumns: "auto minmax(0, 1fr) auto",
    position: "relative",
    selectors: {
        /* what was last known: it stays, in one quiet colour that still has contrast */
        [`${root}[data-connection='offline'] > &`]: {
            vars: { "--text": "var(--text-3)", "--text-2": "var(--text-3)" },
            color: "var(--text-3)",
            filter: "saturate(.15)",
        },
    },
});

export const page = style({
    height: "100%",
    display: "flex",
    flexDirection: "column",
    background: "var(--surface-panel)",
});

export const link = style({
    color: "var(--accent)",
    textDecoration: "underline",
    textDecorationColor: "var(--accent-line)",
    textUnderlineOffset: 3,
});

export const side = style({
    minHeight: 0,
    display: "flex",
    flexDirection: "column",
    position: "relative",
    background: "var(--surface-app)",
    "@media": {
        [NARROW]: {
            position: "absolute",
            zIndex: "var(--z-sheet)",
            top: 0,
            bottom: 0,
            width: "min(88vw, 360px) !important",
            boxShadow: "var(--shadow-3)",
        },
    },
});

export const column = style({
    flex: 1,
    minHeight: 0,
    minWidth: 0,
    display: "flex",
    flexDirection: "column",
});

/* each has its column, also while a neighbour is not drawn; a sheet has the width of all */
export const left = style([
    side,
    {
        gridColumn: 1,
        borderRight: "var(--hairline) solid var(--line)",
        "@media": { [NARROW]: { gridColumn: "1 / -1", left: 0 } },
    },
]);

export const right = style([
    side,
    {
        gridColumn: 3,
        borderLeft: "var(--hairline) solid var(--line)",
        "@media": { [NARROW]: { gridColumn: "1 / -1", right: 0 } },
    },
]);

export const scrim = style({
    display: "none",
    "@media": {
        [NARROW]: {
            display: "block",
            position: "absolute",
            inset: 0,
            zIndex: "calc(var(--z-sheet) - 1)",
            background: "var(--scrim)",
        },
    },
});

export const band = style({
    height: "var(--band-h)",
    flex: "none",
    display: "flex",
    alignItems: "center",
    gap: "var(--space-1)",
    padding: "0 var(--space-2)",
    borderBottom: "var(--hairline) solid var(--line)",
    background: "var(--surface-app)",
    whiteSpace: "nowrap",
});

export const centre = style({
    gridColumn: 2,
    minWidth: 0,
    minHeight: 0,
    display: "flex",
    flexDirection: "column",
});

export const brand = style({
    flex: 1,
    display: "flex",
    alignItems: "center",
    gap: 8,
    padding: "0 6px",
    fontWeight: "var(--weight-strong)",
});

export const brandMark = style({
    width: 20,
    height: 20,
    borderRadius: 4,
    display: "grid",
    placeItems: "center",
    background: "var(--surface-tint-strong)",
    color: "var(--accent)",
    font: "var(--weight-strong) 10.5px/20px var(--font-ui)",
});

export const workspaceTitle = style({
    flex: "none",
    maxWidth: "60%",
    paddingLeft: "var(--space-1)",
    fontWeight: "var(--weight-strong)",
});

export const facts = style({
    color: "var(--text-2)",
    paddingLeft: "var(--space-1)",
    /* what it belongs to keeps its room */
    flexShrink: 1000,
});

/* a path that does not fit loses its front */
export const path = style({
    minWidth: 0,
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    direction: "rtl",
});

export const push = style({ flex: 1 });

export const search = style({ padding: "8px 8px 4px" });

export const searchButton = style({
    width: "100%",
    height: "var(--control-h)",
    padding: "0 10px",
    display: "flex",
    alignItems: "center",
    gap: "var(--space-15)",
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-panel)",
    color: "var(--text-3)",
    selectors: { "&:hover": { borderColor: "var(--text-3)" } },
});

export const keys = style({
    marginLeft: "auto",
    padding: "0 4px",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius-1)",
    color: "var(--text-3)",
    font: "400 10.5px/16px var(--font-ui)",
});

export const scroll = style({ flex: 1, minHeight: 0, overflow: "hidden auto" });

export const section = style({
    paddingBottom: "var(--space-2)",
    selectors: { "& + &": { borderTop: "var(--hairline) solid var(--line-soft)" } },
});

export const sectionHead = style({
    height: "var(--section-h)",
    marginTop: "var(--space-1)",
    padding: "0 var(--space-1) 0 var(--space-2)",
    display: "flex",
    alignItems: "center",
});

export const sectionButton = style({
    flex: 1,
    minWidth: 0,
    display: "flex",
    alignItems: "center",
    gap: "var(--space-1)",
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
    fontWeight: "var(--weight-strong)",
});

export const chevron = style({ color: "var(--text-3)" });

export const count = style({ color: "var(--text-3)", fontWeight: "var(--weight-body)" });

export const quiet = style({ color: "var(--text-3)" });

export const row = style({
    height: "var(--row-h)",
    margin: "0 var(--space-1)",
    padding: "0 var(--space-2)",
    display: "flex",
    alignItems: "center",
    gap: "var(--space-15)",
    position: "relative",
    borderRadius: "var(--radius-2)",
    whiteSpace: "nowrap",
    selectors: {
        "&:hover": { background: "var(--fill-1)" },
        "&:focus-visible": { outlineOffset: -2 },
        "&[aria-selected='true']": { background: "var(--surface-tint-strong)" },
        "&[aria-selected='true']::before": {
            content: "",
            position: "absolute",
            left: 0,
            top: 6,
            bottom: 6,
            width: 2,
            borderRadius: 1,
            background: "var(--accent-fill)",
        },
    },
});

export const subRow = style([row, { color: "var(--text-2)" }]);

export const guide = style({
    alignSelf: "stretch",
    width: 10,
    flex: "none",
    marginLeft: 7,
    marginRight: -7,
    borderLeft: "var(--hairline) solid var(--line)",
});

export const spacer = style({ width: 14, flex: "none" });

export const rowIcon = style({ color: "var(--text-3)" });

export const rowName = style({
    flex: 1,
    minWidth: 0,
    overflow: "hidden",
    textOverflow: "ellipsis",
    selectors: { [`${row}[aria-selected='true'] &`]: { fontWeight: "var(--weight-medium)" } },
});

export const marks = style({
    flex: "none",
    display: "inline-flex",
    alignItems: "center",
    gap: "var(--space-15)",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
});

/* actions of a row take the place of its marks while it is pointed at */
export const rowActions = style({
    position: "absolute",
    right: 4,
    opacity: 0,
    borderRadius: "var(--radius-2)",
    background: "var(--surface-app)",
    selectors: {
        [`${row}:hover &, ${row}:focus-within &, &:has([data-expanded])`]: { opacity: 1 },
    },
});

export const rename = style({
    flex: 1,
    minWidth: 0,
    height: 22,
    padding: "0 4px",
    border: "1px solid var(--line-control)",
    borderRadius: "var(--radius-1)",
    background: "var(--surface-panel)",
});

export const hint = style({
    padding: "2px 12px 4px 26px",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
});

export const foot = style({
    height: 36,
    flex: "none",
    padding: "0 var(--space-2)",
    display: "flex",
    alignItems: "center",
    gap: "var(--space-2)",
    borderTop: "var(--hairline) solid var(--line)",
});

export const avatar = style({
    width: 20,
    height: 20,
    flex: "none",
    borderRadius: "50%",
    background: "var(--surface-tint-strong)",
    color: "var(--accent)",
    font: "var(--weight-strong) 9.5px/20px var(--font-ui)",
    textAlign: "center",
    letterSpacing: ".01em",
});

export const userButton = style({
    minWidth: 0,
    height: "var(--control-h)",
    padding: "0 6px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    borderRadius: "var(--radius-2)",
    selectors: { "&:hover, &[data-expanded]": { background: "var(--fill-1)" } },
});

export const connection = style({
    marginLeft: "auto",
    display: "inline-flex",
    alignItems: "center",
    gap: 6,
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
});

export const bar = style({
    minHeight: 36,
    flex: "none",
    padding: "0 8px 0 12px",
    display: "flex",
    alignItems: "center",
    gap: 10,
    borderBottom: "1px solid var(--waiting-line)",
    background: "var(--waiting-tint)",
});

export const barIcon = style({ color: "var(--waiting)" });

export const tile = style({
    flex: 1,
    minWidth: 0,
    minHeight: 0,
    position: "relative",
    display: "flex",
    flexDirection: "column",
    background: "var(--surface-panel)",
    container: "tile / inline-size",
});

export const tabBar = style({
    height: "var(--tabbar-h)",
    flex: "none",
    minWidth: 0,
    position: "relative",
    display: "flex",
    borderBottom: "var(--hairline) solid var(--line)",
    background: "var(--surface-app)",
    selectors: {
        [`${tile}[data-focused] > &::before`]: {
            content: "",
            position: "absolute",
            left: 0,
            right: 0,
            top: 0,
            height: 2,
            zIndex: 2,
            background: "var(--accent-fill)",
        },
    },
});

export const tabList = style({
    flex: 1,
    minWidth: 0,
    display: "flex",
    overflow: "auto hidden",
    scrollbarWidth: "none",
});

export const tab = style({
    minWidth: 104,
    padding: "0 10px",
    flex: "0 1 auto",
    display: "flex",
    alignItems: "center",
    gap: 6,
    borderRight: "var(--hairline) solid var(--line)",
    color: "var(--text-2)",
    whiteSpace: "nowrap",
    selectors: {
        "&:hover": { background: "var(--fill-1)", color: "var(--text)" },
        "&:focus-visible": { outlineOffset: -3 },
        "&[aria-selected='true']": {
            paddingRight: 28,
            marginBottom: -1,
            background: "var(--surface-panel)",
            color: "var(--text)",
        },
    },
    /* icon and close button, or icon and mark */
    "@container": { [NARROW_TILE]: { minWidth: 56 } },
});

export const tabName = style({
    /* not on the tab: a long title would take the room of its neighbours before it shrinks */
    maxWidth: 140,
    overflow: "hidden",
    textOverflow: "ellipsis",
    /* in a narrow tile the icon alone stands for the tab; its name stays for tooltips and speech */
    "@container": { [NARROW_TILE]: { display: "none" } },
});

export const tabIcon = style({
    color: "var(--text-3)",
    selectors: {
        [`${tile}[data-focused] ${tab}[aria-selected='true'] &`]: { color: "var(--accent)" },
    },
});

export const closeTab = style({
    position: "absolute",
    top: "50%",
    transform: "translateY(-50%)",
    width: 24,
    height: 24,
    display: "grid",
    placeItems: "center",
    borderRadius: "var(--radius-1)",
    color: "var(--text-3)",
    opacity: 0,
    zIndex: 1,
    selectors: {
        "&[data-chosen], &[data-near], &:focus-visible": { opacity: 1 },
        /* its tab is scrolled away */
        "&[data-away]:not(:focus-visible)": { opacity: 0, pointerEvents: "none" },
        "&[data-near]:not([data-chosen])": {
            background: "linear-gradient(var(--fill-1), var(--fill-1)) var(--surface-app)",
        },
        "&:hover": { background: "var(--fill-2)", color: "var(--text)" },
    },
});

export const tabButtons = style({
    flex: "none",
    padding: "0 var(--space-1)",
    display: "flex",
    alignItems: "center",
    gap: 1,
});

export const todo = style({
    padding: "2px 12px",
    display: "flex",
    gap: 8,
    alignItems: "flex-start",
    selectors: {
        "&[data-state='done']": {
            color: "var(--text-3)",
            textDecoration: "line-through",
            textDecorationColor: "var(--line-control)",
        },
        "&[data-state='active']": { fontWeight: "var(--weight-medium)" },
    },
});

export const todoIcon = style({
    marginTop: 3,
    color: "var(--text-3)",
    selectors: {
        "[data-state='done'] > &": { color: "var(--ok)" },
        "[data-state='active'] > &": { color: "var(--accent)" },
    },
});

export const separator = style({
    position: "absolute",
    top: 0,
    bottom: 0,
    width: "var(--separator-hit)",
    zIndex: "var(--z-separator)",
    cursor: "col-resize",
    selectors: {
        "&::after": {
            content: "",
            position: "absolute",
            top: 0,
            bottom: 0,
            left: 3,
            width: 3,
            background: "transparent",
        },
        "&:hover::after, &:active::after, &:focus-visible::after": {
            background: "var(--accent-fill)",
            transitionDelay: "120ms",
        },
        "&:focus-visible": { outline: "none" },
    },
    "@media": { [NARROW]: { display: "none" } },
});

export const failedMark = style({ color: "var(--danger)" });

export const notices = style({
    position: "fixed",
    right: 16,
    bottom: 16,
    zIndex: "var(--z-notice)",
    display: "flex",
    flexDirection: "column",
    gap: 8,
});

export const notice = style({
    width: 360,
    maxWidth: "calc(100vw - 32px)",
    padding: "10px 6px 10px 12px",
    display: "flex",
    gap: 10,
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-3)",
    background: "var(--surface-overlay)",
    boxShadow: "var(--shadow-2)",
});

export const noticeIcon = style({
    marginTop: 2,
    color: "var(--info)",
    selectors: { "[role='alert'] > &": { color: "var(--danger)" } },
});

export const noticeText = style({ flex: 1, minWidth: 0, overflowWrap: "anywhere" });

export const noticeCode = style({ color: "var(--text-3)", font: "11px/16px var(--font-mono)" });

globalStyle(`${columns} > [data-collapsed]`, { display: "none" });
