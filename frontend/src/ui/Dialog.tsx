// SPDX-License-Identifier: Apache-2.0
/**
 * Modal dialogs on the browser's own dialog element: it keeps the focus inside, makes the rest
 * inert, closes by Escape and gives the focus back to where it came from.
 */
import { Show, createUniqueId, onCleanup, onMount } from "solid-js";
import type { JSX } from "solid-js";
import OctagonAlert from "lucide-solid/icons/octagon-alert";
import X from "lucide-solid/icons/x";
import { IconButton } from "./Button";
import * as css from "./dialog.css";
import { Icon } from "./Icon";

export interface DialogError {
    message: string;
    /** Stable reason, in small print. */
    code: string;
}

export interface DialogProps {
    title: string;
    width?: "sm" | "md" | "lg";
    /** For a choice that may lose something: no close button, and assistive technology is told. */
    alert?: boolean;
    busy?: boolean;
    error?: DialogError | undefined;
    /** Escape, the close button, Cancel. */
    onClose: () => void;
    /** Enter in a field, or a submit button in `actions`. */
    onSubmit?: () => void;
    actions?: JSX.Element;
    children: JSX.Element;
}

/** A dialog that is open as long as it is mounted. */
export function Dialog(props: DialogProps): JSX.Element {
    const titleId = createUniqueId();
    let element: HTMLDialogElement | undefined;

    onMount(() => {
        element?.showModal();
        // the browser would take the close button, which comes first
        if (element?.querySelector("[autofocus]") === null) {
            const field = "input, select, textarea, [role='tree'] [tabindex='0']";
            element.querySelector<HTMLElement>(`form :is(${field})`)?.focus();
        }
    });
    onCleanup(() => element?.close());

    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        if (props.busy !== true) props.onSubmit?.();
    };

    return (
        <dialog
            ref={element}
            class={css.widths[props.width ?? "md"]}
            role={props.alert === true ? "alertdialog" : "dialog"}
            aria-labelledby={titleId}
            data-busy={props.busy === true ? "true" : undefined}
            on:cancel={(event: Event) => {
                event.preventDefault();
                props.onClose();
            }}
        >
            <div class={css.head}>
                <h2 id={titleId} class={css.title}>
                    {props.title}
                </h2>
                <Show when={props.alert !== true}>
                    <IconButton label="Close" size="sm" onClick={() => props.onClose()}>
                        <Icon of={X} />
                    </IconButton>
                </Show>
            </div>
            <form class={css.form} onSubmit={submit} noValidate>
                <div class={css.body}>{props.children}</div>
                <Show when={props.error}>
                    {(error) => (
                        <div class={css.alert} role="alert">
                            <span class={css.alertIcon}>
                                <Icon of={OctagonAlert} />
                            </span>
                            <div>
                                <div>{error().message}</div>
                                <div class={css.code}>{error().code}</div>
                            </div>
                        </div>
                    )}
                </Show>
                <Show when={props.actions}>
                    <div class={css.foot}>{props.actions}</div>
                </Show>
            </form>
        </dialog>
    );
}
