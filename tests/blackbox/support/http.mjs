// SPDX-License-Identifier: Apache-2.0
/** HTTP as it is on the wire: nothing is added that a test did not write. */
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";

const LIMIT_MS = 20_000;

/**
 * One request. `to` is {port} or {path of a unix socket}; Host is that of the address unless given.
 * Gives {status, headers, list of header pairs, body}.
 */
export async function http(to, method, path, { headers = {}, body, agent = false } = {}) {
    const where =
        to.port === undefined ? { socketPath: to.path } : { host: "127.0.0.1", port: to.port };
    const host = to.port === undefined ? "localhost" : `127.0.0.1:${to.port}`;
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const request = httpRequest({
        ...where,
        method,
        path,
        agent,
        setHost: false,
        headers: { host, ...length, ...headers },
        signal: AbortSignal.timeout(LIMIT_MS),
    });
    request.end(body);
    const [response] = await once(request, "response");
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    const list = [];
    for (let i = 0; i < response.rawHeaders.length; i += 2) {
        list.push([response.rawHeaders[i].toLowerCase(), response.rawHeaders[i + 1]]);
    }
    return {
        status: response.statusCode,
        headers: response.headers,
        list,
        body: Buffer.concat(chunks),
        text: Buffer.concat(chunks).toString("utf8"),
    };
}

/** A Connect call with JSON in and out. */
export async function call(to, method, message = {}, more = {}) {
    const answer = await http(to, "POST", `/leapmux.v1.${method}`, {
        ...more,
        headers: { "content-type": "application/json", ...more.headers },
        body:
            typeof message === "string" || Buffer.isBuffer(message)
                ? message
                : JSON.stringify(message),
    });
    return { ...answer, json: parsed(answer.text) };
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** The stable reason and the field of a Connect error. */
export function reasonOf(answer) {
    const detail = answer.json?.details?.find(({ type }) => type === "leapmux.v1.ErrorInfo");
    return { code: answer.json?.code, ...detail?.debug };
}

/** A TCP connection that sends and receives as it is told. */
export class Wire {
    received = Buffer.alloc(0);
    ended = false;

    constructor(port, host = "127.0.0.1") {
        this.socket = connect(port, host);
        this.socket.on("data", (bytes) => (this.received = Buffer.concat([this.received, bytes])));
        this.socket.on("error", () => (this.ended = true));
        this.socket.on("close", () => (this.ended = true));
    }

    send(text) {
        this.socket.write(text);
    }

    /** Waits until `condition` of all that came is true, or the connection ends. */
    async until(condition) {
        const signal = AbortSignal.timeout(LIMIT_MS);
        while (!condition(this.received.toString("latin1"))) {
            if (this.ended) return this.received.toString("latin1");
            await Promise.race([
                once(this.socket, "data", { signal }),
                once(this.socket, "close", { signal }),
            ]);
        }
        return this.received.toString("latin1");
    }

    /** The status of the first answer. */
    async status() {
        const text = await this.until((got) => got.includes("\r\n\r\n"));
        return Number(/^HTTP\/1\.1 (\d+)/u.exec(text)?.[1]);
    }

    async end() {
        await this.until(() => false);
    }

    close() {
        this.socket.destroy();
    }
}
