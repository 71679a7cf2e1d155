// SPDX-License-Identifier: Apache-2.0
/** The folders, the repository and the environment in which one test's LeapMux and CLI live. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { killProcessesOf, processesOf, type RunningProcess } from "./processes";

/** The real CLI. */
export const CLAUDE = process.env["LEAPMUX_TEST_CLAUDE"] ?? "";

const REMOVE_TRIES = 5;

/* A sanitizer's options are for the program under test, which has no other way to them. */
const PASSED_ON = ["PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"];

function passedOn(): Record<string, string | undefined> {
    return Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]));
}

export class World {
    readonly root = mkdtempSync(join(realpathSync(tmpdir()), "lm-"));
    readonly home = join(this.root, "home");
    readonly repo = join(this.root, "repo");
    /** Where the configured `claude` command stands; nothing is there until `installClaude`. */
    readonly claudeCommand = join(this.root, "bin/claude");

    constructor() {
        for (const folder of ["home", "tmp", "bin", "run", "repo/src"]) {
            mkdirSync(join(this.root, folder), { recursive: true, mode: 0o700 });
        }
        writeFileSync(join(this.repo, "README.md"), "# Demo\n");
        writeFileSync(join(this.repo, "src/app.js"), "function answer() {\n  return 1;\n}\n");
        this.git("init", "-q", "-b", "main");
        this.git("add", ".");
        this.git("commit", "-q", "-m", "Start");
    }

    git(...args: string[]): string {
        const who = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com"];
        return execFileSync("git", ["-C", this.repo, ...who, ...args], { encoding: "utf8" });
    }

    installClaude(): void {
        rmSync(this.claudeCommand, { force: true });
        symlinkSync(CLAUDE, this.claudeCommand);
    }

    /** A shell script in place of the CLI; `$CLAUDE` in it is the real one. */
    installScript(body: string): void {
        rmSync(this.claudeCommand, { force: true });
        writeFileSync(this.claudeCommand, `#!/bin/sh\nCLAUDE='${CLAUDE}'\n${body}\n`, {
            mode: 0o755,
        });
    }

    /** Nothing of the developer's own: a key or a CLI setting of his would change what is tested. */
    environment(
        baseUrl: string,
        changes: Readonly<Record<string, string | undefined>>,
    ): Record<string, string> {
        const env: Record<string, string | undefined> = {
            ...passedOn(),
            HOME: this.home,
            USER: userInfo().username,
            SHELL: "/bin/bash",
            LANG: "C.UTF-8",
            TMPDIR: join(this.root, "tmp"),
            XDG_CONFIG_HOME: join(this.home, ".config"),
            XDG_DATA_HOME: join(this.home, ".local/share"),
            XDG_RUNTIME_DIR: join(this.root, "run"),
            ANTHROPIC_BASE_URL: baseUrl,
            ANTHROPIC_API_KEY: "test-key",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
            CLAUDE_CODE_MAX_RETRIES: "3",
            DISABLE_TELEMETRY: "1",
            DISABLE_ERROR_REPORTING: "1",
            DISABLE_AUTOUPDATER: "1",
            ...changes,
        };
        const set = Object.entries(env).filter(
            (entry): entry is [string, string] => entry[1] !== undefined,
        );
        return Object.fromEntries(set);
    }

    /** The living processes of this test whose arguments contain `word`. */
    processes(word: string): RunningProcess[] {
        return processesOf(this.home).filter(({ command }) =>
            command.some((part) => part.includes(word)),
        );
    }

    /** The CLI processes: those with the stream protocol's flag. */
    claudes(): RunningProcess[] {
        return this.processes("--input-format").filter(({ command }) =>
            command[0]?.includes("claude"),
        );
    }

    remove(): void {
        killProcessesOf(this.home);
        rmSync(this.root, { recursive: true, force: true, maxRetries: REMOVE_TRIES });
    }
}
