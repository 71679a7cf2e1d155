// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
/**
 * The primitives as this client uses them: a few short known answers typed in from the standards,
 * and NIST's own vectors where they stand beside the project.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { slh_dsa_shake_256f } from "@noble/post-quantum/slh-dsa.js";
import { describe, expect, test, vi } from "vitest";
import { concat, EMPTY, textBytes, toHex } from "./bytes";
import { hex, sharedText } from "./testing/vectors";

vi.setConfig({ testTimeout: 120_000 });

describe("known answers", () => {
    test("BLAKE2b-512 of abc: RFC 7693 appendix A", () => {
        expect(toHex(blake2b(textBytes("abc")))).toBe(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1" +
                "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        );
    });

    test("X25519: RFC 7748 section 5.2, first vector", () => {
        const shared = x25519.scalarMult(
            hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
            hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
        );
        expect(toHex(shared)).toBe(
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        );
    });

    test("Ed25519 of nothing: RFC 8032 section 7.1, test 1", () => {
        const seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        expect(toHex(ed25519.sign(EMPTY, seed))).toBe(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        );
    });

    test("ChaCha20-Poly1305: the tag of RFC 8439 section 2.8.2", () => {
        const key = Uint8Array.from({ length: 32 }, (_, at) => 0x80 + at);
        const nonce = hex("070000004041424344454647");
        const associated = hex("50515253c0c1c2c3c4c5c6c7");
        const text = textBytes(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for " +
                "the future, sunscreen would be it.",
        );
        const sealed = chacha20poly1305(key, nonce, associated).encrypt(text);
        expect(toHex(sealed.subarray(-16))).toBe("1ae10b594f09e26a7e902ecbd0600691");
    });
});

interface AcvpTest {
    ek?: string;
    dk?: string;
    d?: string;
    z?: string;
    c?: string;
    k?: string;
    m?: string;
    testPassed?: boolean;
}

interface AcvpFile {
    testGroups: { function?: string; tests: AcvpTest[] }[];
}

function acvp(name: string, fn?: string): AcvpTest[] {
    const text = sharedText(`vectors/acvp/${name}`);
    if (!text) return [];
    const { testGroups } = JSON.parse(text) as AcvpFile;
    return testGroups.filter((group) => group.function === fn).flatMap(({ tests }) => tests);
}

const bytes = (text: string | undefined) => hex(text ?? "");

describe("NIST's vectors of ML-KEM-1024", () => {
    const keygen = acvp("ML-KEM-keyGen-FIPS203.ML-KEM-1024.json");
    test.runIf(keygen.length)("a seed d ‖ z gives its key pair", () => {
        for (const { d, z, ek, dk } of keygen) {
            const { publicKey, secretKey } = ml_kem1024.keygen(concat(bytes(d), bytes(z)));
            expect(publicKey).toEqual(bytes(ek));
            expect(secretKey).toEqual(bytes(dk));
        }
    });

    const file = "ML-KEM-encapDecap-FIPS203.ML-KEM-1024.json";
    const encapsulation = acvp(file, "encapsulation");
    test.runIf(encapsulation.length)("encapsulation gives its ciphertext and secret", () => {
        for (const { ek, m, c, k } of encapsulation) {
            const { cipherText, sharedSecret } = ml_kem1024.encapsulate(bytes(ek), bytes(m));
            expect(cipherText).toEqual(bytes(c));
            expect(sharedSecret).toEqual(bytes(k));
        }
    });

    const decapsulation = acvp(file, "decapsulation");
    test.runIf(decapsulation.length)(
        "decapsulation never fails, also of changed ciphertexts",
        () => {
            for (const { dk, c, k } of decapsulation) {
                expect(ml_kem1024.decapsulate(bytes(c), bytes(dk))).toEqual(bytes(k));
            }
        },
    );

    const checks = acvp(file, "encapsulationKeyCheck");
    test.runIf(checks.length)("an encapsulation key out of range is refused before use", () => {
        for (const { ek, testPassed } of checks) {
            const use = () => ml_kem1024.encapsulate(bytes(ek), new Uint8Array(32));
            if (testPassed) expect(use).not.toThrow();
            else expect(use).toThrow();
        }
    });
});

describe("vectors of SLH-DSA-SHAKE-256f with a context", () => {
    const text = sharedText("vectors/acvp/generated_slhdsa_shake_256f_external_ctx.json");
    test.runIf(text)("verify under their own context and under no other", () => {
        const vectors = JSON.parse(text ?? "") as Record<"pk" | "msg" | "ctx" | "sig", string>[];
        for (const { pk, msg, ctx, sig } of vectors) {
            const verify = (context: Uint8Array) =>
                slh_dsa_shake_256f.verify(hex(sig), hex(msg), hex(pk), { context });
            expect(verify(hex(ctx))).toBe(true);
            expect(verify(textBytes("another"))).toBe(false);
        }
    });
});
