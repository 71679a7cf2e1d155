// SPDX-License-Identifier: Apache-2.0
/** A Worker's identity and certificates, for tests. Signing takes seconds: make few. */
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { slh_dsa_shake_256f } from "@noble/post-quantum/slh-dsa.js";
import { concat, textBytes, u32, viewOf } from "../bytes";
import { makeChance } from "./chance";
import type { WorkerKeys } from "./responder";

export const DAY_MS = 24 * 3_600_000;
/** 2026-11-21, the made-up now of these tests. */
export const NOW_MS = 1_795_219_200_000;

export interface WorkerIdentity {
    publicKey: Uint8Array;
    secretKey: Uint8Array;
}

export interface WorkerEpoch {
    epoch: number;
    certificate: Uint8Array;
    keys: WorkerKeys;
}

export const makeIdentity = (seed: number): WorkerIdentity =>
    slh_dsa_shake_256f.keygen(makeChance(seed).bytes(96));

export function makeEpoch(
    identity: WorkerIdentity,
    workerId: string,
    epoch: number,
    times: { notBeforeMs?: number; notAfterMs?: number } = {},
): WorkerEpoch {
    const chance = makeChance(epoch);
    const keys = { kx: chance.bytes(32), kemSeed: chance.bytes(64) };
    const body = concat(
        u32(epoch),
        u64(times.notBeforeMs ?? NOW_MS - DAY_MS),
        u64(times.notAfterMs ?? NOW_MS + 59 * DAY_MS),
        textBytes(workerId),
        x25519.getPublicKey(keys.kx),
        ml_kem1024.keygen(keys.kemSeed).publicKey,
    );
    const context = textBytes("leapmux-worker-cert-v1");
    const signature = slh_dsa_shake_256f.sign(body, identity.secretKey, {
        context,
        extraEntropy: false,
    });
    return { epoch, certificate: concat(body, signature), keys };
}

function u64(value: number): Uint8Array {
    const bytes = new Uint8Array(8);
    viewOf(bytes).setBigUint64(0, BigInt(value));
    return bytes;
}
