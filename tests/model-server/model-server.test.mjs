// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { chooseTurn, describeRequest, parseScenario, ScenarioError } from "./scenario.mjs";
import { startModelServer } from "./server.mjs";

const TOOLS = [{ name: "Bash" }, { name: "Edit" }];

function request(text, more = {}) {
    return {
        model: "m",
        stream: true,
        tools: TOOLS,
        messages: [{ role: "user", content: text }],
        ...more,
    };
}

let server;
before(async () => {
    server = await startModelServer();
});
after(() => server.close());

function post(name, body, options = {}) {
    return fetch(`${server.baseUrl(name)}/v1/messages?beta=true`, {
        method: "POST",
        body: JSON.stringify(body),
        ...options,
    });
}

function eventsOf(text) {
    return [...text.matchAll(/^data: (.*)$/gmu)].map(([, json]) => JSON.parse(json));
}

function textOf(events) {
    return events.map((event) => event.delta?.text ?? "").join("");
}

test("a reply is streamed as the events of the Messages API, one block after the other", async () => {
    server.load("stream", {
        turns: [
            {
                reply: [
                    { thinking: "Hm." },
                    { text: "Hello, you" },
                    { tool: "Bash", input: { command: "ls" } },
                ],
                chunk: 4,
            },
        ],
    });
    const events = eventsOf(await (await post("stream", request("hi"))).text());
    const types = events.map((event) => event.type);
    assert.equal(types[0], "message_start");
    assert.deepEqual(types.slice(-2), ["message_delta", "message_stop"]);
    const starts = events.filter((event) => event.type === "content_block_start");
    assert.deepEqual(
        starts.map((event) => [event.index, event.content_block.type]),
        [
            [0, "thinking"],
            [1, "text"],
            [2, "tool_use"],
        ],
    );
    assert.equal(types.filter((type) => type === "content_block_stop").length, 3);
    assert.equal(textOf(events), "Hello, you");
    const json = events.map((event) => event.delta?.partial_json ?? "").join("");
    assert.deepEqual(JSON.parse(json), { command: "ls" });
    assert.equal(
        events.find((event) => event.type === "message_delta").delta.stop_reason,
        "tool_use",
    );
    assert.ok(events.some((event) => event.delta?.type === "signature_delta"));
});

test("a request without stream gets one message with usage and stop reason", async () => {
    server.load("whole", {
        turns: [{ reply: [{ text: "All" }], usage: { in: 7, out: 3, cacheRead: 2 } }],
    });
    const message = await (await post("whole", request("hi", { stream: false }))).json();
    assert.deepEqual(message.content, [{ type: "text", text: "All" }]);
    assert.equal(message.stop_reason, "end_turn");
    assert.deepEqual(message.usage, {
        input_tokens: 7,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 2,
        output_tokens: 3,
    });
});

test("a gate holds the stream in the middle of a text until it is opened", async () => {
    server.load("gate", {
        turns: [{ reply: [{ text: "before " }, { gate: "g" }, { text: "after" }], chunk: 100 }],
    });
    const response = await post("gate", request("hi"));
    await server.gateReached("gate", "g");
    const state = await (await fetch(`${server.url}/_ctl/gate/gate/g`)).json();
    assert.deepEqual(state, { reached: true, open: false });
    const opened = await fetch(`${server.url}/_ctl/gate/gate/g`, { method: "POST" });
    assert.equal(opened.status, 200);
    const events = eventsOf(await response.text());
    assert.equal(textOf(events), "before after");
    assert.equal(events.filter((event) => event.type === "content_block_start").length, 1);
});

test("nothing behind a closed gate is sent", async () => {
    server.load("held", {
        turns: [{ reply: [{ text: "before" }, { gate: "g" }, { text: "after" }], chunk: 100 }],
    });
    const abort = new AbortController();
    const response = await post("held", request("hi"), { signal: abort.signal });
    const reader = response.body.getReader();
    let text = "";
    while (!text.includes("before"))
        text += Buffer.from((await reader.read()).value).toString("utf8");
    await server.gateReached("held", "g");
    assert.ok(!text.includes("after"));
    abort.abort();
    const entry = await server.requested("held", (one) => one.clientAborted === true);
    assert.equal(entry.turn, "turns[0]");
});

test("an error turn answers with status, headers and the API's error body, and is used up", async () => {
    const error = {
        status: 529,
        type: "overloaded_error",
        message: "Overloaded",
        headers: { "retry-after": "1" },
    };
    server.load("errors", { turns: [{ error }, { reply: [{ text: "fine" }] }] });
    const first = await post("errors", request("hi"));
    assert.equal(first.status, 529);
    assert.equal(first.headers.get("retry-after"), "1");
    assert.deepEqual(await first.json(), {
        type: "error",
        error: { type: "overloaded_error", message: "Overloaded" },
    });
    assert.equal(textOf(eventsOf(await (await post("errors", request("hi"))).text())), "fine");
});

test("a stream error comes as an event after the text before it", async () => {
    server.load("broken", {
        turns: [{ reply: [{ text: "part" }, { streamError: "overloaded_error" }] }],
    });
    const events = eventsOf(await (await post("broken", request("hi"))).text());
    assert.equal(textOf(events), "part");
    assert.deepEqual(events.at(-1), {
        type: "error",
        error: { type: "overloaded_error", message: "overloaded_error" },
    });
});

