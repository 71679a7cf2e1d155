// SPDX-License-Identifier: Apache-2.0
/** The Worker's end of the handshake, for tests of the client's end. */
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { concat, u16, u32, viewOf } from "../bytes";
import { PROTOCOL_NAME, prologueOf, type ChannelNames, type Trace } from "../handshake";
import { SymmetricState } from "../noise";

const MESSAGE1_MIN = 3_237;
const MESSAGE1_MAX = 4_245;

export interface WorkerKeys {
    /** X25519 private key. */
    kx: Uint8Array;
    /** ML-KEM-1024 seed d ‖ z. */
    kemSeed: Uint8Array;
}

export interface ResponderResult {
    message2: Uint8Array;
    h: Uint8Array;
    receiveKey: Uint8Array;
    sendKey: Uint8Array;
    clientHello: Uint8Array;
}

export interface HelloFields {
    version: number;
    streams: number;
    features: number;
    newestEpoch: number;
    largestMessage: number;
}

export const workerHello = (fields: HelloFields): Uint8Array =>
    concat(
        u16(fields.version),
        u16(fields.streams),
        u32(fields.features),
        u32(fields.newestEpoch),
        u32(fields.largestMessage),
        new Uint8Array(8),
    );

/** Answer message 1; throws where a Worker must refuse. */
export function respond(
    message1: Uint8Array,
    names: ChannelNames,
    keys: WorkerKeys,
    coins: { x: Uint8Array; m: Uint8Array },
    hello: Uint8Array,
    trace: Trace = () => {},
): ResponderResult {
    if (message1.length < MESSAGE1_MIN || message1.length > MESSAGE1_MAX) throw new Error("length");
    if (message1[0] !== 1) throw new Error("version");
    if (viewOf(message1).getUint32(1) !== names.epoch) throw new Error("STALE_KEYS");
    const state = new SymmetricState(PROTOCOL_NAME);
    const kem = ml_kem1024.keygen(keys.kemSeed);
    trace("init", state);
    state.mixHash(prologueOf(names));
    trace("prologue", state);
    state.mixHash(x25519.getPublicKey(keys.kx));
    trace("pre kx", state);
    state.mixHash(kem.publicKey);
    trace("pre kem", state);

    const e = message1.slice(5, 37);
    state.mixHash(e);
    trace("1 e", state);
    state.mixKey(x25519.getSharedSecret(keys.kx, e));
    trace("1 es", state);
    const ciphertext = state.decryptAndHash(message1.slice(37, 1_621));
    trace("1 skem ct", state);
    state.mixKeyAndHash(ml_kem1024.decapsulate(ciphertext, kem.secretKey));
    trace("1 skem ss", state);
    const e1 = state.decryptAndHash(message1.slice(1_621, 3_205));
    trace("1 e1", state);
    const clientHello = state.decryptAndHash(message1.slice(3_205));
    trace("1 payload", state);

    const ourE = x25519.getPublicKey(coins.x);
    state.mixHash(ourE);
    trace("2 e", state);
    state.mixKey(x25519.getSharedSecret(coins.x, e));
    trace("2 ee", state);
    const { cipherText, sharedSecret } = ml_kem1024.encapsulate(e1, coins.m);
    const ekem1 = state.encryptAndHash(cipherText);
    trace("2 ekem1 ct", state);
    state.mixKeyAndHash(sharedSecret);
    trace("2 ekem1 ss", state);
    const payload = state.encryptAndHash(hello);
    trace("2 payload", state);
    const h = state.h;
    const [receiveKey, sendKey] = state.split();
    return { message2: concat(ourE, ekem1, payload), h, receiveKey, sendKey, clientHello };
}
