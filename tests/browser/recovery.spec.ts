// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "./support/fixtures";
import type { World } from "./support/world";

/* The CLI writes one file a session. */
function sessions(world: World): string[] {
    const projects = join(world.home, ".claude/projects");
    return readdirSync(projects, { recursive: true, encoding: "utf8" }).filter((file) =>
        /^[^/]+\/[^/]+\.jsonl$/u.test(file),
    );
}

test("a reload in the middle of a turn shows what came so far, and the rest arrives once", async ({
    model,
    app,
    agent,
}) => {
    model.play([
        { reply: [{ text: "The first half, " }, { gate: "half" }, { text: "the second half." }] },
    ]);
    await agent.send("hello");
    await model.gateReached("half");
    await expect(agent.article("Agent")).toContainText("The first half,");
    await app.reload();
    const again = await app.sameAgent(agent);
    await again.expectState("working");
    await expect(again.article("Agent")).toHaveAttribute("data-live", "true");
    await expect(again.article("Agent")).toContainText("The first half,");
    model.openGate("half");
    await again.expectState("idle");
    await expect(again.article("Agent")).toHaveCount(1);
    await expect(again.article("Agent")).toContainText("The first half, the second half.");
    await expect(again.article("You")).toHaveCount(1);
});

test("after kill -9 in the middle of a stream the talk is there, and the next message resumes the session", async ({
    model,
    app,
    agent,
    leapmux,
    world,
}) => {
    model.play([
        { reply: [{ text: "One." }] },
        { reply: [{ text: "I begin " }, { gate: "begun" }, { text: "never" }] },
        { match: { user: "third" }, reply: [{ text: "Three." }] },
    ]);
    await agent.send("the first question");
    await expect(agent.article("Result")).toHaveCount(1);
    await agent.send("the second question");
    await model.gateReached("begun");
    await expect(agent.article("Agent").last()).toContainText("I begin");
    await leapmux.kill();
    await app.expectConnection("reconnecting", "offline");
    await expect(agent.article("Agent").first()).toContainText(
        "One.",
    ); /* the last known content stays */

    await leapmux.start();
    await app.expectConnection("connected");
    await expect(agent.panel).toHaveAttribute("data-link", "live");
    await agent.expectState("idle", "error");
    await expect(agent.article("You")).toHaveCount(2);
    await expect(agent.article("Agent").first()).toContainText("One.");

    await agent.send("the third question");
    await expect(agent.article("Agent").last()).toContainText("Three.");
    await agent.expectState("idle");
    expect(model.talk.at(-1)).toContain("the first question");
    expect(sessions(world)).toHaveLength(1);
    await expect.poll(() => world.claudes().length).toBe(1);
});

test("after an orderly stop and a new start the page comes back by itself with everything", async ({
    model,
    app,
    agent,
    leapmux,
}) => {
    model.play([{ reply: [{ text: "One." }] }, { reply: [{ text: "Two." }] }]);
    await agent.send("first");
    await expect(agent.article("Result")).toHaveCount(1);
    const before = await agent.kinds();
    expect(await leapmux.stop()).toBe(0);
    await app.expectConnection("reconnecting", "offline");
    await agent.message.fill("second"); /* drafts are kept meanwhile */

    await leapmux.start();
    await app.expectConnection("connected");
    expect(await agent.kinds()).toEqual(before);
    await agent.expectDraft("second");
    await agent.sendButton.click();
    await expect(agent.article("Agent").last()).toContainText("Two.");
});

test("stopping leapmux leaves no CLI behind", async ({ agent, leapmux, world }) => {
    await agent.expectState("idle");
    expect(await leapmux.stop()).toBe(0);
    await expect.poll(() => world.claudes()).toEqual([]);
});
