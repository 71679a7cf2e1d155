// SPDX-License-Identifier: Apache-2.0
/**
 * Records the stories of scenarios.mjs with the real `claude` program against the scripted model server:
 *
 *     LEAPMUX_TEST_CLAUDE=/path/to/claude node tests/replay/record.mjs [--check] [name…]
 *
 * Each gives claude/<name>/timeline.ndjson (timeline.1, .2 … where a story has several processes). With
 * --check nothing is written: the stories are only played. Names of folders, ports and processes are made
 * the same everywhere, and the CLI's own descriptions of its commands are left out.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { startModelServer } from "../model-server/server.mjs";
import { ClaudeProcess } from "./claude-process.mjs";
import { scenarios } from "./scenarios.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const FILE_LIMIT_MS = 20_000;
const POLL_MS = 20;

function makeRepository(repo) {
    mkdirSync(join(repo, "src"), { recursive: true });
    writeFileSync(join(repo, "README.md"), "# Demo\n");
    writeFileSync(join(repo, "src/app.js"), "function answer() {\n  return 1;\n}\n");
    const git = (...args) =>
        execFileSync("git", [
            "-C",
            repo,
            "-c",
            "user.name=Demo",
            "-c",
            "user.email=demo@example.com",
            ...args,
        ]);
    git("init", "-q", "-b", "main");
    git("add", ".");
    git("commit", "-q", "-m", "Start");
}

function environment(place, baseUrl, changes) {
    const env = {
        PATH: process.env.PATH,
        HOME: join(place, "home"),
        TMPDIR: join(place, "tmp"),
        TERM: "dumb",
        LANG: "C.UTF-8",
        ANTHROPIC_BASE_URL: baseUrl,
        ANTHROPIC_API_KEY: "test-key",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_TELEMETRY: "1",
        DISABLE_ERROR_REPORTING: "1",
        DISABLE_AUTOUPDATER: "1",
        ...changes,
    };
    return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

function slug(path) {
    return path.replaceAll(/[^A-Za-z0-9]/gu, "-");
}

/* Longer words first, since some hold others. */
function replacements(place, port) {
    const words = [
        [join(place, "repo"), "/tmp/demo-repo"],
        [slug(join(place, "repo")), "-tmp-demo-repo"],
        [join(place, "home"), "/home/demo"],
        [slug(join(place, "home")), "-home-demo"],
        [join(place, "tmp"), "/tmp"],
        [place, "/tmp"],
        [`127.0.0.1:${port}`, "127.0.0.1:PORT"],
        [`claude-${userInfo().uid}`, "claude-1000"],
    ];
    return words.toSorted((a, b) => b[0].length - a[0].length);
}

/* The answer to initialize describes every command at length: kept are the names. */
function shorten(message) {
    const body = message.response?.response;
    if (body === undefined) return message;
    const named = (list) => list?.map((one) => ({ ...one, description: "" }));
    const short = { ...body };
    for (const key of ["commands", "agents", "models"])
        if (Array.isArray(body[key])) short[key] = named(body[key]);
    if (typeof body.pid === "number") short.pid = 4242;
    return { ...message, response: { ...message.response, response: short } };
}

function scrub(entry, words) {
    let { line } = entry;
    if (line === undefined) return entry;
    if (entry.dir === "stdout" && line.includes("control_response"))
        line = JSON.stringify(shorten(JSON.parse(line)));
    for (const [from, to] of words) line = line.replaceAll(from, to);
    line = line.replaceAll(/cc-socks\/\d+\.sock/gu, "cc-socks/4242.sock");
    return { ...entry, line };
}

function write(name, processes, words) {
    const folder = join(HERE, "claude", name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    processes.forEach((claude, i) => {
        const file = processes.length === 1 ? "timeline.ndjson" : `timeline.${i + 1}.ndjson`;
        const text = claude.timeline
            .map((entry) => `${JSON.stringify(scrub(entry, words))}\n`)
            .join("");
        for (const secret of [hostname(), tmpdir() === "/tmp" ? "lmrec-" : tmpdir(), HERE]) {
            if (text.includes(secret))
                throw new Error(`${name}: "${secret}" would be in the recording`);
        }
        writeFileSync(join(folder, file), text);
    });
}

async function untilFile(path) {
    const end = Date.now() + FILE_LIMIT_MS;
    while (!existsSync(path)) {
        if (Date.now() > end) throw new Error(`${path} did not appear`);
        await delay(POLL_MS);
    }
}

async function playStory(name, command, keep) {
    const { model, play } = scenarios[name];
    const place = mkdtempSync(join(realpathSync(tmpdir()), "lmrec-"));
    const repo = join(place, "repo");
    for (const folder of ["home", "tmp"]) mkdirSync(join(place, folder));
    makeRepository(repo);
    const server = await startModelServer();
    server.load(name, typeof model === "function" ? model({ repo }) : model);
    const processes = [];
    const start = async (args = [], env = {}) => {
        const claude = new ClaudeProcess({
            command,
            args,
            cwd: repo,
            env: environment(place, server.baseUrl(name), env),
        });
        processes.push(claude);
        await claude.control({ subtype: "initialize", hooks: {} });
        return claude;
    };
    try {
        await play({ start, server, name, repo, untilFile: (file) => untilFile(join(repo, file)) });
        if (keep) write(name, processes, replacements(place, server.port));
    } catch (error) {
        const tail = processes.flatMap((claude) => claude.timeline).slice(-8);
        error.message += `\n${tail.map((entry) => JSON.stringify(entry).slice(0, 400)).join("\n")}`;
        throw error;
    } finally {
        for (const claude of processes) if (claude.exit === undefined) claude.kill("SIGKILL");
        await server.close();
        rmSync(place, { recursive: true, force: true, maxRetries: 5 });
    }
}

const { values, positionals } = parseArgs({
    options: { check: { type: "boolean", default: false } },
    allowPositionals: true,
});
const command = process.env.LEAPMUX_TEST_CLAUDE;
if (command === undefined) throw new Error("LEAPMUX_TEST_CLAUDE must name the claude program");
const counts = { passed: 0, failed: 0 };
for (const name of positionals.length > 0 ? positionals : Object.keys(scenarios)) {
    const startedAt = Date.now();
    try {
        await playStory(name, command, !values.check);
        counts.passed += 1;
        console.log(`ok      ${name} (${Date.now() - startedAt} ms)`);
    } catch (error) {
        counts.failed += 1;
        console.log(`FAILED  ${name}: ${error.stack}`);
    }
}
console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
