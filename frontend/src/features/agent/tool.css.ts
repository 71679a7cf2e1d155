// SPDX-License-Identifier: Apache-2.0
/** The ledger: what the machine did, one line per act. Lines in a row look like one box. */
import { globalStyle, keyframes, style, styleVariants } from "@vanilla-extract/css";

export const tool = style({ padding: "0 8px" });
globalStyle(`${tool}:not(${tool} + ${tool})`, { paddingTop: "var(--space-3)" });

/** Between two lines of the ledger is a hairline, around a run of them the box. */
export const box = style({
    border: "var(--hairline) solid var(--line)",
    background: "var(--surface-panel)",
    overflow: "hidden",
    selectors: {
        [`${tool}:not(${tool}:not([data-lane]) + ${tool}) > &`]: {
            borderTopLeftRadius: "var(--radius-2)",
            borderTopRightRadius: "var(--radius-2)",
        },
        [`${tool}:not(:has(+ ${tool})) > &, ${tool}[data-lane] > &`]: {
            borderBottomLeftRadius: "var(--radius-2)",
            borderBottomRightRadius: "var(--radius-2)",
        },
        [`${tool}:not([data-lane]) + ${tool} > &`]: { borderTopColor: "var(--line-soft)" },
        [`${tool}:not([data-lane]):has(+ ${tool}) > &`]: { borderBottom: 0 },
    },
});

export const line = style({
    position: "relative",
    minHeight: 28,
    display: "flex",
    alignItems: "baseline",
    gap: 8,
    padding: "4px 8px 4px 7px",
    whiteSpace: "nowrap",
    lineHeight: "20px",
    selectors: {
        "&:hover": { background: "var(--fill-1)" },
        "&[data-open]": { background: "var(--surface-app)" },
    },
});

/** The button lies over the whole line. */
export const open = style({
    position: "absolute",
    inset: 0,
    width: "100%",
    height: "100%",
    selectors: { "&:focus-visible": { outlineOffset: -2, borderRadius: "var(--radius-2)" } },
});

export const icon = style({ alignSelf: "center", color: "var(--text-3)", flex: "none" });
export const word = style({ color: "var(--text-2)", flex: "none" });
export const quiet = style({ color: "var(--text-3)", flex: "none" });

const subject = style({ minWidth: 0, overflow: "hidden", textOverflow: "ellipsis" });
export const words = style([subject]);
export const command = style([
    subject,
    { font: "400 var(--text-code) / 20px var(--font-mono)", letterSpacing: 0 },
]);
/** The front of a path is what gives way, never the file's name. */
export const path = style([command, { display: "flex", flexWrap: "nowrap", textOverflow: "clip" }]);
export const dir = style({
    color: "var(--text-3)",
    overflow: "hidden",
    textOverflow: "ellipsis",
    minWidth: 0,
    flex: "0 1 auto",
});
export const name = style({ flex: "0 0 auto", maxWidth: "100%" });
export const range = style({ color: "var(--text-3)", flex: "none" });

export const end = style({
    alignSelf: "center",
    marginLeft: "auto",
    paddingLeft: 8,
    display: "inline-flex",
    alignItems: "center",
    gap: 8,
    flex: "none",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "20px",
    fontVariantNumeric: "tabular-nums",
});

export const counts = style({
    font: "400 11px / 20px var(--font-mono)",
    whiteSpace: "nowrap",
});
export const added = style({ color: "var(--ok)" });
export const removed = style({ color: "var(--danger)" });

export const states = styleVariants({
    running: {},
    ok: {},
    failed: {},
    denied: {},
});
globalStyle(`${states.failed} ${command}, ${states.failed} ${end}`, { color: "var(--danger)" });
globalStyle(`${states.denied} ${subject}`, {
    textDecoration: "line-through",
    color: "var(--text-3)",
});

export const body = style({
    position: "relative",
    borderTop: "var(--hairline) solid var(--line-soft)",
    background: "var(--surface-sunken)",
});

