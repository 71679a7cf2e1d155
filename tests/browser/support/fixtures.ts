// SPDX-License-Identifier: Apache-2.0
/**
 * What a spec gets: `world` (folders, repository), `model` (what the model says), `leapmux` (the program,
 * started), `app` (its page, opened and connected) and `agent` (one agent, made by the dialog and ready).
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";

import type { TestInfo } from "@playwright/test";

import { AgentPanel, App } from "./pages";
import { LeapMux } from "./leapmux";
import { Model, startModelServer, type ModelServer } from "./model";
import { baseTest, expect } from "./playwright";
import { CLAUDE, World } from "./world";

export interface Options {
    /** Changes to the environment of leapmux and so of the CLI; undefined takes a variable out. */
    environment: Readonly<Record<string, string | undefined>>;
    /** Further flags of leapmux. */
    flags: readonly string[];
    /** Whether the configured `claude` command is there from the start. */
    claudeInstalled: boolean;
}

interface Fixtures {
    world: World;
    model: Model;
    leapmux: LeapMux;
    app: App;
    agent: AgentPanel;
    /** Uncaught errors and refusals by the content policy, of all pages of the test. */
    pageErrors: string[];
}

let models = 0;

/** Puts a file beside the screenshot of a failure. */
async function keep(info: TestInfo, name: string, text: string): Promise<void> {
    const path = info.outputPath(name);
    await writeFile(path, text);
    info.attachments.push({ name, path, contentType: "text/plain" });
}

export const test = baseTest.extend<Options & Fixtures, { modelServer: ModelServer }>({
    environment: [{}, { option: true }],
    flags: [[], { option: true }],
    claudeInstalled: [true, { option: true }],

    modelServer: [
        // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
        async ({}, use) => {
            const server = await startModelServer();
            await use(server);
            await server.close();
        },
        { scope: "worker" },
    ],

    world: async ({ claudeInstalled }, use, info) => {
        info.skip(claudeInstalled && !existsSync(CLAUDE), "LEAPMUX_TEST_CLAUDE names no CLI");
        const world = new World();
        if (claudeInstalled) world.installClaude();
        await use(world);
        world.remove();
    },

    model: async ({ modelServer }, use) => {
        await use(new Model(modelServer, `test-${++models}`));
    },

    leapmux: async ({ world, model, environment, flags }, use, info) => {
        const leapmux = new LeapMux({
            cwd: world.home,
            env: world.environment(model.baseUrl, environment),
            flags: ["--use-login-shell=false", "--claude-command", world.claudeCommand, ...flags],
        });
        try {
            await leapmux.start();
            await use(leapmux);
            expect(await leapmux.stop(), "exit code of leapmux").toBe(0);
            expect(leapmux.faults, "faults that leapmux reported").toEqual([]);
        } finally {
            await leapmux.kill();
            if (info.status !== info.expectedStatus) {
                await keep(info, "leapmux.log", leapmux.output);
            }
        }
    },

    pageErrors: async ({ context }, use, info) => {
        const all: string[] = [];
        const errors: string[] = [];
        context.on("console", (message) => {
            all.push(`${message.type()}: ${message.text()}`);
            if (message.text().includes("Content Security Policy")) errors.push(message.text());
        });
        context.on("weberror", (error) => {
            const text = error.error().stack ?? error.error().message;
            all.push(`uncaught: ${text}`);
            errors.push(text);
        });
        await use(errors);
        if (info.status !== info.expectedStatus) {
            await keep(info, "console.log", `${all.join("\n")}\n`);
        }
        expect(errors, "uncaught errors in the page").toEqual([]);
    },

    app: async ({ page, leapmux, pageErrors }, use) => {
        void pageErrors; /* listens before the page opens */
        const app = new App(page);
        await app.open(leapmux.url);
        await use(app);
    },

    agent: async ({ app, world }, use) => {
        await use(await app.newAgent({ directory: world.repo }));
    },
});

export { expect };
