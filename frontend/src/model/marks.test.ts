// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AgentSummarySchema, TurnState } from "../gen/leapmux/v1/agent_pb";
import { marksOf, marksText, sumMarks } from "./marks";

const agent = (turnState: TurnState, pendingPrompts = 0, lastSeq = 0, readSeq = 0) =>
    create(AgentSummarySchema, { lastSeq, readSeq, state: { turnState, pendingPrompts } });

test.each([
    [TurnState.IDLE, ""],
    [TurnState.WORKING, "working"],
    [TurnState.STARTING, "working"],
    [TurnState.ERROR, "stopped with an error"],
])("turn state %s is told as '%s'", (state, words) => {
    expect(marksText(marksOf(agent(state), true))).toBe(words);
});

test("what is on the screen is not unread, and of nothing there is no mark", () => {
    expect(marksOf(agent(TurnState.IDLE, 0, 3, 2), true).unread).toBe(false);
    expect(marksOf(agent(TurnState.IDLE, 0, 3, 2), false).unread).toBe(true);
    expect(marksOf(agent(TurnState.IDLE, 0, 3, 3), false).unread).toBe(false);
    expect(marksText(marksOf(undefined, false))).toBe("");
});

test("waiting prompts are summed, other marks are there when one has them", () => {
    const all = sumMarks([
        marksOf(agent(TurnState.WAITING, 2), true),
        marksOf(agent(TurnState.WORKING, 1, 5, 4), false),
    ]);
    expect(marksText(all)).toBe("3 waiting for you, working, unread");
    expect(marksText(sumMarks([]))).toBe("");
});
