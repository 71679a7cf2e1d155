// SPDX-License-Identifier: Apache-2.0
import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures";
import { axeSource } from "./support/playwright";

/*
 * An experimental rule, which counts text that assistive technology does not get: marks, counts and
 * key hints are drawn inside of controls whose names are fixed.
 */
const NOT_ASKED = { "label-content-name-mismatch": { enabled: false } };

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

interface Axe {
    run(
        context: Document,
        options: object,
    ): Promise<{
        violations: {
            id: string;
            help: string;
            nodes: { html: string; failureSummary?: string }[];
        }[];
    }>;
}

/** What axe has against the page, one line a node. Motion is off, so that nothing is caught half faded. */
async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axeSource());
    return page.evaluate(
        async ({ values, rules }) => {
            const { axe } = window as unknown as { axe: Axe };
            const found = await axe.run(document, { runOnly: { type: "tag", values }, rules });
            return found.violations.flatMap(({ id, help, nodes }) =>
                nodes.map(
                    ({ html, failureSummary }) =>
                        `${id}: ${help}\n${html.slice(0, 300)}\n${failureSummary ?? ""}`,
                ),
            );
        },
        { values: RULES, rules: NOT_ASKED },
    );
}

for (const colorScheme of ["light", "dark"] as const) {
    test.describe(`in the ${colorScheme} theme`, () => {
        test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

        test("the empty workspace and the New agent dialog have no accessibility faults", async ({
            app,
            page,
        }) => {
            expect(await violations(page)).toEqual([]);
            await app.openNewAgentDialog();
            expect(await violations(page)).toEqual([]);
        });

        test("a chat with all its kinds of messages has no accessibility faults", async ({
            page,
            model,
            agent,
            world,
        }) => {
            const file = `${world.repo}/src/app.js`;
            model.play([
                {
                    reply: [
                        { thinking: "Hm." },
                        { text: "# Title\n\nText with `code`.\n\n```js\nlet a = 1;\n```\n" },
                        { tool: "Read", input: { file_path: file } },
                    ],
                },
                {
                    reply: [
                        {
                            tool: "Edit",
                            input: {
                                file_path: file,
                                old_string: "return 1;",
                                new_string: "return 2;",
                            },
                        },
                    ],
                },
                {
                    reply: [
                        {
                            tool: "Bash",
                            input: { command: "touch x && exit 3", description: "Fails" },
                        },
                    ],
                },
                { reply: [{ text: "Done." }] },
            ]);
            await agent.send("show everything");
            await agent.permission.expectPending();
            expect(await violations(page)).toEqual([]);
            await agent.permission.answer("Allow");
            await expect(agent.article("Tool Edit")).toHaveAttribute("data-state", "ok");
            await agent.permission.deny("No.");
            await agent.expectState("idle");
            await agent.details(agent.article("Tool Edit"));
            expect(await violations(page)).toEqual([]);
        });

        test("the cards of question and plan have no accessibility faults", async ({
            page,
            model,
            agent,
        }) => {
            const options = [
                { label: "One", description: "First" },
                { label: "Two", description: "Second" },
            ];
            const questions = [{ question: "Which?", header: "Which", multiSelect: true, options }];
            model.play([
                { reply: [{ tool: "AskUserQuestion", input: { questions } }] },
                { reply: [{ tool: "EnterPlanMode", input: {} }] },
                { reply: [{ tool: "ExitPlanMode", input: { plan: "# A plan\n\n1. Step\n" } }] },
            ]);
            await agent.send("ask me");
            await agent.question.expectPending();
            expect(await violations(page)).toEqual([]);
            await agent.question.checkbox("Which?", "One").check();
            await agent.question.button("Submit answers").click();
            await agent.plan.expectPending();
            expect(await violations(page)).toEqual([]);
        });
    });
}

test("what happens is announced once, politely, and the log itself stays silent", async ({
    page,
    model,
    agent,
}) => {
    model.play([
        { reply: [{ tool: "Bash", input: { command: "touch x", description: "Create" } }] },
        { reply: [{ text: "Done." }] },
    ]);
    await expect(agent.log).toHaveAttribute("aria-live", "off");
    const polite = page.locator("[role=status], [aria-live=polite]");
    await agent.send("go");
    await agent.permission.expectPending();
    await expect(polite.filter({ hasText: /Agent asks for permission: / })).toHaveCount(1);
    await agent.permission.answer("Allow");
    await agent.expectState("idle");
    await expect(polite.filter({ hasText: "Agent finished" })).toHaveCount(1);
});
