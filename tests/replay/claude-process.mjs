// SPDX-License-Identifier: Apache-2.0
/**
 * Drives one `claude` process by its stream-JSON protocol, as a host does, and keeps a timeline of both
 * directions. What it says and when is the recorder's business.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";

export const HOST_FLAGS = [
    "-p",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
    "--include-partial-messages",
    "--permission-prompt-tool",
    "stdio",
    "--replay-user-messages",
];

const MESSAGE_LIMIT_MS = 30_000;

export class ClaudeProcess {
    #changes = new EventEmitter();
    #child;
    #startedAt = Date.now();
    #requests = 0;
    #read = 0;

    timeline = [];
    /** Everything from standard output, parsed, in order. */
    messages = [];
    exit = undefined;

    /** @param {{command: string, args: string[], cwd: string, env: Record<string, string>}} launch */
    constructor({ command, args, cwd, env }) {
        this.args = [...HOST_FLAGS, ...args];
        this.#child = spawn(command, this.args, { cwd, env, stdio: "pipe" });
        this.#child.stdin.on("error", () => {}); /* the process may be gone before its input is */
        createInterface({ input: this.#child.stdout }).on("line", (line) => {
            this.#note({ dir: "stdout", line });
            this.messages.push(JSON.parse(line));
            this.#changes.emit("change");
        });
        createInterface({ input: this.#child.stderr }).on("line", (line) =>
            this.#note({ dir: "stderr", line }),
        );
        this.#child.on("error", (error) =>
            this.#note({ dir: "note", text: error.message }),
        ); /* "close" follows */
        this.#child.on("close", (code, signal) => {
            this.exit = { code, sig: signal };
            this.#note({ dir: "exit", ...this.exit });
            this.#changes.emit("change");
        });
    }

    #note(entry) {
        this.timeline.push({ t: Date.now() - this.#startedAt, ...entry });
    }

    send(message) {
        const line = JSON.stringify(message);
        this.#note({ dir: "stdin", line });
        this.#child.stdin.write(`${line}\n`);
    }

    /** Waits for the next message behind those already seen that satisfies `wanted`. */
    async next(wanted, what) {
        const signal = AbortSignal.timeout(MESSAGE_LIMIT_MS);
        for (;;) {
            while (this.#read < this.messages.length) {
                const message = this.messages[this.#read++];
                if (wanted(message)) return message;
            }
            if (this.exit !== undefined)
                throw new Error(`claude exited (${JSON.stringify(this.exit)}) before ${what}`);
            try {
                await once(this.#changes, "change", { signal });
            } catch {
                throw new Error(`no ${what} in ${MESSAGE_LIMIT_MS} ms`);
            }
        }
    }

    /** Sends a control request and waits for its answer. */
    async control(request) {
        const id = `req_${++this.#requests}`;
        this.send({ type: "control_request", request_id: id, request });
        const isAnswer = (message) =>
            message.type === "control_response" && message.response.request_id === id;
        return (await this.next(isAnswer, `answer to ${request.subtype}`)).response;
    }

    say(text) {
        const message = { role: "user", content: text };
        this.send({ type: "user", message, parent_tool_use_id: null, uuid: randomUUID() });
    }

    permission(tool) {
        const isAsked = (message) =>
            message.type === "control_request" && message.request.subtype === "can_use_tool";
        return this.next(
            (message) => isAsked(message) && message.request.tool_name === tool,
            `permission for ${tool}`,
        );
    }

    answer(asked, response) {
        this.send({
            type: "control_response",
            response: { subtype: "success", request_id: asked.request_id, response },
        });
    }

    allow(asked, more = {}) {
        this.answer(asked, { behavior: "allow", updatedInput: asked.request.input, ...more });
    }

    deny(asked, message) {
        this.answer(asked, { behavior: "deny", message });
    }

    result() {
        return this.next((message) => message.type === "result", "result");
    }

    kill(signal) {
        this.#note({ dir: "note", text: `kill ${signal}` });
        this.#child.kill(signal);
    }

    /** Closes standard input and waits for the end. */
    async end() {
        this.#note({ dir: "note", text: "stdin closed" });
        this.#child.stdin.end();
        await this.ended();
    }

    async ended() {
        while (this.exit === undefined) await once(this.#changes, "change");
    }
}
