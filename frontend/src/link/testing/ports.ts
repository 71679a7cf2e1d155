// SPDX-License-Identifier: Apache-2.0
import type { Port, ToEngine, ToPage } from "../messages";

/** Both ends of the way between page and thread, in one thread: messages arrive later, in order. */
export function portPair(): { page: Port<ToEngine, ToPage>; thread: Port<ToPage, ToEngine> } {
    let toPage: (message: ToPage) => void = () => {};
    let toThread: (message: ToEngine) => void = () => {};
    return {
        page: {
            post: (message) => queueMicrotask(() => toThread(message)),
            listen: (fn) => {
                toPage = fn;
            },
        },
        thread: {
            post: (message) => queueMicrotask(() => toPage(message)),
            listen: (fn) => {
                toThread = fn;
            },
        },
    };
}
