// SPDX-License-Identifier: Apache-2.0
/** Errors as Connect spells them: over HTTP from the Hub, as END of a stream from a Worker. */
import { type EndOfStream } from "../e2ee/frames";
import { LinkError, type CallErrorFields } from "./link";
import { readErrorInfo, type ErrorInfo } from "./wire";

/** The place in this list is the number of the code. */
const CODES = [
    "ok",
    "canceled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
] as const;

/** What Connect says an answer without a body of its own means. */
const CODE_OF_HTTP: Record<number, string> = {
    400: "internal",
    401: "unauthenticated",
    403: "permission_denied",
    404: "unimplemented",
    429: "unavailable",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
};

const ERROR_INFO = "leapmux.v1.ErrorInfo";

/** A stream's END as an error; null when it ended well. */
export function errorOfEnd(end: EndOfStream): LinkError | null {
    if (end.status === 0) return null;
    const code = CODES[end.status] ?? "unknown";
    const info = errorInfoOf(end.details);
    return new LinkError({
        ...fieldsOf(info),
        code,
        reason: end.reason,
        message: end.message || code,
    });
}

/** The error of a Connect call that was not answered with 200. */
export function errorOfHttp(status: number, body: string): LinkError {
    const fallback = CODE_OF_HTTP[status] ?? "unknown";
    const parsed = parseConnectError(body);
    const code = parsed?.code ?? fallback;
    const info = parsed?.info ?? null;
    return new LinkError({
        ...fieldsOf(info),
        code,
        reason: info?.reason ?? "",
        message: parsed?.message || `the Hub answered ${status}`,
    });
}

/** No answer at all. */
export const unreachable = (cause: string): LinkError =>
    new LinkError({ code: "unavailable", reason: "UNREACHABLE", message: cause });

export const timedOut = (): LinkError =>
    new LinkError({
        code: "deadline_exceeded",
        reason: "TIMEOUT",
        message: "no answer came in time",
    });

export const canceled = (): LinkError =>
    new LinkError({ code: "canceled", reason: "", message: "canceled" });

/** A LinkError as it travels between threads. */
export function errorFields(error: LinkError): CallErrorFields {
    const { code, reason, message, field, retryAfterMs } = error;
    return {
        code,
        reason,
        message,
        ...(field === undefined ? {} : { field }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
}

function fieldsOf(info: ErrorInfo | null): { field?: string; retryAfterMs?: number } {
    if (!info) return {};
    return {
        ...(info.field ? { field: info.field } : {}),
        ...(info.retryAfterMs > 0 ? { retryAfterMs: info.retryAfterMs } : {}),
    };
}

function errorInfoOf(bytes: Uint8Array): ErrorInfo | null {
    if (bytes.length === 0) return null;
    try {
        return readErrorInfo(bytes);
    } catch {
        return null;
    }
}

function parseConnectError(
    body: string,
): { code?: string; message: string; info: ErrorInfo | null } | null {
    let value: unknown;
    try {
        value = JSON.parse(body);
    } catch {
        return null;
    }
    if (!isRecord(value)) return null;
    const details = Array.isArray(value.details) ? value.details.filter(isRecord) : [];
    const detail = details.find(({ type }) => type === ERROR_INFO);
    const known = CODES.find((code) => code === value.code);
    return {
        ...(known ? { code: known } : {}),
        message: typeof value.message === "string" ? value.message : "",
        info: typeof detail?.value === "string" ? errorInfoOf(fromBase64(detail.value)) : null,
    };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null;

function fromBase64(text: string): Uint8Array {
    try {
        return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    } catch {
        return new Uint8Array(0);
    }
}
