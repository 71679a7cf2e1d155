// SPDX-License-Identifier: Apache-2.0
/** Markdown as tokens to draw. Markup in it stays text, and only harmless links are links. */
import { Lexer } from "marked";
import type { Token } from "marked";

/** A top-level block. The same text at the same place keeps the same object. */
export interface Block {
    raw: string;
    token: Token;
}

/** Blocks of a text, without the empty space between them. */
export function blocksOf(text: string): Block[] {
    return new Lexer({ gfm: true }).lex(text).map((token) => ({ raw: token.raw, token }));
}

/**
 * Blocks of a text that has grown: only what can still change is read again, which is the last
 * block with content and what follows it.
 */
export function growBlocks(before: Block[], text: string): Block[] {
    const settled = before.findLastIndex((b) => b.token.type !== "space");
    const kept = before.slice(0, Math.max(0, settled));
    const start = kept.reduce((n, b) => n + b.raw.length, 0);
    const prefix = kept.map((b) => b.raw).join("");
    // the lexer writes line ends and blanks anew, so that its pieces may not be those of the text
    if (settled <= 0 || !text.startsWith(prefix)) return keepSame(before, blocksOf(text));
    return [...kept, ...keepSame(before.slice(kept.length), blocksOf(text.slice(start)))];
}

/** New blocks, with the old object wherever nothing changed. */
export function keepSame(before: Block[], now: Block[]): Block[] {
    return now.map((block, i) => {
        const old = before[i];
        return old?.raw === block.raw && old.token.type === block.token.type ? old : block;
    });
}

/** The address of a link that may be followed, else undefined. */
export function safeHref(href: string): string | undefined {
    try {
        const url = new URL(href);
        return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
    } catch {
        return undefined;
    }
}

const ENTITIES: Record<string, string> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: "\u00a0",
    copy: "©",
    hellip: "…",
    mdash: "—",
    ndash: "–",
    rarr: "→",
    larr: "←",
    times: "×",
};

/** Text with its character references resolved; unknown ones stay as typed. */
export function unescapeEntities(text: string): string {
    if (!text.includes("&")) return text;
    return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (all, dec, hex, name) => {
        if (typeof name === "string") return ENTITIES[name] ?? all;
        const code = typeof dec === "string" ? Number(dec) : parseInt(String(hex), 16);
        return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
    });
}
