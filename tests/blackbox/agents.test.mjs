// SPDX-License-Identifier: Apache-2.0
/**
 * An agent from end to end without a browser: handshake, Hello, OpenAgent, messages, and power cuts in
 * the middle of everything.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { Client, newDevice, parts } from "./support/link.mjs";
import { formsOf, holdsAny } from "./support/marker.mjs";
import { inWorld, until } from "./support/world.mjs";

const TURN_IDLE = 1;
const TURN_ERROR = 5;
const { newId } = parts;

/** Runs `story` with a client that is closed afterwards. */
async function withClient(url, device, story) {
    const client = new Client(url, device);
    try {
        return await story(client);
    } finally {
        client.close();
    }
}

const plain = ({ seq, turnId, atMs, body }) => ({ seq, turnId, atMs, body });

/** Numbered 1, 2, 3 ... without a gap and without a double. */
function assertWhole(messages) {
    assert.deepEqual(
        messages.map(({ seq }) => seq),
        messages.map((_, i) => i + 1),
    );
}

const starts = (world) => {
    const path = join(world.root, "starts");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
};

test(
    "a message is answered, live and then stored, and the history is the same for everybody",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        await withClient(leapmux.url, newDevice(), async (client) => {
            const home = await client.home();
            const agentId = await client.openAgent(home, world.work);
            const watch = client.watch(home, agentId);
            await client.send(home, agentId, "drip 50");
            await watch.until(({ results }) => results.length === 1, "the result");
            const whole = Array.from({ length: 50 }, (_, i) => `p${i} `).join("");
            assert.deepEqual(
                watch.texts.map((text) => text.trim()),
                [whole.trim()],
            );
            assert.ok(watch.live.length > 1, "the text came in pieces");
            assertWhole(watch.messages);
            const history = await client.history(home, agentId);
            assert.deepEqual(history.map(plain), watch.messages.map(plain));
            await watch.until(({ state }) => state?.turnState === TURN_IDLE, "idle");
            await withClient(leapmux.url, newDevice(), async (other) => {
                await other.home();
                assert.deepEqual(
                    (await other.history(home, agentId)).map(plain),
                    history.map(plain),
                );
            });
        });
    }),
);

test(
    "a repeat of OpenAgent and of SendMessage with the same ids is one agent and one message",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        await withClient(leapmux.url, newDevice(), async (client) => {
            const home = await client.home();
            const agentId = newId();
            await client.openAgent(home, world.work, { agentId });
            await client.openAgent(home, world.work, { agentId });
            await assert.rejects(client.openAgent(home, world.root, { agentId }), {
                reason: "ID_IN_USE",
            });
            const messageId = newId();
            await client.send(home, agentId, "say hello", messageId);
            await client.send(home, agentId, "say hello", messageId);
            const watch = client.watch(home, agentId);
            await watch.until(({ results }) => results.length === 1, "the result");
            await client.send(home, agentId, "say hello", messageId);
            await client.send(home, agentId, "say again");
            await watch.until(({ results }) => results.length === 2, "the second result");
            assert.deepEqual(watch.texts, ["hello", "again"]);
            assert.equal(starts(world).length, 1);
        });
    }),
);

test(
    "what is wrong in a call of the Worker has its stable reason",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        await withClient(leapmux.url, newDevice(), async (client) => {
            const home = await client.home();
            const agentId = await client.openAgent(home, world.work);
            const cases = [
                [() => client.openAgent(home, world.work, { agentId: "x" }), "BAD_ID"],
                [() => client.openAgent(home, world.work, { provider: "nobody" }), "UNSUPPORTED"],
                [() => client.openAgent(home, "/nowhere/at/all"), "NOT_FOUND|BAD_PATH"],
                [() => client.openAgent(home, `${world.work}/../../x`), "BAD_PATH"],
                [() => client.openAgent(home, "relative"), "BAD_PATH"],
                [() => client.openAgent(home, `${world.work}\0`), "BAD_PATH"],
                [() => client.openAgent(home, `/${"a".repeat(5000)}`), "BAD_PATH"],
                [() => client.openAgent(home, world.work, { permissionMode: "x" }), "UNSUPPORTED"],
                [
                    () => client.openAgent({ ...home, workspaceId: newId() }, world.work),
                    "NOT_FOUND",
                ],
                [() => client.send(home, newId(), "hello"), "NOT_FOUND"],
                [() => client.send(home, agentId, " \n\t "), "INVALID"],
                [() => client.send(home, agentId, "x", "bad id"), "BAD_ID"],
                [() => client.send(home, agentId, "x".repeat(1024 * 1024 + 1)), "TOO_LARGE"],
                [() => client.ask(home.workerId, "interruptAgent", { agentId }), "NOT_RUNNING"],
                [() => client.ask(home.workerId, "startAgent", { agentId: newId() }), "NOT_FOUND"],
            ];
            for (const [act, reasons] of cases) {
                const what = act.toString();
                const error = await act().then(
                    () => undefined,
                    (cause) => cause,
                );
                assert.ok(error !== undefined, `${what} was not refused`);
                assert.match(
                    error.reason,
                    new RegExp(`^(${reasons})$`, "u"),
                    `${what}: ${error.message}`,
                );
            }
        });
    }),
);

