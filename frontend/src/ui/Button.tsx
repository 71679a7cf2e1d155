// SPDX-License-Identifier: Apache-2.0
import { Show, splitProps } from "solid-js";
import type { JSX } from "solid-js";
import { sizes, square, variants } from "./button.css";
import { Spinner } from "./Spinner";

export interface ButtonProps extends Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "class"> {
    variant?: "normal" | "primary" | "danger" | "ghost";
    size?: "sm" | "md" | "lg";
    /** What it started runs: a spinner takes the icon's place, the name stays, no second press. */
    busy?: boolean;
    icon?: JSX.Element;
    class?: string;
}

/** A button with words. */
export function Button(props: ButtonProps): JSX.Element {
    const [own, rest] = splitProps(props, [
        "variant",
        "size",
        "busy",
        "icon",
        "class",
        "disabled",
        "children",
    ]);
    return (
        <button
            type="button"
            {...rest}
            class={`${variants[own.variant ?? "normal"]} ${sizes[own.size ?? "md"]} ${own.class ?? ""}`}
            disabled={own.disabled === true || own.busy === true}
            aria-busy={own.busy === true ? "true" : undefined}
        >
            <Show when={own.busy === true} fallback={own.icon}>
                <Spinner />
            </Show>
            {own.children}
        </button>
    );
}

export interface IconButtonProps extends Omit<ButtonProps, "icon" | "children"> {
    /** The accessible name, and the tooltip. */
    label: string;
    /** Shown behind the name in the tooltip. */
    keys?: string;
    children: JSX.Element;
}

/** A button that is an icon. */
export function IconButton(props: IconButtonProps): JSX.Element {
    const [own, rest] = splitProps(props, [
        "label",
        "keys",
        "variant",
        "size",
        "busy",
        "class",
        "disabled",
        "children",
    ]);
    return (
        <button
            type="button"
            {...rest}
            aria-label={own.label}
            title={own.keys === undefined ? own.label : `${own.label} (${own.keys})`}
            class={`${variants[own.variant ?? "ghost"]} ${square[own.size ?? "md"]} ${sizes[own.size ?? "md"]} ${own.class ?? ""}`}
            style={{ padding: "0" }}
            disabled={own.disabled === true || own.busy === true}
        >
            <Show when={own.busy === true} fallback={own.children}>
                <Spinner />
            </Show>
        </button>
    );
}
