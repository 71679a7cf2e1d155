// SPDX-License-Identifier: Apache-2.0
/**
 * NKhybrid, the client's end: message 1 out, message 2 in, two record keys and h.
 *
 *     <- s, skem    -> e es skem e1 payload    <- e ee ekem1 payload
 *
 * An object serves for one attempt and is wiped after it, whatever came of it.
 */
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { concat, textBytes, u16, u32, viewOf, wipe, type Random } from "./bytes";
import { E2eeFault } from "./fault";
import { SymmetricState, TAG_LENGTH } from "./noise";

export const PROTOCOL_NAME = "Noise_NKhybrid_25519+MLKEM1024_ChaChaPoly_BLAKE2b";
const PROLOGUE_LABEL = textBytes("leapmux-channel-v1");
const MESSAGE_VERSION = 1;
const DH_LENGTH = 32;
const SEALED_CIPHERTEXT_LENGTH = 1_568 + TAG_LENGTH;
const PAYLOAD_MAX = 1_024;
const WORKER_HELLO_LENGTH = 24;
export const MESSAGE2_MIN = DH_LENGTH + SEALED_CIPHERTEXT_LENGTH + WORKER_HELLO_LENGTH + TAG_LENGTH;
export const MESSAGE2_MAX = DH_LENGTH + SEALED_CIPHERTEXT_LENGTH + PAYLOAD_MAX + TAG_LENGTH;

/** The only version of what runs inside a channel that this client speaks. */
const CHANNEL_VERSION = 1;
export const FEATURE_PAD = 1;
export const FEATURE_ANSWER_FILL = 2;

/** What both ends must agree on, or their hashes differ. */
export interface ChannelNames {
    identity: Uint8Array;
    epoch: number;
    workerId: string;
    channelId: string;
    userId: string;
    deviceId: string;
}

export interface WorkerHello {
    version: number;
    streams: number;
    features: number;
    newestEpoch: number;
    largestMessage: number;
}

/** The secrets of one attempt. */
export interface Coins {
    /** X25519 private key, 32 bytes. */
    x: Uint8Array;
    /** For the encapsulation to the Worker's static key, 32 bytes. */
    m: Uint8Array;
    /** Seed d ‖ z of the fresh ML-KEM key, 64 bytes. */
    dz: Uint8Array;
}

export interface HandshakeResult {
    h: Uint8Array;
    sendKey: Uint8Array;
    receiveKey: Uint8Array;
    hello: WorkerHello;
}

/** Told the state after each token; for comparing with vectors. */
export type Trace = (step: string, state: SymmetricState) => void;

export const drawCoins = (random: Random): Coins => ({
    x: random(32),
    m: random(32),
    dz: random(64),
});

export function prologueOf(names: ChannelNames): Uint8Array {
    return concat(
        PROLOGUE_LABEL,
        names.identity,
        u32(names.epoch),
        textBytes(names.workerId),
        textBytes(names.channelId),
        textBytes(names.userId),
        textBytes(names.deviceId),
    );
}

export const clientHello = (features: number): Uint8Array =>
    concat(u16(CHANNEL_VERSION), u16(CHANNEL_VERSION), u32(features), new Uint8Array(8));

/** Bytes after those known are ignored. `wanted` bounds the features. */
export function parseWorkerHello(bytes: Uint8Array, wanted: number): WorkerHello {
    if (bytes.length < WORKER_HELLO_LENGTH) throw failed("worker hello too short");
    const view = viewOf(bytes);
    const hello = {
        version: view.getUint16(0),
        streams: view.getUint16(2),
        features: view.getUint32(4),
        newestEpoch: view.getUint32(8),
        largestMessage: view.getUint32(12),
    };
    if (hello.version !== CHANNEL_VERSION) throw failed("no version in common");
    if ((hello.features & ~wanted) !== 0) throw failed("features granted that were not wanted");
    if (hello.streams < 1) throw failed("no streams granted");
    return hello;
}

const failed = (why: string, cause?: unknown): E2eeFault =>
    new E2eeFault("HANDSHAKE_FAILED", why, { cause });

const agree = (secret: Uint8Array, point: Uint8Array): Uint8Array =>
    x25519.getSharedSecret(secret, point); // throws on an all-zero result

