// SPDX-License-Identifier: Apache-2.0
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import Ellipsis from "lucide-solid/icons/ellipsis";
import ClipboardCopy from "lucide-solid/icons/clipboard-copy";
import Fingerprint from "lucide-solid/icons/fingerprint-pattern";
import type { WorkerSummary } from "../gen/leapmux/v1/common_pb";
import { relativeTime } from "../model/format";
import { useStores } from "../stores/context";
import { useDialogs } from "../stores/dialogs";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Dot } from "../ui/Spinner";
import type { DotKind } from "../ui/Spinner";
import { nowInMinutes } from "../ui/clock";
import { variants, sizes, square } from "../ui/button.css";
import { Section } from "./Section";
import * as css from "./shell.css";

/** The Workers that one may use, with a life sign each. */
export function WorkersSection(): JSX.Element {
    const { hub } = useStores();
    return (
        <Section name="Workers">
            <Show
                when={hub.data.workers.length > 0}
                fallback={<p class={css.hint}>No workers yet.</p>}
            >
                <ul aria-label="Workers">
                    <For each={hub.data.workers}>{(worker) => <WorkerRow worker={worker} />}</For>
                </ul>
            </Show>
        </Section>
    );
}

function WorkerRow(props: { worker: WorkerSummary }): JSX.Element {
    const { hub, notices } = useStores();
    const dialogs = useDialogs();
    const link = () => hub.data.links[props.worker.id];
    const channel = () => link()?.channel ?? "none";
    const dot = (): DotKind => {
        if (channel() === "blocked") return "blocked";
        if (link()?.alive === true) return "alive";
        if (!props.worker.online) return "off";
        return channel() === "none" ? "online" : "connecting";
    };
    const note = () => {
        if (channel() === "blocked") return "Key changed";
        const seen = Number(props.worker.seenAtMs);
        if (!props.worker.online) return seen === 0 ? "" : relativeTime(seen, nowInMinutes());
        return channel() === "opening" ? "Connecting…" : "";
    };
    const copyInformation = () => {
        const w = props.worker;
        const text = `LeapMux worker ${w.name}\nversion ${w.version}\nsystem ${w.os} ${w.arch}`;
        navigator.clipboard.writeText(text).then(
            () => notices.info("System information copied."),
            (error: unknown) => notices.error("Copying did not work.", error),
        );
    };
    return (
        <li
            class={css.row}
            aria-label={props.worker.name}
            data-worker-id={props.worker.id}
            data-online={props.worker.online ? "true" : "false"}
            data-channel={channel()}
            data-alive={link()?.alive === true ? "true" : undefined}
        >
            <Dot kind={dot()} />
            <span class={css.rowName}>{props.worker.name}</span>
            <span class={css.marks}>{note()}</span>
            <span class={css.rowActions}>
                <Menu
                    name={`Actions for worker ${props.worker.name}`}
                    label={`Actions for worker ${props.worker.name}`}
                    class={`${variants.ghost} ${square.sm} ${sizes.sm}`}
                    items={[
                        {
                            name: "Show fingerprint",
                            icon: Fingerprint,
                            run: () =>
                                dialogs.show({
                                    kind: channel() === "blocked" ? "key-changed" : "fingerprint",
                                    workerId: props.worker.id,
                                }),
                        },
                        {
                            name: "Copy system information",
                            icon: ClipboardCopy,
                            run: copyInformation,
                        },
                    ]}
                >
                    <Icon of={Ellipsis} />
                </Menu>
            </span>
        </li>
    );
}
