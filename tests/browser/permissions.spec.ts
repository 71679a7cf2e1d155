// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "./support/fixtures";

function touch(file: string): { tool: string; input: object } {
    return {
        tool: "Bash",
        input: { command: `touch ${file} && echo made-${file}`, description: "Create a file" },
    };
}

test("Bash waits for permission, runs when allowed, and its row shows the output", async ({
    model,
    agent,
    world,
}) => {
    model.play([
        { reply: [{ text: "I make it." }, touch("created.txt")] },
        { reply: [{ text: "Made." }] },
    ]);
    await agent.send("create the file");
    await agent.permission.expectPending();
    await agent.expectState("waiting");
    await expect(agent.turn).toHaveText("Waiting for you");
    await expect(agent.panel).toHaveAttribute("data-pending-prompts", "1");
    await expect(agent.permission.card).toContainText("touch created.txt");
    expect(existsSync(join(world.repo, "created.txt"))).toBe(false);

    await agent.permission.answer("Allow");
    await agent.permission.expectGone();
    await agent.expectState("idle");
    expect(existsSync(join(world.repo, "created.txt"))).toBe(true);
    const row = agent.article("Tool Bash");
    await expect(row).toHaveAttribute("data-state", "ok");
    await agent.details(row);
    await expect(row).toContainText("made-created.txt");
    await expect(agent.article("Answer")).toHaveCount(1);
    await expect(agent.panel).toHaveAttribute("data-pending-prompts", "0");
});

test("Bash does not run when denied, and the model reads the reason", async ({
    model,
    agent,
    world,
}) => {
    model.play([
        { reply: [touch("denied.txt")] },
        { match: { last: "Rather not here" }, reply: [{ text: "I leave it." }] },
    ]);
    await agent.send("create the file");
    await agent.permission.deny("Rather not here.");
    await agent.permission.expectGone();
    await expect(agent.article("Agent")).toContainText("I leave it.");
    await agent.expectState("idle");
    await expect(agent.article("Tool Bash")).toHaveAttribute("data-state", "denied");
    await expect(agent.article("Answer")).toContainText("Rather not here.");
    expect(existsSync(join(world.repo, "denied.txt"))).toBe(false);
});

test("Enter in the reason denies", async ({ model, agent, world }) => {
    model.play([
        { reply: [touch("denied.txt")] },
        { match: { last: "By key" }, reply: [{ text: "I leave it." }] },
    ]);
    await agent.send("create the file");
    await agent.permission.expectPending();
    await agent.permission.reason.fill("By key");
    await agent.permission.reason.press("Enter");
    await expect(agent.article("Agent")).toContainText("I leave it.");
    expect(existsSync(join(world.repo, "denied.txt"))).toBe(false);
});

test("a rule that was always allowed is shown, written, and not asked about again", async ({
    model,
    agent,
    world,
}) => {
    model.play([
        {
            reply: [
                { tool: "Bash", input: { command: "touch always.txt", description: "Create" } },
            ],
        },
        { reply: [{ text: "First." }] },
        {
            reply: [
                { tool: "Bash", input: { command: "touch always.txt", description: "Create" } },
            ],
        },
        { reply: [{ text: "Second." }] },
    ]);
    await agent.send("once");
    await agent.permission.expectPending();
    await expect(agent.permission.card).toContainText("Bash(touch always.txt)");
    await agent.permission.answer("Always allow");
    await expect(agent.article("Result")).toHaveCount(1);
    const settings = JSON.parse(
        readFileSync(join(world.repo, ".claude/settings.local.json"), "utf8"),
    ) as object;
    expect(settings).toMatchObject({ permissions: { allow: ["Bash(touch always.txt)"] } });

    await agent.send("once more");
    await expect(agent.article("Result")).toHaveCount(2);
    await expect(agent.article("Tool Bash")).toHaveCount(2);
    await expect(agent.article("Tool Bash").last()).toHaveAttribute("data-state", "ok");
    await expect(agent.article("Answer")).toHaveCount(1);
});

test("a request that waits is there after a reload and can be answered", async ({
    model,
    app,
    agent,
}) => {
    model.play([{ reply: [touch("later.txt")] }, { reply: [{ text: "Made." }] }]);
    await agent.send("create the file");
    await agent.permission.expectPending();
    const prompt = await agent.permission.card.getAttribute("data-prompt-id");
    await app.reload();
    const again = await app.sameAgent(agent);
    await again.permission.expectPending();
    await expect(again.permission.card).toHaveAttribute("data-prompt-id", prompt ?? "none");
    await again.permission.answer("Allow");
    await expect(again.article("Agent")).toContainText("Made.");
});
