// SPDX-License-Identifier: Apache-2.0
import { A } from "@solidjs/router";
import type { JSX } from "solid-js";
import { EmptyState } from "../ui/States";
import { createTitle } from "../ui/title";
import * as css from "./shell.css";

/** No such place, or no right to see it. */
export function NotFound(): JSX.Element {
    createTitle(() => "Not found");
    return (
        <main class={css.page}>
            <EmptyState text="There is nothing at this address, or you may not see it.">
                <h1 class="vh">Not found</h1>
                <A href="/" class={css.link}>
                    Home
                </A>
            </EmptyState>
        </main>
    );
}
