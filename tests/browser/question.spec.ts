// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "./support/fixtures";
import type { Turn } from "./support/model";

const DATABASE = "Which database?";
const CHECKS = "Which checks?";

const ASK: Turn = {
    reply: [
        {
            tool: "AskUserQuestion",
            input: {
                questions: [
                    {
                        question: DATABASE,
                        header: "Database",
                        multiSelect: false,
                        options: [
                            { label: "SQLite", description: "One file" },
                            { label: "PostgreSQL", description: "A server" },
                        ],
                    },
                    {
                        question: CHECKS,
                        header: "Checks",
                        multiSelect: true,
                        options: [
                            { label: "Lint", description: "Style of the code" },
                            { label: "Types", description: "Types of the code" },
                        ],
                    },
                ],
            },
        },
    ],
};

test("questions are answered page by page, and the model reads the answers", async ({
    model,
    agent,
}) => {
    model.play([
        ASK,
        { match: { last: "SQLite[\\s\\S]*Lint, Types" }, reply: [{ text: "As you say." }] },
    ]);
    await agent.send("ask me");
    const { question } = agent;
    await question.expectPending();
    await agent.expectState("waiting");
    await expect(question.card).toContainText("One file");
    await expect(question.button("Submit answers")).toBeDisabled();
    await question.radio(DATABASE, "SQLite").click(); /* not check(): the page moves on */
    await question.checkbox(CHECKS, "Lint").check(); /* the single choice moved on by itself */
    await question.checkbox(CHECKS, "Types").check();
    await question.button("Submit answers").click();
    await question.expectGone();
    await expect(agent.article("Agent")).toContainText("As you say.");
    await expect(agent.article("Answer")).toContainText("SQLite");
    await agent.expectState("idle");
});

test("choices survive a reload", async ({ model, app, agent }) => {
    model.play([ASK, { match: { last: "PostgreSQL" }, reply: [{ text: "As you say." }] }]);
    await agent.send("ask me");
    await agent.question.radio(DATABASE, "PostgreSQL").click(); /* not check(): the page moves on */
    await expect(agent.question.group(CHECKS)).toBeVisible();
    await app.reload();
    const again = await app.sameAgent(agent);
    const { question } = again;
    await expect(question.group(DATABASE).or(question.group(CHECKS))).toBeVisible();
    const previous = question.button("Previous question");
    if (await question.group(CHECKS).isVisible()) await previous.click();
    await expect(question.radio(DATABASE, "PostgreSQL")).toBeChecked();
    await question.button("Next question").click();
    await question.checkbox(CHECKS, "Lint").check();
    await question.button("Submit answers").click();
    await expect(again.article("Agent")).toContainText("As you say.");
});

test("a question can be declined", async ({ model, agent }) => {
    model.play([ASK, { match: { toolResult: true }, reply: [{ text: "Then I decide." }] }]);
    await agent.send("ask me");
    await agent.question.expectPending();
    await agent.question.button("Decline to answer").click();
    await agent.question.expectGone();
    await expect(agent.article("Agent")).toContainText("Then I decide.");
    await agent.expectState("idle");
});
