// SPDX-License-Identifier: Apache-2.0
/** What page and link thread say to each other. Ids are the page's, never used twice. */
import type { CallErrorFields, LinkState, WorkerLink } from "./link";

export type ToEngine =
    | { kind: "start"; base: string; deviceName: string; visible: boolean; online: boolean }
    | { kind: "visibility"; visible: boolean }
    | { kind: "network"; online: boolean }
    | { kind: "retry" }
    | {
          kind: "call";
          id: number;
          workerId: string;
          method: string;
          request: Uint8Array;
          deadlineMs: number;
          repeat: boolean;
      }
    | { kind: "abort"; id: number }
    | { kind: "watch"; id: number; workerId: string; method: string }
    | { kind: "keep"; id: number; workerId: string }
    /** Ends a watch or a keep. */
    | { kind: "stop"; id: number }
    /** The request of a watch, as asked for by "ask". */
    | { kind: "provide"; id: number; generation: number; request: Uint8Array }
    /** So many messages of a watch have been read. */
    | { kind: "taken"; id: number; generation: number; count: number }
    | { kind: "subscribe"; id: number; scope: string }
    /** Where to go on, as asked for by "ask-offset". */
    | { kind: "offset"; id: number; generation: number; after: bigint | undefined }
    | { kind: "unsubscribe"; id: number }
    | { kind: "presence"; workspaceId: string; tabId: string; typing: boolean }
    | { kind: "fingerprint"; id: number; workerId: string }
    | { kind: "confirm-fingerprint"; id: number; workerId: string }
    | { kind: "trust-new-key"; id: number; workerId: string; hex: string }
    | { kind: "device-id"; id: number };

export type ToPage =
    | { kind: "state"; state: LinkState }
    | { kind: "worker"; workerId: string; status: WorkerLink }
    | { kind: "welcome"; bytes: Uint8Array }
    /** Of a call; `value` of the other questions. */
    | { kind: "answer"; id: number; bytes: Uint8Array }
    | { kind: "value"; id: number; value: unknown }
    | { kind: "failed"; id: number; error: CallErrorFields }
    | { kind: "ask"; id: number; generation: number }
    | { kind: "message"; id: number; generation: number; bytes: Uint8Array }
    | { kind: "ask-offset"; id: number; generation: number }
    | { kind: "scope"; id: number; what: "event" | "caught-up" | "reset"; bytes: Uint8Array }
    | { kind: "interrupted"; id: number }
    | { kind: "end"; id: number; error: CallErrorFields | null };

/** One end of the way between the two; a Worker and its global scope fit, and so does a pair. */
export interface Port<Out, In> {
    post(message: Out): void;
    /** Called once, before the first message. */
    listen(fn: (message: In) => void): void;
}
