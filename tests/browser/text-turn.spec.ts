// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "./support/fixtures";
import { named } from "./support/pages";

test("a message is answered live, and the final message is the element that streamed", async ({
    model,
    agent,
}) => {
    model.play([
        {
            reply: [
                { thinking: "The user greets me." },
                { text: "Hello **there**, reader. " },
                { gate: "rest" },
                { text: "And the rest." },
            ],
        },
    ]);
    await agent.send("hello");
    await model.gateReached("rest");
    await agent.expectState("working");
    await expect(agent.turn).toHaveText("Working");
    const answer = agent.article("Agent");
    await expect(answer).toHaveAttribute("data-live", "true");
    await expect(answer).toContainText("Hello there, reader.");
    await expect(answer).not.toContainText("And the rest.");
    await answer.evaluate((element) => Object.assign(element, { wasLive: true }));

    model.openGate("rest");
    await agent.expectState("idle");
    await expect(agent.turn).toHaveText("Ready");
    await expect(answer).toContainText("And the rest.");
    await expect(answer).not.toHaveAttribute("data-live");
    expect(await answer.evaluate((element) => "wasLive" in element)).toBe(true);
    await expect(answer.locator("strong")).toHaveText("there");
    await expect(agent.article("You")).toContainText("hello");
    await expect(agent.article("Result")).toContainText("Done in");
    expect(await agent.kinds()).toEqual(["user", "thinking", "text", "result"]);
});

test("after a reload the whole talk is there, in the same order", async ({ model, app, agent }) => {
    model.play([
        { reply: [{ thinking: "First." }, { text: "One." }] },
        { reply: [{ text: "Two." }] },
    ]);
    await agent.send("first");
    await expect(agent.article("Result")).toHaveCount(1);
    await agent.send("second");
    await expect(agent.article("Result")).toHaveCount(2);
    const before = await agent.kinds();
    const lastSeq = await agent.panel.getAttribute("data-last-seq");

    await app.reload();
    const again = await app.sameAgent(agent);
    await expect(again.panel).toHaveAttribute("data-last-seq", lastSeq ?? "none");
    await expect.poll(() => again.kinds()).toEqual(before);
    await expect(again.article("Agent").first()).toContainText("One.");
    await expect(again.article("Agent").last()).toContainText("Two.");
});

test("the second message of a talk brings the first along to the model", async ({
    model,
    agent,
}) => {
    model.play([{ reply: [{ text: "One." }] }, { reply: [{ text: "Two." }] }]);
    await agent.send("the first question");
    await expect(agent.article("Result")).toHaveCount(1);
    await agent.send("the second question");
    await expect(agent.article("Result")).toHaveCount(2);
    expect(model.talk.at(-1)).toContain("the first question");
    expect(model.talk.at(-1)).toContain("One.");
});

test("code in an answer is shown as code that can be copied, and markup as typed", async ({
    model,
    agent,
    context,
}) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const code = "const a = 1;\nconst b = 2;";
    model.play([
        { reply: [{ text: `Look:\n\n\`\`\`js\n${code}\n\`\`\`\n\n<b id="raw">not bold</b>\n` }] },
    ]);
    await agent.send("show me code");
    const block = named(agent.article("Agent"), "group", "Code 1");
    await expect(block).toContainText("const b = 2;");
    await named(block, "button", "Copy code").click();
    const copied = await block.evaluate(() => navigator.clipboard.readText());
    expect(copied.trim()).toBe(code);
    await expect(agent.article("Agent")).toContainText('<b id="raw">not bold</b>');
    await expect(agent.panel.locator("#raw")).toHaveCount(0);
});

test("the first message given in the dialog is sent as soon as the agent is ready", async ({
    model,
    app,
    world,
}) => {
    model.play([{ reply: [{ text: "At once." }] }]);
    const agent = await app.newAgent({ directory: world.repo, firstMessage: "go" });
    await expect(agent.article("Agent")).toContainText("At once.");
    await expect(agent.article("You")).toContainText("go");
    await agent.expectState("idle");
});

test("text that is not sent yet survives a reload", async ({ app, agent }) => {
    await agent.message.fill("half a thou");
    await app.reload();
    await (await app.sameAgent(agent)).expectDraft("half a thou");
});

test("blank text cannot be sent", async ({ agent }) => {
    await agent.message.fill("   ");
    await expect(agent.sendButton).toBeDisabled();
    expect(await agent.kinds()).toEqual([]);
});

test("what an answer embeds is not loaded, and only harmless links are links", async ({
    model,
    agent,
}) => {
    const picture = `${model.baseUrl}/picture.png`;
    model.play([
        {
            chunk: 4096,
            reply: [
                {
                    text: `![a picture](${picture})\n\n[site](https://example.com/) [bad](javascript:alert(1))`,
                },
            ],
        },
    ]);
    await agent.send("show me a picture");
    await agent.expectState("idle");
    const answer = agent.article("Agent");
    const site = answer.getByRole("link", { name: "site" });
    await expect(site).toHaveAttribute("target", "_blank");
    await expect(site).toHaveAttribute("rel", /noopener.*noreferrer|noreferrer.*noopener/u);
    await expect(answer.getByRole("link", { name: "bad" })).toHaveCount(0);
    await expect(answer.locator("img")).toHaveCount(0);
    expect(model.paths).not.toContain("/picture.png");
});
