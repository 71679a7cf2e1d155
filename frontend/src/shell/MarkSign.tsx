// SPDX-License-Identifier: Apache-2.0
import { Match, Switch } from "solid-js";
import type { JSX } from "solid-js";
import OctagonAlert from "lucide-solid/icons/octagon-alert";
import type { Marks } from "../model/marks";
import { Icon } from "../ui/Icon";
import { Badge, Dot, Ring } from "../ui/Spinner";
import * as css from "./shell.css";

/** The mark with the highest priority. Its words are told by whoever carries it. */
export function MarkSign(props: { marks: Marks }): JSX.Element {
    return (
        <Switch>
            <Match when={props.marks.waiting > 0}>
                <Badge kind="waiting">{props.marks.waiting}</Badge>
            </Match>
            <Match when={props.marks.failed}>
                <span class={css.failedMark}>
                    <Icon of={OctagonAlert} small />
                </span>
            </Match>
            <Match when={props.marks.working}>
                <Ring />
            </Match>
            <Match when={props.marks.unread}>
                <Dot kind="unread" />
            </Match>
        </Switch>
    );
}
