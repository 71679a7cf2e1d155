// SPDX-License-Identifier: Apache-2.0
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import { grammarOf } from "../../model/languages";
import { CopyButton } from "./CopyButton";
import { createHighlight } from "./highlight";
import * as css from "./markdown.css";
import type { SyntaxLine } from "./syntax";

/** Lines with their colours, or plain text until they are there. */
export function CodeText(props: { code: string; lines: SyntaxLine[] | undefined }): JSX.Element {
    return (
        <Show when={props.lines} fallback={props.code}>
            {(lines) => (
                <For each={lines()}>
                    {(line, i) => (
                        <>
                            {i() > 0 ? "\n" : ""}
                            <For each={line}>
                                {(span) =>
                                    span.kind === "plain" ? (
                                        span.text
                                    ) : (
                                        <span class={css.syntax[span.kind]}>{span.text}</span>
                                    )
                                }
                            </For>
                        </>
                    )}
                </For>
            )}
        </Show>
    );
}

/** A fenced block. `number` counts the blocks of its message from 1. */
export function CodeBlock(props: { code: string; language: string; number: number }): JSX.Element {
    const lines = createHighlight(
        () => props.code,
        () => grammarOf(props.language),
    );
    return (
        <div class={css.code} role="group" aria-label={`Code ${props.number}`}>
            <pre class={css.codeScroll} tabindex="0">
                <CodeText code={props.code} lines={lines()} />
            </pre>
            <div class={css.codeCorner}>
                <Show when={props.language !== ""}>
                    <span class={css.codeLanguage}>{props.language}</span>
                </Show>
                <CopyButton label="Copy code" class={css.codeCopy} text={() => props.code} />
            </div>
        </div>
    );
}
