// SPDX-License-Identifier: Apache-2.0
import { Show } from "solid-js";
import type { JSX } from "solid-js";
import TriangleAlert from "lucide-solid/icons/triangle-alert";
import WifiOff from "lucide-solid/icons/wifi-off";
import type { LinkState } from "../link/link";
import { useStores } from "../stores/context";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Dot } from "../ui/Spinner";
import type { DotKind } from "../ui/Spinner";
import * as css from "./shell.css";

const TEXTS: Record<LinkState, string> = {
    connected: "Connected",
    connecting: "Connecting…",
    reconnecting: "Reconnecting…",
    offline: "Offline",
};

const DOTS: Record<LinkState, DotKind> = {
    connected: "alive",
    connecting: "connecting",
    reconnecting: "connecting",
    offline: "off",
};

/** The one line that says how the page and the Hub stand. */
export function ConnectionStatus(): JSX.Element {
    const { hub } = useStores();
    return (
        <span class={css.connection}>
            <Dot kind={DOTS[hub.state()]} />
            <span role="status" aria-label="Connection">
                {TEXTS[hub.state()]}
            </span>
        </span>
    );
}

/** Above everything while the Hub cannot be reached. */
export function OfflineBar(): JSX.Element {
    const { hub, link } = useStores();
    return (
        <Show when={hub.state() === "offline"}>
            <div class={css.bar}>
                <span class={css.barIcon}>
                    <Icon of={WifiOff} />
                </span>
                LeapMux cannot be reached. What you see is what was last known.
                <span class={css.push} />
                <Button size="sm" onClick={() => link.retryNow()}>
                    Try now
                </Button>
            </div>
        </Show>
    );
}

/** Above everything on a page that came over an unprotected connection. */
export function NotProtectedBar(): JSX.Element {
    return (
        <Show when={!window.isSecureContext}>
            <div class={css.bar} role="alert" aria-label="Not protected">
                <span class={css.barIcon}>
                    <Icon of={TriangleAlert} />
                </span>
                This page is not protected. Use https or localhost.
            </div>
        </Show>
    );
}
