// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "solid-js";
import * as css from "./tool.css";

/** "+2 −1", with a true minus sign. */
export function ChangeCounts(props: { added: number; removed: number }): JSX.Element {
    return (
        <span class={css.counts}>
            <span class={css.added}>+{props.added}</span>{" "}
            <span class={css.removed}>−{props.removed}</span>
        </span>
    );
}