test(
    "a command that is not there is listed with its reason, and said at an agent that wants it",
    inWorld(async (world) => {
        const leapmux = await world.solo([], { LEAPMUX_CLAUDE_COMMAND: "/nowhere/claude" });
        await withClient(leapmux.url, newDevice(), async (client) => {
            const home = await client.home();
            const { providers } = await client.ask(home.workerId, "listProviders", {});
            assert.equal(providers[0].available, false);
            assert.ok(providers[0].reason.length > 0);
            assert.ok(providers[0].installHint.length > 0);
            const agentId = await client.openAgent(home, world.work);
            const watch = client.watch(home, agentId);
            await watch.until(({ state }) => state?.turnState === TURN_ERROR, "the error");
            assert.equal(watch.state.error.reason, "NOT_INSTALLED");
            assert.ok(watch.state.error.message.length > 0);
        });
    }),
);

/**
 * When the power goes: after so many stored messages, after so many pieces of a live text, as soon as the
 * message was accepted, and with nothing going on.
 */
const INSTANTS = {
    "as soon as a message was accepted": ["many 40", () => true],
    "after 3 messages": ["many 40", ({ messages }) => messages.length >= 3],
    "after 17 messages": ["many 40", ({ messages }) => messages.length >= 17],
    "at the first piece of a text": ["drip 200", ({ live }) => live.length >= 1],
    "in the middle of a text": ["drip 200", ({ live }) => live.length >= 6],
    "in a turn that hangs": ["hold", ({ live }) => live.length >= 1],
    "after the turn": ["many 5", ({ results }) => results.length === 1],
};

for (const [what, [words, reached]] of Object.entries(INSTANTS)) {
    test(
        `kill -9 ${what}: no gap, no double, and the next message resumes`,
        inWorld(async (world) => {
            const first = await world.solo();
            const address = ["--addr", `127.0.0.1:${first.port}`];
            await withClient(first.url, newDevice(), async (client) => {
                const home = await client.home();
                const agentId = await client.openAgent(home, world.work);
                const watch = client.watch(home, agentId);
                await client.send(home, agentId, "say before");
                await watch.until(({ results }) => results.length === 1, "the first turn");
                const [launch] = starts(world);
                const session = /--session-id (\S+)/u.exec(launch)[1];
                await client.send(home, agentId, words);
                const offset = watch.live.length;
                const now = () => ({
                    messages: watch.messages.slice(4),
                    live: watch.live.slice(offset),
                    results: watch.results.slice(1),
                });
                await watch.until(() => reached(now()), "the instant");
                await first.kill();
                const seen = [...watch.messages];

                await world.solo(address);
                await watch.until(({ catchUps }) => catchUps >= 2, "the watch to go on");
                assert.equal(watch.resets, 0, "it went on where it was");
                const idle = ({ state }) => [TURN_IDLE, TURN_ERROR].includes(state?.turnState);
                await watch.until(idle, "a turn that is over");
                assert.deepEqual(watch.messages.slice(0, seen.length).map(plain), seen.map(plain));

                await client.send(home, agentId, "say after");
                await watch.until(({ texts }) => texts.at(-1) === "after", "the next answer");
                assertWhole(watch.messages);
                const history = await client.history(home, agentId);
                assert.deepEqual(
                    history.slice(0, watch.messages.length).map(plain),
                    watch.messages.map(plain),
                );
                assert.equal(watch.texts.filter((text) => text === "after").length, 1);
                assert.equal(watch.texts.filter((text) => text === "before").length, 1);
                const resumed = starts(world).slice(1);
                assert.ok(resumed.length >= 1);
                for (const line of resumed) assert.ok(line.includes(`--resume ${session}`), line);
            });
        }),
    );
}

