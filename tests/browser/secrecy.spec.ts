// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "./support/fixtures";
import { App } from "./support/pages";
import { formsOf, Tap } from "./support/tap";

test("nothing of a chat can be read between browser and Hub", async ({
    page,
    leapmux,
    model,
    world,
}) => {
    const marker = (what: string): string => `${what}${randomBytes(8).toString("hex")}`;
    const secret = {
        message: marker("message"),
        answer: marker("answer"),
        thought: marker("thought"),
        command: marker("command"),
        reason: marker("reason"),
        folder: marker("folder"),
        firstMessage: marker("first"),
    };
    const directory = join(world.root, secret.folder);
    mkdirSync(directory);
    model.play([
        { reply: [{ text: "Ready." }] },
        {
            chunk: 4096 /* a marker goes out in one piece, or it could hide between two records */,
            reply: [
                { thinking: secret.thought },
                { text: `It is ${secret.answer}.` },
                {
                    tool: "Bash",
                    input: { command: `touch ${secret.command}`, description: "Create" },
                },
            ],
        },
        { match: { last: secret.reason }, reply: [{ text: "I leave it." }] },
    ]);

    const tap = await Tap.start(leapmux.port);
    const app = new App(page);
    await app.open(tap.url);
    const agent = await app.newAgent({ directory, firstMessage: secret.firstMessage });
    await expect(agent.article("Result")).toHaveCount(1);
    await agent.send(`Please look at ${secret.message}.`);
    await agent.permission.deny(secret.reason);
    await expect(agent.article("Result")).toHaveCount(2);
    await expect(agent.article("Agent").nth(1)).toContainText(secret.answer);
    await tap.stop();

    /* The tap sees: what is not secret stands there in clear, masked frames included. */
    const seen = tap.everything;
    expect(seen.includes("leapmux.v1")).toBe(true);
    expect(seen.includes("First workspace")).toBe(true);
    expect(seen.includes(agent.id)).toBe(true);
    const worker = (await app.worker.getAttribute("data-worker-id")) ?? "none";
    expect(Buffer.concat(tap.framesOfBrowser).includes(worker)).toBe(true);
    expect(tap.frames.length).toBeGreaterThan(10);
    for (const [what, text] of Object.entries(secret)) {
        for (const form of formsOf(text))
            expect(seen.includes(form), `${what} as ${form.toString()}`).toBe(false);
    }
});

test("a marker is found in its encoded forms too", () => {
    const marker = "marker0123456789";
    for (const before of ["", "a", "ab", "abc"]) {
        for (const encoding of ["latin1", "base64", "hex"] as const) {
            const text = Buffer.from(`${before}${marker}xyz`).toString(encoding);
            expect(formsOf(marker).some((form) => text.includes(form.toString()))).toBe(true);
        }
    }
});
