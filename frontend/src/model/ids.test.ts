// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { isId, newId } from "./ids";

test("ids are 22 characters, all different", () => {
    const ids = Array.from({ length: 200 }, newId);
    expect(ids.every(isId)).toBe(true);
    expect(new Set(ids).size).toBe(200);
});

test("other text is no id", () => {
    for (const text of ["", "a".repeat(21), "a".repeat(23), `${"a".repeat(21)}-`]) {
        expect(isId(text)).toBe(false);
    }
});
