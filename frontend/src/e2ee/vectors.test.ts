// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { ed25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { slh_dsa_shake_256f } from "@noble/post-quantum/slh-dsa.js";
import { describe, expect, test, vi } from "vitest";
import { concat, textBytes, toHex, u16 } from "./bytes";
import { acceptCertificate, identityFingerprint, parseCertificateBody } from "./certificate";
import { costOf, encodeFill, encodeFrame, parseFrame } from "./frames";
import { clientHello, Initiator, prologueOf, type Trace } from "./handshake";
import { rekey } from "./noise";
import { paddedLength } from "./padding";
import { deviceFingerprint, makeProof, pairingTags, PROOF_CONTEXT } from "./proof";
import { RecordDirection } from "./records";
import { respond } from "./testing/responder";
import { channelVectorFiles, hex, type ChannelVectors } from "./testing/vectors";
import { bytesOfWords, wordsOf } from "./words";

// One signature of SLH-DSA takes seconds in JavaScript.
vi.setConfig({ testTimeout: 120_000 });

const files = channelVectorFiles();

function namesOf(v: ChannelVectors) {
    return {
        identity: hex(v.worker.identity_public),
        epoch: parseCertificateBody(hex(v.worker.cert_body)).epoch,
        workerId: v.ids.worker_id,
        channelId: v.ids.channel_id,
        userId: v.ids.user_id,
        deviceId: v.ids.device_id,
    };
}

function tracer() {
    const steps: ChannelVectors["steps"] = [];
    const trace: Trace = (step, { h, ck, k, n }) =>
        steps.push({
            step,
            h: toHex(h),
            ck: toHex(ck),
            k: k && toHex(k),
            n: k && n,
        });
    return { steps, trace };
}

function handshake(v: ChannelVectors) {
    const client = tracer();
    const worker = tracer();
    const { kx_public, kem_public, kx_private, kem_seed } = v.worker;
    const initiator = new Initiator(
        namesOf(v),
        { kx: hex(kx_public), kem: hex(kem_public) },
        {
            x: hex(v.randomness.client_x),
            m: hex(v.randomness.client_m),
            dz: hex(v.randomness.client_dz),
        },
        parseInt(v.client_hello.slice(8, 16), 16),
        client.trace,
    );
    const message1 = initiator.message1();
    const answer = respond(
        message1,
        namesOf(v),
        { kx: hex(kx_private), kemSeed: hex(kem_seed) },
        { x: hex(v.randomness.worker_x), m: hex(v.randomness.worker_m) },
        hex(v.worker_hello),
        worker.trace,
    );
    const result = initiator.finish(answer.message2);
    return { message1, answer, result, clientSteps: client.steps, workerSteps: worker.steps };
}

/** The same frame with as much padding as brings it to `length`. */
function padTo(length: number, plaintext: Uint8Array): Uint8Array {
    const padding = length - plaintext.length;
    const padded = concat(plaintext, new Uint8Array(padding));
    padded.set(u16(padding), 2);
    return padded;
}

function deviceOf(v: ChannelVectors) {
    const edSeed = hex(v.device.ed_seed);
    const ml = ml_dsa65.keygen(hex(v.device.ml_seed));
    return {
        ed: ed25519.getPublicKey(edSeed),
        ml: ml.publicKey,
        sign: (message: Uint8Array) =>
            Promise.resolve({
                ed: ed25519.sign(message, edSeed),
                ml: ml_dsa65.sign(message, ml.secretKey, {
                    context: PROOF_CONTEXT,
                    extraEntropy: false,
                }),
            }),
    };
}

test("a clone has vectors of the channel protocol", () => {
    expect(files.map(({ name }) => name)).not.toEqual([]);
});

