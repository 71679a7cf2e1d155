// SPDX-License-Identifier: Apache-2.0
/** How a screen looks when there is nothing to show: empty, failed, loading. */
import { For, Show, createSignal, onCleanup } from "solid-js";
import type { JSX } from "solid-js";
import OctagonAlert from "lucide-solid/icons/octagon-alert";
import { Button } from "./Button";
import { Icon } from "./Icon";
import * as css from "./states.css";

/** "Loading…" appears only when it takes long enough to be noticed. */
const LOADING_TEXT_MS = 300;

/** One sentence and the action that fills it. */
export function EmptyState(props: { text: string; children?: JSX.Element }): JSX.Element {
    return (
        <div class={css.centre}>
            <p>{props.text}</p>
            {props.children}
        </div>
    );
}

/** What failed, its stable reason in small print, and a way out. */
export function ErrorState(props: {
    title: string;
    message?: string;
    code?: string;
    onRetry?: () => void;
    children?: JSX.Element;
}): JSX.Element {
    return (
        <div class={css.failed} role="alert">
            <div class={css.failedTitle}>
                <span class={css.failedIcon}>
                    <Icon of={OctagonAlert} />
                </span>
                {props.title}
            </div>
            <Show when={props.message}>
                <p>{props.message}</p>
            </Show>
            <Show when={props.code}>
                <div class={css.code}>{props.code}</div>
            </Show>
            <Show when={props.onRetry}>
                <Button onClick={() => props.onRetry?.()}>Try again</Button>
            </Show>
            {props.children}
        </div>
    );
}

/** Grey lines of about the final size. */
export function Skeleton(props: { widths: string[] }): JSX.Element {
    const [late, setLate] = createSignal(false);
    const timer = setTimeout(() => setLate(true), LOADING_TEXT_MS);
    onCleanup(() => clearTimeout(timer));
    return (
        <div style={{ display: "flex", "flex-direction": "column", gap: "12px", padding: "16px" }}>
            <For each={props.widths}>
                {(width) => <div class={css.skeleton} style={{ width }} aria-hidden="true" />}
            </For>
            <Show when={late()}>
                <span class={css.keys}>Loading…</span>
            </Show>
        </div>
    );
}
