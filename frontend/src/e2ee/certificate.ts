// SPDX-License-Identifier: Apache-2.0
/** A Worker's certificate: its keys of one epoch, signed by its identity. */
import { blake2b } from "@noble/hashes/blake2.js";
import { slh_dsa_shake_256f } from "@noble/post-quantum/slh-dsa.js";
import { bytesText, concat, equalBytes, textBytes, viewOf } from "./bytes";
import { E2eeFault } from "./fault";

export const IDENTITY_LENGTH = 64;
const SIGNATURE_LENGTH = 49_856;
export const CERTIFICATE_BODY_LENGTH = 1_642;
export const CERTIFICATE_LENGTH = CERTIFICATE_BODY_LENGTH + SIGNATURE_LENGTH;
const CONTEXT = textBytes("leapmux-worker-cert-v1");
const FINGERPRINT_LABEL = textBytes("leapmux-worker-identity-v1");
/** Clocks may differ by a day. */
const CLOCK_SLACK_MS = 24 * 3_600_000;

export interface Certificate {
    epoch: number;
    notBeforeMs: number;
    notAfterMs: number;
    workerId: string;
    kx: Uint8Array;
    kem: Uint8Array;
    /** BLAKE2b-256 of the body: what tells two certificates of one epoch apart. */
    bodyHash: Uint8Array;
}

/** What a device remembers of a Worker that it once met. */
export interface PinnedEpoch {
    identity: Uint8Array;
    epoch: number;
    bodyHash: Uint8Array;
}

export const blake2b256 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, { dkLen: 32 });

/** BLAKE2b-256 over label and key; its first 11 bytes are shown as words. */
export const identityFingerprint = (identity: Uint8Array): Uint8Array =>
    blake2b256(concat(FINGERPRINT_LABEL, identity));

/** Read the fields; nothing is proved by that. Fails with BAD_CERTIFICATE on a wrong length. */
export function parseCertificateBody(bytes: Uint8Array): Certificate {
    const body = bytes.slice(0, CERTIFICATE_BODY_LENGTH);
    if (body.length !== CERTIFICATE_BODY_LENGTH) {
        throw new E2eeFault("BAD_CERTIFICATE", "certificate too short");
    }
    const view = viewOf(body);
    return {
        epoch: view.getUint32(0),
        notBeforeMs: Number(view.getBigUint64(4)),
        notAfterMs: Number(view.getBigUint64(12)),
        workerId: bytesText(body.subarray(20, 42)),
        kx: body.slice(42, 74),
        kem: body.slice(74),
        bodyHash: blake2b256(body),
    };
}

/**
 * The certificate, if a client may use it now: the right length, for the Worker asked for, in
 * time, signed by `identity`, and not older than or at odds with what is pinned.
 *
 * Fails with BAD_CERTIFICATE, CERT_TIME, CERT_OLD or CERT_CONFLICT; then nothing may be sent.
 * The signature takes tens of milliseconds and is checked last.
 */
export function acceptCertificate(
    bytes: Uint8Array,
    expected: {
        workerId: string;
        identity: Uint8Array;
        pinned: PinnedEpoch | null;
        nowMs: number;
    },
): Certificate {
    const bad = (why: string) => new E2eeFault("BAD_CERTIFICATE", why);
    if (bytes.length !== CERTIFICATE_LENGTH) throw bad("certificate has a wrong length");
    if (expected.identity.length !== IDENTITY_LENGTH) throw bad("identity has a wrong length");
    const certificate = parseCertificateBody(bytes);
    if (certificate.epoch < 1) throw bad("epoch is zero");
    if (certificate.workerId !== expected.workerId) throw bad("certificate of another worker");
    if (!isInTime(certificate, expected.nowMs)) {
        throw new E2eeFault("CERT_TIME", "certificate is not valid now");
    }
    if (expected.pinned) checkAgainstPin(certificate, expected.identity, expected.pinned);

    const body = bytes.subarray(0, CERTIFICATE_BODY_LENGTH);
    const signature = bytes.subarray(CERTIFICATE_BODY_LENGTH);
    if (!slh_dsa_shake_256f.verify(signature, body, expected.identity, { context: CONTEXT })) {
        throw bad("signature does not verify");
    }
    return certificate;
}

/** Whether now lies in the certificate's time, give or take a day. */
export const isInTime = (certificate: Certificate, nowMs: number): boolean =>
    nowMs >= certificate.notBeforeMs - CLOCK_SLACK_MS &&
    nowMs <= certificate.notAfterMs + CLOCK_SLACK_MS;

function checkAgainstPin(
    certificate: Certificate,
    identity: Uint8Array,
    pinned: PinnedEpoch,
): void {
    if (!equalBytes(identity, pinned.identity)) {
        throw new E2eeFault("BAD_CERTIFICATE", "identity differs from the pinned one");
    }
    if (certificate.epoch < pinned.epoch) {
        throw new E2eeFault("CERT_OLD", "epoch is older than the pinned one");
    }
    if (certificate.epoch === pinned.epoch && !equalBytes(certificate.bodyHash, pinned.bodyHash)) {
        throw new E2eeFault("CERT_CONFLICT", "two certificates of one epoch");
    }
}
