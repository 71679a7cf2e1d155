// SPDX-License-Identifier: Apache-2.0
/**
 * A scenario: what the model "says", turn by turn. This file knows how a scenario is written, refuses a
 * wrong one with the place of the fault, and decides which turn answers a request. No sockets here.
 */

const MATCH_KEYS = [
    "user",
    "last",
    "all",
    "system",
    "model",
    "tools",
    "hasTool",
    "toolResult",
    "not",
];
const REGEX_KEYS = ["user", "last", "all", "system", "model"];
const TURN_KEYS = [
    "match",
    "reply",
    "error",
    "usage",
    "chunk",
    "chunkMs",
    "stop",
    "gate",
    "headers",
    "repeat",
    "strict",
];
const BLOCK_KEYS = {
    thinking: ["thinking"],
    text: ["text"],
    tool: ["tool", "input", "id", "rawInput"],
    gate: ["gate"],
    hang: ["hang"],
    streamError: ["streamError"],
    drop: ["drop"],
};

/** Thrown for a scenario that is not written as README.md says. */
export class ScenarioError extends Error {}

function requireThat(condition, place, problem) {
    if (!condition) throw new ScenarioError(`${place}: ${problem}`);
}

function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function requireKeys(value, allowed, place) {
    requireThat(isObject(value), place, "expected an object");
    for (const key of Object.keys(value)) {
        requireThat(
            allowed.includes(key),
            place,
            `unknown key "${key}", expected one of ${allowed.join(", ")}`,
        );
    }
}

function parseMatch(match, place) {
    requireKeys(match, MATCH_KEYS, place);
    const parsed = { ...match };
    for (const key of REGEX_KEYS) {
        if (match[key] !== undefined) parsed[key] = new RegExp(match[key], "u");
    }
    if (match.not !== undefined) parsed.not = parseMatch(match.not, `${place}.not`);
    return parsed;
}

function parseBlock(block, place) {
    requireThat(isObject(block), place, "expected an object");
    const kind = Object.keys(BLOCK_KEYS).find((name) => name in block);
    requireThat(kind !== undefined, place, `expected one of ${Object.keys(BLOCK_KEYS).join(", ")}`);
    requireKeys(block, BLOCK_KEYS[kind], place);
    return block;
}

function parseTurn(turn, place) {
    requireKeys(turn, TURN_KEYS, place);
    requireThat(
        (turn.reply === undefined) !== (turn.error === undefined),
        place,
        "expected either reply or error",
    );
    if (turn.error !== undefined) {
        requireKeys(turn.error, ["status", "type", "message", "headers"], `${place}.error`);
        requireThat(
            Number.isInteger(turn.error.status),
            `${place}.error`,
            "status must be a number",
        );
    } else {
        requireThat(Array.isArray(turn.reply), `${place}.reply`, "expected a list");
        turn.reply.forEach((block, i) => parseBlock(block, `${place}.reply[${i}]`));
    }
    return { ...turn, match: turn.match && parseMatch(turn.match, `${place}.match`), used: false };
}

/**
 * Checks a scenario and makes it ready for `chooseTurn`. The result is changed by use: turns are used up.
 *
 * @throws ScenarioError with the place of the first fault
 */
export function parseScenario(scenario) {
    requireKeys(scenario, ["turns", "side", "default"], "scenario");
    const list = (name) => {
        const turns = scenario[name] ?? [];
        requireThat(Array.isArray(turns), name, "expected a list");
        return turns.map((turn, i) => parseTurn(turn, `${name}[${i}]`));
    };
    return {
        turns: list("turns"),
        side: list("side"),
        default: scenario.default && parseTurn(scenario.default, "default"),
    };
}

function blockText(block) {
    if (typeof block === "string") return block;
    if (block.type === "text") return block.text;
    if (block.type === "tool_result") return contentText(block.content);
    if (block.type === "tool_use") return JSON.stringify(block.input);
    return "";
}

function contentText(content) {
    if (typeof content === "string") return content;
    return (content ?? []).map(blockText).join("\n");
}

/* What the CLI adds to a person's words, wrapped in this tag. */
function withoutReminders(text) {
    return text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/gu, "").trim();
}

function personText(message) {
    if (typeof message.content === "string") return withoutReminders(message.content);
    const own = (message.content ?? []).filter((block) => block.type === "text");
    return withoutReminders(own.map(blockText).join("\n"));
}

/** The facts about a Messages request on which turns are chosen. */
export function describeRequest(body) {
    const messages = body.messages ?? [];
    const people = messages.filter((message) => message.role === "user").map(personText);
    const last = messages.filter((message) => message.role !== "system").at(-1);
    const lastBlocks = Array.isArray(last?.content) ? last.content : [];
    return {
        user: people.filter((text) => text !== "").at(-1) ?? "",
        last: contentText(last?.content),
        all: messages.map((message) => contentText(message.content)).join("\n"),
        system: contentText(body.system),
        model: body.model ?? "",
        tools: (body.tools ?? []).map((tool) => tool.name),
        toolResult: lastBlocks.some((block) => block.type === "tool_result"),
    };
}

function matches(match, facts) {
    for (const key of REGEX_KEYS) {
        if (match[key] !== undefined && !match[key].test(facts[key])) return false;
    }
    if (match.tools !== undefined && match.tools !== facts.tools.length > 0) return false;
    if (match.hasTool !== undefined && !facts.tools.includes(match.hasTool)) return false;
    if (match.toolResult !== undefined && match.toolResult !== facts.toolResult) return false;
    return match.not === undefined || !matches(match.not, facts);
}

function chooseMain(turns, facts) {
    for (const [index, turn] of turns.entries()) {
        if (turn.used) continue;
        /* Requests without tools are the CLI's own (titles, checks): they must not use up the talk. */
        const fits = turn.match === undefined ? facts.tools.length > 0 : matches(turn.match, facts);
        if (fits) {
            turn.used = turn.repeat !== true;
            return { turn, name: `turns[${index}]` };
        }
        if (turn.strict === true) break;
    }
    return undefined;
}

/**
 * Finds what answers a request with these facts; a turn found in `turns` is used up by it.
 *
 * @returns {{turn: object, name: string}} `name` tells where in the scenario the turn stands. A request with
 * tools that nothing answers gets an error, so that a test whose script is too short fails with that reason.
 */
export function chooseTurn(scenario, facts) {
    const side = scenario.side.findIndex(
        (turn) => turn.match === undefined || matches(turn.match, facts),
    );
    if (side >= 0) return { turn: scenario.side[side], name: `side[${side}]` };
    const main = chooseMain(scenario.turns, facts);
    if (main !== undefined) return main;
    if (scenario.default !== undefined) return { turn: scenario.default, name: "default" };
    if (facts.tools.length === 0)
        return { turn: { reply: [{ text: "OK" }] }, name: "side request" };
    const message = `the scenario has no turn for the request after: ${facts.last.slice(0, 200)}`;
    return {
        turn: { error: { status: 400, type: "invalid_request_error", message } },
        name: "none",
    };
}
