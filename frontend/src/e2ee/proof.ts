// SPDX-License-Identifier: Apache-2.0
/** How a device shows, inside a channel, which device it is: two signatures over h. */
import { concat, textBytes } from "./bytes";
import { blake2b256 } from "./certificate";
import { hkdf } from "./noise";

const PROOF_LABEL = textBytes("leapmux-device-proof-v1");
/** Context of the ML-DSA-65 signature. */
export const PROOF_CONTEXT = PROOF_LABEL;
const DEVICE_LABEL = textBytes("leapmux-device-v1");
const PAIR_LABEL = textBytes("leapmux-pair-v1");
const PAIR_TAG_LENGTH = 32;

export interface DevicePublic {
    /** Ed25519, 32 bytes. */
    ed: Uint8Array;
    /** ML-DSA-65, 1,952 bytes. */
    ml: Uint8Array;
}

/** A device's two keys. Signing may cross into the browser's own key store. */
export interface DeviceSigner extends DevicePublic {
    sign(message: Uint8Array): Promise<{ ed: Uint8Array; ml: Uint8Array }>;
}

/** What both signatures are over. */
export const proofMessage = (h: Uint8Array, device: DevicePublic): Uint8Array =>
    concat(PROOF_LABEL, h, device.ed, device.ml);

/** The proof for the channel whose handshake hash is `h`, and for no other. */
export async function makeProof(h: Uint8Array, device: DeviceSigner): Promise<Uint8Array> {
    const signatures = await device.sign(proofMessage(h, device));
    return concat(device.ed, device.ml, signatures.ed, signatures.ml);
}

export const deviceFingerprint = (device: DevicePublic): Uint8Array =>
    blake2b256(concat(DEVICE_LABEL, device.ed, device.ml));

/** The tags that a one-time secret of 11 bytes gives device and Worker in this channel. */
export function pairingTags(
    h: Uint8Array,
    secret: Uint8Array,
    device: DevicePublic,
): { device: Uint8Array; worker: Uint8Array } {
    const input = concat(PAIR_LABEL, secret, deviceFingerprint(device));
    const [first, second] = hkdf(h, input, 2) as [Uint8Array, Uint8Array];
    return { device: first.slice(0, PAIR_TAG_LENGTH), worker: second.slice(0, PAIR_TAG_LENGTH) };
}
