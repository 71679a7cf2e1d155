// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { describe, expect, test } from "vitest";
import { EMPTY, toHex } from "./bytes";
import { E2eeFault } from "./fault";
import { rekey, sealWith } from "./noise";
import { PLAINTEXT_MAX, RECORD_LIMITS, RecordDirection, type RecordLimits } from "./records";

const KEY = new Uint8Array(32).fill(3);
const plaintext = (length: number) => new Uint8Array(length).fill(1);

function direction(limits: Partial<RecordLimits> = {}): RecordDirection {
    return new RecordDirection(KEY.slice(), { ...RECORD_LIMITS, ...limits });
}

function reasonOf(fn: () => unknown): string {
    try {
        fn();
    } catch (cause) {
        return cause instanceof E2eeFault ? cause.reason : `unexpected: ${String(cause)}`;
    }
    return "accepted";
}

/** Which key a record was sealed with: the first, or the one after a rekey. */
function keyOf(record: Uint8Array, n: number, length: number): "first" | "second" | "other" {
    if (toHex(sealWith(KEY, n, EMPTY, plaintext(length))) === toHex(record)) return "first";
    const second = sealWith(rekey(KEY), n, EMPTY, plaintext(length));
    return toHex(second) === toHex(record) ? "second" : "other";
}

describe("the key changes", () => {
    test("after exactly as many records as the limit says, and n goes on", () => {
        const sender = direction({ rekeyRecords: 3 });
        const used = [0, 1, 2, 3, 4, 5].map((n) => keyOf(sender.seal(plaintext(8)), n, 8));
        expect(used).toEqual(["first", "first", "first", "second", "second", "second"]);
    });

    test.each([
        [99, "first"],
        [100, "second"],
        [101, "second"],
    ])("or when %i bytes have passed a limit of 100: %s", (length, key) => {
        const sender = direction({ rekeyBytes: 100 });
        sender.seal(plaintext(length));
        expect(keyOf(sender.seal(plaintext(8)), 1, 8)).toBe(key);
    });

    test("at the limits that the protocol names", () => {
        expect(RECORD_LIMITS).toEqual({
            rekeyRecords: 1_048_576,
            rekeyBytes: 1_073_741_824,
            lastNonce: 281_474_976_710_656,
        });
    });
});

describe("a direction", () => {
    test("stops before its counter would pass the last one", () => {
        const sender = direction({ lastNonce: 2 });
        const receiver = direction({ lastNonce: 2 });
        receiver.open(sender.seal(plaintext(8)));
        receiver.open(sender.seal(plaintext(8)));
        expect(reasonOf(() => sender.seal(plaintext(8)))).toBe("KEY_WORN_OUT");
        expect(reasonOf(() => receiver.open(plaintext(24)))).toBe("KEY_WORN_OUT");
    });

    test.each([
        [7, "BAD_RECORD"],
        [8, "accepted"],
        [PLAINTEXT_MAX, "accepted"],
        [PLAINTEXT_MAX + 1, "BAD_RECORD"],
    ])("seals %i bytes: %s", (length, outcome) => {
        expect(reasonOf(() => direction().seal(plaintext(length)))).toBe(outcome);
    });

    test("does nothing after it was wiped", () => {
        const sender = direction();
        sender.wipe();
        expect(reasonOf(() => sender.seal(plaintext(8)))).toBe("KEY_WORN_OUT");
    });
});
