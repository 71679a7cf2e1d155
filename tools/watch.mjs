// SPDX-License-Identifier: Apache-2.0
//
// Starts the frontend's dev server and LeapMux with that server behind `dev_frontend`; builds and
// restarts LeapMux when a C, SQL or proto file changes. The page follows its own changes by itself.
//
// usage: watch.mjs dev|solo [flag of leapmux...]    (./dev watch; Ctrl-C ends both)
import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const PAGE = "http://127.0.0.1:4328"; // vite.config.ts
const SETTLE_MS = 150; // an editor's save is several events
const [mode, ...flags] = process.argv.slice(2);
if (mode !== "dev" && mode !== "solo") {
    console.error(`watch knows dev and solo, not '${mode}'`);
    process.exit(2);
}

const run = (command, args, cwd = root) => spawn(command, args, { cwd, stdio: "inherit" });
const page = run("node_modules/.bin/vite", [], join(root, "frontend"));
let program;
let building = false;
let again = false;
let ending = false;

const ended = (child) =>
    child === undefined || child.exitCode !== null || child.signalCode !== null
        ? Promise.resolve()
        : new Promise((done) => child.once("exit", done));

function start() {
    program = run(join(root, "build/asan/leapmux"), [mode, "--dev-frontend", PAGE, ...flags]);
}

async function rebuild() {
    if (building) {
        again = true;
        return;
    }
    building = true;
    do {
        again = false;
        const build = run("cmake", ["--build", join(root, "build/asan"), "--target", "leapmux"]);
        await ended(build);
        if (build.exitCode !== 0 || again || ending) continue;
        program?.kill("SIGTERM");
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
    page.kill("SIGTERM");
    program?.kill("SIGTERM");
    await Promise.all([ended(page), ended(program)]);
    process.exit(code);
}
process.on("SIGINT", () => void end(130));
process.on("SIGTERM", () => void end(143));
page.on("exit", (code) => void end(code ?? 1));
start();
