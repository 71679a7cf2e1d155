// SPDX-License-Identifier: Apache-2.0
//
// Starts the frontend's dev server and LeapMux with that server behind `dev_frontend`; builds and
// restarts LeapMux when a C, SQL or proto file changes. The page follows its own changes by itself.
//
// usage: watch.mjs solo [flag of leapmux...]    (./dev watch; Ctrl-C ends both)
import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const PAGE = "http://127.0.0.1:4328"; // vite.config.ts
const SETTLE_MS = 150; // an editor's save is several events
const [mode, ...flags] = process.argv.slice(2);
if (mode !== "solo") {
    console.error(`watch knows solo, not '${mode}'`);
    process.exit(2);
}

// Each in a process group of its own: Ctrl-C reaches this program alone, which then ends all of
// them once and in good order.
const run = (command, args, cwd = root) =>
    spawn(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"], detached: true });

function stop(child) {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
        process.kill(-child.pid, "SIGTERM");
    } catch (error) {
        if (error.code !== "ESRCH") throw error;
    }
}

const page = run("node_modules/.bin/vite", [], join(root, "frontend"));
let program;
let build;
let building = false;
let again = false;
let ending = false;

const ended = (child) =>
    child === undefined || child.exitCode !== null || child.signalCode !== null
        ? Promise.resolve()
        : new Promise((done) => child.once("exit", done));

function start() {
    const started = run(join(root, "build/asan/leapmux"), [mode, "--dev-frontend", PAGE, ...flags]);
    started.on("exit", (code) => {
        if (started === program && !ending && !building) {
            console.error(`leapmux ended with ${code}; the next change starts it again`);
        }
    });
    program = started;
}

async function rebuild() {
    if (building) {
        again = true;
        return;
    }
    building = true;
    do {
        again = false;
        build = run("cmake", ["--build", join(root, "build/asan"), "--target", "leapmux"]);
        await ended(build);
        if (build.exitCode !== 0 || again || ending) continue;
        stop(program);
        await ended(program);
        if (!ending) start();
    } while (again && !ending);
    building = false;
}

let timer;
for (const folder of ["src", "proto"]) {
    if (!existsSync(join(root, folder))) continue;
    watch(join(root, folder), { recursive: true }, (_event, name) => {
        if (!/\.(c|h|sql|proto)$/.test(name ?? "")) return;
        clearTimeout(timer);
        timer = setTimeout(() => void rebuild(), SETTLE_MS);
    });
}

async function end(code) {
    if (ending) return;
    ending = true;
    const all = [page, program, build];
    all.forEach(stop);
    await Promise.all(all.map(ended));
    process.exit(code);
}
process.on("SIGINT", () => void end(130));
process.on("SIGTERM", () => void end(143));
process.on("SIGHUP", () => void end(129));
page.on("exit", (code) => void end(code ?? 1));
start();
