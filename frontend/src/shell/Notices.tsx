// SPDX-License-Identifier: Apache-2.0
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import Info from "lucide-solid/icons/info";
import OctagonAlert from "lucide-solid/icons/octagon-alert";
import X from "lucide-solid/icons/x";
import { useStores } from "../stores/context";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import * as css from "./shell.css";

/** Notices at the lower right. */
export function Notices(): JSX.Element {
    const { notices } = useStores();
    return (
        <section class={css.notices} role="region" aria-label="Notifications">
            <For each={notices.shown}>
                {(notice) => (
                    <div class={css.notice} role={notice.kind === "error" ? "alert" : "status"}>
                        <span class={css.noticeIcon}>
                            <Icon of={notice.kind === "error" ? OctagonAlert : Info} />
                        </span>
                        <div class={css.noticeText}>
                            <div>{notice.text}</div>
                            <Show when={notice.code}>
                                <div class={css.noticeCode}>{notice.code}</div>
                            </Show>
                            <Show when={notice.action}>
                                {(action) => (
                                    <Button size="sm" onClick={() => action().run()}>
                                        {action().name}
                                    </Button>
                                )}
                            </Show>
                        </div>
                        <IconButton
                            label="Dismiss notice"
                            size="sm"
                            onClick={() => notices.dismiss(notice.id)}
                        >
                            <Icon of={X} small />
                        </IconButton>
                    </div>
                )}
            </For>
        </section>
    );
}
