// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { describe, expect, test } from "vitest";
import { WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import { makeFakeLink } from "./fake";
import { LinkError } from "./link";

const { getWorkerInfo, watchWorkspace } = WorkerMethods.method;

describe("the fake link", () => {
    test("answers a method as it was told, and refuses others", async () => {
        const link = makeFakeLink();
        const call = () => link.callWorker("w", getWorkerInfo, {});
        await expect(call()).rejects.toMatchObject({ code: "unimplemented" });
        link.on(getWorkerInfo, (_request, workerId) => ({ name: `box of ${workerId}` }));
        expect((await call()).name).toBe("box of w");
        link.on(getWorkerInfo, () => {
            throw new LinkError({ code: "not_found", reason: "NOT_FOUND", message: "gone" });
        });
        await expect(call()).rejects.toMatchObject({ reason: "NOT_FOUND" });
    });

    test("holds watches for the test to speak on, and asks again at a restart", () => {
        const link = makeFakeLink();
        const log: string[] = [];
        let asked = 0;
        const stop = link.watchWorker(
            "w",
            watchWorkspace,
            () => ({ workspaceId: `request ${(asked += 1)}` }),
            {
                message: ({ event }) => log.push(`message ${event.case}`),
                interrupted: () => log.push("interrupted"),
                end: (error) => log.push(`end ${error?.reason}`),
            },
        );
        const [watch] = link.watches(watchWorkspace);
        watch?.send({ event: { case: "snapshot", value: {} } });
        expect(watch?.restart().workspaceId).toBe("request 2");
        stop();
        watch?.send({ event: { case: "snapshot", value: {} } });
        expect(log).toEqual(["message snapshot", "interrupted"]);
        expect(link.watches(watchWorkspace)).toEqual([]);
    });
});
