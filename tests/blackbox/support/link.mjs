// SPDX-License-Identifier: Apache-2.0
/**
 * The web client's link in Node: the same engine, handshake and records as in a browser, over Node's
 * fetch and a WebSocket of `ws`.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { ROOT, until } from "./world.mjs";

const require = createRequire(join(ROOT, "frontend/package.json"));
const { WebSocket } = require("ws");
export const { create, fromBinary, toBinary } = require("@bufbuild/protobuf");
const ENTRY = fileURLToPath(new URL("link-parts.ts", import.meta.url));
const OUT = join(ROOT, "build/test/node-link", String(process.pid));

async function bundle() {
    const { build } = await import(pathToFileURL(require.resolve("vite")).href);
    await build({
        configFile: false,
        root: join(ROOT, "frontend"),
        logLevel: "error",
        ssr: { noExternal: true },
        build: { ssr: ENTRY, outDir: OUT, emptyOutDir: true, minify: false, target: "node20" },
    });
    return import(pathToFileURL(join(OUT, "link-parts.js")).href);
}

export const parts = await bundle();
export { WebSocket };

const { hub, worker, newId } = parts;

/** A device of its own, which survives as long as the test wants. */
export const newDevice = () => parts.memoryStorage();

/** The page's end and the engine's end of their way, in one thread. */
function portPair() {
    const fns = {};
    const end = (own, other) => ({
        post: (message) => queueMicrotask(() => fns[other]?.(message)),
        listen: (fn) => {
            fns[own] = fn;
        },
    });
    return { page: end("page", "thread"), thread: end("thread", "page") };
}

/** One client. Everything that it opened ends with close(). */
export class Client {
    #timers = new Set();
    #sockets = new Set();
    #closed = false;

    constructor(url, device = newDevice()) {
        const { page, thread } = portPair();
        this.url = url;
        const fetcher = (input, init) =>
            this.#closed ? Promise.reject(new Error("closed")) : fetch(input, init);
        new parts.LinkEngine(this.#host(device, fetcher), thread);
        this.link = parts.createLink(page, parts.makeHubCaller(url, fetcher));
        const start = { base: url, deviceName: "Node", visible: true, online: true };
        page.post({ kind: "start", ...start });
    }

    #host(device, fetcher) {
        return {
            now: () => performance.now(),
            wallMs: () => Date.now(),
            timer: (fn, ms) => {
                if (this.#closed) return () => {}; /* the engine itself never ends */
                const timer = setTimeout(() => {
                    this.#timers.delete(timer);
                    fn();
                }, ms);
                this.#timers.add(timer);
                return () => clearTimeout(timer);
            },
            fetch: fetcher,
            openSocket: (url, handlers) => {
                if (this.#closed) return { send: () => {}, close: () => {} };
                const socket = new WebSocket(url, "leapmux.v1");
                const opened = parts.openWebSocket(socket, handlers);
                socket.onerror = () => {};
                this.#sockets.add(socket);
                return opened;
            },
            storage: () => Promise.resolve(device),
            subtle: null,
            clientVersion: "test",
        };
    }

    close() {
        this.#closed = true;
        for (const timer of this.#timers) clearTimeout(timer);
        for (const socket of this.#sockets) socket.terminate();
    }

    /** The first workspace, and the Worker of this machine, once it is online. */
    async home() {
        const me = await this.link.callHub(hub.AuthService.method.getCurrentUser, {});
        const orgId = me.personalOrg.id;
        const spaces = await this.link.callHub(hub.WorkspaceService.method.listWorkspaces, {
            orgId,
        });
        const workers = await until(async () => {
            const list = await this.link.callHub(hub.WorkerService.method.listWorkers, { orgId });
            return list.workers[0]?.online && list;
        }, "the Worker to be online");
        return { orgId, workspaceId: spaces.workspaces[0].id, workerId: workers.workers[0].id };
    }

    /** A call of a method of the Worker, such as "openAgent". */
    ask(workerId, method, request, options) {
        return this.link.callWorker(
            workerId,
            worker.WorkerMethods.method[method],
            request,
            options,
        );
    }

    /** Opens an agent of the stand-in. */
    async openAgent(home, workingDir, more = {}) {
        const agentId = newId();
        await this.ask(home.workerId, "openAgent", {
            workspaceId: home.workspaceId,
            agentId,
            provider: "claude",
            workingDir: Buffer.from(workingDir),
            title: "Agent 1",
            ...more,
        });
        return agentId;
    }

    send(home, agentId, text, messageId = newId()) {
        return this.ask(home.workerId, "sendMessage", { agentId, messageId, text });
    }

    /** Watches an agent from its first message on. */
    watch(home, agentId) {
        return new Watch(this, home, agentId);
    }

    /** The whole stored history. */
    async history(home, agentId) {
        const all = [];
        for (;;) {
            const place = { case: "afterSeq", value: all.at(-1)?.seq ?? 0 };
            const request = { agentId, place, limit: 200 };
            const { messages, hasLater } = await this.ask(home.workerId, "readMessages", request);
            all.push(...messages);
            if (!hasLater) return all;
        }
    }
}

/** What a watcher has been told, over all cuts. */
export class Watch {
    messages = [];
    live = [];
    state = undefined;
    resets = 0;
    catchUps = 0;

    constructor(client, { workerId }, agentId) {
        const afterSeq = () => this.messages.at(-1)?.seq ?? 0;
        this.stop = client.link.watchWorker(
            workerId,
            worker.WorkerMethods.method.watchAgent,
            () => ({ agentId, afterSeq: afterSeq() }),
            {
                message: ({ event }) => this.#take(event),
                interrupted: () => {},
                end: (error) => (this.ended = error ?? true),
            },
        );
    }

    #take(event) {
        if (event.case === "message") this.messages.push(event.value);
        if (event.case === "live") this.live.push(event.value);
        if (event.case === "state") this.state = event.value;
        if (event.case === "reset") this.resets += 1;
        if (event.case === "catchUp") this.catchUps += 1;
    }

    get texts() {
        return this.messages
            .filter(({ body }) => body.case === "text")
            .map(({ body }) => body.value.markdown);
    }

    get results() {
        return this.messages.filter(({ body }) => body.case === "result");
    }

    async until(condition, what) {
        await until(() => {
            if (this.ended) throw new Error(`the watch ended: ${this.ended.message ?? ""}`);
            return condition(this);
        }, what);
        return this;
    }
}
