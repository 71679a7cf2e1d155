// SPDX-License-Identifier: Apache-2.0
/** What programs print: text with colours, folded when it is long. */
import { For, Show, createMemo, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import { parseAnsi } from "../../model/ansi";
import type { AnsiSpan } from "../../model/ansi";
import { Button } from "../../ui/Button";
import * as css from "./tool.css";

/** Lines that are shown before somebody asks for the rest. */
const FIRST_LINES = 40;

function classOf(span: AnsiSpan): string {
    const classes: string[] = [];
    if (span.fg) classes.push(css.colors[span.fg] ?? "");
    if (span.bg || span.inverse === true) classes.push(css.ground);
    if (span.bold === true) classes.push(css.bold);
    if (span.dim === true) classes.push(css.dim);
    if (span.italic === true) classes.push(css.italic);
    if (span.underline === true) classes.push(css.underline);
    return classes.join(" ");
}

/** Output with SGR colours. `fromEnd`: of long output the end is shown first. */
export function Output(props: { text: string; fromEnd?: boolean; label: string }): JSX.Element {
    const [whole, setWhole] = createSignal(false);
    const lines = createMemo(() => parseAnsi(props.text));
    const shown = () => {
        if (whole() || lines().length <= FIRST_LINES) return lines();
        return props.fromEnd === true ? lines().slice(-FIRST_LINES) : lines().slice(0, FIRST_LINES);
    };
    const left = () => lines().length - shown().length;
    const more = () => (
        <Show when={left() > 0}>
            <div class={css.more}>
                <Button size="sm" onClick={() => setWhole(true)}>
                    Show more
                </Button>
                <span>{left() === 1 ? "1 line" : `${left()} lines`}</span>
            </div>
        </Show>
    );
    return (
        <>
            <Show when={props.fromEnd === true}>{more()}</Show>
            <pre class={css.output} role="group" aria-label={props.label} tabindex="0">
                <For each={shown()}>
                    {(line, i) => (
                        <>
                            {i() > 0 ? "\n" : ""}
                            <For each={line}>
                                {(span) => {
                                    const cls = classOf(span);
                                    return cls === "" ? (
                                        span.text
                                    ) : (
                                        <span class={cls}>{span.text}</span>
                                    );
                                }}
                            </For>
                        </>
                    )}
                </For>
            </pre>
            <Show when={props.fromEnd !== true}>{more()}</Show>
        </>
    );
}
