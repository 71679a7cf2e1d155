// SPDX-License-Identifier: Apache-2.0
/** A file's change as rows to draw: numbers of both sides, sign, and which words changed. */
import type { DiffFile } from "../gen/leapmux/v1/agent_pb";

/** A piece of a line; `mark`: it is what changed. */
export interface DiffPiece {
    text: string;
    mark: boolean;
}

export type DiffSign = " " | "-" | "+";

export type DiffRow =
    | {
          type: "line";
          sign: DiffSign;
          /** 0: the line is not on that side. */
          oldLine: number;
          newLine: number;
          text: string;
          pieces: DiffPiece[];
      }
    | { type: "gap"; lines: number };

/** Words of a line that are compared one by one; longer lines are marked from end to end. */
const MAX_WORDS = 160;
/** Below this share of common text two lines are different lines, and no word is marked. */
const MIN_COMMON = 0.35;

/** Rows of a file, with gaps between its hunks. */
export function diffRows(file: DiffFile): DiffRow[] {
    const rows: DiffRow[] = [];
    let shownTo = 0;
    for (const hunk of file.hunks) {
        const skipped = Math.max(0, hunk.oldStart - shownTo - 1);
        if (rows.length > 0 && skipped > 0) rows.push({ type: "gap", lines: skipped });
        let oldLine = hunk.oldStart;
        let newLine = hunk.newStart;
        for (const line of hunk.lines) {
            const sign = signOf(line);
            const text = line.slice(1);
            rows.push({
                type: "line",
                sign,
                oldLine: sign === "+" ? 0 : oldLine,
                newLine: sign === "-" ? 0 : newLine,
                text,
                pieces: [{ text, mark: false }],
            });
            if (sign !== "+") oldLine += 1;
            if (sign !== "-") newLine += 1;
        }
        shownTo = oldLine - 1;
    }
    markWords(rows);
    return rows;
}

/** Rows of a text that is new as a whole. */
export function addedRows(text: string): DiffRow[] {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.map((line, i) => ({
        type: "line",
        sign: "+",
        oldLine: 0,
        newLine: i + 1,
        text: line,
        pieces: [{ text: line, mark: false }],
    }));
}

function signOf(line: string): DiffSign {
    const first = line.charAt(0);
    return first === "+" || first === "-" ? first : " ";
}

/** Pair the deleted lines of a change with the added ones behind them, in order. */
function markWords(rows: DiffRow[]): void {
    for (let i = 0; i < rows.length;) {
        const deleted = take(rows, i, "-");
        const added = take(rows, i + deleted.length, "+");
        deleted.forEach((old, k) => {
            const now = added[k];
            if (now) [old.pieces, now.pieces] = comparePieces(old.text, now.text);
        });
        i += Math.max(1, deleted.length + added.length);
    }
}

type LineRow = Extract<DiffRow, { type: "line" }>;

function take(rows: DiffRow[], from: number, sign: DiffSign): LineRow[] {
    const out: LineRow[] = [];
    for (let i = from; i < rows.length; i++) {
        const row = rows[i];
        if (row?.type !== "line" || row.sign !== sign) break;
        out.push(row);
    }
    return out;
}

/** Two versions of a line, cut at what changed. */
export function comparePieces(before: string, after: string): [DiffPiece[], DiffPiece[]] {
    const a = words(before);
    const b = words(after);
    const same = a.length <= MAX_WORDS && b.length <= MAX_WORDS ? common(a, b) : ends(a, b);
    const kept = same.reduce((n, [i]) => n + (a[i]?.trim().length ?? 0), 0);
    const whole = Math.max(before.replace(/\s/g, "").length, after.replace(/\s/g, "").length);
    if (whole === 0 || kept / whole < MIN_COMMON) {
        return [[{ text: before, mark: false }], [{ text: after, mark: false }]];
    }
    return [pieces(a, new Set(same.map(([i]) => i))), pieces(b, new Set(same.map(([, j]) => j)))];
}

function words(line: string): string[] {
    return line.match(/\w+|\s+|[^\w\s]/gu) ?? [];
}

function pieces(all: string[], kept: Set<number>): DiffPiece[] {
    const out: DiffPiece[] = [];
    all.forEach((text, i) => {
        const last = out.at(-1);
        // a blank or a sign between two changed words belongs to the change
        const between = last?.mark === true && i + 1 < all.length && !kept.has(i + 1);
        const mark = !kept.has(i) || (between && /^\W+$/.test(text));
        if (last?.mark === mark) last.text += text;
        else out.push({ text, mark });
    });
    return out;
}

/** Longest common subsequence, as pairs of places. */
function common(a: string[], b: string[]): [number, number][] {
    const width = b.length + 1;
    const lengths = new Uint16Array((a.length + 1) * width);
    const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
    for (let i = a.length - 1; i >= 0; i--) {
        for (let j = b.length - 1; j >= 0; j--) {
            lengths[i * width + j] =
                a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
        }
    }
    const out: [number, number][] = [];
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
        if (a[i] === b[j]) out.push([i++, j++]);
        else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
        else j += 1;
    }
    return out;
}

/** What two long lines have in common at both ends. */
function ends(a: string[], b: string[]): [number, number][] {
    const out: [number, number][] = [];
    let head = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) out.push([head, head++]);
    let tail = 1;
    while (a.length - tail >= head && b.length - tail >= head && a.at(-tail) === b.at(-tail)) {
        out.push([a.length - tail, b.length - tail]);
        tail += 1;
    }
    return out;
}
