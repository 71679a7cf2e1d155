// SPDX-License-Identifier: Apache-2.0
/**
 * This device's id and its two signing keys.
 *
 * Ed25519 lives in WebCrypto, not extractable, where there is one. The seed of the ML-DSA-65 key,
 * which WebCrypto does not know, is stored sealed under an AES-GCM key that cannot be extracted
 * either. A page without WebCrypto (not a secure context) stores both seeds as they are.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { wipe, type Random } from "../e2ee/bytes";
import { newId } from "../e2ee/ids";
import { PROOF_CONTEXT, type DeviceSigner } from "../e2ee/proof";
import type { LinkStorage } from "./storage";

const SEED_LENGTH = 32;
const IV_LENGTH = 12;
const KEY = "this";

type EdKey = { kind: "webcrypto"; privateKey: CryptoKey } | { kind: "seed"; seed: Uint8Array };
type MlSeed =
    | { kind: "sealed"; key: CryptoKey; iv: Uint8Array; sealed: Uint8Array }
    | { kind: "seed"; seed: Uint8Array };

interface StoredDevice {
    deviceId: string;
    edPublic: Uint8Array;
    mlPublic: Uint8Array;
    ed: EdKey;
    ml: MlSeed;
}

export interface Device extends DeviceSigner {
    readonly id: string;
}

/** What of WebCrypto is used; null where the page has none. */
export type Subtle = SubtleCrypto | null;

/** The stored device, or a new one. Two pages that start at once end up with the same. */
export async function loadDevice(
    storage: LinkStorage,
    subtle: Subtle,
    random: Random,
): Promise<Device> {
    const stored = await storage.get("device", KEY);
    if (isStored(stored)) return deviceOf(stored, subtle);
    const made = await makeDevice(subtle, random);
    const first = await storage.putIfAbsent("device", KEY, made);
    return deviceOf(isStored(first) ? first : made, subtle);
}

/** A Worker knows this id with other keys: start over as another device. */
export async function replaceDevice(
    storage: LinkStorage,
    subtle: Subtle,
    random: Random,
): Promise<Device> {
    const made = await makeDevice(subtle, random);
    await storage.put("device", KEY, made);
    return deviceOf(made, subtle);
}

const isStored = (value: unknown): value is StoredDevice =>
    typeof value === "object" && value !== null && "deviceId" in value && "ml" in value;

async function makeDevice(subtle: Subtle, random: Random): Promise<StoredDevice> {
    const { ed, edPublic } = await makeEd(subtle, random);
    const seed = random(SEED_LENGTH);
    const { publicKey, secretKey } = ml_dsa65.keygen(seed);
    wipe(secretKey);
    const ml = await sealSeed(seed, subtle, random);
    return { deviceId: newId(random), edPublic, mlPublic: publicKey, ed, ml };
}

async function makeEd(
    subtle: Subtle,
    random: Random,
): Promise<{ ed: EdKey; edPublic: Uint8Array }> {
    try {
        if (subtle) {
            const usages: KeyUsage[] = ["sign", "verify"];
            const pair = await subtle.generateKey({ name: "Ed25519" }, false, usages);
            if ("privateKey" in pair) {
                const edPublic = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
                return { ed: { kind: "webcrypto", privateKey: pair.privateKey }, edPublic };
            }
        }
    } catch {
        // This WebCrypto does not know Ed25519.
    }
    const seed = random(SEED_LENGTH);
    return { ed: { kind: "seed", seed }, edPublic: ed25519.getPublicKey(seed) };
}

/** Takes ownership of the seed. */
async function sealSeed(seed: Uint8Array, subtle: Subtle, random: Random): Promise<MlSeed> {
    if (!subtle) return { kind: "seed", seed };
    const usages: KeyUsage[] = ["encrypt", "decrypt"];
    const key = await subtle.generateKey({ name: "AES-GCM", length: 256 }, false, usages);
    const iv = random(IV_LENGTH);
    const sealed = await subtle.encrypt({ name: "AES-GCM", iv: own(iv) }, key, own(seed));
    wipe(seed);
    return { kind: "sealed", key, iv, sealed: new Uint8Array(sealed) };
}

async function openSeed(ml: MlSeed, subtle: Subtle): Promise<Uint8Array> {
    if (ml.kind === "seed") return ml.seed.slice();
    if (!subtle) throw new Error("no WebCrypto to open the device's key with");
    const algorithm = { name: "AES-GCM", iv: own(ml.iv) };
    return new Uint8Array(await subtle.decrypt(algorithm, ml.key, own(ml.sealed)));
}

async function signEd(ed: EdKey, subtle: Subtle, message: Uint8Array): Promise<Uint8Array> {
    if (ed.kind === "seed") return ed25519.sign(message, ed.seed);
    if (!subtle) throw new Error("no WebCrypto to sign with");
    return new Uint8Array(await subtle.sign({ name: "Ed25519" }, ed.privateKey, own(message)));
}

async function signMl(ml: MlSeed, subtle: Subtle, message: Uint8Array): Promise<Uint8Array> {
    const seed = await openSeed(ml, subtle);
    const { secretKey } = ml_dsa65.keygen(seed);
    const signature = ml_dsa65.sign(message, secretKey, { context: PROOF_CONTEXT });
    wipe(seed, secretKey);
    return signature;
}

function deviceOf(stored: StoredDevice, subtle: Subtle): Device {
    return {
        id: stored.deviceId,
        ed: stored.edPublic,
        ml: stored.mlPublic,
        sign: async (message) => ({
            ed: await signEd(stored.ed, subtle, message),
            ml: await signMl(stored.ml, subtle, message),
        }),
    };
}

/** A copy on a buffer of its own, as WebCrypto's types want it. */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes.slice();
