// SPDX-License-Identifier: Apache-2.0
/** Markdown, whose reader is loaded with the first text; until it is there the text is as typed. */
import { Show, createSignal } from "solid-js";
import type { Component, JSX } from "solid-js";
import { Dynamic } from "solid-js/web";
import * as css from "./markdown.css";

export interface MarkdownProps {
    text: string;
    /** It is still being written. */
    live?: boolean;
}

const [view, setView] = createSignal<Component<MarkdownProps>>();
let loading: Promise<void> | undefined;

/** Load the reader; after a failure the next text tries again. */
export function loadMarkdown(): Promise<void> {
    loading ??= import("./MarkdownView").then(
        ({ MarkdownView }) => void setView(() => MarkdownView),
        () => {
            loading = undefined;
        },
    );
    return loading;
}

export function Markdown(props: MarkdownProps): JSX.Element {
    void loadMarkdown();
    return (
        <Show when={view()} fallback={<p class={`${css.prose} ${css.raw}`}>{props.text}</p>}>
            {(found) => (
                <Dynamic component={found()} text={props.text} live={props.live === true} />
            )}
        </Show>
    );
}
