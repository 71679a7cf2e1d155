// SPDX-License-Identifier: Apache-2.0
import { For, Index, Show, createMemo, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import type { Diff, DiffFile } from "../../gen/leapmux/v1/agent_pb";
import { diffRows } from "../../model/diff";
import type { DiffPiece, DiffRow } from "../../model/diff";
import { pathText, shortPath } from "../../model/format";
import { grammarOfPath } from "../../model/languages";
import { Button } from "../../ui/Button";
import { ChangeCounts } from "./ChangeCounts";
import { useAgent } from "./context";
import * as css from "./diff.css";
import { createHighlight } from "./highlight";
import { syntax } from "./markdown.css";
import * as tool from "./tool.css";
import type { SyntaxLine } from "./syntax";

/** Rows that are drawn before somebody asks for the rest. */
const FIRST_ROWS = 120;

/** All files of a diff. */
export function DiffView(props: { diff: Diff }): JSX.Element {
    return (
        <For each={props.diff.files}>
            {(file) => <FileDiff file={file} named={props.diff.files.length > 1} />}
        </For>
    );
}

function FileDiff(props: { file: DiffFile; named: boolean }): JSX.Element {
    const agent = useAgent();
    const path = () => pathText(props.file.path);
    return (
        <>
            <Show when={props.named}>
                <div class={css.file}>
                    <span class="mono">{shortPath(path(), agent.workingDir())}</span>
                    <ChangeCounts added={props.file.added} removed={props.file.removed} />
                </div>
            </Show>
            <Show when={!props.file.binary} fallback={<div class={css.file}>Binary file</div>}>
                <DiffRows rows={diffRows(props.file)} path={path()} />
            </Show>
        </>
    );
}

/** Rows of one file: two columns of numbers, the sign, the code. */
export function DiffRows(props: { rows: DiffRow[]; path: string }): JSX.Element {
    const [whole, setWhole] = createSignal(false);
    const shown = createMemo(() => (whole() ? props.rows : props.rows.slice(0, FIRST_ROWS)));
    const left = () => props.rows.length - shown().length;
    const side = (without: "+" | "-") =>
        shown()
            .flatMap((r) => (r.type === "line" && r.sign !== without ? [r.text] : []))
            .join("\n");
    const grammar = () => grammarOfPath(props.path);
    const oldLines = createHighlight(() => side("+"), grammar);
    const newLines = createHighlight(() => side("-"), grammar);

    // the place of a row among those of its side, where the colours are
    const places = createMemo(() => {
        let before = 0;
        let after = 0;
        return shown().map((row) => {
            if (row.type === "gap") return 0;
            const place = row.sign === "-" ? before : after;
            if (row.sign !== "+") before += 1;
            if (row.sign !== "-") after += 1;
            return place;
        });
    });
    const colors = (row: DiffRow & { type: "line" }, index: number): SyntaxLine | undefined =>
        (row.sign === "-" ? oldLines() : newLines())?.[places()[index] ?? 0];

    return (
        <>
            <div class={css.diff} role="group" aria-label="Changes" tabindex="0">
                <div class={css.sheet}>
                    <Index each={shown()}>
                        {(row, i) => {
                            const line = () => {
                                const r = row();
                                return r.type === "line" ? r : undefined;
                            };
                            const lines = () => {
                                const r = row();
                                return r.type === "gap" ? r.lines : 0;
                            };
                            return (
                                <Show
                                    when={line()}
                                    fallback={
                                        <div class={css.gap}>
                                            {lines() === 1
                                                ? "1 unchanged line"
                                                : `${lines()} unchanged lines`}
                                        </div>
                                    }
                                >
                                    {(l) => (
                                        <div class={css.lines[l().sign]}>
                                            <span class={css.number}>{l().oldLine || ""}</span>
                                            <span class={css.number}>{l().newLine || ""}</span>
                                            <span class={css.sign}>
                                                {l().sign === "-" ? "−" : l().sign}
                                            </span>
                                            <span class={css.text}>
                                                <Pieces
                                                    pieces={l().pieces}
                                                    colors={colors(l(), i)}
                                                />
                                            </span>
                                        </div>
                                    )}
                                </Show>
                            );
                        }}
                    </Index>
                </div>
            </div>
            <Show when={left() > 0}>
                <div class={tool.more}>
                    <Button size="sm" onClick={() => setWhole(true)}>
                        Show more
                    </Button>
                    <span>{left()} lines</span>
                </div>
            </Show>
        </>
    );
}

/** Colours and marks of changed words laid over each other. */
function Pieces(props: { pieces: DiffPiece[]; colors: SyntaxLine | undefined }): JSX.Element {
    return (
        <For each={overlay(props.pieces, props.colors)}>
            {(piece) => {
                const text =
                    piece.kind === "plain" ? (
                        piece.text
                    ) : (
                        <span class={syntax[piece.kind]}>{piece.text}</span>
                    );
                return piece.mark ? <mark>{text}</mark> : text;
            }}
        </For>
    );
}

interface Overlaid {
    text: string;
    mark: boolean;
    kind: keyof typeof syntax;
}

function overlay(pieces: DiffPiece[], colors: SyntaxLine | undefined): Overlaid[] {
    const whole = pieces.map((p) => p.text).join("");
    const spans =
        colors?.map((c) => c.text).join("") === whole ? colors : [{ text: whole, kind: "plain" }];
    const out: Overlaid[] = [];
    let piece = 0;
    let used = 0;
    for (const span of spans as SyntaxLine) {
        let rest = span.text;
        while (rest !== "") {
            const current = pieces[piece];
            if (!current) break;
            const text = rest.slice(0, current.text.length - used);
            if (text !== "") out.push({ text, mark: current.mark, kind: span.kind });
            rest = rest.slice(text.length);
            used += text.length;
            if (used >= current.text.length) {
                piece += 1;
                used = 0;
            }
        }
    }
    return out;
}
