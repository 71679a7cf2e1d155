// SPDX-License-Identifier: Apache-2.0
/** Drives the page the way a person does: by role, exact name and the state attributes. */
import type { Locator, Page } from "@playwright/test";

import { expect } from "./playwright";

type Role = Parameters<Page["getByRole"]>[0];
type Scope = Page | Locator;

/** Names match as a whole: "Send" is not "Send options". */
export function named(scope: Scope, role: Role, name: string): Locator {
    return scope.getByRole(role, { name, exact: true });
}

export type TurnState = "idle" | "starting" | "working" | "waiting" | "error";
export type Connection = "connected" | "connecting" | "reconnecting" | "offline";

export interface NewAgent {
    readonly directory: string;
    readonly mode?: string;
    readonly title?: string;
    readonly firstMessage?: string;
}

/** The whole page: shell, sidebar, tiles, notices. */
export class App {
    readonly shell: Locator;
    readonly sidebar: Locator;
    readonly workspace: Locator;
    readonly connection: Locator;
    readonly notices: Locator;
    readonly newAgentDialog: NewAgentDialog;

    constructor(readonly page: Page) {
        this.shell = page.locator("[data-connection]");
        this.sidebar = named(page, "navigation", "Sidebar");
        this.workspace = named(page, "main", "Workspace");
        this.connection = named(page, "status", "Connection");
        this.notices = named(page, "region", "Notifications");
        this.newAgentDialog = new NewAgentDialog(page);
    }

    async open(url: string): Promise<void> {
        await this.page.goto(url);
        await this.expectConnection("connected");
        await expect(this.worker).toHaveAttribute("data-channel", "open");
    }

    async reload(): Promise<void> {
        await this.page.reload();
        await this.expectConnection("connected");
    }

    async expectConnection(...states: Connection[]): Promise<void> {
        await expect(this.shell).toHaveAttribute(
            "data-connection",
            new RegExp(`^(${states.join("|")})$`, "u"),
        );
    }

    /** The one Worker of solo mode. */
    get worker(): Locator {
        return named(this.sidebar, "list", "Workers").getByRole("listitem").first();
    }

    tile(number = 1): Locator {
        return named(this.workspace, "region", `Tile ${number}`);
    }

    tab(id: string): Locator {
        return this.page.locator(`[role=tab][data-tab-id="${id}"]`);
    }

    notice(text: string | RegExp): Locator {
        return this.notices.locator("[role=status], [role=alert]").filter({ hasText: text });
    }

    /** Makes an agent with the dialog and waits until it can be used. */
    async newAgent(wish: NewAgent): Promise<AgentPanel> {
        const before = await this.#tabIds("[role=tab]");
        await this.openNewAgentDialog();
        await this.newAgentDialog.create(wish);
        const added = async (): Promise<string | undefined> =>
            (await this.#tabIds("[role=tab][aria-selected=true]")).find(
                (id) => !before.includes(id),
            );
        await expect.poll(added, "the new agent's tab is shown").toBeDefined();
        const panel = new AgentPanel(this.page, (await added()) ?? "");
        await expect(panel.panel).toBeVisible();
        if (wish.firstMessage === undefined) await panel.expectState("idle");
        return panel;
    }

    async #tabIds(selector: string): Promise<string[]> {
        return this.page
            .locator(selector)
            .evaluateAll((all) => all.map((tab) => tab.getAttribute("data-tab-id") ?? ""));
    }

    async openNewAgentDialog(): Promise<NewAgentDialog> {
        await named(this.tile(), "button", "New agent").click();
        await expect(this.newAgentDialog.dialog).toBeVisible();
        return this.newAgentDialog;
    }

    /** The agent whose panel is shown. */
    async currentAgent(): Promise<AgentPanel> {
        const shown = this.page.locator("[role=tabpanel][data-kind=agent]:visible");
        await expect(shown).toHaveCount(1);
        const id = await shown.getAttribute("data-tab-id");
        if (id === null) throw new Error("the panel has no data-tab-id");
        return new AgentPanel(this.page, id);
    }

    /** The same agent as `other`'s on this page; its tab is chosen if another one is shown. */
    async sameAgent(other: AgentPanel): Promise<AgentPanel> {
        const tab = this.tab(other.id);
        await expect(tab).toBeVisible();
        if ((await tab.getAttribute("aria-selected")) !== "true") await tab.click();
        const panel = new AgentPanel(this.page, other.id);
        await expect(panel.panel).toBeVisible();
        return panel;
    }
}

export class NewAgentDialog {
    readonly dialog: Locator;
    readonly worker: Locator;
    readonly provider: Locator;
    readonly model: Locator;
    readonly permissionMode: Locator;
    readonly directory: Locator;
    readonly title: Locator;
    readonly firstMessage: Locator;
    /** Why the provider is missing and how to install it. */
    readonly providerStatus: Locator;
    readonly checkAgain: Locator;
    readonly createButton: Locator;
    readonly cancel: Locator;
    readonly error: Locator;

    constructor(page: Page) {
        this.dialog = named(page, "dialog", "New agent");
        this.worker = named(this.dialog, "combobox", "Worker");
        this.provider = named(this.dialog, "combobox", "Provider");
        this.model = named(this.dialog, "combobox", "Model");
        this.permissionMode = named(this.dialog, "combobox", "Permission mode");
        this.directory = named(this.dialog, "textbox", "Directory");
        this.title = named(this.dialog, "textbox", "Title");
        this.firstMessage = named(this.dialog, "textbox", "First message");
        this.providerStatus = named(this.dialog, "status", "Provider");
        this.checkAgain = named(this.dialog, "button", "Check again");
        this.createButton = named(this.dialog, "button", "Create");
        this.cancel = named(this.dialog, "button", "Cancel");
        this.error = this.dialog.getByRole("alert");
    }

