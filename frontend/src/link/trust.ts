// SPDX-License-Identifier: Apache-2.0
/** Which keys of a Worker a handshake may use: the pinned ones, or new ones that pass. */
import { equalBytes } from "../e2ee/bytes";
import { acceptCertificate, isInTime, type Certificate } from "../e2ee/certificate";
import { E2eeFault } from "../e2ee/fault";
import type { Pin } from "./pins";
import type { OfferedKeys } from "./wire";

export type TrustDecision =
    | { kind: "use"; identity: Uint8Array; certificate: Certificate }
    /** The Hub shows another identity than the pinned one: nothing may be sent. */
    | { kind: "changed"; offered: Uint8Array }
    | { kind: "refused"; fault: E2eeFault };

/** The pinned keys while their time lasts. */
export function pinnedKeys(pin: Pin | null, nowMs: number): TrustDecision | null {
    if (!pin || !isInTime(pin.certificate, nowMs)) return null;
    return { kind: "use", identity: pin.identity, certificate: pin.certificate };
}

/** `allowed` is an identity that a person has just agreed to put in the pin's place. */
export function judgeKeys(
    offered: OfferedKeys,
    workerId: string,
    pin: Pin | null,
    allowed: Uint8Array | null,
    nowMs: number,
): TrustDecision {
    const { identity } = offered;
    const replaces = allowed !== null && equalBytes(identity, allowed);
    const pinned = pin && !replaces ? pin : null;
    if (pinned && !equalBytes(identity, pinned.identity)) {
        return { kind: "changed", offered: identity };
    }
    try {
        const certificate = acceptCertificate(offered.certificate, {
            workerId,
            identity,
            pinned,
            nowMs,
        });
        return { kind: "use", identity, certificate };
    } catch (cause) {
        if (cause instanceof E2eeFault) return { kind: "refused", fault: cause };
        throw cause;
    }
}
