// SPDX-License-Identifier: Apache-2.0
import { onMount } from "solid-js";
import type { JSX } from "solid-js";
import * as css from "./shell.css";

/** A name that is being changed in its place: Enter saves, Escape leaves, so does going away. */
export function RenameField(props: {
    label: string;
    value: string;
    onSave: (value: string) => void;
    onCancel: () => void;
}): JSX.Element {
    let input: HTMLInputElement | undefined;
    let done = false;
    onMount(() => {
        input?.focus();
        input?.select();
    });
    const end = (save: boolean, byKey = false) => {
        if (done) return;
        done = true;
        // the field goes: the focus is back on what was renamed
        if (byKey) input?.closest<HTMLElement>('[role="tab"], [role="treeitem"]')?.focus();
        if (save) props.onSave(input?.value ?? "");
        else props.onCancel();
    };
    return (
        <input
            ref={input}
            class={css.rename}
            type="text"
            maxLength={128}
            aria-label={props.label}
            value={props.value}
            onClick={(event) => event.stopPropagation()}
            onDblClick={(event) => event.stopPropagation()}
            onKeyDown={(event) => {
                event.stopPropagation();
                if (event.isComposing) return;
                if (event.key === "Enter") end(true, true);
                if (event.key === "Escape") end(false, true);
            }}
            onBlur={() => end(false)}
        />
    );
}
