// SPDX-License-Identifier: Apache-2.0
import { createSignal, onCleanup } from "solid-js";
import type { JSX } from "solid-js";
import Check from "lucide-solid/icons/check";
import Copy from "lucide-solid/icons/copy";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";

/** How long a copy button says that it worked. */
const COPIED_MS = 1500;

/** Copies text, and shows for a moment that it did. */
export function CopyButton(props: {
    label: string;
    text: () => string;
    class?: string;
}): JSX.Element {
    const [copied, setCopied] = createSignal(false);
    let timer: ReturnType<typeof setTimeout> | undefined;
    onCleanup(() => clearTimeout(timer));
    const copy = () => {
        navigator.clipboard.writeText(props.text()).then(
            () => {
                setCopied(true);
                clearTimeout(timer);
                timer = setTimeout(() => setCopied(false), COPIED_MS);
            },
            // the browser forbids it: the text can be selected by hand
            () => undefined,
        );
    };
    return (
        <IconButton label={props.label} size="sm" class={props.class ?? ""} onClick={copy}>
            <Icon of={copied() ? Check : Copy} small />
        </IconButton>
    );
}
