// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "./support/fixtures";
import { App, type AgentPanel } from "./support/pages";

async function expectEqual(one: AgentPanel, other: AgentPanel): Promise<void> {
    await expect
        .poll(async () => (await other.transcript()).join("\n"))
        .toBe((await one.transcript()).join("\n"));
}

test("two browser tabs on one agent show the same, live and afterwards", async ({
    model,
    agent,
    context,
    leapmux,
}) => {
    model.play([
        {
            reply: [
                { thinking: "Hm." },
                { text: "The first half, " },
                { gate: "half" },
                { text: "the second half." },
            ],
        },
        { reply: [{ text: "Two." }] },
    ]);
    const secondApp = new App(await context.newPage());
    await secondApp.open(leapmux.url);
    const second = await secondApp.sameAgent(agent);

    await agent.send("from the first tab");
    await model.gateReached("half");
    for (const panel of [agent, second]) {
        await panel.expectState("working");
        await expect(panel.article("You")).toContainText("from the first tab");
        await expect(panel.article("Agent")).toContainText("The first half,");
    }
    model.openGate("half");
    for (const panel of [agent, second]) await expect(panel.article("Result")).toHaveCount(1);
    await expectEqual(agent, second);

    await second.send("from the second tab");
    for (const panel of [agent, second]) await expect(panel.article("Result")).toHaveCount(2);
    await expectEqual(agent, second);
    expect(await agent.kinds()).toEqual([
        "user",
        "thinking",
        "text",
        "result",
        "user",
        "text",
        "result",
    ]);
});

test("a request answered in one tab closes in the other and says how", async ({
    model,
    agent,
    context,
    leapmux,
}) => {
    model.play([
        {
            reply: [
                { tool: "Bash", input: { command: "touch shared.txt", description: "Create" } },
            ],
        },
        { reply: [{ text: "Made." }] },
    ]);
    const secondApp = new App(await context.newPage());
    await secondApp.open(leapmux.url);
    const second = await secondApp.sameAgent(agent);
    await agent.send("create the file");
    await agent.permission.expectPending();
    await second.permission.expectPending();

    await second.permission.answer("Allow");
    await expect(agent.permission.card).toContainText(/^Answered by .+: /u);
    await expect(agent.permission.button("Allow")).toHaveCount(0);
    await agent.permission.expectGone();
    await second.permission.expectGone();
    for (const panel of [agent, second]) {
        await expect(panel.article("Agent")).toContainText("Made.");
        await expect(panel.article("Answer")).toHaveCount(1);
    }
    await expectEqual(agent, second);
});

test("two answers at once: one wins, both tabs agree", async ({
    model,
    agent,
    context,
    leapmux,
}) => {
    model.play([
        { reply: [{ tool: "Bash", input: { command: "touch race.txt", description: "Create" } }] },
        { match: { toolResult: true }, reply: [{ text: "Whatever you say." }] },
    ]);
    const secondApp = new App(await context.newPage());
    await secondApp.open(leapmux.url);
    const second = await secondApp.sameAgent(agent);
    await agent.send("create the file");
    await agent.permission.expectPending();
    await second.permission.expectPending();
    const press = (panel: AgentPanel, name: string): Promise<void> =>
        panel.permission
            .button(name)
            .dispatchEvent("click", {}, { timeout: 5000 })
            .catch(() => undefined);
    await Promise.all([press(agent, "Allow"), press(second, "Deny")]);
    for (const panel of [agent, second]) {
        await panel.permission.expectGone();
        await expect(panel.article("Agent")).toContainText("Whatever you say.");
        await expect(panel.article("Answer")).toHaveCount(1);
    }
    await expectEqual(agent, second);
});

test("a new agent appears in the other tab without a reload", async ({
    app,
    context,
    leapmux,
    world,
}) => {
    const secondApp = new App(await context.newPage());
    await secondApp.open(leapmux.url);
    const agent = await app.newAgent({ directory: world.repo, title: "Shared" });
    await expect(secondApp.tab(agent.id)).toHaveAccessibleName("Shared");
    const second = await secondApp.sameAgent(agent);
    await second.expectState("idle");
});