    async fill({ directory, mode, title, firstMessage }: NewAgent): Promise<void> {
        await this.directory.fill(directory);
        if (mode !== undefined) await this.permissionMode.selectOption(mode);
        if (title !== undefined) await this.title.fill(title);
        if (firstMessage !== undefined) await this.firstMessage.fill(firstMessage);
    }

    async create(wish: NewAgent): Promise<void> {
        await this.fill(wish);
        await this.createButton.click();
        await expect(this.dialog).toBeHidden();
    }
}

/** One agent's panel, found by its tab's id: its title may change. */
export class AgentPanel {
    readonly panel: Locator;
    readonly log: Locator;
    readonly turn: Locator;
    readonly message: Locator;
    readonly sendButton: Locator;
    readonly interruptButton: Locator;
    readonly checkAgain: Locator;
    readonly retry: Locator;
    readonly permission: PermissionCard;
    readonly question: QuestionCard;
    readonly plan: PlanCard;

    constructor(
        page: Page,
        readonly id: string,
    ) {
        this.panel = page.locator(`[role=tabpanel][data-tab-id="${id}"]`);
        this.log = named(this.panel, "log", "Chat");
        this.turn = named(this.panel, "status", "Turn");
        const composer = named(this.panel, "form", "Composer");
        this.message = named(composer, "textbox", "Message");
        this.sendButton = named(composer, "button", "Send");
        this.interruptButton = named(composer, "button", "Interrupt");
        this.checkAgain = named(this.panel, "button", "Check again");
        this.retry = named(this.panel, "button", "Retry");
        this.permission = new PermissionCard(this.panel);
        this.question = new QuestionCard(this.panel);
        this.plan = new PlanCard(this.panel);
    }

    async expectState(...states: TurnState[]): Promise<void> {
        await expect(this.panel).toHaveAttribute(
            "data-turn-state",
            new RegExp(`^(${states.join("|")})$`, "u"),
        );
    }

    async send(text: string): Promise<void> {
        await this.message.fill(text);
        await this.sendButton.click();
        await expect(this.message).toBeEmpty();
    }

    /** The text that is typed but not sent, whatever editor holds it. */
    async expectDraft(text: string): Promise<void> {
        const typed = (): Promise<string | null> =>
            this.message.evaluate((element) =>
                element instanceof HTMLTextAreaElement ? element.value : element.textContent,
            );
        await expect.poll(typed).toBe(text);
    }

    async interrupt(): Promise<void> {
        await this.interruptButton.click();
    }

    /** Messages by accessible name, such as "You", "Agent", "Tool Bash". */
    article(name: string): Locator {
        return named(this.log, "article", name);
    }

    /** Opens a tool's body if it is folded. */
    async details(article: Locator): Promise<void> {
        const button = named(article, "button", "Details");
        await expect(button).toBeVisible();
        if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
        await expect(button).toHaveAttribute("aria-expanded", "true");
    }

    /** The kinds of the messages in order, without notices. */
    async kinds(): Promise<string[]> {
        const kinds = await this.log
            .getByRole("article")
            .evaluateAll((all) => all.map((one) => one.getAttribute("data-kind") ?? "?"));
        return kinds.filter((kind) => kind !== "notice");
    }

    /** All that stands in the chat, for comparing what two pages show. */
    async transcript(): Promise<string[]> {
        return this.log.getByRole("article").evaluateAll((all) =>
            all.map((one) => {
                const attributes = ["data-seq", "data-kind", "data-live", "data-state"];
                return [
                    ...attributes.map((name) => one.getAttribute(name) ?? "-"),
                    one.textContent,
                ].join(" | ");
            }),
        );
    }
}

class RequestCard {
    readonly card: Locator;

    constructor(panel: Locator, name: string) {
        this.card = named(panel, "region", name);
    }

    async expectPending(): Promise<void> {
        await expect(this.card).toHaveAttribute("data-state", "pending");
    }

    async expectGone(): Promise<void> {
        await expect(this.card).toHaveCount(0);
    }

    button(name: string): Locator {
        return named(this.card, "button", name);
    }
}

export class PermissionCard extends RequestCard {
    readonly reason: Locator;

    constructor(panel: Locator) {
        super(panel, "Permission request");
        this.reason = named(this.card, "textbox", "Reason for denial");
    }

    async answer(
        button: "Allow" | "Allow for this session" | "Always allow" | "Deny",
    ): Promise<void> {
        await this.expectPending();
        await this.button(button).click();
    }

    async deny(reason: string): Promise<void> {
        await this.expectPending();
        await this.reason.fill(reason);
        await this.button("Deny").click();
    }
}

export class QuestionCard extends RequestCard {
    constructor(panel: Locator) {
        super(panel, "Question");
    }

    group(question: string): Locator {
        return named(this.card, "group", question);
    }

    radio(question: string, option: string): Locator {
        return named(this.group(question), "radio", option);
    }

    checkbox(question: string, option: string): Locator {
        return named(this.group(question), "checkbox", option);
    }
}

export class PlanCard extends RequestCard {
    readonly mode: Locator;
    readonly feedback: Locator;

    constructor(panel: Locator) {
        super(panel, "Plan approval");
        this.mode = named(this.card, "combobox", "Mode after approval");
        this.feedback = named(this.card, "textbox", "Feedback");
    }
}
