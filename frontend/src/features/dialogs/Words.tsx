// SPDX-License-Identifier: Apache-2.0
import { For } from "solid-js";
import type { JSX } from "solid-js";
import * as css from "./dialogs.css";

/** Eight words, numbered, as they are compared aloud. */
export function Words(props: { label: string; words: string[] }): JSX.Element {
    return (
        <ol class={css.words} aria-label={props.label}>
            <For each={props.words}>
                {(word, index) => (
                    <li class={css.word}>
                        <span class={css.wordNumber} aria-hidden="true">
                            {index() + 1}
                        </span>
                        <span>{word}</span>
                    </li>
                )}
            </For>
        </ol>
    );
}
