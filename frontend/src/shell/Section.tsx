// SPDX-License-Identifier: Apache-2.0
import { Show, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import ChevronDown from "lucide-solid/icons/chevron-down";
import ChevronRight from "lucide-solid/icons/chevron-right";
import { Icon } from "../ui/Icon";
import * as css from "./shell.css";

export interface SectionProps {
    name: string;
    /** Behind the name, such as "2 of 5". */
    note?: string | undefined;
    closedAtFirst?: boolean;
    actions?: JSX.Element;
    children: JSX.Element;
}

/** A part of a side column that opens and closes by its heading. */
export function Section(props: SectionProps): JSX.Element {
    // eslint-disable-next-line solid/reactivity -- only how it begins
    const [open, setOpen] = createSignal(props.closedAtFirst !== true);
    return (
        <section class={css.section} role="region" aria-label={props.name}>
            <h2 class={css.sectionHead}>
                <button
                    type="button"
                    class={css.sectionButton}
                    aria-label={props.name}
                    aria-expanded={open()}
                    onClick={() => setOpen(!open())}
                >
                    <span class={css.chevron}>
                        <Icon of={open() ? ChevronDown : ChevronRight} small />
                    </span>
                    {props.name}
                    <Show when={props.note}>
                        <span class={css.count}>{props.note}</span>
                    </Show>
                </button>
                {props.actions}
            </h2>
            <Show when={open()}>{props.children}</Show>
        </section>
    );
}
