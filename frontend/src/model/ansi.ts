// SPDX-License-Identifier: Apache-2.0
/**
 * Output of programs as lines of styled text: SGR codes give colours and weight, every other
 * control sequence is dropped. Nothing in it can become markup.
 */

/** Names of the 16 colours, as the tokens have them. */
export const COLORS = [
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
] as const;

export type AnsiColor = (typeof COLORS)[number];

export interface AnsiStyle {
    fg?: AnsiColor;
    bg?: AnsiColor;
    bold?: boolean;
    dim?: boolean;
    italic?: boolean;
    underline?: boolean;
    inverse?: boolean;
}

export interface AnsiSpan extends AnsiStyle {
    text: string;
}

export type AnsiLine = AnsiSpan[];

/** Characters of one output that are looked at; the end counts, since it is what happened last. */
const MAX_CHARS = 512 * 1024;
/** Spans of one line; what follows keeps the style of the last. */
const MAX_SPANS = 400;

/* eslint-disable no-control-regex -- control characters are the subject */
// ESC [ … final · ESC ] … BEL or ESC \ · other two-character escapes
const ESCAPE =
    /\x1b(?:\[([0-9;:?<=>]*)[ -/]*([@-~]|$)|\][^\x07\x1b]*(?:\x07|\x1b\\|$)|[PX^_][^\x1b]*(?:\x1b\\|$)|[ -/]*[0-~]?)/g;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]/g;

/* eslint-enable no-control-regex */

/** Text with SGR codes as lines. A carriage return starts its line over, as on a terminal. */
export function parseAnsi(text: string): AnsiLine[] {
    const source = text.length > MAX_CHARS ? text.slice(-MAX_CHARS) : text;
    const lines: AnsiLine[] = [];
    let style: AnsiStyle = {};
    const raw = source.replaceAll("\r\n", "\n").split("\n");
    if (raw.at(-1) === "") raw.pop();
    for (const line of raw) {
        const [spans, after] = parseLine(line, style);
        lines.push(spans);
        style = after;
    }
    return lines;
}

/** The text alone, without any control sequence. */
export function stripAnsi(text: string): string {
    return text.replace(ESCAPE, "").replace(CONTROL, "");
}

function parseLine(line: string, from: AnsiStyle): [AnsiLine, AnsiStyle] {
    let spans: AnsiLine = [];
    let style = from;
    let at = 0;
    const put = (piece: string) => {
        const parts = piece.split("\r");
        parts.forEach((part, i) => {
            // what is drawn over was never there; a return at the very end erases nothing
            if (i > 0 && part !== "") spans = [];
            const clean = part.replace(CONTROL, "");
            const last = spans.at(-1);
            if (clean === "") return;
            if (last && (sameStyle(last, style) || spans.length >= MAX_SPANS)) last.text += clean;
            else spans.push({ ...style, text: clean });
        });
    };
    for (const match of line.matchAll(ESCAPE)) {
        put(line.slice(at, match.index));
        at = match.index + match[0].length;
        if (match[2] === "m") style = applySgr(style, match[1] ?? "");
    }
    put(line.slice(at));
    return [spans, style];
}

function sameStyle(a: AnsiStyle, b: AnsiStyle): boolean {
    return (
        a.fg === b.fg &&
        a.bg === b.bg &&
        a.bold === b.bold &&
        a.dim === b.dim &&
        a.italic === b.italic &&
        a.underline === b.underline &&
        a.inverse === b.inverse
    );
}

function applySgr(before: AnsiStyle, params: string): AnsiStyle {
    const codes = params.split(/[;:]/).map((p) => (p === "" ? 0 : Number(p)));
    let style = { ...before };
    for (let i = 0; i < codes.length; i++) {
        const code = codes[i] ?? 0;
        if (code === 38 || code === 48) {
            const [color, used] = extendedColor(codes, i + 1);
            i += used;
            if (color) style[code === 38 ? "fg" : "bg"] = color;
            continue;
        }
        style = applyCode(style, code);
    }
    return style;
}

function applyCode(style: AnsiStyle, code: number): AnsiStyle {
    const basic = (n: number) => COLORS[n];
    const without = (...keys: (keyof AnsiStyle)[]) => {
        const rest = { ...style };
        for (const key of keys) delete rest[key];
        return rest;
    };
    const colored = (key: "fg" | "bg", color: AnsiColor | undefined) =>
        color ? { ...style, [key]: color } : style;
    if (code === 0) return {};
    if (code === 1) return { ...style, bold: true };
    if (code === 2) return { ...style, dim: true };
    if (code === 3) return { ...style, italic: true };
    if (code === 4) return { ...style, underline: true };
    if (code === 7) return { ...style, inverse: true };
    if (code === 22) return without("bold", "dim");
    if (code === 23) return without("italic");
    if (code === 24) return without("underline");
    if (code === 27) return without("inverse");
    if (code >= 30 && code <= 37) return colored("fg", basic(code - 30));
    if (code === 39) return without("fg");
    if (code >= 40 && code <= 47) return colored("bg", basic(code - 40));
    if (code === 49) return without("bg");
    if (code >= 90 && code <= 97) return colored("fg", basic(code - 82));
    if (code >= 100 && code <= 107) return colored("bg", basic(code - 92));
    return style;
}

/** Colour behind 38 or 48 and how many codes it took. */
function extendedColor(codes: number[], at: number): [AnsiColor | undefined, number] {
    if (codes[at] === 5) return [fromPalette(codes[at + 1] ?? 0), 2];
    if (codes[at] === 2) {
        return [nearest(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), 4];
    }
    return [undefined, codes.length - at];
}

function fromPalette(n: number): AnsiColor | undefined {
    if (n < 16) return COLORS[n];
    if (n >= 232) {
        const grey = 8 + (n - 232) * 10;
        return nearest(grey, grey, grey);
    }
    const level = (v: number) => (v === 0 ? 0 : 55 + v * 40);
    const cube = n - 16;
    return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

/** The one of the 16 with the nearest hue, so that the theme's contrast holds for all colours. */
function nearest(r: number, g: number, b: number): AnsiColor {
    const max = Math.max(r, g, b);
    const min = Math.min(r, g, b);
    if (max - min < 40) {
        if (max < 64) return "black";
        if (max < 140) return "bright-black";
        return max < 220 ? "white" : "bright-white";
    }
    const middle = (max + min) / 2;
    const bit = (v: number, mask: number) => (v > middle ? mask : 0);
    const index = bit(r, 1) | bit(g, 2) | bit(b, 4);
    return COLORS[max > 200 && min > 60 ? index + 8 : index] ?? "white";
}
