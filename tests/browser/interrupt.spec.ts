// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "./support/fixtures";

test("a stream is interrupted, what came stays, and the next message works", async ({
    model,
    agent,
}) => {
    model.play([
        { reply: [{ text: "A long story begins. " }, { gate: "begun" }, { text: "Never seen." }] },
        { reply: [{ text: "Here again." }] },
    ]);
    await agent.send("tell a story");
    await model.gateReached("begun");
    await expect(agent.article("Agent")).toContainText("A long story begins.");
    await agent.interrupt();
    await agent.expectState("idle");
    await model.requested((request) => request.clientAborted === true);
    await expect(agent.article("Agent")).toContainText("A long story begins.");
    await expect(agent.article("Notice").filter({ hasText: /interrupted/iu })).toHaveCount(1);
    await expect(agent.panel).not.toContainText("ede_diagnostic");

    await agent.send("are you there?");
    await expect(agent.article("Agent").last()).toContainText("Here again.");
    await agent.expectState("idle");
});

test("a running command is interrupted and its processes end", async ({ model, agent, world }) => {
    const pause = "86399";
    model.play([
        {
            reply: [
                {
                    tool: "Bash",
                    input: { command: `touch started; sleep ${pause}`, description: "Wait" },
                },
            ],
        },
        { reply: [{ text: "Here again." }] },
    ]);
    await agent.send("wait");
    await agent.permission.answer("Allow");
    await expect.poll(() => existsSync(join(world.repo, "started"))).toBe(true);
    await agent.expectState("working");
    await expect(agent.article("Tool Bash")).toHaveAttribute("data-state", "running");
    await agent.interrupt();
    await agent.expectState("idle");
    await expect(agent.article("Tool Bash")).toHaveAttribute("data-state", /^(failed|denied)$/u);
    await expect.poll(() => world.processes(pause)).toEqual([]);

    await agent.send("are you there?");
    await expect(agent.article("Agent").last()).toContainText("Here again.");
});

test("an interrupt takes back a request that waits", async ({ model, agent, world }) => {
    model.play([
        { reply: [{ tool: "Bash", input: { command: "touch never.txt", description: "Create" } }] },
        { reply: [{ text: "Here again." }] },
    ]);
    await agent.send("create the file");
    await agent.permission.expectPending();
    await agent.interrupt();
    await agent.permission.expectGone();
    await agent.expectState("idle");
    expect(existsSync(join(world.repo, "never.txt"))).toBe(false);
    await agent.send("are you there?");
    await expect(agent.article("Agent").last()).toContainText("Here again.");
});
