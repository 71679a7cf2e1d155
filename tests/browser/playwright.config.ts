// SPDX-License-Identifier: Apache-2.0
/** Run by run.mjs, which says what is missing before a browser starts. */
const LAPTOP_SCREEN = { width: 1280, height: 800 };

export default {
    testDir: ".",
    testMatch: "*.spec.ts",
    outputDir: "../../build/browser",
    preserveOutput: "failures-only",
    /* Each test runs a browser, a server and a CLI of 200 MiB: two cores hold one at a time. */
    workers: Number(process.env["LEAPMUX_TEST_WORKERS"] ?? "1"),
    fullyParallel: true,
    forbidOnly: true,
    timeout: 60_000,
    expect: { timeout: 15_000 },
    reporter: [["./support/reporter.ts"]],
    use: {
        browserName: "chromium",
        headless: true,
        viewport: LAPTOP_SCREEN,
        locale: "en-US",
        screenshot: "only-on-failure",
        trace: process.env["LEAPMUX_TEST_TRACE"] === "1" ? "retain-on-failure" : "off",
        launchOptions: {
            executablePath: process.env["LEAPMUX_TEST_CHROMIUM"] ?? "/usr/bin/chromium",
            args: [
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        },
    },
};
