// SPDX-License-Identifier: Apache-2.0
/** What the entries of a log share. */
import { createContext } from "solid-js";

export interface LogContextValue {
    /** Id of the turn of the newest message; "" when there is none. */
    newestTurn: () => string;
    /** Message that a link led to; 0 when none did. */
    marked: () => number;
    /** Key of the first entry that was not read when the panel opened. */
    firstUnread: () => string | undefined;
    /** The result whose turn may be tried again by its button. */
    retryable: () => string | undefined;
    retry: () => void;
    /** The To-dos section shows the list anyway. */
    todosAreShown: () => boolean;
}

export const LogContext = createContext<LogContextValue>({
    newestTurn: () => "",
    marked: () => 0,
    firstUnread: () => undefined,
    retryable: () => undefined,
    retry: () => undefined,
    todosAreShown: () => false,
});
