// SPDX-License-Identifier: Apache-2.0
/** One `leapmux` in solo mode with folders of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 20;
const FAULT = /Sanitizer: |: runtime error: |assertion failed/iu;

/** The program under test. */
export const LEAPMUX_BIN = resolve(ROOT, process.env["LEAPMUX_BIN"] ?? "build/release/leapmux");

export interface LeapMuxOptions {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly flags: readonly string[];
}

export class LeapMux {
    #child: ChildProcess | undefined;
    #output = "";
    #port = 0;
    #endWanted = false;

    constructor(private readonly options: LeapMuxOptions) {}

    /** Everything that all starts of this program have written. */
    get output(): string {
        return this.#output;
    }

    /** What a sanitizer or the log complained about as its own fault. */
    get faults(): string[] {
        return this.#output.split("\n").filter((line) => FAULT.test(line));
    }

    get port(): number {
        return this.#port;
    }

    get url(): string {
        return `http://127.0.0.1:${this.#port}/`;
    }

    get pid(): number {
        if (this.#child?.pid === undefined) throw new Error("leapmux is not running");
        return this.#child.pid;
    }

    /** Starts, on the port of the last start if there was one, and waits for the printed URL. */
    async start(): Promise<void> {
        const { cwd, env, flags } = this.options;
        const from = this.#output.length;
        const child = spawn(LEAPMUX_BIN, ["solo", "--addr", `127.0.0.1:${this.#port}`, ...flags], {
            cwd,
            env,
            stdio: ["ignore", "pipe", "pipe"],
        });
        this.#child = child;
        this.#endWanted = false;
        const keep = (text: Buffer): void => void (this.#output += text.toString("utf8"));
        child.stdout.on("data", keep);
        child.stderr.on("data", keep);
        child.on("error", (error) => (this.#output += `\n${error.message}\n`));
        this.#port = await this.#printedPort(child, from);
    }

    async #printedPort(child: ChildProcess, from: number): Promise<number> {
        const end = Date.now() + START_LIMIT_MS;
        for (;;) {
            const found = /http:\/\/127\.0\.0\.1:(\d+)/u.exec(this.#output.slice(from));
            if (found?.[1] !== undefined) return Number(found[1]);
            if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
                throw new Error(`leapmux ended at start (${child.exitCode}):\n${this.#output}`);
            }
            if (Date.now() > end) throw new Error(`leapmux printed no URL:\n${this.#output}`);
            await new Promise((wake) => setTimeout(wake, POLL_MS));
        }
    }

    /** As a power cut does it. */
    async kill(): Promise<void> {
        await this.#end("SIGKILL");
    }

    /** In the orderly way. Returns the exit code, null after a signal; 0 if a test ended it before. */
    async stop(): Promise<number | null> {
        return this.#end("SIGTERM");
    }

    async #end(signal: NodeJS.Signals): Promise<number | null> {
        const child = this.#child;
        if (child === undefined) return 0;
        if (child.exitCode === null && child.signalCode === null) {
            this.#endWanted = true;
            const exited = once(child, "exit");
            child.kill(signal);
            const force = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
            await exited;
            clearTimeout(force);
            return child.exitCode;
        }
        return this.#endWanted ? 0 : child.exitCode;
    }
}
