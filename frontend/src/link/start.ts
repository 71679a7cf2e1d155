// SPDX-License-Identifier: Apache-2.0
/** The link of a browser's page: its thread, and what only the page can see for it. */
import { createLink } from "./client";
import { makeHubCaller } from "./hub-caller";
import type { Link } from "./link";
import type { ToEngine, ToPage } from "./messages";

const NAMES: [pattern: RegExp, name: string][] = [
    [/Edg\//, "Edge"],
    [/Firefox\//, "Firefox"],
    [/Chrome\//, "Chrome"],
    [/Safari\//, "Safari"],
];
const SYSTEMS: [pattern: RegExp, name: string][] = [
    [/Windows/, "Windows"],
    [/Android/, "Android"],
    [/iPhone|iPad/, "iOS"],
    [/Mac OS X/, "macOS"],
    [/Linux/, "Linux"],
];

/**
 * Start the link thread, once per page. `base` is where the Hub lives: by default the page's own
 * base address.
 */
export function startLink(base: string = new URL(".", document.baseURI).href): Link {
    const worker = new Worker(new URL("./link-worker.ts", import.meta.url), { type: "module" });
    const post = (message: ToEngine) => worker.postMessage(message);
    post({
        kind: "start",
        base,
        deviceName: deviceName(navigator.userAgent),
        visible: isVisible(),
        online: navigator.onLine,
    });
    document.addEventListener("visibilitychange", () =>
        post({ kind: "visibility", visible: isVisible() }),
    );
    addEventListener("online", () => post({ kind: "network", online: true }));
    addEventListener("offline", () => post({ kind: "network", online: false }));
    const port = {
        post,
        listen: (fn: (message: ToPage) => void) => {
            worker.onmessage = (event: MessageEvent<ToPage>) => fn(event.data);
        },
    };
    return createLink(
        port,
        makeHubCaller(base, (input, init) => fetch(input, init)),
    );
}

const isVisible = (): boolean => document.visibilityState === "visible";

/** Such as "Chrome on Linux": what a list of devices shows. */
export function deviceName(userAgent: string): string {
    const first = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent));
    const browser = first(NAMES)?.[1] ?? "Browser";
    const system = first(SYSTEMS)?.[1];
    return system ? `${browser} on ${system}` : browser;
}
