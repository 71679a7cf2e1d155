// SPDX-License-Identifier: Apache-2.0
/**
 * Runs the browser tests: `node tests/browser/run.mjs [filter]`. The filter is a regular expression over
 * file and test names. Closes with `N passed, N failed, N skipped`.
 *
 *   LEAPMUX_BIN            the program under test, default build/release/leapmux
 *   LEAPMUX_TEST_CLAUDE    the real `claude`; without it the tests that need it are skipped
 *   LEAPMUX_TEST_CHROMIUM  default /usr/bin/chromium
 *   LEAPMUX_TEST_TRACE=1   keeps a trace of each failure (open it with `playwright show-trace`)
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const runner = join(ROOT, "frontend/node_modules/@playwright/test/cli.js");
const needed = {
    "the program under test (./dev build)": resolve(
        ROOT,
        process.env.LEAPMUX_BIN ?? "build/release/leapmux",
    ),
    "the browser (LEAPMUX_TEST_CHROMIUM)": process.env.LEAPMUX_TEST_CHROMIUM ?? "/usr/bin/chromium",
    "the frontend's packages (npm ci)": runner,
};
const missing = Object.entries(needed).filter(([, path]) => !existsSync(path));
for (const [what, path] of missing) console.log(`missing: ${what}: ${path}`);
if (missing.length > 0) {
    console.log("0 passed, 1 failed, 0 skipped");
    process.exit(1);
}

const [filter] = process.argv.slice(2);
const config = join(ROOT, "tests/browser/playwright.config.ts");
const result = spawnSync(
    process.execPath,
    [runner, "test", "--config", config, ...(filter === undefined ? [] : ["--grep", filter])],
    { stdio: "inherit", cwd: ROOT },
);
process.exit(result.status ?? 1);
