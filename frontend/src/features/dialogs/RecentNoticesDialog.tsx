// SPDX-License-Identifier: Apache-2.0
import { For } from "solid-js";
import type { JSX } from "solid-js";
import { exactTime } from "../../model/format";
import { useStores } from "../../stores/context";
import { Dialog } from "../../ui/Dialog";
import * as css from "./dialogs.css";

/** The newest notices, those that have gone from the screen too. */
export function RecentNoticesDialog(props: { onClose: () => void }): JSX.Element {
    const { notices } = useStores();
    return (
        <Dialog title="Recent notices" onClose={() => props.onClose()}>
            <ul aria-label="Notices">
                <For
                    each={notices.recent}
                    fallback={<li class={css.dim}>No notices since this page was opened.</li>}
                >
                    {(notice) => (
                        <li class={css.noticeRow}>
                            <time class={css.dim}>{exactTime(notice.atMs)}</time>
                            <span>{notice.text}</span>
                        </li>
                    )}
                </For>
            </ul>
        </Dialog>
    );
}
