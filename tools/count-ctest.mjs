// SPDX-License-Identifier: Apache-2.0
//
// Sums up ctest's JUnit file by test case: the programs print TAP (cmocka) or close with
// "N passed, N failed". A program that fails without naming a failed case, or names none at all,
// counts as one failure. Prints one line `N passed, N failed, N skipped`.
//
// usage: count-ctest.mjs FILE
import { readFileSync } from "node:fs";

const xml = readFileSync(process.argv[2], "utf8");
const total = { passed: 0, failed: 0, skipped: 0 };

function countOutput(text) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const line of text.split("\n")) {
        const tap = /^(not )?ok \d+(.*)$/.exec(line);
        const closing = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(line);
        if (tap !== null) {
            if (/# *skip/i.test(tap[2])) counts.skipped += 1;
            else if (tap[1] !== undefined) counts.failed += 1;
            else counts.passed += 1;
        } else if (closing !== null) {
            counts.passed += Number(closing[1]);
            counts.failed += Number(closing[2]);
            counts.skipped += Number(closing[3] ?? 0);
        }
    }
    return counts;
}

for (const [, attributes, body] of xml.matchAll(/<testcase ([^>]*)>([\s\S]*?)<\/testcase>/g)) {
    const name = /name="([^"]*)"/.exec(attributes)?.[1];
    const isRun = /status="run"/.test(attributes);
    const counts = countOutput(body.replace(/<\/?system-out>/g, "\n"));
    const none = counts.passed + counts.failed + counts.skipped === 0;
    if (none || (!isRun && counts.failed === 0)) {
        counts.failed += 1;
        console.log(`${name}: ${none ? "reported no test case" : "did not end well"}`);
    }
    for (const key of Object.keys(total)) total[key] += counts[key];
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
