// SPDX-License-Identifier: Apache-2.0
/** One unary Connect call to the Hub, as binary protobuf over fetch. */
import { canceled, errorOfHttp, timedOut, unreachable } from "./connect";
import { LinkError } from "./link";

/**
 * `base` is the absolute address below which the Hub lives, with a slash at its end; `path` is
 * "package.Service/Method". Fails with LinkError only.
 */
export async function postHub(
    fetcher: typeof fetch,
    base: string,
    path: string,
    body: Uint8Array,
    deadlineMs: number,
    signal?: AbortSignal,
): Promise<Uint8Array> {
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
        const response = await fetcher(base + path, {
            method: "POST",
            headers: {
                "Content-Type": "application/proto",
                "Connect-Protocol-Version": "1",
                "Connect-Timeout-Ms": String(deadlineMs),
            },
            body: body.slice(),
            signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        });
        if (!response.ok) throw errorOfHttp(response.status, await response.text());
        return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
        if (cause instanceof LinkError) throw cause;
        if (signal?.aborted) throw canceled();
        if (deadline.aborted) throw timedOut();
        throw unreachable("the Hub cannot be reached");
    }
}