describe.each(files)("$name", ({ vectors: v }) => {
    test("certificate body, fingerprint and words are as given", () => {
        const certificate = parseCertificateBody(hex(v.worker.cert_body));
        expect(toHex(certificate.bodyHash)).toBe(v.worker.body_hash);
        expect(certificate.workerId).toBe(v.ids.worker_id);
        expect(toHex(certificate.kx)).toBe(v.worker.kx_public);
        expect(toHex(certificate.kem)).toBe(v.worker.kem_public);
        const fingerprint = identityFingerprint(hex(v.worker.identity_public));
        expect(toHex(fingerprint)).toBe(v.worker.fingerprint);
        expect(wordsOf(fingerprint)).toEqual(v.worker.words);
    });

    test.runIf(v.worker.identity_seed)("the signature of the certificate is as given", () => {
        const { identity_seed, identity_public, cert_body } = v.worker;
        const identity = slh_dsa_shake_256f.keygen(hex(identity_seed ?? ""));
        expect(toHex(identity.publicKey)).toBe(identity_public);
        const signature = slh_dsa_shake_256f.sign(hex(cert_body), identity.secretKey, {
            context: textBytes("leapmux-worker-cert-v1"),
            extraEntropy: false,
        });
        expect(toHex(blake2b(signature))).toBe(v.worker.cert_signature_blake2b512);
        const { notBeforeMs } = parseCertificateBody(hex(cert_body));
        const expected = {
            workerId: v.ids.worker_id,
            identity: identity.publicKey,
            pinned: null,
            nowMs: notBeforeMs,
        };
        expect(() => acceptCertificate(concat(hex(cert_body), signature), expected)).not.toThrow();
    });

    test("prologue and client hello are as given", () => {
        expect(toHex(prologueOf(namesOf(v)))).toBe(v.prologue);
        const features = parseInt(v.client_hello.slice(8, 16), 16);
        expect(toHex(clientHello(features))).toBe(v.client_hello);
    });

    test("both ends have the given h, ck, key and n after every token", () => {
        const { clientSteps, workerSteps } = handshake(v);
        expect(clientSteps).toEqual(v.steps);
        expect(workerSteps).toEqual(v.steps);
    });

    test("both messages, h and the record keys are as given", () => {
        const { message1, answer, result } = handshake(v);
        expect(toHex(message1)).toBe(v.message1);
        expect(toHex(answer.message2)).toBe(v.message2);
        expect(toHex(result.h)).toBe(v.h);
        expect(toHex(answer.h)).toBe(v.h);
        expect(toHex(result.sendKey)).toBe(v.keys.c2w);
        expect(toHex(result.receiveKey)).toBe(v.keys.w2c);
        expect(toHex(answer.receiveKey)).toBe(v.keys.c2w);
    });

    test("the device proof is as given", async () => {
        const device = deviceOf(v);
        expect(toHex(device.ed)).toBe(v.device.ed_public);
        expect(toHex(device.ml)).toBe(v.device.ml_public);
        expect(toHex(deviceFingerprint(device))).toBe(v.device.fingerprint);
        expect(toHex(await makeProof(hex(v.h), device))).toBe(v.device.proof_deterministic);
    });

    test.runIf(v.pairing)("the pairing words and tags are as given", () => {
        const { secret: text, words, tag_d, tag_w } = v.pairing!;
        const secret = hex(text);
        expect(wordsOf(secret)).toEqual(words);
        expect(bytesOfWords(words.join(" "))).toEqual(secret);
        const tags = pairingTags(hex(v.h), secret, deviceOf(v));
        expect(toHex(tags.device)).toBe(tag_d);
        expect(toHex(tags.worker)).toBe(tag_w);
    });

    test("records seal and open as given, at the given cost", () => {
        for (const dir of ["c2w", "w2c"] as const) {
            const sealer = new RecordDirection(hex(v.keys[dir]));
            const opener = new RecordDirection(hex(v.keys[dir]));
            for (const { plain, record, cost } of v.records.filter((r) => r.dir === dir)) {
                expect(toHex(sealer.seal(hex(plain)))).toBe(record);
                expect(toHex(opener.open(hex(record)))).toBe(plain);
                expect(costOf(plain.length / 2)).toBe(cost);
            }
        }
    });

    test("every plaintext parses, and is what its frame encodes to", () => {
        for (const { dir, plain } of v.records) {
            const bytes = hex(plain);
            const frame = parseFrame(bytes, dir === "c2w" ? "client" : "worker");
            if (frame.type === "fill") {
                expect(toHex(encodeFill(bytes.length, frame.answer))).toBe(plain);
            } else {
                expect(toHex(padTo(bytes.length, encodeFrame(frame)))).toBe(plain);
            }
        }
    });

    test("rekey is as given", () => {
        expect(toHex(rekey(hex(v.rekey.before)))).toBe(v.rekey.after);
    });

    test.runIf(v.padme)("padded lengths are as given", () => {
        for (const [length, padded] of Object.entries(v.padme ?? {})) {
            expect(paddedLength(Number(length))).toBe(padded);
        }
    });
});
