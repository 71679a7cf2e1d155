// SPDX-License-Identifier: Apache-2.0
import { createEffect } from "solid-js";

/** `<what> – LeapMux` as the document's title, with the number of waiting prompts in front. */
export function createTitle(what: () => string, waiting: () => number = () => 0): void {
    createEffect(() => {
        const count = waiting();
        document.title = `${count > 0 ? `(${count}) ` : ""}${what()} – LeapMux`;
    });
}
