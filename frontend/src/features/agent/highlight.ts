// SPDX-License-Identifier: Apache-2.0
/** Code with its colours, made in a thread of its own that starts with the first piece of code. */
import { createEffect, createSignal, on, onCleanup } from "solid-js";
import type { Accessor } from "solid-js";
import type { HighlightAnswer, HighlightRequest, SyntaxLine } from "./syntax";

/** Longer code stays plain. */
const MAX_CODE = 200_000;
/** Code that is still being written is coloured when it rests. */
const REST_MS = 150;
/** Results that are kept, so that a chat that comes back is coloured at once. */
const KEPT = 300;

const known = new Map<string, SyntaxLine[] | undefined>();
const waiting = new Map<number, (lines: SyntaxLine[] | undefined) => void>();
let thread: Worker | undefined;
let nextId = 1;

function worker(): Worker | undefined {
    if (thread || typeof Worker === "undefined") return thread;
    thread = new Worker(new URL("./highlight.worker.ts", import.meta.url), { type: "module" });
    thread.addEventListener("message", ({ data }: MessageEvent<HighlightAnswer>) => {
        waiting.get(data.id)?.(data.lines);
        waiting.delete(data.id);
    });
    return thread;
}

function remember(key: string, lines: SyntaxLine[] | undefined): void {
    known.set(key, lines);
    const oldest = known.keys().next();
    if (known.size > KEPT && oldest.done !== true) known.delete(oldest.value);
}

/** Lines of code with colours; undefined until they are there, or when there are none. */
export function createHighlight(
    code: Accessor<string>,
    language: Accessor<string | undefined>,
): Accessor<SyntaxLine[] | undefined> {
    const [lines, setLines] = createSignal<SyntaxLine[]>();
    createEffect(
        on([code, language], ([text, grammar]) => {
            if (grammar === undefined || text.length > MAX_CODE || text === "") {
                setLines(undefined);
                return;
            }
            const key = `${grammar}\n${text}`;
            if (known.has(key)) {
                setLines(known.get(key));
                return;
            }
            let wanted = true;
            const ask = () => {
                const id = nextId++;
                waiting.set(id, (found) => {
                    remember(key, found);
                    if (wanted) setLines(found);
                });
                const request: HighlightRequest = { id, language: grammar, code: text };
                worker()?.postMessage(request);
            };
            const timer = setTimeout(ask, lines() === undefined ? 0 : REST_MS);
            onCleanup(() => {
                wanted = false;
                clearTimeout(timer);
            });
        }),
    );
    return lines;
}