/** Bytes to send, then bytes received; see the head of the file. */
export class Initiator {
    private readonly state = new SymmetricState(PROTOCOL_NAME);
    private readonly ephemeralKem: { publicKey: Uint8Array; secretKey: Uint8Array };
    private used: "fresh" | "sent" | "over" = "fresh";

    constructor(
        private readonly names: ChannelNames,
        private readonly keys: { kx: Uint8Array; kem: Uint8Array },
        private readonly coins: Coins,
        private readonly features: number,
        private readonly trace: Trace = () => {},
    ) {
        this.ephemeralKem = ml_kem1024.keygen(coins.dz);
    }

    /** Fails with HANDSHAKE_FAILED when the Worker's keys are no keys. */
    message1(): Uint8Array {
        if (this.used !== "fresh") throw failed("handshake used twice");
        this.used = "sent";
        try {
            return this.writeMessage1();
        } catch (cause) {
            this.wipe();
            throw cause instanceof E2eeFault ? cause : failed("bad worker keys", cause);
        }
    }

    /** Fails with HANDSHAKE_FAILED, without more detail for the peer. */
    finish(message2: Uint8Array): HandshakeResult {
        if (this.used !== "sent") throw failed("message 2 without message 1");
        try {
            return this.readMessage2(message2);
        } catch (cause) {
            throw cause instanceof E2eeFault ? cause : failed("message 2 does not open", cause);
        } finally {
            this.wipe();
        }
    }

    wipe(): void {
        this.used = "over";
        this.state.wipe();
        wipe(this.coins.x, this.coins.m, this.coins.dz, this.ephemeralKem.secretKey);
    }

    private writeMessage1(): Uint8Array {
        const { state, names, keys, coins } = this;
        this.trace("init", state);
        state.mixHash(prologueOf(names));
        this.trace("prologue", state);
        state.mixHash(keys.kx);
        this.trace("pre kx", state);
        state.mixHash(keys.kem);
        this.trace("pre kem", state);

        const e = x25519.getPublicKey(coins.x);
        state.mixHash(e);
        this.trace("1 e", state);
        this.mix(agree(coins.x, keys.kx));
        this.trace("1 es", state);
        const { cipherText, sharedSecret } = ml_kem1024.encapsulate(keys.kem, coins.m);
        const skem = state.encryptAndHash(cipherText);
        this.trace("1 skem ct", state);
        this.mixWithHash(sharedSecret);
        this.trace("1 skem ss", state);
        const e1 = state.encryptAndHash(this.ephemeralKem.publicKey);
        this.trace("1 e1", state);
        const payload = state.encryptAndHash(clientHello(this.features));
        this.trace("1 payload", state);
        return concat(Uint8Array.of(MESSAGE_VERSION), u32(names.epoch), e, skem, e1, payload);
    }

    private readMessage2(message: Uint8Array): HandshakeResult {
        if (message.length < MESSAGE2_MIN || message.length > MESSAGE2_MAX) {
            throw failed("message 2 has a wrong length");
        }
        const { state, coins } = this;
        const e = message.subarray(0, DH_LENGTH);
        state.mixHash(e);
        this.trace("2 e", state);
        this.mix(agree(coins.x, e));
        this.trace("2 ee", state);
        const payloadAt = DH_LENGTH + SEALED_CIPHERTEXT_LENGTH;
        const ciphertext = state.decryptAndHash(message.subarray(DH_LENGTH, payloadAt));
        this.trace("2 ekem1 ct", state);
        this.mixWithHash(ml_kem1024.decapsulate(ciphertext, this.ephemeralKem.secretKey));
        this.trace("2 ekem1 ss", state);
        const hello = parseWorkerHello(
            state.decryptAndHash(message.subarray(payloadAt)),
            this.features,
        );
        this.trace("2 payload", state);
        const h = state.h;
        const [sendKey, receiveKey] = state.split();
        return { h, sendKey, receiveKey, hello };
    }

    private mix(secret: Uint8Array): void {
        this.state.mixKey(secret);
        wipe(secret);
    }

    private mixWithHash(secret: Uint8Array): void {
        this.state.mixKeyAndHash(secret);
        wipe(secret);
    }
}
