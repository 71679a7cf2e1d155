// SPDX-License-Identifier: Apache-2.0
import type { HubSocket, SocketHandlers } from "./engine";

/** A WebSocket, the browser's or one that looks like it, as the engine wants it. */
export function openWebSocket(socket: WebSocket, handlers: SocketHandlers): HubSocket {
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: MessageEvent<unknown>) => {
        if (event.data instanceof ArrayBuffer) handlers.message(new Uint8Array(event.data));
    };
    socket.onclose = () => handlers.closed();
    return {
        send: (message) => {
            if (socket.readyState === socket.OPEN) socket.send(message.slice());
        },
        close: () => {
            socket.onmessage = null;
            socket.onclose = null;
            socket.close();
        },
    };
}
