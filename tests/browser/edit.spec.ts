// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "./support/fixtures";

test("an edit is proposed as a diff, and shown as one row with its applied diff", async ({
    model,
    agent,
    world,
}) => {
    const file = join(world.repo, "src/app.js");
    model.play([
        { reply: [{ tool: "Read", input: { file_path: file } }] },
        {
            reply: [
                {
                    tool: "Edit",
                    input: { file_path: file, old_string: "return 1;", new_string: "return 2;" },
                },
            ],
        },
        { reply: [{ text: "Changed." }] },
    ]);
    await agent.send("change the answer");
    await agent.permission.expectPending();
    await expect(agent.permission.card).toContainText("return 1;");
    await expect(agent.permission.card).toContainText("return 2;");
    await agent.permission.answer("Allow");
    await agent.expectState("idle");
    expect(readFileSync(file, "utf8")).toContain("return 2;");

    await expect(agent.article("Tool Read")).toHaveAttribute("data-state", "ok");
    const row = agent.article("Tool Edit");
    await expect(row).toHaveCount(1);
    await expect(row).toHaveAttribute("data-state", "ok");
    await expect(row).toContainText("src/app.js");
    await expect(row).toContainText("+1 −1");
    await agent.details(row);
    await expect(row).toContainText("return 1;");
    await expect(row).toContainText("return 2;");
});

test("a new file is shown with all its lines as added", async ({ model, agent, world }) => {
    const file = join(world.repo, "notes.md");
    model.play([
        {
            reply: [
                { tool: "Write", input: { file_path: file, content: "first line\nsecond line\n" } },
            ],
        },
        { reply: [{ text: "Written." }] },
    ]);
    await agent.send("take notes");
    await agent.permission.answer("Allow");
    await agent.expectState("idle");
    expect(readFileSync(file, "utf8")).toBe("first line\nsecond line\n");
    const row = agent.article("Tool Write");
    await expect(row).toContainText("notes.md");
    await agent.details(row);
    await expect(row).toContainText("second line");
});
