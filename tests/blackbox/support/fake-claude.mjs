// SPDX-License-Identifier: Apache-2.0
/**
 * A stand-in for Claude Code that speaks just enough of its protocol. What it does with a turn stands
 * in the message:
 *
 *   say X       answers X
 *   many N      answers with N messages
 *   drip N      writes one message in N pieces
 *   hold        begins to write, then waits for the end
 *
 * $FAKE_CLAUDE_FOLDER/starts gets a line with the arguments of each start.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const args = process.argv.slice(2);
if (args.includes("--version")) {
    process.stdout.write("9.8.7 (Claude Code)\n");
    process.exit(0);
}
const folder = process.env.FAKE_CLAUDE_FOLDER;
if (folder !== undefined) appendFileSync(join(folder, "starts"), `${args.join(" ")}\n`);

const PIECE_MS = 2; /* a model takes its time; no test waits for this */
const after = (name) => args[args.indexOf(name) + 1];
const session_id = args.includes("--resume") ? after("--resume") : after("--session-id");
let messages = 0;
let uuids = 0;

const wait = (ms) => new Promise((wake) => setTimeout(wake, ms));
const uuid = () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`;
const out = (message) =>
    process.stdout.write(`${JSON.stringify({ ...message, session_id, uuid: uuid() })}\n`);
const event = (body) => out({ type: "stream_event", event: body, parent_tool_use_id: null });

function text(id, words) {
    const content = [{ type: "text", text: words }];
    const message = { id, type: "message", role: "assistant", model: "fake", content };
    out({ type: "assistant", message, parent_tool_use_id: null });
}

function begin(id) {
    event({ type: "message_start", message: { id, role: "assistant", content: [] } });
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
}

const piece = (words) =>
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: words } });

async function stream(pieces) {
    const id = `msg_${process.pid}_${++messages}`;
    begin(id);
    for (const words of pieces) {
        piece(words);
        await wait(PIECE_MS);
    }
    text(id, pieces.join(""));
    event({ type: "content_block_stop", index: 0 });
    event({ type: "message_stop" });
}

const range = (n) => Array.from({ length: n }, (_, i) => i);

async function turn(content) {
    const [word, ...rest] = content.split(" ");
    const n = Number(rest[0]);
    out({
        type: "system",
        subtype: "init",
        model: "fake",
        permissionMode: "default",
        tools: [],
        cwd: process.cwd(),
    });
    if (word === "say") await stream([rest.join(" ")]);
    else if (word === "many") for (const i of range(n)) await stream([`text ${i} `, "of ", `${n}`]);
    else if (word === "drip") await stream(range(n).map((i) => `p${i} `));
    else if (word === "hold") {
        begin("msg_hold");
        piece("held ");
        await new Promise(() => {});
    } else await stream([`what is '${word}'?`]);
    out({
        type: "result",
        subtype: "success",
        is_error: false,
        result: "",
        duration_ms: 5,
        num_turns: 1,
        terminal_reason: "completed",
        total_cost_usd: 0.01,
        usage: { input_tokens: 10, output_tokens: 4 },
    });
}

function confirm(request) {
    const models = [{ value: "default", displayName: "Default", description: "" }];
    const response = {
        subtype: "success",
        request_id: request.request_id,
        response: { commands: [], models },
    };
    process.stdout.write(`${JSON.stringify({ type: "control_response", response })}\n`);
}

let turns = Promise.resolve();
for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    if (message.type === "control_request") confirm(message);
    if (message.type !== "user") continue;
    const { content } = message.message;
    const words = typeof content === "string" ? content : content[0].text;
    turns = turns.then(() => turn(words));
}
process.exit(0);
