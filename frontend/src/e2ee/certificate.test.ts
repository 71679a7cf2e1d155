// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { beforeAll, describe, expect, test, vi } from "vitest";
import { DAY_MS, makeEpoch, makeIdentity, NOW_MS, type WorkerEpoch } from "./testing/identity";
import {
    acceptCertificate,
    CERTIFICATE_BODY_LENGTH,
    CERTIFICATE_LENGTH,
    parseCertificateBody,
    type PinnedEpoch,
} from "./certificate";
import { E2eeFault } from "./fault";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const WORKER_ID = "WorkWorkWorkWorkWorkWo";
const identity = makeIdentity(1);
let current: WorkerEpoch;
let pinned: PinnedEpoch;

beforeAll(() => {
    current = makeEpoch(identity, WORKER_ID, 100);
    const { epoch, bodyHash } = parseCertificateBody(current.certificate);
    pinned = { identity: identity.publicKey, epoch, bodyHash };
});

function judge(
    certificate: Uint8Array,
    changes: Partial<Parameters<typeof acceptCertificate>[1]> = {},
): string {
    const expected = {
        workerId: WORKER_ID,
        identity: identity.publicKey,
        pinned: null,
        nowMs: NOW_MS,
        ...changes,
    };
    try {
        acceptCertificate(certificate, expected);
        return "accepted";
    } catch (cause) {
        return cause instanceof E2eeFault ? cause.reason : `unexpected: ${String(cause)}`;
    }
}

describe("a certificate", () => {
    test("that is right is accepted, pinned or not", () => {
        expect(current.certificate.length).toBe(CERTIFICATE_LENGTH);
        expect(judge(current.certificate)).toBe("accepted");
        expect(judge(current.certificate, { pinned })).toBe("accepted");
        expect(judge(current.certificate, { pinned: { ...pinned, epoch: 99 } })).toBe("accepted");
    });

    test("of another Worker, or under another identity, is refused", () => {
        expect(judge(current.certificate, { workerId: "X".repeat(22) })).toBe("BAD_CERTIFICATE");
        const { publicKey } = makeIdentity(2);
        expect(judge(current.certificate, { identity: publicKey })).toBe("BAD_CERTIFICATE");
        expect(judge(current.certificate, { identity: publicKey, pinned })).toBe("BAD_CERTIFICATE");
    });

    test("older than the pinned epoch is CERT_OLD", () => {
        expect(judge(current.certificate, { pinned: { ...pinned, epoch: 101 } })).toBe("CERT_OLD");
    });

    test("of the pinned epoch with another body is CERT_CONFLICT", () => {
        const bodyHash = new Uint8Array(32);
        expect(judge(current.certificate, { pinned: { ...pinned, bodyHash } })).toBe(
            "CERT_CONFLICT",
        );
    });

    test.each([
        ["a day and a moment early", -2 * DAY_MS - 1, "CERT_TIME"],
        ["a day early", -2 * DAY_MS, "accepted"],
        ["a day late", 60 * DAY_MS, "accepted"],
        ["a day and a moment late", 60 * DAY_MS + 1, "CERT_TIME"],
    ])("looked at %s is judged by the clock", (_name, offset, verdict) => {
        expect(judge(current.certificate, { nowMs: NOW_MS + offset })).toBe(verdict);
    });

    test.each([0, 1, CERTIFICATE_LENGTH - 1, CERTIFICATE_LENGTH + 1])(
        "of %i bytes is refused",
        (length) => {
            expect(judge(new Uint8Array(length))).toBe("BAD_CERTIFICATE");
        },
    );

    test("with any field's byte flipped is refused", () => {
        const signatureAt = CERTIFICATE_BODY_LENGTH;
        const places = [0, 3, 11, 19, 20, 41, 42, 73, 74, signatureAt - 1];
        for (const at of [...places, signatureAt, signatureAt + 20_000, CERTIFICATE_LENGTH - 1]) {
            const flipped = current.certificate.slice();
            flipped[at] = (flipped[at] ?? 0) ^ 1;
            expect(judge(flipped), `byte ${at}`).toBe("BAD_CERTIFICATE");
        }
    });
});
