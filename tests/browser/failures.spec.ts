// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "./support/fixtures";

const OVERLOADED = { error: { status: 529, type: "overloaded_error", message: "Overloaded" } };

test("an overloaded model is tried again, and the page says so", async ({ model, agent }) => {
    model.play([OVERLOADED, OVERLOADED, { reply: [{ text: "Back." }] }]);
    await agent.send("hello");
    await expect(
        agent
            .article("Notice")
            .filter({ hasText: /overloaded|again|retry/iu })
            .first(),
    ).toBeVisible();
    await expect(agent.article("Agent")).toContainText("Back.");
    await agent.expectState("idle");
    await expect(agent.article("Result")).toContainText("Done in");
});

test.describe("with one retry", () => {
    test.use({ environment: { CLAUDE_CODE_MAX_RETRIES: "1" } });

    test("a model that stays overloaded ends the turn with its words, and the next message works", async ({
        model,
        agent,
    }) => {
        model.play([OVERLOADED, OVERLOADED, { reply: [{ text: "Back." }] }]);
        await agent.send("hello");
        await expect(agent.article("Result")).toContainText("529");
        await agent.expectState("idle", "error");
        await agent.send("and now?");
        await expect(agent.article("Agent").last()).toContainText("Back.");
        await agent.expectState("idle");
    });
});

test.describe("without a login", () => {
    test.use({ environment: { ANTHROPIC_API_KEY: undefined } });

    test("the CLI's own words are shown, with what to do and a way to check again", async ({
        agent,
    }) => {
        await agent.send("hello");
        await expect(agent.panel).toContainText("Not logged in");
        await expect(agent.checkAgain).toBeVisible();
        await agent.expectState("idle", "error");
    });
});

test.describe("without the CLI", () => {
    test.use({ claudeInstalled: false });

    test("the dialog says how to install it, and a check finds it once it is there", async ({
        app,
        model,
        world,
    }) => {
        model.play([{ reply: [{ text: "Installed." }] }]);
        const dialog = await app.openNewAgentDialog();
        await expect(dialog.providerStatus).toContainText(
            "npm install -g @anthropic-ai/claude-code",
        );
        await expect(dialog.createButton).toBeDisabled();
        await dialog.checkAgain.click();
        await expect(dialog.checkAgain).toBeEnabled(); /* it was busy until the answer */
        await expect(dialog.createButton).toBeDisabled();

        world.installClaude();
        await dialog.checkAgain.click();
        await expect(dialog.createButton).toBeEnabled();
        await dialog.create({ directory: world.repo });
        const agent = await app.currentAgent();
        await agent.expectState("idle");
        await agent.send("hello");
        await expect(agent.article("Agent")).toContainText("Installed.");
    });
});

test("a directory that is not there is refused in the dialog, which keeps its fields", async ({
    app,
    world,
}) => {
    const dialog = await app.openNewAgentDialog();
    const wrong = `${world.root}/nowhere`;
    await dialog.fill({ directory: wrong, title: "Mine" });
    await dialog.createButton.click();
    await expect(dialog.error).toBeVisible();
    await expect(dialog.directory).toHaveValue(wrong);
    await expect(dialog.title).toHaveValue("Mine");
    await expect(app.page.getByRole("tab")).toHaveCount(0);
    await dialog.directory.fill(world.repo);
    await dialog.createButton.click();
    await expect(dialog.dialog).toBeHidden();
    await expect(app.page.getByRole("tab", { name: "Mine", exact: true })).toBeVisible();
});

test("a CLI that is killed is reported with its signal, and the next message resumes the talk", async ({
    model,
    agent,
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
    const [claude] = world.claudes();
    process.kill(claude?.pid ?? 0, "SIGKILL");
    await agent.expectState("error");
    await expect(agent.panel).toHaveAttribute("data-process", "none");
    await expect(agent.article("Notice").filter({ hasText: "SIGKILL" })).toHaveCount(1);

    await agent.send("the third question");
    await expect(agent.article("Agent").last()).toContainText("Three.");
    await agent.expectState("idle");
    expect(model.talk.at(-1)).toContain("the first question");
});

/* Detection asks for the version; what follows is about the process of an agent. */
const VERSION = 'case "$*" in *--version*) exec "$CLAUDE" --version;; esac';

test("output that nobody understands becomes a notice, and the turn goes on", async ({
    model,
    app,
    world,
}) => {
    world.installScript(`${VERSION}
        echo "this is not JSON"
        echo '{"type":"of_tomorrow","payload":1}'
        exec "$CLAUDE" "$@"`);
    model.play([{ reply: [{ text: "All the same." }] }]);
    const agent = await app.newAgent({ directory: world.repo });
    await agent.send("hello");
    await expect(agent.article("Agent")).toContainText("All the same.");
    await agent.expectState("idle");
    const notice = agent
        .article("Notice")
        .filter({ has: agent.log.page().getByRole("button", { name: "Details" }) });
    await expect(notice).toHaveCount(2);
    await agent.details(notice.first());
    await expect(notice.first()).toContainText("this is not JSON");
});

test("a CLI that ends at once shows its last words, and a retry starts it when it is mended", async ({
    model,
    app,
    world,
}) => {
    world.installScript(`${VERSION}
        echo "cannot find my library" >&2
        exit 7`);
    model.play([{ reply: [{ text: "Mended." }] }]);
    const dialog = await app.openNewAgentDialog();
    await dialog.create({ directory: world.repo });
    const agent = await app.currentAgent();
    await agent.expectState("error");
    await expect(agent.panel).toContainText("cannot find my library");
    await expect(agent.panel).toContainText("7");
    world.installClaude();
    await agent.retry.click();
    await agent.expectState("idle");
    await agent.send("hello");
    await expect(agent.article("Agent")).toContainText("Mended.");
});
