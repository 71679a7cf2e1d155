// SPDX-License-Identifier: Apache-2.0
/** Request cards: amber while a person can do something, grey when nobody can. */
import { globalStyle, keyframes, style } from "@vanilla-extract/css";

const appear = keyframes({ from: { opacity: 0, transform: "translateY(4px)" } });

export const card = style({
    maxHeight: "min(60vh, 620px)",
    display: "flex",
    flexDirection: "column",
    overflow: "hidden",
    border: "var(--hairline) solid var(--waiting-line)",
    borderLeft: "3px solid var(--waiting-fill)",
    borderRadius: "var(--radius-2) var(--radius-3) var(--radius-3) var(--radius-2)",
    background: "var(--surface-raised)",
    animation: `${appear} var(--dur-2) var(--ease-out)`,
    selectors: {
        "&[data-idle]": {
            borderColor: "var(--line-strong)",
            borderLeftColor: "var(--text-3)",
        },
        "&[data-state='answered']": {
            borderColor: "var(--line-strong)",
            borderLeftColor: "var(--ok-fill)",
        },
        "&:focus-visible": { outlineOffset: 1 },
    },
});

export const head = style({
    flex: "none",
    minHeight: 32,
    padding: "0 4px 0 10px",
    display: "flex",
    alignItems: "center",
    gap: 8,
    borderBottom: "var(--hairline) solid var(--waiting-line)",
    background: "var(--waiting-tint)",
    selectors: {
        [`${card}[data-idle] &`]: {
            borderBottomColor: "var(--line)",
            background: "var(--surface-app)",
        },
    },
});
export const icon = style({
    color: "var(--waiting)",
    selectors: { [`${card}[data-idle] &`]: { color: "var(--text-3)" } },
});
export const title = style({
    flex: 1,
    minWidth: 0,
    padding: "6px 0",
    fontWeight: "var(--weight-strong)",
    overflowWrap: "anywhere",
});
export const place = style({
    paddingRight: 4,
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
    whiteSpace: "nowrap",
});
export const arrows = style({ display: "flex" });

export const body = style({
    minHeight: 0,
    overflow: "auto",
    padding: "8px 10px 0",
    display: "flex",
    flexDirection: "column",
    gap: 8,
});
export const foot = style({
    flex: "none",
    padding: "8px 10px 10px",
    display: "flex",
    flexDirection: "column",
    gap: 8,
});

export const input = style({
    flex: "none",
    margin: 0,
    padding: "5px 10px",
    overflowX: "auto",
    border: "var(--hairline) solid var(--line)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-sunken)",
    font: "400 var(--text-code) / 20px var(--font-mono)",
    letterSpacing: 0,
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
});
export const diff = style({
    flex: "none",
    overflow: "hidden",
    border: "var(--hairline) solid var(--line)",
    borderRadius: "var(--radius-2)",
});
export const more = style({ alignSelf: "flex-start" });

export const facts = style({
    display: "flex",
    flexWrap: "wrap",
    gap: "2px 14px",
    color: "var(--text-3)",
    fontSize: "var(--text-small)",
    lineHeight: "var(--lh-small)",
});
export const fact = style({
    display: "inline-flex",
    alignItems: "center",
    gap: 5,
    minWidth: 0,
    overflowWrap: "anywhere",
});
globalStyle(`${fact} .mono`, { color: "var(--text-2)" });

export const buttons = style({
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: 6,
});
/** Reason and Deny stay together; in a narrow card they are a row of their own. */
export const denial = style({
    flex: "1 1 220px",
    minWidth: 0,
    display: "flex",
    gap: 6,
});
export const field = style({
    flex: 1,
    minWidth: 80,
    height: "var(--control-h)",
    padding: "0 8px",
    border: "var(--hairline) solid var(--line-control)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-panel)",
    color: "var(--text)",
    selectors: {
        "&::placeholder": { color: "var(--text-3)", opacity: 1 },
        "&:focus-visible": { outlineOffset: -1 },
        "&:disabled": { background: "var(--fill-1)", borderColor: "transparent" },
    },
});
export const push = style({ marginLeft: "auto" });
export const sentence = style({
    display: "flex",
    alignItems: "center",
    gap: 6,
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
});

/* ---- question ---- */
export const question = style({
    padding: "2px 0",
    fontSize: "var(--text-h3)",
    lineHeight: "var(--lh-h3)",
    fontWeight: "var(--weight-medium)",
});
export const group = style({ display: "flex", flexDirection: "column", gap: 8, minWidth: 0 });
export const choices = style({ display: "flex", flexDirection: "column", gap: 4 });
export const choice = style({
    padding: "7px 10px",
    display: "flex",
    gap: 10,
    border: "var(--hairline) solid var(--line)",
    borderRadius: "var(--radius-2)",
    background: "var(--surface-panel)",
    selectors: {
        "&:hover": { borderColor: "var(--line-strong)" },
        "&:has(:checked)": {
            borderColor: "var(--accent)",
            background: "var(--surface-tint)",
            boxShadow: "inset 0 0 0 1px var(--accent)",
        },
        "&:has(:focus-visible)": { outline: "var(--focus-ring)", outlineOffset: 1 },
    },
});
export const choiceBox = style({
    width: 16,
    height: 16,
    margin: "2px 0 0",
    flex: "none",
    accentColor: "var(--accent-fill)",
    selectors: { "&:focus-visible": { outline: "none" } },
});
export const choiceWords = style({ flex: 1, minWidth: 0 });
export const choiceLabel = style({ fontWeight: "var(--weight-medium)" });
export const choiceAbout = style({
    display: "block",
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
    lineHeight: "17px",
});
export const key = style({
    alignSelf: "flex-start",
    padding: "0 4px",
    border: "var(--hairline) solid var(--line-strong)",
    borderRadius: "var(--radius-1)",
    color: "var(--text-3)",
    fontSize: 10.5,
    lineHeight: "16px",
});

/* ---- plan ---- */
export const plan = style({ position: "relative", flex: "none" });
export const planFolded = style({
    maxHeight: 252,
    overflow: "hidden",
    maskImage: "linear-gradient(#000 70%, transparent)",
});
export const planMore = style({
    position: "absolute",
    left: 0,
    right: 0,
    bottom: 4,
    display: "flex",
    justifyContent: "center",
});
export const chips = style({
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: 6,
    color: "var(--text-2)",
    fontSize: "var(--text-small)",
});
export const chip = style({
    padding: "0 6px",
    borderRadius: "var(--radius-1)",
    background: "var(--fill-2)",
    color: "var(--text-2)",
    font: "400 11.5px / 20px var(--font-mono)",
});
export const settings = style({
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "6px 12px",
});
export const modeLabel = style({ display: "flex", alignItems: "center", gap: 8 });

/* ---- answered by somebody else ---- */
export const answered = style({
    minHeight: 32,
    padding: "5px 10px",
    display: "flex",
    alignItems: "center",
    gap: 8,
});
export const answeredIcon = style({ color: "var(--ok)" });
export const answer = style({ fontWeight: "var(--weight-strong)" });
