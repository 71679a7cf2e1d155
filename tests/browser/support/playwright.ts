// SPDX-License-Identifier: Apache-2.0
/** Playwright and axe from the frontend's packages: these tests have none of their own. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const fromFrontend = createRequire(new URL("../../../frontend/package.json", import.meta.url));

const playwright = fromFrontend("@playwright/test") as typeof import("@playwright/test");

export const baseTest = playwright.test;
export const expect = playwright.expect;
export const chromium = playwright.chromium;

/** The program text of axe-core, for `page.evaluate`: the page's content policy admits no foreign script. */
export function axeSource(): string {
    return readFileSync(fromFrontend.resolve("axe-core/axe.min.js"), "utf8");
}
