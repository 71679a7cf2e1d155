// SPDX-License-Identifier: Apache-2.0
/**
 * Turns the blocks of a scenario's reply into Anthropic Messages: as stream events, or as one message.
 * Pure: gates, hangs and broken streams come out as steps that the server carries out.
 */

const DEFAULT_USAGE = { in: 1200, out: 40 };
const DEFAULT_CHUNK = 16;
const SIGNATURE = "scripted-signature";

let lastId = 0;

function newId(prefix) {
    lastId += 1;
    return `${prefix}_${Date.now().toString(36)}${String(lastId).padStart(6, "0")}`;
}

function pieces(text, size) {
    const characters = Array.from(text);
    const out = [];
    for (let i = 0; i < characters.length; i += size)
        out.push(characters.slice(i, i + size).join(""));
    return out;
}

/* How each content block starts, grows and ends on the wire. */
function wireBlock(block) {
    if (block.thinking !== undefined) {
        return {
            start: { type: "thinking", thinking: "", signature: "" },
            text: block.thinking,
            delta: (text) => ({ type: "thinking_delta", thinking: text }),
            last: { type: "signature_delta", signature: SIGNATURE },
            whole: { type: "thinking", thinking: block.thinking, signature: SIGNATURE },
        };
    }
    if (block.text !== undefined) {
        return {
            start: { type: "text", text: "" },
            text: block.text,
            delta: (text) => ({ type: "text_delta", text }),
            whole: { type: "text", text: block.text },
        };
    }
    if (block.tool !== undefined) {
        const id = block.id ?? newId("toolu");
        const input = block.input ?? {};
        return {
            start: { type: "tool_use", id, name: block.tool, input: {} },
            text: block.rawInput ?? JSON.stringify(input),
            delta: (text) => ({ type: "input_json_delta", partial_json: text }),
            whole: { type: "tool_use", id, name: block.tool, input },
        };
    }
    return undefined;
}

function usageOf(turn) {
    const usage = { ...DEFAULT_USAGE, ...turn.usage };
    return {
        input_tokens: usage.in,
        cache_creation_input_tokens: usage.cacheWrite ?? 0,
        cache_read_input_tokens: usage.cacheRead ?? 0,
        output_tokens: usage.out,
    };
}

function stopReason(turn) {
    return (
        turn.stop ??
        (turn.reply.some((block) => block.tool !== undefined) ? "tool_use" : "end_turn")
    );
}

function emptyMessage(turn, model) {
    return {
        id: newId("msg"),
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: usageOf(turn),
    };
}

/** The whole answer, for a request without `stream`. Gates and faults in the reply are left out. */
export function wholeMessage(turn, model) {
    const content = turn.reply
        .map((block) => wireBlock(block)?.whole)
        .filter((whole) => whole !== undefined);
    return { ...emptyMessage(turn, model), content, stop_reason: stopReason(turn) };
}

function* contentBlock(wire, index, chunk) {
    const event = (type, rest) => ({ event: { type, index, ...rest } });
    yield event("content_block_start", { content_block: wire.start });
    for (const text of pieces(wire.text, chunk))
        yield event("content_block_delta", { delta: wire.delta(text) });
    if (wire.last !== undefined) yield event("content_block_delta", { delta: wire.last });
    yield event("content_block_stop");
}

/* A text block that a gate interrupts is one block on the wire: a reader sees half of a sentence held back. */
function* openTextBlock(texts, index, chunk) {
    yield {
        event: { type: "content_block_start", index, content_block: { type: "text", text: "" } },
    };
    for (const part of texts) {
        if (part.text === undefined) {
            yield part;
            continue;
        }
        for (const text of pieces(part.text, chunk)) {
            yield {
                event: { type: "content_block_delta", index, delta: { type: "text_delta", text } },
            };
        }
    }
    yield { event: { type: "content_block_stop", index } };
}

const isPause = (block) => block?.gate !== undefined || block?.hang !== undefined;
const isFault = (block) => block?.streamError !== undefined || block?.drop !== undefined;

/* Blocks [from, end) that make up one open text: texts with pauses or a fault right behind them. */
function textRunEnd(reply, from) {
    let end = from + 1;
    while (
        end < reply.length &&
        (reply[end].text !== undefined || isPause(reply[end]) || isFault(reply[end]))
    )
        end += 1;
    return end;
}

/**
 * The answer as steps: `{event}` is sent to the client, `{gate}`, `{hang}`, `{streamError}` and `{drop}` are
 * done by the server. Texts next to each other, also across a gate, are one block.
 */
export function* streamSteps(turn, model) {
    const chunk = turn.chunk ?? DEFAULT_CHUNK;
    const message = emptyMessage(turn, model);
    yield {
        event: {
            type: "message_start",
            message: { ...message, usage: { ...message.usage, output_tokens: 1 } },
        },
    };
    yield { event: { type: "ping" } };
    let index = 0;
    for (let i = 0; i < turn.reply.length;) {
        const block = turn.reply[i];
        if (block.text !== undefined) {
            const end = textRunEnd(turn.reply, i);
            yield* openTextBlock(turn.reply.slice(i, end), index++, chunk);
            i = end;
            continue;
        }
        const wire = wireBlock(block);
        if (wire === undefined) yield block;
        else yield* contentBlock(wire, index++, chunk);
        i += 1;
    }
    yield {
        event: {
            type: "message_delta",
            delta: { stop_reason: stopReason(turn), stop_sequence: null },
            usage: usageOf(turn),
        },
    };
    yield { event: { type: "message_stop" } };
}