/** Begins on the same edge as prose. */
export const output = style({
    padding: "6px 8px 7px 31px",
    overflowX: "auto",
    color: "var(--term-fg)",
    font: "400 12px / 18px var(--font-mono)",
    letterSpacing: 0,
    whiteSpace: "pre",
    tabSize: 4,
    selectors: {
        "& + &": { borderTop: "var(--hairline) solid var(--line-soft)" },
        "&:focus-visible": { outlineOffset: -2 },
    },
});
export const wrapped = style({ whiteSpace: "pre-wrap", overflowWrap: "anywhere" });

export const facts = style({
    padding: "6px 8px 6px 31px",
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "2px 14px",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
    selectors: {
        "* + &": { borderTop: "var(--hairline) solid var(--line-soft)" },
    },
});
/** Over the upper right of the body, while the pointer or the focus is in it. */
export const actions = style({
    position: "absolute",
    top: 3,
    right: 4,
    zIndex: 1,
    display: "flex",
    padding: 1,
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-overlay)",
    opacity: 0,
    selectors: {
        [`${body}:hover > &, &:focus-within`]: { opacity: 1 },
    },
});

export const numbered = style({ display: "grid", gridTemplateColumns: "auto 1fr" });
export const lineNumber = style({
    paddingRight: 12,
    color: "var(--text-3)",
    fontSize: 11,
    textAlign: "right",
    userSelect: "none",
});

export const prose = style({ padding: "8px 12px 10px 31px" });

export const more = style({
    padding: "4px 8px 6px 31px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    color: "var(--text-3)",
    background: "var(--surface-sunken)",
    fontSize: "var(--text-small)",
});

export const picture = style({
    display: "block",
    maxWidth: "min(100%, 480px)",
    maxHeight: 360,
    margin: "8px 8px 8px 31px",
    border: "var(--hairline) solid var(--line)",
    borderRadius: "var(--radius-1)",
});

/* ---- below a task ---- */
const lane = style({
    marginLeft: 7,
    borderLeft: "2px solid var(--lane-1)",
    paddingBottom: 4,
});
export const lanes = [
    style([lane]),
    style([lane, { borderLeftColor: "var(--lane-2)" }]),
    style([lane, { borderLeftColor: "var(--lane-3)" }]),
    style([lane, { borderLeftColor: "var(--line-strong)", marginLeft: 0 }]),
] as const;

/* ---- colours of programs ---- */
export const colors = styleVariants(
    Object.fromEntries(
        [
            "black",
            "red",
            "green",
            "yellow",
            "blue",
            "magenta",
            "cyan",
            "white",
            "bright-black",
            "bright-red",
            "bright-green",
            "bright-yellow",
            "bright-blue",
            "bright-magenta",
            "bright-cyan",
            "bright-white",
        ].map((color) => [color, { color: `var(--term-${color})` }]),
    ),
);
export const ground = style({ background: "var(--fill-2)" });
export const bold = style({ fontWeight: "var(--weight-code-strong)" });
export const dim = style({ color: "var(--text-3)" });
export const italic = style({ fontStyle: "italic" });
export const underline = style({ textDecoration: "underline" });

const blink = keyframes({ "50%": { opacity: 0 } });
export const caret = style({
    display: "inline-block",
    width: 6,
    height: 12,
    marginLeft: 1,
    verticalAlign: -1,
    background: "var(--accent)",
    animation: `${blink} var(--caret) steps(1) infinite`,
});

export const fold = style({ padding: "var(--space-3) 8px 0" });
export const foldButton = style({
    width: "100%",
    minHeight: 28,
    padding: "4px 8px 4px 7px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    border: "var(--hairline) solid var(--line)",
    borderBottom: 0,
    borderTopLeftRadius: "var(--radius-2)",
    borderTopRightRadius: "var(--radius-2)",
    color: "var(--text-2)",
    background: "var(--surface-panel)",
    selectors: {
        "&:hover": { background: "var(--fill-1)" },
        "&:focus-visible": { outlineOffset: -2 },
    },
});
globalStyle(`${fold} + ${tool}`, { paddingTop: "0 !important" });
globalStyle(`${fold} + ${tool} > ${box}`, {
    borderTopLeftRadius: 0,
    borderTopRightRadius: 0,
    borderTopColor: "var(--line-soft)",
});
