// SPDX-License-Identifier: Apache-2.0
import { keyframes, style } from "@vanilla-extract/css";

const breathe = keyframes({ "50%": { opacity: 0.5 } });

export const centre = style({
    flex: 1,
    minHeight: 0,
    padding: 16,
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    gap: 12,
    color: "var(--text-2)",
    textAlign: "center",
});

export const keys = style({ color: "var(--text-3)", fontSize: "var(--text-small)" });

export const failed = style({
    padding: 24,
    display: "flex",
    flexDirection: "column",
    alignItems: "flex-start",
    gap: 10,
});

export const failedTitle = style({
    display: "flex",
    gap: 8,
    alignItems: "center",
    fontWeight: "var(--weight-strong)",
});

export const failedIcon = style({ color: "var(--danger)" });

export const code = style({ color: "var(--text-3)", font: "11px/16px var(--font-mono)" });

export const skeleton = style({
    height: 10,
    borderRadius: "var(--radius-1)",
    background: "var(--fill-2)",
    animation: `${breathe} var(--skeleton) ease-in-out infinite`,
});
