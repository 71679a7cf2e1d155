// SPDX-License-Identifier: Apache-2.0
/**
 * Runs the black-box tests: `node tests/blackbox/run.mjs [filter]`. The filter is a regular expression
 * over file and test names. Closes with `N passed, N failed, N skipped`.
 *
 *   LEAPMUX_BIN   the program under test, default build/asan/leapmux; its test programs beside it
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

import { LEAPMUX_BIN, ROOT } from "./support/world.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const [filter] = process.argv.slice(2);
const wanted = filter === undefined ? undefined : new RegExp(filter, "iu");

const all = readdirSync(here)
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => join(here, name));
const byFile = all.filter((file) => wanted?.test(file.slice(here.length)));
const files = byFile.length > 0 ? byFile : all;
const testNamePatterns = wanted !== undefined && byFile.length === 0 ? [wanted] : undefined;

const counts = { passed: 0, failed: 0, skipped: 0 };
/* A file is reported as a test of its own, and one that the filter leaves out as skipped. */
const isFile = (event) => files.includes(event.name);
const isLeftOut = (event) => event.skip === "test name does not match pattern";

if (!existsSync(LEAPMUX_BIN)) {
    console.log(`missing: the program under test: ${LEAPMUX_BIN}`);
    console.log("0 passed, 1 failed, 0 skipped");
    process.exit(1);
}

const stream = run({ files, concurrency: 2, testNamePatterns });
stream.on("test:pass", (event) => {
    if (isFile(event) || isLeftOut(event)) return;
    counts[event.skip === undefined ? "passed" : "skipped"] += 1;
});
stream.on("test:fail", () => {
    counts.failed += 1;
});
const report = stream.compose(spec);
report.on("end", () => {
    rmSync(join(ROOT, "build/test/node-link"), { recursive: true, force: true });
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});
report.pipe(process.stdout);
