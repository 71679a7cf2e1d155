// SPDX-License-Identifier: Apache-2.0
//
// Makes the pictures in docs/: plays one story with the real claude against the scripted model
// server, in Chromium, light and dark.
//
// usage: LEAPMUX_BIN=... LEAPMUX_TEST_CLAUDE=... node tools/screenshots/make.mjs [OUT-FOLDER]
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { startModelServer } from "../../tests/model-server/server.mjs";

const root = resolve(import.meta.dirname, "../..");
const out = resolve(process.argv[2] ?? join(root, "docs"));
const { chromium } = createRequire(join(root, "frontend/package.json"))("playwright-core");
const BIN = process.env.LEAPMUX_BIN ?? join(root, "build/release/leapmux");
const CLAUDE = process.env.LEAPMUX_TEST_CLAUDE;
if (CLAUDE === undefined) throw new Error("LEAPMUX_TEST_CLAUDE does not name the CLI (./dev env)");
const CHROMIUM = process.env.LEAPMUX_TEST_CHROMIUM ?? "/usr/bin/chromium";

const world = mkdtempSync(join(tmpdir(), "leapmux-pictures-"));
const repo = join(world, "src/ledger");
for (const folder of ["home", "tmp", "src/ledger/internal/retry"]) {
    mkdirSync(join(world, folder), { recursive: true, mode: 0o700 });
}
const queue = join(repo, "internal/retry/queue.go");
writeFileSync(join(repo, "go.mod"), "module ledger\n\ngo 1.27\n");
writeFileSync(
    queue,
    `package retry

import "time"

func (q *Queue) next(j *Job) {
	j.At = q.now().Add(2 * time.Second)
	q.heap.push(j)
}
`,
);
// most people's system font looks like Inter; a bare machine has none at all
writeFileSync(
    join(world, "fonts.conf"),
    `<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>
<match target="pattern"><test compare="not_eq" name="family"><string>Commit Mono</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match></fontconfig>`,
);
const git = (...args) =>
    execFileSync("git", [
        "-C",
        repo,
        "-c",
        "user.name=Ana",
        "-c",
        "user.email=ana@example.com",
        ...args,
    ]);
git("init", "-q", "-b", "lm/retry-backoff");
git("add", ".");
git("commit", "-q", "-m", "Start");

const story = {
    turns: [
        {
            reply: [
                {
                    thinking:
                        "The delay is fixed. A pure function with a cap and jitter can be tested.",
                },
                {
                    text: "The queue re-enqueues at a fixed 2 s. I'll move the delay into one pure function, so cap and jitter can be tested without a clock:\n\n```go\nfunc delay(n int, base, max time.Duration) time.Duration {\n\td := min(base<<n, max)\n\treturn d\n}\n```\n\n- The shift is limited to 20, so the doubling **cannot overflow**.\n- Jitter is *full*, which spreads the load.",
                },
                { tool: "Read", input: { file_path: queue } },
            ],
            usage: { in: 41_200, out: 620 },
        },
        {
            reply: [
                {
                    tool: "Edit",
                    input: {
                        file_path: queue,
                        old_string: "\tj.At = q.now().Add(2 * time.Second)\n",
                        new_string:
                            "\tj.At = q.now().Add(delay(j.Tries, q.base, q.max))\n\tj.Tries++\n",
                    },
                },
            ],
            usage: { in: 42_900, out: 210 },
        },
        {
            reply: [
                {
                    tool: "Bash",
                    input: { command: "git status --short", description: "See what changed" },
                },
            ],
            usage: { in: 43_300, out: 90 },
        },
        {
            reply: [
                { text: "The edit is in. Next I push the branch, so that the tests run." },
                {
                    tool: "Bash",
                    input: {
                        command: "git push --set-upstream origin lm/retry-backoff",
                        description: "Push this branch to origin",
                    },
                },
            ],
            usage: { in: 44_000, out: 130 },
        },
    ],
    side: [],
    default: { reply: [{ text: "OK" }] },
};

const model = await startModelServer();
await model.load("story", story);
const leapmux = spawn(
    BIN,
    [
        "--addr",
        "127.0.0.1:0",
        "--use-login-shell=false",
        "--claude-command",
        CLAUDE,
        "--worker-name",
        "build-01",
    ],
    {
        env: {
            PATH: process.env.PATH,
            HOME: join(world, "home"),
            TMPDIR: join(world, "tmp"),
            ANTHROPIC_BASE_URL: model.baseUrl("story"),
            ANTHROPIC_API_KEY: "test-key",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
            DISABLE_TELEMETRY: "1",
            DISABLE_ERROR_REPORTING: "1",
            DISABLE_AUTOUPDATER: "1",
        },
        stdio: ["ignore", "pipe", "ignore"],
    },
);
const url = await new Promise((found) => {
    let text = "";
    leapmux.stdout.on("data", (data) => {
        text += data;
        const match = /http:\/\/127\.0\.0\.1:\d+\//.exec(text);
        if (match) found(match[0]);
    });
});

const browser = await chromium.launch({
    executablePath: CHROMIUM,
    env: { ...process.env, FONTCONFIG_FILE: join(world, "fonts.conf") },
    args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--font-render-hinting=none",
    ],
});
try {
    const page = await browser.newPage({
        viewport: { width: 1440, height: 900 },
        colorScheme: "light",
        deviceScaleFactor: Number(process.env.SCALE ?? 1),
    });
    await page.goto(url);
    await page.getByRole("button", { name: "New agent", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "New agent" });
    await dialog
        .getByRole("status", { name: "Provider" })
        .filter({ hasText: "Claude Code" })
        .waitFor();
    await dialog.getByRole("textbox", { name: "Directory", exact: true }).fill(repo);
    await dialog.getByRole("textbox", { name: "Title", exact: true }).fill("Retry backoff");
    await page.screenshot({ path: join(out, "new-agent.png") });
    await dialog.getByRole("button", { name: "Create" }).click();
    const panel = page.locator('[role="tabpanel"][data-turn-state="idle"]');
    await panel.waitFor({ timeout: 30_000 });
    await page
        .getByRole("textbox", { name: "Message", exact: true })
        .fill(
            "Webhook retries hammer the partner API when it is down. Give `retry.Queue` backoff with jitter, at most 5 min, with tests.",
        );
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const allow = page.getByRole("button", { name: "Allow", exact: true });
    await allow.waitFor({ timeout: 30_000 });
    await allow.click();
    await page
        .getByRole("region", { name: "Permission request" })
        .filter({ hasText: "git push" })
        .waitFor({ timeout: 30_000 });
    await page.getByRole("group", { name: "Code 1" }).locator("span").first().waitFor();
    await page.mouse.move(0, 0);
    // a card that is still fading in would be half transparent
    await page.waitForFunction(() =>
        document.getAnimations().every((a) => a.effect?.getTiming().iterations === Infinity),
    );
    await page.screenshot({ path: join(out, "chat-light.png") });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: join(out, "chat-dark.png") });
} finally {
    await browser.close();
    leapmux.kill("SIGTERM");
    await new Promise((ended) => leapmux.once("exit", ended));
    await model.close();
    rmSync(world, { recursive: true, force: true });
}
