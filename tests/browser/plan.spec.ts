// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "./support/fixtures";
import type { Block } from "./support/model";

const PLAN = "# Add a greeting\n\n1. Write `greet()` in `src/app.js`\n2. Call it\n";

function plan(text: string): Block {
    return { tool: "ExitPlanMode", input: { plan: text } };
}

test("a plan is shown, approved, and the mode after it is the one that was chosen", async ({
    model,
    app,
    world,
}) => {
    model.play([{ reply: [plan(PLAN)] }, { reply: [{ text: "I start." }] }]);
    const agent = await app.newAgent({ directory: world.repo, mode: "plan" });
    await expect(agent.panel).toHaveAttribute("data-permission-mode", "plan");
    await agent.send("plan a greeting");
    await agent.plan.expectPending();
    await agent.expectState("waiting");
    await expect(agent.plan.card.getByRole("heading", { name: "Add a greeting" })).toBeVisible();
    await expect(agent.plan.card).toContainText("Call it");
    await agent.plan.mode.selectOption("acceptEdits");
    await agent.plan.button("Approve plan").click();
    await agent.plan.expectGone();
    await expect(agent.article("Agent")).toContainText("I start.");
    await expect(agent.panel).toHaveAttribute("data-permission-mode", "acceptEdits");
    await expect(agent.article("Plan")).toContainText("Add a greeting");
    await expect(app.tab(agent.id)).toHaveAccessibleName("Add a greeting");
});

test("a plan is sent back with feedback, and the next one is asked about", async ({
    model,
    app,
    world,
}) => {
    model.play([
        { reply: [plan(PLAN)] },
        { match: { last: "Also add a test" }, reply: [plan(`${PLAN}3. Add a test\n`)] },
        { reply: [{ text: "I start." }] },
    ]);
    const agent = await app.newAgent({ directory: world.repo, mode: "plan" });
    await agent.send("plan a greeting");
    await agent.plan.expectPending();
    const first = await agent.plan.card.getAttribute("data-prompt-id");
    await agent.plan.feedback.fill("Also add a test.");
    await agent.plan.button("Keep planning").click();
    await expect(agent.plan.card).toContainText("Add a test");
    await expect(agent.plan.card).not.toHaveAttribute("data-prompt-id", first ?? "none");
    await expect(agent.panel).toHaveAttribute("data-permission-mode", "plan");
    await agent.plan.button("Approve plan").click();
    await expect(agent.article("Agent")).toContainText("I start.");
    await agent.expectState("idle");
});