test(
    "a message that was queued when the power went is sent once or stays in the queue",
    inWorld(async (world) => {
        const first = await world.solo();
        const address = ["--addr", `127.0.0.1:${first.port}`];
        await withClient(first.url, newDevice(), async (client) => {
            const home = await client.home();
            const agentId = await client.openAgent(home, world.work);
            const watch = client.watch(home, agentId);
            await client.send(home, agentId, "hold");
            await watch.until(({ live }) => live.length > 0, "the turn to hang");
            const messageId = newId();
            await client.send(home, agentId, "say queued", messageId);
            await first.kill();
            await world.solo(address);
            await watch.until(({ catchUps }) => catchUps >= 2, "the watch to go on");
            await client.ask(home.workerId, "resumeQueue", { agentId }).catch(() => {});
            await client.send(home, agentId, "say queued", messageId);
            await watch.until(
                ({ texts }) => texts.includes("queued"),
                "the queued message's answer",
            );
            await client.send(home, agentId, "say last");
            await watch.until(({ texts }) => texts.at(-1) === "last", "the last answer");
            assert.equal(watch.texts.filter((text) => text === "queued").length, 1);
            assertWhole(watch.messages);
        });
    }),
);

test(
    "the CLI's process does not outlive leapmux after an orderly stop",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        await withClient(leapmux.url, newDevice(), async (client) => {
            const home = await client.home();
            const agentId = await client.openAgent(home, world.work);
            const watch = client.watch(home, agentId);
            await client.send(home, agentId, "hold");
            await watch.until(({ live }) => live.length > 0, "the turn to hang");
        });
        const children = readFileSync(`/proc/${leapmux.pid}/task/${leapmux.pid}/children`, "utf8")
            .trim()
            .split(" ")
            .filter((pid) => pid !== "");
        assert.equal(children.length, 1);
        assert.equal((await leapmux.stop()).code, 0);
        await until(() => !existsSync(`/proc/${children[0]}`), "the CLI's end");
    }),
);

test(
    "somebody on the way, or the Hub, reads nothing of a chat",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const captured = [];
        const sockets = new Set();
        const proxy = createServer((client) => {
            const server = connect(leapmux.port, "127.0.0.1");
            for (const [from, to] of [
                [client, server],
                [server, client],
            ]) {
                sockets.add(from);
                from.on("data", (bytes) => {
                    captured.push(from === client ? unmasked(bytes) : bytes);
                    to.write(bytes);
                });
                from.on("error", () => to.destroy());
                from.on("close", () => to.destroy());
            }
        });
        proxy.listen(0, "127.0.0.1");
        await once(proxy, "listening");
        const url = `http://127.0.0.1:${proxy.address().port}/`;
        const marker = `MARKER-${newId()}`;
        await withClient(url, newDevice(), async (client) => {
            const home = await client.home();
            const agentId = await client.openAgent(home, world.work);
            const watch = client.watch(home, agentId);
            await client.send(home, agentId, `say ${marker}`);
            await watch.until(({ texts }) => texts.includes(marker), "the marker's return");
        });
        for (const socket of sockets) socket.destroy();
        proxy.close();
        const all = Buffer.concat(captured);
        assert.ok(all.length > 60_000, "the capture holds handshake and records");
        assert.ok(all.includes("leapmux.v1"), "and what is not sealed can be read in it");
        assert.ok(!holdsAny(all, formsOf(marker)));
        await leapmux.stop();
        assert.ok(!leapmux.output.includes(marker), "nor does the log hold it");
        const hubFile = readFileSync(join(world.data, "hub/hub.db"));
        const workerFile = readFileSync(join(world.data, "worker/worker.db"));
        assert.ok(!holdsAny(hubFile, formsOf(marker)));
        assert.ok(holdsAny(workerFile, formsOf(marker)), "it is the Worker who keeps it");
    }),
);

/** A client's bytes with the WebSocket masks taken off, where they are whole frames; as they are otherwise. */
function unmasked(bytes) {
    const out = [bytes];
    let at = 0;
    while (at + 2 <= bytes.length && bytes[at] === 0x82) {
        let length = bytes[at + 1] & 0x7f;
        let head = 2;
        if (length === 126) [length, head] = [bytes.readUInt16BE(at + 2), 4];
        else if (length === 127) [length, head] = [Number(bytes.readBigUInt64BE(at + 2)), 10];
        const mask = bytes.subarray(at + head, at + head + 4);
        const body = bytes.subarray(at + head + 4, at + head + 4 + length);
        out.push(Buffer.from(body.map((octet, i) => octet ^ mask[i % 4])));
        at += head + 4 + length;
    }
    return Buffer.concat(out);
}
