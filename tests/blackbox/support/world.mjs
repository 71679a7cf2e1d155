// SPDX-License-Identifier: Apache-2.0
/** The folders, the environment and the program of one test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** The program under test. */
export const LEAPMUX_BIN = resolve(ROOT, process.env.LEAPMUX_BIN ?? "build/asan/leapmux");
export const FAKE_CLAUDE = fileURLToPath(new URL("fake-claude.mjs", import.meta.url));

const LIMIT_MS = 30_000;
const POLL_MS = 5;
const FAULT = /Sanitizer: |: runtime error: |assertion failed|Assertion/iu;
const PASSED_ON = ["PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"];

/** Waits until `condition` gives something that is not false, and returns that. */
export async function until(condition, what, limitMs = LIMIT_MS) {
    const end = Date.now() + limitMs;
    for (;;) {
        const value = await condition();
        if (value !== undefined && value !== false && value !== null) return value;
        if (Date.now() > end) throw new Error(`waited too long for ${what}`);
        await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
}

/** A process with everything that it has written. */
export class Running {
    stdout = "";
    stderr = "";
    exit = undefined;

    constructor(command, args, options) {
        this.child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
        this.child.stdout.on("data", (text) => (this.stdout += text.toString("utf8")));
        this.child.stderr.on("data", (text) => (this.stderr += text.toString("utf8")));
        this.child.on("error", (error) => (this.exit = { code: null, error }));
        this.child.on("close", (code, signal) => (this.exit = { code, signal }));
    }

    get pid() {
        return this.child.pid;
    }

    get output() {
        return this.stdout + this.stderr;
    }

    signal(name) {
        if (this.exit === undefined) this.child.kill(name);
    }

    /** Its exit, once all output is here. */
    async ended(limitMs = LIMIT_MS) {
        const exit = await until(
            () => this.exit,
            `the end of the process:\n${this.output}`,
            limitMs,
        );
        if (exit.error !== undefined) throw exit.error;
        return exit;
    }

    async kill() {
        this.signal("SIGKILL");
        await this.ended();
    }
}

/** A `leapmux` in solo mode. */
export class LeapMux extends Running {
    static #FOUND = /http:\/\/(127\.0\.0\.1|\[::1\]):(\d+)(\/\S*)/u;

    /** The first printed address, once it is there. */
    async ready() {
        const found = await until(() => {
            const match = LeapMux.#FOUND.exec(this.stdout);
            if (match === null && this.exit !== undefined) {
                throw new Error(`leapmux ended (${JSON.stringify(this.exit)}):\n${this.output}`);
            }
            return match;
        }, "the address");
        this.port = Number(found[2]);
        this.url = found[0];
        return this;
    }

    /** Waits for a line of the log. */
    async logged(text) {
        await until(() => this.stderr.includes(text), `the log line '${text}':\n${this.output}`);
    }

    get code() {
        return /browser of another user: (\w+)/u.exec(this.stdout)?.[1];
    }

    get faults() {
        return this.output.split("\n").filter((line) => FAULT.test(line));
    }

    async stop() {
        this.signal("SIGTERM");
        return this.ended();
    }
}

export class World {
    root = mkdtempSync(join(realpathSync(tmpdir()), "lmb-"));
    home = join(this.root, "home");
    work = join(this.root, "work");
    data = join(this.home, ".local/share/leapmux/solo");
    #started = [];

    constructor() {
        chmodSync(this.root, 0o755); /* other users get as far as the socket */
        for (const folder of [this.home, this.work, join(this.root, "run")]) {
            mkdirSync(folder, { mode: 0o755 });
        }
    }

    environment(changes = {}) {
        const env = {
            ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
            HOME: this.home,
            USER: userInfo().username,
            SHELL: "/bin/sh",
            LANG: "C.UTF-8",
            LEAPMUX_CLAUDE_COMMAND: `${process.execPath} ${FAKE_CLAUDE}`,
            LEAPMUX_USE_LOGIN_SHELL: "false",
            FAKE_CLAUDE_FOLDER: this.root,
            ...changes,
        };
        return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
    }

    /** Starts the program with these arguments as they stand. */
    run(args, env = {}) {
        const running = new Running(LEAPMUX_BIN, args, {
            cwd: this.work,
            env: this.environment(env),
        });
        this.#started.push(running);
        return running;
    }

    /** Runs it to its end. */
    async finish(args, env = {}) {
        const running = this.run(args, env);
        const { code } = await running.ended();
        return { code, stdout: running.stdout, stderr: running.stderr };
    }

    /** Solo mode on a free port, answering. */
    async solo(flags = [], env = {}) {
        const address = flags.includes("--addr") ? [] : ["--addr", "127.0.0.1:0"];
        const leapmux = new LeapMux(LEAPMUX_BIN, ["solo", ...address, ...flags], {
            cwd: this.work,
            env: this.environment(env),
        });
        this.#started.push(leapmux);
        return leapmux.ready();
    }

    /** Some other program of a test, ended with it. */
    start(command, args, options) {
        const running = new Running(command, args, options);
        this.#started.push(running);
        return running;
    }

    adopt(running) {
        this.#started.push(running);
        return running;
    }

    get exists() {
        return existsSync(this.data);
    }

    /** Ends what still runs; a sanitizer's report of any program is an error. */
    async remove() {
        for (const running of this.#started) {
            if (running.exit !== undefined) continue;
            running.signal("SIGCONT");
            running.signal("SIGTERM");
            const force = setTimeout(() => running.signal("SIGKILL"), LIMIT_MS / 3);
            if (running.exit === undefined) await once(running.child, "close");
            clearTimeout(force);
        }
        rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
        const faults = this.#started.flatMap((running) => running.faults ?? []);
        if (faults.length > 0)
            throw new Error(`the program reported a fault:\n${faults.join("\n")}`);
    }
}

/** Runs `story(world)` in a world of its own. */
export function inWorld(story) {
    return async (t) => {
        const world = new World();
        try {
            await story(world, t);
        } finally {
            await world.remove();
        }
    };
}

/** Of a test that needs the rights of root: the reason to leave it out, or false. */
export const UNLESS_ROOT = process.getuid() === 0 ? false : "only root can act as another user";
