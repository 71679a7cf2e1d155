// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { EMPTY } from "../e2ee/bytes";
import { ErrorInfoSchema } from "../gen/leapmux/v1/common_pb";
import { errorFields, errorOfEnd, errorOfHttp } from "./connect";
import { LinkError } from "./link";

const info = toBinary(
    ErrorInfoSchema,
    create(ErrorInfoSchema, { reason: "INVALID", field: "title", retryAfterMs: 250n }),
);

describe("an END", () => {
    test("with status 0 is no error", () => {
        expect(errorOfEnd({ status: 0, reason: "", message: "", details: EMPTY })).toBe(null);
    });

    test("has code, reason, sentence and details", () => {
        const error = errorOfEnd({ status: 3, reason: "INVALID", message: "bad", details: info });
        expect(error && errorFields(error)).toEqual({
            code: "invalid_argument",
            reason: "INVALID",
            message: "bad",
            field: "title",
            retryAfterMs: 250,
        });
    });

    test("with details that are no ErrorInfo keeps the rest", () => {
        const error = errorOfEnd({
            status: 200,
            reason: "R",
            message: "",
            details: Uint8Array.of(255),
        });
        expect(error).toMatchObject({ code: "unknown", reason: "R" });
    });
});

describe("an HTTP answer", () => {
    const connectError = (detail: object) =>
        JSON.stringify({ code: "not_found", message: "gone", details: [detail] });

    test("of Connect has its code, sentence and ErrorInfo, padded or not", () => {
        const value = Buffer.from(info).toString("base64");
        for (const text of [value, value.replace(/=+$/, "")]) {
            const detail = { type: "leapmux.v1.ErrorInfo", value: text };
            expect(errorOfHttp(404, connectError(detail))).toMatchObject({
                code: "not_found",
                reason: "INVALID",
                message: "gone",
                field: "title",
            });
        }
    });

    test.each([
        [401, "", "unauthenticated"],
        [503, "<html>", "unavailable"],
        [404, "[]", "unimplemented"],
        [418, "null", "unknown"],
        [404, '{"code":"nonsense"}', "unimplemented"],
        [
            404,
            '{"code":"aborted","details":[{"type":"leapmux.v1.ErrorInfo","value":"%"}]}',
            "aborted",
        ],
    ])("%i %s is %s", (status, body, code) => {
        const error = errorOfHttp(status, body);
        expect(error).toBeInstanceOf(LinkError);
        expect(error.code).toBe(code);
        expect(error.message).not.toBe("");
    });
});
