// SPDX-License-Identifier: Apache-2.0

/** Why this side of the protocol refuses what came. The sentence is for logs, not for peers. */
export type E2eeReason =
    | "BAD_CERTIFICATE"
    | "CERT_OLD"
    | "CERT_CONFLICT"
    | "CERT_TIME"
    | "HANDSHAKE_FAILED"
    | "BAD_RECORD"
    | "BAD_FRAME"
    | "KEY_WORN_OUT";

export class E2eeFault extends Error {
    override readonly name = "E2eeFault";
    readonly reason: E2eeReason;

    constructor(reason: E2eeReason, message: string, options?: ErrorOptions) {
        super(message, options);
        this.reason = reason;
    }
}
