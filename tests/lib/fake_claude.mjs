#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/**
 * A `claude` that plays a recording (tests/replay/README.md): it writes the recorded output, waits
 * for the host where the recorded host spoke, gives the host's own ids back, and ends as recorded.
 *
 *     node tests/lib/fake_claude.mjs tests/replay/claude/bash-allow/timeline.ndjson [flags of claude…]
 *
 * What the host says is not compared, only its kind: a user line, an answer to a request, a control
 * request of the same subtype. A request that the recording lacks gets an answer of its own.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Requests that every host sends; the recorded host's other ones are passed over. */
const AWAITED = new Set(["initialize", "interrupt", "set_permission_mode", "set_model"]);
const VERSION = "2.1.329 (Claude Code)";

const [timeline, ...flags] = process.argv.slice(2);

if (timeline === undefined) {
    process.stderr.write("usage: fake_claude.mjs TIMELINE [flags of claude]\n");
    process.exit(2);
}
if (flags.includes("--version")) {
    process.stdout.write(`${VERSION}\n`);
    process.exit(0);
}

const steps = readFileSync(timeline, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** What stands for a recorded id now. */
const ids = new Map();

function withOurIds(line) {
    let out = line;
    for (const [recorded, ours] of ids) {
        out = out.replaceAll(recorded, ours);
    }
    return out;
}

function valueOf(flag) {
    const at = flags.indexOf(flag);
    return at < 0 ? undefined : flags[at + 1];
}

/* The session's id is the host's choice. */
const session = valueOf("--session-id") ?? valueOf("--resume");
for (const step of steps) {
    const recorded = step.dir === "stdout" ? JSON.parse(step.line).session_id : undefined;
    if (recorded !== undefined && session !== undefined) {
        ids.set(recorded, session);
        break;
    }
}

/** Lines of the host that no step has used; `wanted` is who waits for one. */
const heard = [];
let wanted;
let closed = false;

function answerAlone({ request_id, request }) {
    const { mode, model } = request;
    const response = { mode, model };
    const outer = { subtype: "success", request_id, response };
    process.stdout.write(`${JSON.stringify({ type: "control_response", response: outer })}\n`);
}

function matches(expected, line) {
    if (expected.type !== line.type) {
        return false;
    }
    if (line.type === "control_request") {
        return expected.request.subtype === line.request.subtype;
    }
    if (line.type === "control_response") {
        return expected.response.request_id === line.response.request_id;
    }
    return true;
}

function mapIds(expected, line) {
    if (line.type === "control_request") {
        ids.set(expected.request_id, line.request_id);
    } else if (line.type === "user" && expected.uuid !== undefined && line.uuid !== undefined) {
        ids.set(expected.uuid, line.uuid);
    }
}

function isStillAwaited(line, from) {
    return steps
        .slice(from)
        .some(
            (step) =>
                step.dir === "stdin" && isMessage(step) && matches(JSON.parse(step.line), line),
        );
}

function isMessage(step) {
    try {
        return typeof JSON.parse(step.line) === "object";
    } catch {
        return false;
    }
}

let position = 0;

/** Look at what was heard: use it, answer it, or keep it for a later step. */
function attend() {
    for (let i = 0; i < heard.length; i++) {
        const line = heard[i];
        if (wanted !== undefined && matches(wanted.expected, line)) {
            const { expected, done } = wanted;
            heard.splice(i, 1);
            wanted = undefined;
            mapIds(expected, line);
            done();
            return;
        }
        if (line.type === "control_request" && !isStillAwaited(line, position)) {
            heard.splice(i--, 1);
            answerAlone(line);
        }
    }
    if (closed && wanted !== undefined) {
        process.exit(0); /* the host is gone: as the real one ends on the end of its input */
    }
}

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
    heard.push(JSON.parse(line));
    attend();
});
const inputEnd = new Promise((resolve) => {
    input.on("close", () => {
        closed = true;
        attend();
        resolve();
    });
});

async function hear(step) {
    if (!isMessage(step)) {
        return; /* what a broken host once sent */
    }
    const expected = JSON.parse(step.line);
    if (expected.type === "control_request" && !AWAITED.has(expected.request.subtype)) {
        return;
    }
    await new Promise((done) => {
        wanted = { expected, done };
        attend();
    });
}

async function play(step) {
    if (step.dir === "stdin") {
        await hear(step);
    } else if (step.dir === "stdout") {
        process.stdout.write(`${withOurIds(step.line)}\n`);
    } else if (step.dir === "stderr") {
        process.stderr.write(`${step.line}\n`);
    } else if (step.dir === "note" && step.text === "stdin closed") {
        await inputEnd;
    } else if (step.dir === "exit") {
        if (typeof step.sig === "string") {
            process.kill(process.pid, step.sig);
        }
        process.exitCode = step.code ?? 1;
    }
}

for (; position < steps.length; position++) {
    await play(steps[position]);
}
input.close();
process.stdin.destroy();
