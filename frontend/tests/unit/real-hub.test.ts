// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
/**
 * The client's own code against the built program in solo mode: LEAPMUX_BIN names it, and
 * without that nothing here runs.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemRandom } from "../../src/e2ee/bytes";
import { newId } from "../../src/e2ee/ids";
import { AuthService, WorkerService, WorkspaceService } from "../../src/gen/leapmux/v1/hub_pb";
import { WorkerMethods } from "../../src/gen/leapmux/v1/worker_pb";
import { LinkError, type LinkState, type WorkerLink } from "../../src/link/link";
import { memoryStorage } from "../../src/link/storage";
import { openNodeLink, type NodeLink } from "../node-link";

const BINARY = process.env.LEAPMUX_BIN;
const START_LIMIT_MS = 20_000;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let program: ChildProcess | null;
let base: string;
let nodeLink: NodeLink;

/** Start the program and wait until it says that it is ready. */
async function startProgram(addr = "127.0.0.1:0"): Promise<void> {
    const args = ["solo", "--addr", addr, "--data-dir", folder, "--log-format", "json"];
    const child = spawn(BINARY ?? "", args, { stdio: ["ignore", "pipe", "pipe"] });
    program = child;
    let output = "";
    base = await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(output)), START_LIMIT_MS);
        const look = (chunk: Buffer) => {
            output += chunk.toString();
            const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(output);
            if (!found) return;
            clearTimeout(timer);
            resolve(found[0]);
        };
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        child.on("exit", () => reject(new Error(`the program ended: ${output}`)));
    });
}

async function stopProgram(signal: NodeJS.Signals): Promise<void> {
    const child = program;
    program = null;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
    return vi.waitFor(
        () => {
            const found = look();
            if (found === undefined) throw new Error(`still no ${what}`);
            return found;
        },
        { timeout: START_LIMIT_MS, interval: 20 },
    );
}

async function onlyWorker(): Promise<string> {
    const { link } = nodeLink;
    const { personalOrg } = await link.callHub(AuthService.method.getCurrentUser, {});
    return vi.waitFor(
        async () => {
            const { workers } = await link.callHub(WorkerService.method.listWorkers, {
                orgId: personalOrg?.id ?? "",
            });
            const worker = workers.find(({ online }) => online);
            if (!worker) throw new Error("no worker is online");
            return worker.id;
        },
        { timeout: START_LIMIT_MS },
    );
}

describe.runIf(BINARY)("the built program", () => {
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "leapmux-link-"));
        await startProgram();
        nodeLink = openNodeLink({ base });
    });

    afterEach(async () => {
        nodeLink.stop();
        await stopProgram("SIGTERM");
        rmSync(folder, { recursive: true, force: true });
    });

    test("answers a call through a sealed channel", async () => {
        const workerId = await onlyWorker();
        const info = await nodeLink.link.callWorker(
            workerId,
            WorkerMethods.method.getWorkerInfo,
            {},
        );
        expect(info.os).not.toBe("");
        const fingerprint = await nodeLink.link.fingerprint(workerId);
        expect(fingerprint.words.length).toBe(8);
    });

    test("says that a watch of a workspace nobody knows is not found", async () => {
        const workerId = await onlyWorker();
        const ends: (LinkError | null)[] = [];
        nodeLink.link.watchWorker(
            workerId,
            WorkerMethods.method.watchWorkspace,
            () => ({ workspaceId: newId(systemRandom) }),
            { message: () => {}, interrupted: () => {}, end: (error) => ends.push(error) },
        );
        const end = await until("end", () => ends[0]);
        expect(end?.code).toBe("not_found");
    });

    test("is found again after kill -9, the watch goes on and the same device is admitted", async () => {
        const states: LinkState[] = [];
        const workers: WorkerLink[] = [];
        nodeLink.link.onState((state) => states.push(state));
        nodeLink.link.onWorker((_id, worker) => workers.push(worker));
        const workerId = await onlyWorker();
        const workspaceId = newId(systemRandom);
        const { personalOrg } = await nodeLink.link.callHub(AuthService.method.getCurrentUser, {});
        await nodeLink.link.callHub(WorkspaceService.method.createWorkspace, {
            orgId: personalOrg?.id ?? "",
            workspaceId,
            title: "Watched",
        });
        const seen = { messages: 0, interrupted: 0 };
        nodeLink.link.watchWorker(
            workerId,
            WorkerMethods.method.watchWorkspace,
            () => ({ workspaceId }),
            {
                message: () => (seen.messages += 1),
                interrupted: () => (seen.interrupted += 1),
                end: (error) => expect.unreachable(error?.message),
            },
        );
        await until("snapshot", () => (seen.messages > 0 ? true : undefined));
        const { host } = new URL(base);
        await stopProgram("SIGKILL");
        await until("interruption", () => (seen.interrupted > 0 ? true : undefined));
        const before = seen.messages;
        await startProgram(host);
        await until("second snapshot", () => (seen.messages > before ? true : undefined));
        expect(states).toEqual(["connecting", "connected", "reconnecting", "connected"]);
        expect(workers.at(-1)).toMatchObject({ channel: "open", alive: true });
    });

    test("knows the device again on its next visit, without fetching keys", async () => {
        const workerId = await onlyWorker();
        const storage = memoryStorage();
        const { getWorkerInfo } = WorkerMethods.method;
        for (let visit = 0; visit < 2; visit++) {
            const visitor = openNodeLink({ base, storage });
            await visitor.link.callWorker(workerId, getWorkerInfo, {});
            visitor.stop();
        }
        const other = openNodeLink({ base });
        await other.link.callWorker(workerId, getWorkerInfo, {});
        other.stop();
    });

    test("carries 200 calls at once", async () => {
        const workerId = await onlyWorker();
        const calls = Array.from({ length: 200 }, () =>
            nodeLink.link.callWorker(workerId, WorkerMethods.method.getWorkerInfo, {}),
        );
        expect((await Promise.all(calls)).length).toBe(200);
    });
});