test("a dropped stream ends without its end", async () => {
    server.load("drop", { turns: [{ reply: [{ text: "part" }, { drop: true }] }] });
    const response = await post("drop", request("hi"));
    await assert.rejects(response.text());
});

test("tokens are counted and the greetings answered", async () => {
    server.load("misc", { turns: [] });
    const base = server.baseUrl("misc");
    const count = await fetch(`${base}/v1/messages/count_tokens?beta=true`, {
        method: "POST",
        body: JSON.stringify(request("hi")),
    });
    assert.ok((await count.json()).input_tokens > 0);
    assert.equal((await fetch(`${base}/api/hello`, { method: "HEAD" })).status, 200);
    assert.equal((await fetch(`${base}/`, { method: "HEAD" })).status, 200);
    assert.equal((await fetch(`${base}/v1/other`)).status, 404);
});

test("scenarios are loaded and logs read over HTTP, and each copy has its own turns", async () => {
    const put = await fetch(`${server.url}/_ctl/s/remote`, {
        method: "PUT",
        body: JSON.stringify({ turns: [{ reply: [{ text: "once" }] }] }),
    });
    assert.equal(put.status, 200);
    for (const name of ["remote", "remote~2"]) {
        assert.equal(textOf(eventsOf(await (await post(name, request("hello"))).text())), "once");
    }
    const log = await (await fetch(`${server.url}/_ctl/log/remote`)).json();
    assert.equal(log.length, 1);
    assert.equal(log[0].turn, "turns[0]");
    assert.equal(log[0].body.messages[0].content, "hello");
});

test("a bad scenario is refused with the place of the fault", async () => {
    const bad = [
        [{ turn: [] }, /scenario: unknown key "turn"/u],
        [{ turns: [{ reply: [{ txt: "x" }] }] }, /turns\[0\]\.reply\[0\]: expected one of/u],
        [{ turns: [{}] }, /turns\[0\]: expected either reply or error/u],
        [{ turns: [{ match: { usr: "x" }, reply: [] }] }, /turns\[0\]\.match: unknown key/u],
        [{ turns: [{ error: { status: "529" } }] }, /turns\[0\]\.error: status/u],
        [{ turns: 3 }, /turns: expected a list/u],
    ];
    for (const [scenario, message] of bad) {
        assert.throws(
            () => parseScenario(scenario),
            (error) => error instanceof ScenarioError && message.test(error.message),
        );
    }
    const put = await fetch(`${server.url}/_ctl/s/bad`, { method: "PUT", body: "{" });
    assert.equal(put.status, 400);
    assert.equal((await post("never-loaded", request("hi"))).status, 400);
});

function choose(scenario, body) {
    return chooseTurn(parseScenario(scenario), describeRequest(body)).name;
}

test("turns are chosen by what the person said last, without the CLI's reminders", () => {
    const scenario = {
        turns: [
            { match: { user: "^second$" }, reply: [] },
            { match: { user: "^first$" }, reply: [] },
        ],
    };
    const reminded = [
        { type: "text", text: "<system-reminder>second</system-reminder>" },
        { type: "text", text: "first" },
    ];
    assert.equal(choose(scenario, request(reminded)), "turns[1]");
    assert.equal(choose(scenario, request("second")), "turns[0]");
});

test("a tool result does not hide what the person said, and can be asked for", () => {
    const messages = [
        { role: "user", content: "do it" },
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "Bash", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "listing" }] },
    ];
    const body = request("", { messages });
    assert.equal(
        choose(
            {
                turns: [
                    { match: { user: "^do it$", toolResult: true, last: "listing" }, reply: [] },
                ],
            },
            body,
        ),
        "turns[0]",
    );
    assert.equal(
        choose(
            {
                turns: [{ match: { not: { toolResult: true } }, reply: [] }],
                default: { reply: [] },
            },
            body,
        ),
        "default",
    );
});

test("a turn is used once unless it repeats, and strict stops the search", () => {
    const scenario = parseScenario({ turns: [{ reply: [] }, { repeat: true, reply: [] }] });
    const names = [1, 2, 3].map(() => chooseTurn(scenario, describeRequest(request("x"))).name);
    assert.deepEqual(names, ["turns[0]", "turns[1]", "turns[1]"]);
    const strict = { turns: [{ strict: true, match: { user: "a" }, reply: [] }, { reply: [] }] };
    assert.equal(choose(strict, request("b")), "none");
});

test("requests without tools do not use up the talk", () => {
    const scenario = { turns: [{ reply: [] }] };
    assert.equal(choose(scenario, request("x", { tools: [] })), "side request");
    assert.equal(
        choose(
            { ...scenario, side: [{ match: { tools: false, system: "title" }, reply: [] }] },
            request("x", { tools: [], system: "a title" }),
        ),
        "side[0]",
    );
});

test("a talk longer than its script gets an error that says so", () => {
    const { turn } = chooseTurn(parseScenario({ turns: [] }), describeRequest(request("lost")));
    assert.equal(turn.error.status, 400);
    assert.match(turn.error.message, /no turn for the request after: lost/u);
});
