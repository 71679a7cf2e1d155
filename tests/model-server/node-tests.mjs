// SPDX-License-Identifier: Apache-2.0
/**
 * Runs the *.test.mjs files of the folders given (default: this one and the recordings) and closes with
 * `N passed, N failed, N skipped`. Exit 1 if anything failed or nothing ran.
 */
import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const given = process.argv.slice(2).map((folder) => resolve(folder));
const folders = given.length > 0 ? given : [here, join(here, "../replay")];
const files = folders.flatMap((folder) =>
    readdirSync(folder)
        .filter((name) => name.endsWith(".test.mjs"))
        .map((name) => join(folder, name)),
);

const counts = { passed: 0, failed: 0, skipped: 0 };
const isFile = (event) => files.includes(event.name); /* a file is reported as a test of its own */
const stream = run({ files, concurrency: 1 });
stream.on("test:pass", (event) => {
    if (!isFile(event)) counts[event.skip === undefined ? "passed" : "skipped"] += 1;
});
stream.on("test:fail", () => {
    counts.failed += 1;
});
const report = stream.compose(spec);
report.on("end", () => {
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});
report.pipe(process.stdout);
