// SPDX-License-Identifier: Apache-2.0
/** Marks: each has a form of its own, so that it survives without colour. */
import { keyframes, style, styleVariants } from "@vanilla-extract/css";

const turn = keyframes({ to: { transform: "rotate(1turn)" } });

export const ring = style({
    width: 12,
    height: 12,
    flex: "none",
    display: "inline-block",
    border: "1.5px solid var(--fill-3)",
    borderTopColor: "var(--accent)",
    borderRightColor: "var(--accent)",
    borderRadius: "50%",
    animation: `${turn} var(--spin) linear infinite`,
    "@media": {
        "(prefers-reduced-motion: reduce)": {
            animation: "none",
            border: 0,
            width: "auto",
            height: "auto",
            selectors: { "&::after": { content: "…" } },
        },
    },
});

export const spinner = style([
    ring,
    {
        borderColor: "currentColor",
        borderRightColor: "transparent",
        borderTopColor: "currentColor",
    },
]);

const dot = style({
    width: 8,
    height: 8,
    flex: "none",
    display: "inline-block",
    borderRadius: "50%",
});

export const dots = styleVariants({
    unread: [dot, { width: 6, height: 6, background: "var(--accent-fill)" }],
    alive: [dot, { background: "var(--ok-fill)" }],
    connecting: [dot, { background: "var(--waiting-fill)" }],
    online: [dot, { border: "1.5px solid var(--ok-fill)" }],
    off: [dot, { border: "1.5px solid var(--text-3)" }],
    blocked: [dot, { background: "var(--danger-fill)", borderRadius: 1 }],
    waiting: [dot, { background: "var(--waiting-fill)" }],
    ready: [dot, { background: "var(--fill-3)" }],
    failed: [dot, { background: "var(--danger-fill)", borderRadius: 1 }],
});

const badgeBase = style({
    minWidth: 16,
    height: 16,
    padding: "0 5px",
    flex: "none",
    display: "inline-block",
    borderRadius: "var(--radius-full)",
    font: "var(--weight-strong) 10.5px/16px var(--font-ui)",
    fontVariantNumeric: "tabular-nums",
    textAlign: "center",
});

export const badges = styleVariants({
    plain: [badgeBase, { background: "var(--fill-3)", color: "var(--text)" }],
    waiting: [badgeBase, { background: "var(--waiting-fill)", color: "var(--text-on-waiting)" }],
});
