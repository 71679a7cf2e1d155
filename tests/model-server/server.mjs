// SPDX-License-Identifier: Apache-2.0
/**
 * A scripted model server for tests: it speaks as much of Anthropic's Messages API as Claude Code uses, and
 * says what a scenario tells it to say. README.md describes scenarios and the control paths.
 */
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import { streamSteps, wholeMessage } from "./reply.mjs";
import { chooseTurn, describeRequest, parseScenario, ScenarioError } from "./scenario.mjs";

const BODY_LIMIT = 32 * 1024 * 1024; /* the CLI sends images inline */
const CHARACTERS_PER_TOKEN = 4; /* close enough: the CLI only shows the number */

/** One scenario in use: its turns, the requests it got, its gates. Emits `change` after each of these changed. */
class Stage extends EventEmitter {
    constructor(source) {
        super();
        this.setMaxListeners(0);
        this.source = source;
        this.scenario = parseScenario(source);
        this.log = [];
        this.open = new Set();
        this.reached = new Set();
    }

    openGate(gate) {
        this.open.add(gate);
        this.emit("change");
    }

    async passGate(gate, signal) {
        this.reached.add(gate);
        this.emit("change");
        while (!this.open.has(gate)) await once(this, "change", { signal });
    }

    async until(condition, limitMs, what) {
        const signal = AbortSignal.timeout(limitMs);
        while (!condition()) {
            try {
                await once(this, "change", { signal });
            } catch {
                throw new Error(`${what} did not happen in ${limitMs} ms`);
            }
        }
    }
}

async function readBody(request) {
    const parts = [];
    let size = 0;
    for await (const part of request) {
        size += part.length;
        if (size > BODY_LIMIT) throw new ScenarioError(`request body over ${BODY_LIMIT} bytes`);
        parts.push(part);
    }
    const text = Buffer.concat(parts).toString("utf8");
    try {
        return text === "" ? undefined : JSON.parse(text);
    } catch (error) {
        throw new ScenarioError(`request body is not JSON: ${error.message}`);
    }
}

function sendJson(response, status, value, headers = {}) {
    response.writeHead(status, {
        "content-type": "application/json",
        "request-id": "req_scripted",
        ...headers,
    });
    response.end(JSON.stringify(value));
}

function sendError(response, { status, type = "api_error", message = type, headers = {} }) {
    sendJson(response, status, { type: "error", error: { type, message } }, headers);
}

function sendEvent(response, event) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/* Returns whether the stream may be ended in the orderly way. */
async function playStream(response, stage, turn, model, signal) {
    for (const step of streamSteps(turn, model)) {
        signal.throwIfAborted();
        if (step.event !== undefined) {
            sendEvent(response, step.event);
            if (turn.chunkMs) await delay(turn.chunkMs, undefined, { signal });
        } else if (step.gate !== undefined) {
            await stage.passGate(step.gate, signal);
        } else if (step.hang !== undefined) {
            await once(signal, "abort");
        } else if (step.streamError !== undefined) {
            sendEvent(response, {
                type: "error",
                error: { type: step.streamError, message: step.streamError },
            });
            return true;
        } else {
            /* What was written must leave first, or the client would see less than the script says. */
            await new Promise((resolve) => response.write(": \n\n", resolve));
            response.destroy();
            return false;
        }
    }
    return true;
}

async function answerMessages(response, stage, body, entry) {
    const { turn, name } = chooseTurn(stage.scenario, describeRequest(body));
    entry.turn = name;
    stage.emit("change");
    const gone = new AbortController();
    response.on("close", () => {
        if (!response.writableFinished) {
            entry.clientAborted = true;
            gone.abort();
            stage.emit("change");
        }
    });
    try {
        if (turn.gate !== undefined) await stage.passGate(turn.gate, gone.signal);
        if (turn.error !== undefined) return sendError(response, turn.error);
        const model = body.model ?? "unknown";
        if (body.stream !== true)
            return sendJson(response, 200, wholeMessage(turn, model), turn.headers);
        response.writeHead(200, {
            "content-type": "text/event-stream",
            "request-id": "req_scripted",
            ...turn.headers,
        });
        if (await playStream(response, stage, turn, model, gone.signal)) response.end();
    } catch (error) {
        if (error.name !== "AbortError") throw error;
    }
}

