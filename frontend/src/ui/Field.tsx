// SPDX-License-Identifier: Apache-2.0
import { For, Show, createUniqueId, splitProps } from "solid-js";
import type { JSX } from "solid-js";
import * as css from "./field.css";

interface FieldFrameProps {
    label: string;
    hint?: JSX.Element | undefined;
    /** Marks the field and says what is wrong below it. */
    error?: string | undefined;
}

type InputProps = Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "onInput" | "class">;

export interface TextFieldProps extends FieldFrameProps, InputProps {
    value: string;
    onInput: (value: string) => void;
    /** Paths and commands. */
    code?: boolean;
    /** The label is spoken but not drawn. */
    quiet?: boolean;
    /** Stands behind the field in the same line. */
    after?: JSX.Element;
}

function describedBy(id: string, props: FieldFrameProps): string | undefined {
    return props.error !== undefined || props.hint !== undefined ? `${id}-about` : undefined;
}

function About(props: { id: string; hint: JSX.Element; error: string | undefined }): JSX.Element {
    return (
        <Show when={props.error !== undefined || props.hint !== undefined}>
            <div id={`${props.id}-about`} class={props.error === undefined ? css.hint : css.error}>
                {props.error ?? props.hint}
            </div>
        </Show>
    );
}

/** One line of text with its label above. */
export function TextField(props: TextFieldProps): JSX.Element {
    const id = createUniqueId();
    const [own, rest] = splitProps(props, [
        "label",
        "hint",
        "error",
        "value",
        "onInput",
        "code",
        "quiet",
        "after",
    ]);
    return (
        <div class={css.field}>
            <label for={id} class={own.quiet === true ? "vh" : css.label}>
                {own.label}
            </label>
            <div class={css.row}>
                <input
                    id={id}
                    type="text"
                    autocomplete="off"
                    spellcheck={own.code !== true}
                    {...rest}
                    class={`${css.input} ${own.code === true ? css.mono : ""}`}
                    value={own.value}
                    aria-invalid={own.error !== undefined ? "true" : undefined}
                    aria-describedby={describedBy(id, own)}
                    onInput={(event) => own.onInput(event.currentTarget.value)}
                />
                {own.after}
            </div>
            <About id={id} hint={own.hint} error={own.error} />
        </div>
    );
}

export interface TextAreaProps extends FieldFrameProps {
    value: string;
    onInput: (value: string) => void;
    placeholder?: string;
    rows?: number;
}

/** Several lines of text with their label above. */
export function TextArea(props: TextAreaProps): JSX.Element {
    const id = createUniqueId();
    return (
        <div class={css.field}>
            <label for={id} class={css.label}>
                {props.label}
            </label>
            <textarea
                id={id}
                class={css.area}
                rows={props.rows ?? 3}
                placeholder={props.placeholder}
                value={props.value}
                aria-invalid={props.error !== undefined ? "true" : undefined}
                aria-describedby={describedBy(id, props)}
                onInput={(event) => props.onInput(event.currentTarget.value)}
            />
            <About id={id} hint={props.hint} error={props.error} />
        </div>
    );
}

export interface SelectOption {
    value: string;
    label: string;
    disabled?: boolean;
}

export interface SelectFieldProps extends FieldFrameProps {
    value: string;
    options: SelectOption[];
    onChange: (value: string) => void;
    disabled?: boolean;
    /** The label is spoken but not drawn. */
    quiet?: boolean;
}

/** A choice of one out of a list, on the browser's own select. */
export function SelectField(props: SelectFieldProps): JSX.Element {
    const id = createUniqueId();
    return (
        <div class={css.field}>
            <label for={id} class={props.quiet === true ? "vh" : css.label}>
                {props.label}
            </label>
            <select
                id={id}
                class={css.select}
                disabled={props.disabled}
                aria-invalid={props.error !== undefined ? "true" : undefined}
                aria-describedby={describedBy(id, props)}
                onChange={(event) => props.onChange(event.currentTarget.value)}
            >
                <For each={props.options}>
                    {(option) => (
                        <option
                            value={option.value}
                            disabled={option.disabled}
                            selected={option.value === props.value}
                        >
                            {option.label}
                        </option>
                    )}
                </For>
            </select>
            <About id={id} hint={props.hint} error={props.error} />
        </div>
    );
}

export interface RadioSegmentsProps<T extends string> {
    label: string;
    value: T;
    options: { value: T; label: string }[];
    onChange: (value: T) => void;
}

/** A choice of one out of a few, side by side. */
export function RadioSegments<T extends string>(props: RadioSegmentsProps<T>): JSX.Element {
    const id = createUniqueId();
    return (
        <div class={css.group}>
            <span id={id} class={css.label}>
                {props.label}
            </span>
            <div class={css.segments} role="radiogroup" aria-labelledby={id}>
                <For each={props.options}>
                    {(option) => (
                        <label class={css.segment}>
                            <input
                                class={css.segmentInput}
                                type="radio"
                                name={id}
                                checked={option.value === props.value}
                                onChange={() => props.onChange(option.value)}
                            />
                            {option.label}
                        </label>
                    )}
                </For>
            </div>
        </div>
    );
}

/** A box to tick, with its label behind it. */
export function Checkbox(props: {
    label: string;
    checked: boolean;
    onChange: (checked: boolean) => void;
    disabled?: boolean;
    role?: "switch";
}): JSX.Element {
    return (
        <label class={css.check}>
            <input
                class={css.box}
                type="checkbox"
                role={props.role}
                checked={props.checked}
                disabled={props.disabled}
                onChange={(event) => props.onChange(event.currentTarget.checked)}
            />
            {props.label}
        </label>
    );
}
