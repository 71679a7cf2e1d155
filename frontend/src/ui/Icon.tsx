// SPDX-License-Identifier: Apache-2.0
import type { LucideIcon } from "lucide-solid";
import { Dynamic } from "solid-js/web";
import type { JSX } from "solid-js";

/** An icon in its 16 px box, stroke 1.5; 14 px in dense places. Never has a name of its own. */
export function Icon(props: { of: LucideIcon; small?: boolean }): JSX.Element {
    return (
        <Dynamic
            component={props.of}
            size={props.small === true ? 14 : 16}
            strokeWidth={1.5}
            absoluteStrokeWidth={false}
            aria-hidden="true"
        />
    );
}
