// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "./support/fixtures";
import { named } from "./support/pages";

test("the first visit opens straight into a workspace, connected, with an empty tile", async ({
    app,
    page,
}) => {
    await expect(app.shell).toHaveAttribute("data-mode", "solo");
    await expect(app.connection).toHaveText("Connected");
    await expect(page).toHaveTitle("First workspace – LeapMux");
    expect(new URL(page.url()).pathname).toMatch(/^\/o\/solo\/w\/[0-9A-Za-z]{22}$/u);
    await expect(named(app.tile(), "button", "New agent")).toHaveCount(1);
    await expect(
        page.getByRole("treeitem", { name: "First workspace", exact: true }),
    ).toBeVisible();
    await expect(app.worker).toHaveAttribute("data-online", "true");
    await expect(app.worker).toHaveAttribute("data-alive", "true");
});

test("solo mode shows no accounts", async ({ app, page }) => {
    await expect(page.getByRole("button", { name: /^Organization: / })).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Add worker", exact: true })).toHaveCount(0);
    const menu = named(app.sidebar, "button", "User menu");
    await menu.click();
    await expect(page.getByRole("menuitem", { name: "Settings", exact: true })).toBeVisible();
    for (const name of ["Log out", "Administration", "Invitations"]) {
        await expect(page.getByRole("menuitem", { name, exact: true })).toHaveCount(0);
    }
    await expect(app.notices.getByRole("status")).toHaveCount(0); /* the own Worker is no news */
});

test("the fingerprint of the Worker is shown as eight words", async ({ app, page }) => {
    await app.worker.getByRole("button", { name: /^Actions for worker / }).click();
    await page.getByRole("menuitem", { name: "Show fingerprint", exact: true }).click();
    const dialog = named(page, "dialog", "Worker fingerprint");
    await expect(named(dialog, "list", "Fingerprint words").getByRole("listitem")).toHaveCount(8);
    await named(dialog, "button", "Close").click();
    await expect(dialog).toBeHidden();
});

test("Escape closes the dialog and focus returns to its opener", async ({ app, page }) => {
    const opener = named(app.tile(), "button", "New agent");
    await app.openNewAgentDialog();
    await expect(app.newAgentDialog.dialog.locator(":focus")).toHaveCount(1);
    await page.keyboard.press("Escape");
    await expect(app.newAgentDialog.dialog).toBeHidden();
    await expect(opener).toBeFocused();
    await expect(page.getByRole("tab")).toHaveCount(0);
});

test("agents get the smallest free number, and a closed one leaves its tile", async ({
    app,
    page,
    world,
}) => {
    const first = await app.newAgent({ directory: world.repo });
    const second = await app.newAgent({ directory: world.repo });
    await expect(app.tab(first.id)).toHaveAccessibleName("Agent 1");
    await expect(app.tab(second.id)).toHaveAccessibleName("Agent 2");
    await expect(app.tab(second.id)).toHaveAttribute("aria-selected", "true");
    await named(page, "button", "Close Agent 1").click();
    await expect(app.tab(first.id)).toHaveCount(0);
    const third = await app.newAgent({ directory: world.repo });
    await expect(app.tab(third.id)).toHaveAccessibleName("Agent 1");
});

test("an unknown address says so and leads home", async ({ app, page, leapmux }) => {
    await page.goto(`${leapmux.url}no/such/page`);
    await expect(page.getByRole("heading", { name: "Not found", exact: true })).toBeVisible();
    await page.getByRole("link", { name: "Home", exact: true }).click();
    await app.expectConnection("connected");
    await expect(page).toHaveTitle("First workspace – LeapMux");
});

test("an agent is made and used with the keyboard alone", async ({ app, page, model, world }) => {
    model.play([{ reply: [{ text: "By keys." }] }]);
    await page.keyboard.press("Alt+Shift+N");
    await expect(app.newAgentDialog.dialog).toBeVisible();
    await app.newAgentDialog.directory.focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.type(world.repo);
    await page.keyboard.press("Enter");
    await expect(app.newAgentDialog.dialog).toBeHidden();
    const agent = await app.currentAgent();
    await agent.expectState("idle");
    await page.keyboard.press("Alt+Shift+C");
    await expect(agent.message).toBeFocused();
    await page.keyboard.type("hello");
    await page.keyboard.press("Control+Enter");
    await expect(agent.article("Agent")).toContainText("By keys.");
});
