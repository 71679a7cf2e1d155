// SPDX-License-Identifier: Apache-2.0
/** The link thread of a browser: `LinkEngine` over the browser's own socket, fetch and database. */
import { LinkEngine, type EngineHost, type SocketHandlers } from "./engine";
import type { Port, ToEngine, ToPage } from "./messages";
import { indexedDbStorage, memoryStorage } from "./storage";
import { openWebSocket } from "./web-socket";

const host: EngineHost = {
    now: () => performance.now(),
    wallMs: () => Date.now(),
    timer: (fn, ms) => {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
    },
    fetch: (input, init) => fetch(input, init),
    openSocket: (url: string, handlers: SocketHandlers) =>
        openWebSocket(new WebSocket(url, "leapmux.v1"), handlers),
    // A browser that keeps no database forgets its device with the page.
    storage: () => indexedDbStorage().catch(() => memoryStorage()),
    subtle: self.isSecureContext ? crypto.subtle : null,
    clientVersion: "web",
};

const port: Port<ToPage, ToEngine> = {
    post: (message) => self.postMessage(message),
    listen: (fn) => {
        self.onmessage = (event: MessageEvent<ToEngine>) => fn(event.data);
    },
};

new LinkEngine(host, port);
