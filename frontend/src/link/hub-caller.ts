// SPDX-License-Identifier: Apache-2.0
/** Calls to the Hub in the types of the generated services. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { postHub } from "./hub-call";
import type { Link } from "./link";

const DEADLINE_MS = 30_000;

export type HubCaller = Link["callHub"];

export function makeHubCaller(base: string, fetcher: typeof fetch): HubCaller {
    return async (method, request, { deadlineMs = DEADLINE_MS, signal } = {}) => {
        const body = toBinary(method.input, create(method.input, request));
        const path = `${method.parent.typeName}/${method.name}`;
        const answer = await postHub(fetcher, base, path, body, deadlineMs, signal);
        return fromBinary(method.output, answer);
    };
}
