// SPDX-License-Identifier: Apache-2.0
/**
 * Chromium by its own protocol: every target of a page, its workers too, is attached before it runs, so
 * that no octet is missed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(new URL("../../../frontend/package.json", import.meta.url));
const { WebSocket } = require("ws");

const FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--window-size=1280,800",
    "--remote-debugging-port=0",
];
const START_LIMIT_MS = 60_000;

export class Chromium {
    #last = 0;
    #waiting = new Map();
    #listeners = new Set();

    static async start() {
        const made = new Chromium();
        made.profile = mkdtempSync(join(tmpdir(), "lmbench-chromium-"));
        const program = process.env.LEAPMUX_TEST_CHROMIUM || "/usr/bin/chromium";
        made.child = spawn(program, [...FLAGS, `--user-data-dir=${made.profile}`, "about:blank"], {
            stdio: ["ignore", "ignore", "pipe"],
        });
        const url = await made.#debugUrl();
        made.socket = new WebSocket(url, { maxPayload: 1 << 28 });
        await once(made.socket, "open");
        made.socket.on("message", (text) => made.#take(JSON.parse(text)));
        return made;
    }

    async #debugUrl() {
        let said = "";
        const signal = AbortSignal.timeout(START_LIMIT_MS);
        for (;;) {
            const [bytes] = await once(this.child.stderr, "data", { signal });
            said += bytes;
            const found = /DevTools listening on (ws:\S+)/u.exec(said);
            if (found !== null) {
                this.child.stderr.resume();
                return found[1];
            }
        }
    }

    #take(message) {
        const waiting = this.#waiting.get(message.id);
        if (waiting !== undefined) {
            this.#waiting.delete(message.id);
            if (message.error) waiting.reject(new Error(message.error.message));
            else waiting.resolve(message.result);
        } else for (const fn of this.#listeners) fn(message);
    }

    send(method, params = {}, sessionId = undefined) {
        const id = ++this.#last;
        this.socket.send(JSON.stringify({ id, method, params, sessionId }));
        return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    }

    onEvent(fn) {
        this.#listeners.add(fn);
        return () => this.#listeners.delete(fn);
    }

    async page() {
        const { browserContextId } = await this.send("Target.createBrowserContext");
        return Page.open(this, browserContextId);
    }

    async stop() {
        await this.send("Browser.close").catch(() => {});
        if (this.child.exitCode === null) await once(this.child, "exit");
        rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
}

function declaredLength({ headers }) {
    const found = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-length");
    return Number(found?.[1] ?? 0);
}

const ATTACH = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };

/** A page with all that it and its workers fetch. */
export class Page {
    #sessions = new Map(); /* id -> type of target */
    #fetched = new Map(); /* request -> {url, octets} */
    socketOctets = 0;

    /** In a context of its own, or in that of another page, with what it has stored. */
    static async open(browser, browserContextId) {
        const page = new Page();
        page.browser = browser;
        page.context = browserContextId;
        const target = { url: "about:blank", browserContextId };
        page.target = (await browser.send("Target.createTarget", target)).targetId;
        const attach = { targetId: page.target, flatten: true };
        page.session = (await browser.send("Target.attachToTarget", attach)).sessionId;
        page.#sessions.set(page.session, "page");
        page.forget = browser.onEvent((event) => page.#take(event));
        await page.#prepare(page.session);
        return page;
    }

    async #prepare(session) {
        const prepared = [
            this.browser.send("Network.enable", {}, session),
            this.browser.send("Target.setAutoAttach", ATTACH, session),
            this.browser.send("Runtime.runIfWaitingForDebugger", {}, session),
        ];
        await Promise.all(prepared.map((sent) => sent.catch(() => {})));
    }

    #take({ method, params, sessionId }) {
        if (!this.#sessions.has(sessionId)) return;
        if (method === "Target.attachedToTarget") {
            this.#sessions.set(params.sessionId, params.targetInfo.type);
            void this.#prepare(params.sessionId);
        } else if (method === "Network.requestWillBeSent") {
            this.#entry(params.requestId).url = params.request.url;
        } else if (method === "Network.responseReceived") {
            /* of a worker's own script Chromium tells the length of the head only */
            this.#entry(params.requestId).declared = declaredLength(params.response);
        } else if (method === "Network.loadingFinished") {
            const entry = this.#entry(params.requestId);
            entry.octets = Math.max(params.encodedDataLength, entry.declared);
        } else if (method === "Network.webSocketFrameReceived") {
            this.socketOctets += Buffer.byteLength(params.response.payloadData, "base64");
        }
    }

    #entry(id) {
        const entry = this.#fetched.get(id) ?? { url: "", octets: 0, declared: 0 };
        this.#fetched.set(id, entry);
        return entry;
    }

    get fetched() {
        return [...this.#fetched.values()].filter(({ octets }) => octets > 0);
    }

    async evaluate(expression, session = this.session) {
        const asked = { expression, returnByValue: true, awaitPromise: true };
        const { result, exceptionDetails } = await this.browser.send(
            "Runtime.evaluate",
            asked,
            session,
        );
        if (exceptionDetails) throw new Error(exceptionDetails.text);
        return result.value;
    }

    /** The value of an expression in every worker of the page. */
    async inWorkers(expression) {
        const workers = [...this.#sessions].filter(([, type]) => type === "worker");
        return Promise.all(workers.map(([session]) => this.evaluate(expression, session)));
    }

    async goto(url) {
        await this.browser.send("Page.navigate", { url }, this.session);
    }

    async close() {
        this.forget();
        await this.browser.send("Target.closeTarget", { targetId: this.target });
    }
}
