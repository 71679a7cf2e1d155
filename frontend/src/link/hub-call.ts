// SPDX-License-Identifier: Apache-2.0
/** One unary Connect call to the Hub, as binary protobuf over fetch. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { canceled, errorOfHttp, timedOut, unreachable } from "./connect";
import { LinkError, type CallOptions, type UnaryMethod } from "./link";

const DEADLINE_MS = 30_000;

export interface HubCaller {
    <I extends DescMessage, O extends DescMessage>(
        method: UnaryMethod<I, O>,
        request: MessageInitShape<I>,
        options?: Pick<CallOptions, "deadlineMs" | "signal">,
    ): Promise<MessageShape<O>>;
}

/** `base` is the absolute address below which the Hub lives, with a slash at its end. */
export function makeHubCaller(base: string, fetcher: typeof fetch): HubCaller {
    return async (method, request, options = {}) => {
        const body = toBinary(method.input, create(method.input, request));
        const url = `${base}${method.parent.typeName}/${method.name}`;
        const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
        const answer = await post(fetcher, url, body, deadlineMs, options.signal);
        return fromBinary(method.output, answer);
    };
}

async function post(
    fetcher: typeof fetch,
    url: string,
    body: Uint8Array,
    deadlineMs: number,
    signal: AbortSignal | undefined,
): Promise<Uint8Array> {
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
        const response = await fetcher(url, {
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
