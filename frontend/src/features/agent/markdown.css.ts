// SPDX-License-Identifier: Apache-2.0
import { globalStyle, keyframes, style, styleVariants } from "@vanilla-extract/css";

export const prose = style({
    minWidth: 0,
    fontSize: "var(--text-prose)",
    lineHeight: "var(--lh-prose)",
    overflowWrap: "anywhere",
    display: "flex",
    flexDirection: "column",
    gap: "var(--space-2)",
});

export const heading = styleVariants({
    big: { fontSize: 15, lineHeight: "22px", fontWeight: "var(--weight-strong)" },
    normal: { fontSize: "var(--text-prose)", fontWeight: "var(--weight-strong)" },
});
for (const variant of Object.values(heading)) {
    globalStyle(`* + ${variant}`, { marginTop: 2 });
    globalStyle(`${variant} + *`, { marginTop: -4 });
}

export const list = style({ display: "flex", flexDirection: "column" });
export const loose = style({ gap: "var(--space-2)" });

export const item = style({
    position: "relative",
    paddingLeft: 16,
    display: "flex",
    flexDirection: "column",
    selectors: {
        "&::before": {
            content: "–",
            position: "absolute",
            left: 0,
            color: "var(--text-3)",
        },
    },
});
export const numbered = style([
    item,
    {
        paddingLeft: 24,
        selectors: {
            "&::before": {
                content: "attr(data-number) '.'",
                minWidth: 16,
                textAlign: "right",
                fontVariantNumeric: "tabular-nums",
            },
        },
    },
]);
export const task = style([
    item,
    { paddingLeft: 24, selectors: { "&::before": { content: "none" } } },
]);
export const taskBox = style({
    position: "absolute",
    left: 0,
    top: 3,
    width: 14,
    height: 14,
    margin: 0,
    accentColor: "var(--accent-fill)",
});

export const inlineCode = style({
    fontFamily: "var(--font-mono)",
    fontSize: "0.9em",
    background: "var(--fill-1)",
    borderRadius: "var(--radius-1)",
    padding: "1px 4px",
    letterSpacing: 0,
    overflowWrap: "anywhere",
});

export const link = style({
    color: "var(--accent)",
    textDecoration: "underline",
    textDecorationColor: "var(--accent-line)",
    textUnderlineOffset: 3,
    borderRadius: 2,
});

export const quote = style({
    paddingLeft: 12,
    borderLeft: "2px solid var(--line-strong)",
    color: "var(--text-2)",
    display: "flex",
    flexDirection: "column",
    gap: "var(--space-2)",
});

export const rule = style({
    width: "100%",
    height: 1,
    margin: "4px 0",
    border: 0,
    background: "var(--line)",
});

export const strong = style({ fontWeight: "var(--weight-strong)" });

export const tableFrame = style({ overflowX: "auto", maxWidth: "100%" });
export const table = style({
    borderCollapse: "collapse",
    fontSize: "var(--text-ui)",
    lineHeight: "var(--lh-ui)",
});
export const cell = style({
    padding: "4px 12px 4px 0",
    borderBottom: "var(--hairline) solid var(--line-soft)",
    verticalAlign: "top",
});
export const headCell = style([
    cell,
    {
        fontWeight: "var(--weight-strong)",
        borderBottomColor: "var(--line-strong)",
        textAlign: "left",
    },
]);

export const image = style({
    display: "inline-flex",
    alignItems: "center",
    gap: 6,
    maxWidth: "100%",
    padding: "1px 6px",
    borderRadius: "var(--radius-1)",
    background: "var(--fill-1)",
    color: "var(--text-2)",
    fontSize: "var(--text-ui)",
    verticalAlign: "bottom",
});
export const imageButton = style([
    image,
    {
        selectors: {
            "&:hover": { background: "var(--fill-2)", color: "var(--text)" },
        },
    },
]);

export const raw = style({ whiteSpace: "pre-wrap" });

/* ---- code ---- */
export const code = style({
    position: "relative",
    background: "var(--surface-sunken)",
    border: "var(--hairline) solid var(--line-soft)",
    borderRadius: "var(--radius-2)",
    overflow: "hidden",
});
export const codeScroll = style({
    overflowX: "auto",
    padding: "6px 12px",
    color: "var(--syn-plain)",
    font: "400 var(--text-code) / var(--lh-code) var(--font-mono)",
    letterSpacing: 0,
    whiteSpace: "pre",
    overflowWrap: "normal",
    tabSize: 4,
    selectors: { "&:focus-visible": { outlineOffset: -2 } },
});
export const codeCorner = style({
    position: "absolute",
    right: 4,
    top: 3,
    display: "flex",
    alignItems: "center",
    minHeight: 24,
});
export const codeLanguage = style({
    padding: "0 4px 0 8px",
    color: "var(--text-3)",
    background: "var(--surface-sunken)",
    fontSize: "var(--text-micro)",
    lineHeight: "var(--lh-micro)",
    selectors: {
        [`${code}:hover &, ${code}:focus-within &`]: { visibility: "hidden" },
    },
});
export const codeCopy = style({
    position: "absolute",
    right: 0,
    top: 0,
    opacity: 0,
    background: "var(--surface-raised) !important",
    border: "var(--hairline) solid var(--line-strong) !important",
    selectors: {
        [`${code}:hover &, &:focus-visible`]: { opacity: 1 },
    },
});

export const syntax = styleVariants({
    plain: {},
    comment: { color: "var(--syn-comment)", fontStyle: "italic" },
    keyword: { color: "var(--syn-keyword)" },
    string: { color: "var(--syn-string)" },
    number: { color: "var(--syn-number)" },
    function: { color: "var(--syn-function)" },
    type: { color: "var(--syn-type)" },
    punct: { color: "var(--syn-punct)" },
});

const blink = keyframes({ "50%": { opacity: 0 } });
/** Behind the last character of text that is being written. */
export const live = style({});
const ends = [
    "p:last-child::after",
    ":is(h3, h4, h5, h6):last-child::after",
    ":is(ul, ol):last-child > li:last-child > p:last-child::after",
    "[role='group']:last-child > pre::after",
].map((end) => `${live} > ${end}`);
globalStyle([...ends, `${live}:empty::after`].join(", "), {
    content: "''",
    display: "inline-block",
    width: 7,
    height: 15,
    marginLeft: 2,
    verticalAlign: -2,
    borderRadius: 1,
    background: "var(--accent)",
    animation: `${blink} var(--caret) steps(1) infinite`,
});
