// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { describe, expect, test, vi } from "vitest";
import { u16 } from "./bytes";
import { E2eeFault } from "./fault";
import { drawCoins, Initiator, MESSAGE2_MAX, type ChannelNames } from "./handshake";
import { makeChance } from "./testing/chance";
import { respond, workerHello, type WorkerKeys } from "./testing/responder";

vi.setConfig({ testTimeout: 120_000 });

const chance = makeChance(11);
const keys: WorkerKeys = { kx: chance.bytes(32), kemSeed: chance.bytes(64) };
const publicKeys = {
    kx: x25519.getPublicKey(keys.kx),
    kem: ml_kem1024.keygen(keys.kemSeed).publicKey,
};
const names: ChannelNames = {
    identity: chance.bytes(64),
    epoch: 5,
    workerId: "W".repeat(22),
    channelId: "C".repeat(22),
    userId: "U".repeat(22),
    deviceId: "D".repeat(22),
};
const goodHello = {
    version: 1,
    streams: 256,
    features: 1,
    newestEpoch: 5,
    largestMessage: 1 << 24,
};

const start = (theirs: Partial<ChannelNames> = {}, keysUsed = publicKeys, features = 1) =>
    new Initiator({ ...names, ...theirs }, keysUsed, drawCoins(chance.bytes), features);

const answer = (message1: Uint8Array, hello = goodHello, tail = new Uint8Array(0)) =>
    respond(
        message1,
        names,
        keys,
        { x: chance.bytes(32), m: chance.bytes(32) },
        Uint8Array.from([...workerHello(hello), ...tail]),
    );

const reasonOf = (fn: () => unknown): string => {
    try {
        fn();
    } catch (cause) {
        return cause instanceof E2eeFault ? cause.reason : `unexpected: ${String(cause)}`;
    }
    return "accepted";
};

describe("a handshake", () => {
    test("ends with the same h and keys at both ends, whatever was drawn", () => {
        for (let i = 0; i < 10; i++) {
            const initiator = start();
            const { message2, ...theirs } = answer(initiator.message1());
            const ours = initiator.finish(message2);
            expect(ours.h).toEqual(theirs.h);
            expect(ours.sendKey).toEqual(theirs.receiveKey);
            expect(ours.receiveKey).toEqual(theirs.sendKey);
            expect(ours.hello).toEqual(goodHello);
        }
    });

    test("serves once", () => {
        const initiator = start();
        const { message2 } = answer(initiator.message1());
        expect(reasonOf(() => initiator.message1())).toBe("HANDSHAKE_FAILED");
        initiator.finish(message2);
        expect(reasonOf(() => initiator.finish(message2))).toBe("HANDSHAKE_FAILED");
    });

    test("bytes after the known ones of a hello are ignored", () => {
        const initiator = start();
        const { message2 } = answer(initiator.message1(), goodHello, new Uint8Array(1_000));
        expect(initiator.finish(message2).hello).toEqual(goodHello);
    });
});

describe("the Worker's hello is refused", () => {
    test.each([
        ["without a version in common", { ...goodHello, version: 0 }],
        ["with a version that was not offered", { ...goodHello, version: 2 }],
        ["with a feature that was not wanted", { ...goodHello, features: 3 }],
        ["without a single stream", { ...goodHello, streams: 0 }],
    ])("%s", (_name, hello) => {
        const initiator = start();
        const { message2 } = answer(initiator.message1(), hello);
        expect(reasonOf(() => initiator.finish(message2))).toBe("HANDSHAKE_FAILED");
    });
});

describe("tampering", () => {
    test("any byte of message 2 flipped is refused", () => {
        const { length } = answer(start().message1()).message2;
        // Each place once; neighbours share a run, since every one costs a handshake.
        for (let at = 0; at < length; at += 23) {
            const initiator = start();
            const { message2 } = answer(initiator.message1());
            message2[at] = (message2[at] ?? 0) ^ (1 << (at % 8));
            expect(
                reasonOf(() => initiator.finish(message2)),
                `byte ${at}`,
            ).toBe("HANDSHAKE_FAILED");
        }
    });

    test("any byte of message 1 flipped is refused by the Worker or by the client", () => {
        const { length } = start().message1();
        for (let at = 0; at < length; at += 97) {
            const initiator = start();
            const message1 = initiator.message1();
            message1[at] = (message1[at] ?? 0) ^ (1 << (at % 8));
            const refused = reasonOf(() => initiator.finish(answer(message1).message2));
            expect(refused, `byte ${at}`).not.toBe("accepted");
        }
    });

    test.each([0, 1, 1_655, MESSAGE2_MAX + 1])("a message 2 of %i bytes is refused", (length) => {
        const initiator = start();
        initiator.message1();
        expect(reasonOf(() => initiator.finish(new Uint8Array(length)))).toBe("HANDSHAKE_FAILED");
    });

    test("message 2 of another attempt is refused", () => {
        const { message2 } = answer(start().message1());
        const initiator = start();
        initiator.message1();
        expect(reasonOf(() => initiator.finish(message2))).toBe("HANDSHAKE_FAILED");
    });

    test.each([
        ["identity", { identity: new Uint8Array(64) }],
        ["worker_id", { workerId: "X".repeat(22) }],
        ["channel_id", { channelId: "X".repeat(22) }],
        ["user_id", { userId: "X".repeat(22) }],
        ["device_id", { deviceId: "X".repeat(22) }],
    ])("another %s at the two ends is refused by the Worker", (_name, theirs) => {
        const message1 = start(theirs).message1();
        expect(reasonOf(() => answer(message1))).toMatch(/unexpected/);
    });

    test("swapped static keys are refused by the Worker", () => {
        const other = makeChance(12);
        const kx = x25519.getPublicKey(other.bytes(32));
        const kem = ml_kem1024.keygen(other.bytes(64)).publicKey;
        for (const swapped of [
            { ...publicKeys, kx },
            { ...publicKeys, kem },
        ]) {
            const message1 = start({}, swapped).message1();
            expect(reasonOf(() => answer(message1))).toMatch(/unexpected/);
        }
    });

    test("an X25519 key of small order is refused before anything is sent", () => {
        const keysUsed = { ...publicKeys, kx: new Uint8Array(32) };
        expect(reasonOf(() => start({}, keysUsed).message1())).toBe("HANDSHAKE_FAILED");
    });

    test("an encapsulation key that fails the modulus check is refused before use", () => {
        const kem = publicKeys.kem.slice();
        kem.set(u16(0xffff), 0);
        const keysUsed = { ...publicKeys, kem };
        expect(reasonOf(() => start({}, keysUsed).message1())).toBe("HANDSHAKE_FAILED");
    });
});
