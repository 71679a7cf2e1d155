// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { describe, expect, test } from "vitest";
import { systemRandom, textBytes } from "../e2ee/bytes";
import { PROOF_CONTEXT } from "../e2ee/proof";
import { loadDevice, replaceDevice, type Device, type Subtle } from "./device";
import { memoryStorage } from "./storage";

const message = textBytes("signed");

async function expectBothVerify(device: Device): Promise<void> {
    const { ed, ml } = await device.sign(message);
    expect(ed25519.verify(ed, message, device.ed)).toBe(true);
    expect(ml_dsa65.verify(ml, message, device.ml, { context: PROOF_CONTEXT })).toBe(true);
}

/** A WebCrypto of before Ed25519. */
const oldSubtle = {
    generateKey: (algorithm: AlgorithmIdentifier, extractable: boolean, usages: KeyUsage[]) =>
        typeof algorithm === "object" && algorithm.name === "Ed25519"
            ? Promise.reject(new DOMException("no", "NotSupportedError"))
            : crypto.subtle.generateKey(algorithm as AesKeyGenParams, extractable, usages),
    encrypt: crypto.subtle.encrypt.bind(crypto.subtle),
    decrypt: crypto.subtle.decrypt.bind(crypto.subtle),
} as unknown as SubtleCrypto;

describe.each<[string, Subtle]>([
    ["with WebCrypto", crypto.subtle],
    ["with a WebCrypto that lacks Ed25519", oldSubtle],
    ["without WebCrypto", null],
])("a device %s", (_name, subtle) => {
    test("signs with both keys, also after a reload", async () => {
        const storage = memoryStorage();
        const made = await loadDevice(storage, subtle, systemRandom);
        await expectBothVerify(made);
        const again = await loadDevice(storage, subtle, systemRandom);
        expect(again.id).toBe(made.id);
        expect(again.ml).toEqual(made.ml);
        await expectBothVerify(again);
    });

    test("made by two pages at once is one", async () => {
        const storage = memoryStorage();
        const [a, b] = await Promise.all([
            loadDevice(storage, subtle, systemRandom),
            loadDevice(storage, subtle, systemRandom),
        ]);
        expect(a.id).toBe(b.id);
        expect(a.ed).toEqual(b.ed);
    });

    test("that is replaced has another id and other keys from then on", async () => {
        const storage = memoryStorage();
        const first = await loadDevice(storage, subtle, systemRandom);
        const second = await replaceDevice(storage, subtle, systemRandom);
        expect(second.id).not.toBe(first.id);
        expect(second.ed).not.toEqual(first.ed);
        expect((await loadDevice(storage, subtle, systemRandom)).id).toBe(second.id);
    });
});

test("no seed lies open where WebCrypto can seal it", async () => {
    const storage = memoryStorage();
    await loadDevice(storage, crypto.subtle, systemRandom);
    const stored = (await storage.get("device", "this")) as {
        ed: { kind: string; privateKey: CryptoKey };
        ml: { kind: string; key: CryptoKey };
    };
    expect(stored.ed.kind).toBe("webcrypto");
    expect(stored.ed.privateKey.extractable).toBe(false);
    expect(stored.ml.kind).toBe("sealed");
    expect(stored.ml.key.extractable).toBe(false);
});