function countTokens(body) {
    return { input_tokens: Math.ceil(JSON.stringify(body).length / CHARACTERS_PER_TOKEN) };
}

/**
 * Starts the server.
 *
 * @param {{port?: number, host?: string, scenarios?: Record<string, object>}} options port 0 takes a free one
 */
export async function startModelServer({ port = 0, host = "127.0.0.1", scenarios = {} } = {}) {
    const stages = new Map();

    const load = (name, source) => void stages.set(name, new Stage(source));
    const stageOf = (name) => {
        if (!stages.has(name)) {
            /* `hello~2` is a private copy of `hello`: its own turns, gates and log. */
            const original = stages.get(name.split("~")[0]);
            if (original === undefined) throw new ScenarioError(`no scenario "${name}"`);
            load(name, original.source);
        }
        return stages.get(name);
    };

    async function control(request, response, [kind, name, gate]) {
        const { method } = request;
        if (method === "PUT" && kind === "s") {
            load(name, await readBody(request));
            return sendJson(response, 200, {});
        }
        if (method === "GET" && kind === "log") return sendJson(response, 200, stageOf(name).log);
        if (kind === "gate" && gate !== undefined) {
            const stage = stageOf(name);
            if (method === "POST") stage.openGate(gate);
            return sendJson(response, 200, {
                reached: stage.reached.has(gate),
                open: stage.open.has(gate),
            });
        }
        return sendError(response, {
            status: 404,
            type: "not_found_error",
            message: "no such control path",
        });
    }

    async function api(request, response, name, path) {
        const stage = stageOf(name);
        const entry = { method: request.method, path, headers: request.headers, at: Date.now() };
        stage.log.push(entry);
        entry.body = await readBody(request);
        if (
            request.method === "HEAD" ||
            (request.method === "GET" && ["/", "/api/hello"].includes(path))
        ) {
            stage.emit("change");
            return void response.writeHead(200).end();
        }
        if (request.method === "POST" && path === "/v1/messages")
            return answerMessages(response, stage, entry.body, entry);
        stage.emit("change");
        if (request.method === "POST" && path === "/v1/messages/count_tokens") {
            return sendJson(response, 200, countTokens(entry.body));
        }
        return sendError(response, {
            status: 404,
            type: "not_found_error",
            message: `${request.method} ${path}`,
        });
    }

    async function route(request, response) {
        const { pathname } = new URL(request.url, "http://localhost");
        const [, root, name, ...rest] = pathname.split("/").map(decodeURIComponent);
        if (root === "_ctl") return control(request, response, [name, ...rest]);
        if (root === "s" && name !== undefined)
            return api(request, response, name, `/${rest.join("/")}`);
        return sendError(response, {
            status: 404,
            type: "not_found_error",
            message: "expected /s/<scenario>/…",
        });
    }

    const server = createServer((request, response) => {
        route(request, response).catch((error) => {
            if (response.headersSent) return void response.destroy(error);
            const status =
                error instanceof ScenarioError || error instanceof SyntaxError ? 400 : 500;
            sendError(response, { status, type: "invalid_request_error", message: error.message });
        });
    });
    server.listen(port, host);
    await once(server, "listening");
    const url = `http://${host}:${server.address().port}`;

    return {
        url,
        port: server.address().port,
        /** The base URL for a CLI that shall play scenario `name`. */
        baseUrl: (name) => `${url}/s/${encodeURIComponent(name)}`,
        /** Loads a scenario, or loads it afresh. Throws ScenarioError. */
        load,
        /** The requests that `name` got so far: {method, path, headers, body, turn, clientAborted}. */
        log: (name) => stageOf(name).log,
        openGate: (name, gate) => stageOf(name).openGate(gate),
        /** Waits until a reply stands at the gate: all before it has been sent, nothing behind it. */
        gateReached: (name, gate, limitMs = 20_000) => {
            const stage = stageOf(name);
            return stage.until(() => stage.reached.has(gate), limitMs, `a reply at gate "${gate}"`);
        },
        /** Waits until a request in the log satisfies `condition`, and returns it. */
        requested: async (name, condition, limitMs = 20_000) => {
            const stage = stageOf(name);
            await stage.until(() => stage.log.some(condition), limitMs, "the request");
            return stage.log.find(condition);
        },
        close: async () => {
            server.closeAllConnections();
            server.close();
            await once(server, "close");
        },
    };
}
