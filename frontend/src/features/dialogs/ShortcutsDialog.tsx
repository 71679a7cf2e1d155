// SPDX-License-Identifier: Apache-2.0
import { For } from "solid-js";
import type { JSX } from "solid-js";
import { actions } from "../../actions/actions";
import { keysText } from "../../actions/keys";
import { Dialog } from "../../ui/Dialog";
import * as css from "./dialogs.css";

/** All keys that do something now. */
export function ShortcutsDialog(props: { onClose: () => void }): JSX.Element {
    const rows = () => actions().filter((a) => a.keys.length > 0);
    return (
        <Dialog title="Keyboard shortcuts" onClose={() => props.onClose()}>
            <table class={css.table} aria-label="Shortcuts">
                <tbody>
                    <For each={rows()}>
                        {(action) => (
                            <tr>
                                <th scope="row" class={css.cell}>
                                    {action.label}
                                </th>
                                <td class={css.cell}>{action.keys.map(keysText).join(", ")}</td>
                            </tr>
                        )}
                    </For>
                </tbody>
            </table>
        </Dialog>
    );
}
