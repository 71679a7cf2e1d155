// SPDX-License-Identifier: Apache-2.0
/**
 * The recorded stories: what the model says (`model`, see ../model-server/README.md), what the host does
 * (`play`), and what must have happened (asserts in `play`). `play` gets {start, server, name, repo}:
 * `start(args?, env?)` runs a `claude` process and sends `initialize`.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const HELLO = "Hello! I can see the demo repository.\n\n- item **one**\n- item `two`\n";

function toolResult(claude, index = -1) {
    const results = claude.messages.filter(
        (message) => message.type === "user" && message.tool_use_result !== undefined,
    );
    return results.at(index);
}

function isPartial(message) {
    return message.type === "stream_event" && message.event.type === "content_block_delta";
}

function touch(file) {
    return { tool: "Bash", input: { command: `touch ${file}`, description: "Create file" } };
}

/* Paths go out in one piece, since a recording cannot rename a path that is cut in two. */
const WHOLE = 4096;

const PLAN = "# Add a greeting\n\n1. Write `greet()` in `src/app.js`\n2. Call it\n";

export const scenarios = {
    "text-turn": {
        about: "One turn with thinking and text.",
        model: {
            turns: [
                { reply: [{ thinking: "The user greets me. I greet back." }, { text: HELLO }] },
            ],
        },
        async play({ start }) {
            const claude = await start();
            claude.say("hello");
            const result = await claude.result();
            assert.equal(result.subtype, "success");
            assert.equal(result.is_error, false);
            assert.equal(result.result.trim(), HELLO.trim());
            await claude.end();
            assert.equal(claude.exit.code, 0);
        },
    },

    "bash-allow": {
        about: "Bash asks for permission; the host allows it once.",
        model: {
            turns: [
                { reply: [{ text: "I create the file." }, touch("created.txt")] },
                { reply: [{ text: "Done." }] },
            ],
        },
        async play({ start, repo }) {
            const claude = await start();
            claude.say("create created.txt");
            const asked = await claude.permission("Bash");
            assert.equal(asked.request.input.command, "touch created.txt");
            assert.ok(!existsSync(join(repo, "created.txt")));
            claude.allow(asked);
            assert.equal((await claude.result()).result, "Done.");
            assert.ok(existsSync(join(repo, "created.txt")));
            await claude.end();
        },
    },

    "bash-always": {
        about: "Bash is allowed with the suggested rule; the second call of the same command does not ask.",
        model: {
            turns: [
                { reply: [touch("always.txt")] },
                { reply: [{ text: "First done." }] },
                { reply: [touch("always.txt")] },
                { reply: [{ text: "Second done." }] },
            ],
        },
        async play({ start, repo }) {
            const claude = await start();
            claude.say("create always.txt");
            const asked = await claude.permission("Bash");
            const rule = asked.request.permission_suggestions.find(
                (one) => one.type === "addRules",
            );
            assert.equal(rule.destination, "localSettings");
            claude.allow(asked, { updatedPermissions: [rule] });
            assert.equal((await claude.result()).result, "First done.");
            claude.say("once more");
            assert.equal((await claude.result()).result, "Second done.");
            const settings = JSON.parse(
                readFileSync(join(repo, ".claude/settings.local.json"), "utf8"),
            );
            assert.deepEqual(settings.permissions.allow, ["Bash(touch always.txt)"]);
            assert.equal(
                claude.messages.filter((message) => message.request?.subtype === "can_use_tool")
                    .length,
                1,
            );
            await claude.end();
        },
    },

    "bash-deny": {
        about: "Bash asks for permission; the host denies with a reason and the model goes on.",
        model: {
            turns: [
                { reply: [touch("denied.txt")] },
                { match: { last: "Not in this folder" }, reply: [{ text: "I leave it." }] },
            ],
        },
        async play({ start, repo }) {
            const claude = await start();
            claude.say("create denied.txt");
            claude.deny(await claude.permission("Bash"), "Not in this folder, please.");
            const result = await claude.result();
            assert.equal(result.result, "I leave it.");
            assert.equal(result.permission_denials.length, 1);
            assert.ok(!existsSync(join(repo, "denied.txt")));
            await claude.end();
        },
    },

    files: {
        about: "Read, Edit with a diff, Write of a new file; the host allows the last two.",
        model: ({ repo }) => ({
            turns: [
                {
                    chunk: WHOLE,
                    reply: [{ tool: "Read", input: { file_path: join(repo, "src/app.js") } }],
                },
                {
                    chunk: WHOLE,
                    reply: [
                        {
                            tool: "Edit",
                            input: {
                                file_path: join(repo, "src/app.js"),
                                old_string: "return 1;",
                                new_string: "return 2;",
                            },
                        },
                    ],
                },
                {
                    chunk: WHOLE,
                    reply: [
                        {
                            tool: "Write",
                            input: {
                                file_path: join(repo, "notes.md"),
                                content: "# Notes\n\nFirst line.\n",
                            },
                        },
                    ],
                },
                { reply: [{ text: "Read, edited and written." }] },
            ],
        }),
        async play({ start, repo }) {
            const claude = await start();
            claude.say("change the answer to 2 and take notes");
            claude.allow(await claude.permission("Edit"));
            claude.allow(await claude.permission("Write"));
            await claude.result();
            assert.match(readFileSync(join(repo, "src/app.js"), "utf8"), /return 2;/u);
            assert.equal(readFileSync(join(repo, "notes.md"), "utf8"), "# Notes\n\nFirst line.\n");
            const edit = toolResult(claude, -2).tool_use_result;
            assert.ok(edit.structuredPatch[0].lines.includes("+  return 2;"));
            assert.equal(toolResult(claude).tool_use_result.type, "create");
            await claude.end();
        },
    },

    question: {
        about: "AskUserQuestion with a single and a multiple choice; the host answers both.",
        model: {
            turns: [
                {
                    reply: [
                        {
                            tool: "AskUserQuestion",
                            input: {
                                questions: [
                                    {
                                        question: "Which database?",
                                        header: "Database",
                                        multiSelect: false,
                                        options: [
                                            { label: "SQLite", description: "One file" },
                                            { label: "PostgreSQL", description: "A server" },
                                        ],
                                    },
                                    {
                                        question: "Which checks?",
                                        header: "Checks",
                                        multiSelect: true,
                                        options: [
                                            { label: "Lint", description: "Style" },
                                            { label: "Types", description: "Types" },
                                        ],
                                    },
                                ],
                            },
                        },
                    ],
                },
                { match: { last: "SQLite" }, reply: [{ text: "SQLite it is." }] },
            ],
        },
        async play({ start }) {
            const claude = await start();
            claude.say("ask me");
            const asked = await claude.permission("AskUserQuestion");
            assert.equal(asked.request.input.questions.length, 2);
            const answers = { "Which database?": "SQLite", "Which checks?": "Lint, Types" };
            claude.answer(asked, {
                behavior: "allow",
                updatedInput: { ...asked.request.input, answers },
            });
            assert.equal((await claude.result()).result, "SQLite it is.");
            assert.deepEqual(toolResult(claude).tool_use_result.answers, answers);
            await claude.end();
        },
    },

    "plan-approve": {
        about: "A plan is made in plan mode and approved; the mode goes to acceptEdits.",
        model: {
            turns: [
                { reply: [{ tool: "ExitPlanMode", input: { plan: PLAN } }] },
                { reply: [{ text: "I start." }] },
            ],
        },
        async play({ start }) {
            const claude = await start(["--permission-mode", "plan"]);
            claude.say("plan a greeting");
            const asked = await claude.permission("ExitPlanMode");
            claude.allow(asked, {
                updatedPermissions: [
                    { type: "setMode", mode: "acceptEdits", destination: "session" },
                ],
            });
            assert.equal((await claude.result()).result, "I start.");
            assert.ok(
                claude.messages.some(
                    (message) =>
                        message.subtype === "status" && message.permissionMode === "acceptEdits",
                ),
            );
            await claude.end();
        },
    },

    "plan-keep": {
        about: "A plan is sent back with feedback; the next one is approved.",
        model: {
            turns: [
                { reply: [{ tool: "ExitPlanMode", input: { plan: PLAN } }] },
                {
                    match: { last: "Also add a test" },
                    reply: [{ tool: "ExitPlanMode", input: { plan: `${PLAN}3. Add a test\n` } }],
                },
                { reply: [{ text: "I start." }] },
            ],
        },
        async play({ start }) {
            const claude = await start(["--permission-mode", "plan"]);
            claude.say("plan a greeting");
            claude.deny(await claude.permission("ExitPlanMode"), "Also add a test.");
            claude.allow(await claude.permission("ExitPlanMode"));
            assert.equal((await claude.result()).result, "I start.");
            await claude.end();
        },
    },

    "interrupt-stream": {
        about: "The turn is interrupted while text streams; the next turn works.",
        model: {
            turns: [
                { reply: [{ text: "A long story begins here and " }, { hang: true }] },
                { reply: [{ text: "Here again." }] },
            ],
        },
        async play({ start, server, name }) {
            const claude = await start();
            claude.say("tell a story");
            await claude.next(
                (message) => isPartial(message) && message.event.delta.text?.includes("here"),
                "the story's start",
            );
            await claude.control({ subtype: "interrupt" });
            const result = await claude.result();
            assert.equal(result.subtype, "error_during_execution");
            assert.equal(result.terminal_reason, "aborted_streaming");
            await server.requested(name, (entry) => entry.clientAborted === true);
            claude.say("are you there?");
            assert.equal((await claude.result()).result, "Here again.");
            await claude.end();
        },
    },

    "interrupt-tool": {
        about: "The turn is interrupted while a Bash command runs.",
        model: {
            turns: [
                {
                    reply: [
                        {
                            tool: "Bash",
                            input: { command: "touch started; sleep 300", description: "Wait" },
                        },
                    ],
                },
                { reply: [{ text: "Here again." }] },
            ],
        },
        async play({ start, untilFile }) {
            const claude = await start();
            claude.say("wait");
            claude.allow(await claude.permission("Bash"));
            await untilFile("started");
            await claude.control({ subtype: "interrupt" });
            const result = await claude.result();
            assert.equal(result.terminal_reason, "aborted_tools");
            claude.say("are you there?");
            assert.equal((await claude.result()).result, "Here again.");
            await claude.end();
        },
    },

    "interrupt-prompt": {
        about: "The turn is interrupted while a permission request waits; the CLI withdraws it.",
        model: { turns: [{ reply: [touch("never.txt")] }] },
        async play({ start }) {
            const claude = await start();
            claude.say("create never.txt");
            const asked = await claude.permission("Bash");
            claude.send({
                type: "control_request",
                request_id: "req_interrupt",
                request: { subtype: "interrupt" },
            });
            const withdrawn = await claude.next(
                (message) => message.type === "control_cancel_request",
                "withdrawal",
            );
            assert.equal(withdrawn.request_id, asked.request_id);
            await claude.result();
            await claude.end();
        },
    },

    "api-retry": {
        about: "Two answers 529 before the model answers.",
        model: {
            turns: [
                { error: { status: 529, type: "overloaded_error", message: "Overloaded" } },
                { error: { status: 529, type: "overloaded_error", message: "Overloaded" } },
                { reply: [{ text: "Back." }] },
            ],
        },
        async play({ start }) {
            const claude = await start();
            claude.say("hello");
            assert.equal((await claude.result()).result, "Back.");
            const retries = claude.messages.filter((message) => message.subtype === "api_retry");
            assert.deepEqual(
                retries.map((retry) => [retry.attempt, retry.error, retry.error_status]),
                [
                    [1, "overloaded", 529],
                    [2, "overloaded", 529],
                ],
            );
            await claude.end();
        },
    },

    "api-fail": {
        about: "The model stays overloaded: retries are used up and the turn ends in error.",
        model: {
            turns: [],
            default: { error: { status: 529, type: "overloaded_error", message: "Overloaded" } },
        },
        async play({ start }) {
            const claude = await start([], { CLAUDE_CODE_MAX_RETRIES: "1" });
            claude.say("hello");
            const result = await claude.result();
            assert.equal(result.is_error, true);
            assert.equal(result.api_error_status, 529);
            await claude.end();
        },
    },

    "not-logged-in": {
        about: "No key and no login: the CLI answers the first turn itself.",
        model: { turns: [] },
        async play({ start }) {
            const claude = await start([], { ANTHROPIC_API_KEY: undefined });
            claude.say("hello");
            const result = await claude.result();
            assert.equal(result.is_error, true);
            assert.match(result.result, /Not logged in/u);
            await claude.end();
        },
    },

    todos: {
        about: "The list of tasks is made, started and finished (TaskCreate, TaskUpdate, TaskList).",
        model: {
            turns: [
                {
                    reply: [
                        {
                            tool: "TaskCreate",
                            input: { subject: "Read the code", description: "Look around" },
                        },
                        {
                            tool: "TaskCreate",
                            input: { subject: "Write the test", description: "One test" },
                        },
                    ],
                },
                { reply: [{ tool: "TaskUpdate", input: { taskId: "1", status: "in_progress" } }] },
                { reply: [{ tool: "TaskUpdate", input: { taskId: "1", status: "completed" } }] },
                { reply: [{ tool: "TaskList", input: {} }] },
                { reply: [{ text: "One of two is done." }] },
            ],
        },
        async play({ start }) {
            const claude = await start(["--model", "claude-sonnet-4-5"]);
            claude.say("make a list");
            assert.equal((await claude.result()).result, "One of two is done.");
            const list = toolResult(claude).tool_use_result.tasks;
            assert.deepEqual(
                list.map((task) => [task.subject, task.status]),
                [
                    ["Read the code", "completed"],
                    ["Write the test", "pending"],
                ],
            );
            await claude.end();
        },
    },

    "todo-write": {
        about: "The older list of to-dos, written as a whole (TodoWrite).",
        model: {
            turns: [
                {
                    reply: [
                        {
                            tool: "TodoWrite",
                            input: {
                                todos: [
                                    {
                                        content: "Read the code",
                                        status: "completed",
                                        activeForm: "Reading the code",
                                    },
                                    {
                                        content: "Write the test",
                                        status: "in_progress",
                                        activeForm: "Writing the test",
                                    },
                                    {
                                        content: "Clean up",
                                        status: "pending",
                                        activeForm: "Cleaning up",
                                    },
                                ],
                            },
                        },
                    ],
                },
                { reply: [{ text: "The list stands." }] },
            ],
        },
        async play({ start }) {
            const claude = await start(["--model", "claude-sonnet-4-5"], {
                CLAUDE_CODE_ENABLE_TASKS: "0",
            });
            claude.say("make a list");
            await claude.result();
            assert.equal(toolResult(claude).tool_use_result.newTodos.length, 3);
            await claude.end();
        },
    },

    "kill-resume": {
        about: "The process is killed with SIGKILL while a Bash command runs; a second one resumes the session.",
        model: {
            turns: [
                {
                    reply: [
                        { text: "I wait." },
                        {
                            tool: "Bash",
                            input: { command: "touch started; sleep 5", description: "Wait" },
                        },
                    ],
                },
                { match: { user: "go on" }, reply: [{ text: "I am back." }] },
            ],
        },
        async play({ start, untilFile }) {
            const claude = await start();
            claude.say("wait");
            claude.allow(await claude.permission("Bash"));
            await untilFile("started");
            claude.kill("SIGKILL");
            await claude.ended();
            assert.equal(claude.exit.sig, "SIGKILL");
            const session = claude.messages.find(
                (message) => message.session_id !== undefined,
            ).session_id;
            const second = await start(["--resume", session]);
            second.say("go on");
            const result = await second.result();
            assert.equal(result.result, "I am back.");
            assert.equal(result.session_id, session);
            await second.end();
        },
    },
};
