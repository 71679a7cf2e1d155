// SPDX-License-Identifier: Apache-2.0
/** One line a test, the reason and the folder of a failure, and the closing count. */
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

import type {
    FullResult,
    Reporter,
    TestCase,
    TestError,
    TestResult,
} from "@playwright/test/reporter";

const MARKS = {
    passed: "ok     ",
    skipped: "skipped",
    failed: "FAILED ",
    timedOut: "FAILED ",
    interrupted: "FAILED ",
};

export default class LineReporter implements Reporter {
    #counts = { passed: 0, failed: 0, skipped: 0 };

    onTestEnd(test: TestCase, result: TestResult): void {
        const kind =
            result.status === "passed" || result.status === "skipped" ? result.status : "failed";
        this.#counts[kind] += 1;
        const place = relative(process.cwd(), test.location.file);
        console.log(`${MARKS[result.status]} ${place}: ${test.title} (${result.duration} ms)`);
        if (kind === "failed") this.#explain(result);
        if (kind === "skipped") console.log(indented(reasonOf(test)));
    }

    #explain(result: TestResult): void {
        for (const error of result.errors)
            console.log(indented(error.stack ?? error.message ?? ""));
        for (const { path } of result.attachments) {
            if (path !== undefined) console.log(`         see ${relative(process.cwd(), path)}`);
        }
    }

    onError(error: TestError): void {
        this.#counts.failed += 1;
        console.log(`FAILED  before any test\n${indented(error.stack ?? error.message ?? "")}`);
    }

    onEnd(result: FullResult): void {
        const { passed, failed, skipped } = this.#counts;
        if (result.status === "timedout") console.log("the run took longer than allowed");
        console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    }

    printsToStdio(): boolean {
        return true;
    }
}

function reasonOf(test: TestCase): string {
    return test.annotations.find(({ type }) => type === "skip")?.description ?? "";
}

function indented(text: string): string {
    return stripVTControlCharacters(text).replaceAll(/^/gmu, "         ");
}
