// SPDX-License-Identifier: Apache-2.0
//
// Sums up Vitest's JSON report; a file that could not be loaded counts as one failure.
// Prints one line `N passed, N failed, N skipped`.
//
// usage: count-vitest.mjs FILE
import { existsSync, readFileSync } from "node:fs";

const [path] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };
if (!existsSync(path)) {
    counts.failed = 1;
} else {
    const report = JSON.parse(readFileSync(path, "utf8"));
    for (const file of report.testResults) {
        if (file.status === "failed" && file.assertionResults.every((t) => t.status !== "failed")) {
            counts.failed += 1;
        }
        for (const test of file.assertionResults) {
            if (test.status === "passed") counts.passed += 1;
            else if (test.status === "failed") counts.failed += 1;
            else counts.skipped += 1;
        }
    }
    if (!report.success && counts.failed === 0) counts.failed = 1;
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
