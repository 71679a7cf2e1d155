// SPDX-License-Identifier: Apache-2.0
/**
 * The whole link in Node: the code of the page and its thread against a real Hub.
 *
 * For black-box tests and tools. A Hub in solo mode knows the caller by its uid; others want a
 * bearer token.
 */
import { webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import type { WebSocket as NodeWebSocket } from "ws";
import { createLink } from "../src/link/client";
import { LinkEngine } from "../src/link/engine";
import { makeHubCaller } from "../src/link/hub-caller";
import type { Link } from "../src/link/link";
import { memoryStorage, type LinkStorage } from "../src/link/storage";
import { portPair } from "../src/link/testing/ports";
import { openWebSocket } from "../src/link/web-socket";

// By its path: where packages are resolved as for browsers, "ws" is a stub that refuses to run.
const WebSocket = createRequire(import.meta.url)(
    "../node_modules/ws/index.js",
) as typeof NodeWebSocket;

export interface NodeLinkOptions {
    /** Address of the Hub with its base path, such as "http://127.0.0.1:4327/". */
    base: string;
    /** Share it to be the same device again; a fresh one is a new device. */
    storage?: LinkStorage;
    token?: string;
}

export interface NodeLink {
    link: Link;
    /** As a page that is hidden or shown. */
    setVisible(visible: boolean): void;
    /** Ends all sockets at once, as a page that is closed. */
    stop(): void;
}

export function openNodeLink({
    base,
    storage = memoryStorage(),
    token,
}: NodeLinkOptions): NodeLink {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const fetcher: typeof fetch = (input, init) => {
        const all = new Headers(init?.headers);
        for (const [name, value] of Object.entries(headers)) all.set(name, value);
        return fetch(input, { ...init, headers: all });
    };
    const { page, thread } = portPair();
    const engine = new LinkEngine(
        {
            now: () => performance.now(),
            wallMs: () => Date.now(),
            timer: (fn, ms) => {
                const timer = setTimeout(fn, ms);
                return () => clearTimeout(timer);
            },
            fetch: fetcher,
            openSocket: (url, handlers) => {
                const socket = new WebSocket(url, "leapmux.v1", { headers });
                // An error is followed by a close, which is all that the engine asks.
                socket.on("error", () => {});
                return openWebSocket(socket as unknown as globalThis.WebSocket, handlers);
            },
            storage: () => Promise.resolve(storage),
            subtle: webcrypto.subtle as SubtleCrypto,
            clientVersion: "node",
        },
        thread,
    );
    const link = createLink(page, makeHubCaller(base, fetcher));
    page.post({ kind: "start", base, deviceName: "Node", visible: true, online: true });
    return {
        link,
        setVisible: (visible) => page.post({ kind: "visibility", visible }),
        stop: () => engine.stop(),
    };
}
