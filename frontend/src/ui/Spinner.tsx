// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "solid-js";
import { badges, dots, ring, spinner } from "./marks.css";

/** In the colour of the text around it: inside buttons. */
export function Spinner(): JSX.Element {
    return <span class={spinner} aria-hidden="true" />;
}

/** Work goes on. */
export function Ring(): JSX.Element {
    return <span class={ring} aria-hidden="true" />;
}

export type DotKind = keyof typeof dots;

/** A small mark; whoever uses it says in words what it means. */
export function Dot(props: { kind: DotKind }): JSX.Element {
    return <span class={dots[props.kind]} data-dot={props.kind} aria-hidden="true" />;
}

/** A number in a pill; amber when people are waited for. */
export function Badge(props: { kind: keyof typeof badges; children: JSX.Element }): JSX.Element {
    return (
        <span class={badges[props.kind]} aria-hidden="true">
            {props.children}
        </span>
    );
}
