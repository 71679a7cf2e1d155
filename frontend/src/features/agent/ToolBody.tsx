// SPDX-License-Identifier: Apache-2.0
/** What stands below a tool's line when it is opened. */
import { For, Match, Show, Switch, createMemo, onCleanup } from "solid-js";
import type { JSX } from "solid-js";
import { ToolKind } from "../../gen/leapmux/v1/agent_pb";
import type { ImagePart, ToolResult } from "../../gen/leapmux/v1/agent_pb";
import { bodyOf } from "../../model/chat";
import type { ToolEntry } from "../../model/chat";
import { addedRows } from "../../model/diff";
import { pathText } from "../../model/format";
import { grammarOfPath } from "../../model/languages";
import { safeHref } from "../../model/markdown";
import { hasParts, prettyJson, readLines, resultText, saysMore } from "../../model/tool";
import { CopyButton } from "./CopyButton";
import { DiffRows, DiffView } from "./DiffView";
import { createHighlight } from "./highlight";
import { Markdown } from "./Markdown";
import * as prose from "./markdown.css";
import { CopyRaw } from "./MessageActions";
import { Output } from "./Output";
import * as css from "./tool.css";

/** Lines of a file that was read that are shown. */
const READ_LINES = 200;

/** The body by kind of tool. */
export function ToolBody(props: { entry: ToolEntry }): JSX.Element {
    const call = () => bodyOf(props.entry.call, "toolCall");
    const result = () => bodyOf(props.entry.result, "toolResult");
    const kind = () => call()?.tool ?? ToolKind.OTHER;
    const isFile = () => kind() === ToolKind.WRITE || kind() === ToolKind.EDIT;
    return (
        <div class={css.body}>
            <Switch
                fallback={
                    <>
                        <JsonInput json={call()?.input?.json ?? ""} />
                        <Result result={result()} />
                    </>
                }
            >
                <Match when={kind() === ToolKind.BASH}>
                    <Show when={saysMore(call()) || !hasParts(props.entry)}>
                        <pre class={`${css.output} ${css.wrapped}`}>{call()?.input?.command}</pre>
                    </Show>
                    <Result result={result()} fromEnd={result()?.ok === false} />
                </Match>
                <Match when={kind() === ToolKind.READ && result()?.ok === true && result()}>
                    {(read) => (
                        <ReadBody
                            result={read()}
                            path={pathText(call()?.input?.path ?? new Uint8Array())}
                            firstLine={call()?.input?.firstLine ?? 1}
                        />
                    )}
                </Match>
                <Match when={isFile()}>
                    <FileChange entry={props.entry} />
                </Match>
                <Match when={kind() === ToolKind.TASK}>
                    <Show when={call()?.input?.prompt}>
                        {(prompt) => (
                            <div class={css.prose}>
                                <Markdown text={prompt()} />
                            </div>
                        )}
                    </Show>
                    <Show when={resultText(result())}>
                        {(answer) => (
                            <div class={`${css.prose} ${css.facts}`}>
                                <Markdown text={answer()} />
                            </div>
                        )}
                    </Show>
                </Match>
                <Match
                    when={[
                        ToolKind.SEARCH,
                        ToolKind.FETCH,
                        ToolKind.WEB_SEARCH,
                        ToolKind.READ,
                    ].includes(kind())}
                >
                    <Result result={result()} />
                </Match>
            </Switch>
            <Facts entry={props.entry} />
        </div>
    );
}

function Facts(props: { entry: ToolEntry }): JSX.Element {
    const call = () => bodyOf(props.entry.call, "toolCall");
    const result = () => bodyOf(props.entry.result, "toolResult");
    const text = () => {
        const out = resultText(result());
        return out === "" ? (call()?.input?.command ?? call()?.input?.json ?? "") : out;
    };
    const cut = () => Number(result()?.truncatedAt ?? 0n);
    return (
        <>
            <Show when={cut() > 0}>
                <div class={css.facts}>Cut after {cut().toLocaleString()} octets.</div>
            </Show>
            <div class={css.actions}>
                <CopyButton label="Copy" text={text} />
                <CopyRaw message={props.entry.result ?? props.entry.call} />
            </div>
        </>
    );
}

function JsonInput(props: { json: string }): JSX.Element {
    const text = () => prettyJson(props.json);
    const lines = createHighlight(text, () => "json");
    return (
        <Show when={props.json !== "" && props.json !== "{}"}>
            <pre class={`${css.output} ${css.wrapped}`}>
                <Show when={lines()} fallback={text()}>
                    {(all) => (
                        <For each={all()}>
                            {(line, i) => (
                                <>
                                    {i() > 0 ? "\n" : ""}
                                    <For each={line}>
                                        {(s) => <span class={prose.syntax[s.kind]}>{s.text}</span>}
                                    </For>
                                </>
                            )}
                        </For>
                    )}
                </Show>
            </pre>
        </Show>
    );
}

/** All parts of a result, each in its form. */
function Result(props: { result: ToolResult | undefined; fromEnd?: boolean }): JSX.Element {
    return (
        <For each={props.result?.parts ?? []}>
            {({ part }) => {
                switch (part.case) {
                    case "text":
                    case "ansi":
                        return (
                            <Show when={part.value !== ""}>
                                <Output
                                    text={part.value}
                                    label="Output"
                                    fromEnd={props.fromEnd === true}
                                />
                            </Show>
                        );
                    case "json":
                        return <Output text={prettyJson(part.value)} label="Output" />;
                    case "image":
                        return <Picture image={part.value} />;
                    case "link":
                        return (
                            <div class={css.prose}>
                                <Show when={safeHref(part.value)} fallback={part.value}>
                                    {(href) => (
                                        <a
                                            class={prose.link}
                                            href={href()}
                                            target="_blank"
                                            rel="noopener noreferrer"
                                        >
                                            {part.value}
                                        </a>
                                    )}
                                </Show>
                            </div>
                        );
                    case "file":
                        return <div class={`${css.prose} mono`}>{pathText(part.value)}</div>;
                    case undefined:
                        return undefined;
                    default:
                        return part satisfies never;
                }
            }}
        </For>
    );
}

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** Only forms that cannot hold programs are drawn. */
function Picture(props: { image: ImagePart }): JSX.Element {
    const address = createMemo(() => {
        if (!PICTURES.includes(props.image.mediaType)) return undefined;
        const blob = new Blob([new Uint8Array(props.image.data)], { type: props.image.mediaType });
        const url = URL.createObjectURL(blob);
        onCleanup(() => URL.revokeObjectURL(url));
        return url;
    });
    return (
        <Show
            when={address()}
            fallback={<div class={css.prose}>Picture ({props.image.mediaType})</div>}
        >
            {(url) => <img class={css.picture} src={url()} alt="Result of the tool" />}
        </Show>
    );
}

function FileChange(props: { entry: ToolEntry }): JSX.Element {
    const call = () => bodyOf(props.entry.call, "toolCall");
    const diff = () => bodyOf(props.entry.diff, "diff");
    const content = () => call()?.input?.content ?? "";
    return (
        <>
            <Switch>
                <Match when={diff()}>{(d) => <DiffView diff={d()} />}</Match>
                <Match when={content() !== ""}>
                    <DiffRows
                        rows={addedRows(content())}
                        path={pathText(call()?.input?.path ?? new Uint8Array())}
                    />
                </Match>
            </Switch>
            <Show when={props.entry.state === "failed" || !diff()}>
                <Result result={bodyOf(props.entry.result, "toolResult")} />
            </Show>
        </>
    );
}

function ReadBody(props: { result: ToolResult; path: string; firstLine: number }): JSX.Element {
    const lines = createMemo(() => readLines(resultText(props.result), props.firstLine));
    const shown = () => lines().slice(0, READ_LINES);
    const colors = createHighlight(
        () =>
            shown()
                .map((l) => l.text)
                .join("\n"),
        () => grammarOfPath(props.path),
    );
    const images = () => props.result.parts.filter((p) => p.part.case === "image");
    return (
        <>
            <For each={images()}>
                {({ part }) => (part.case === "image" ? <Picture image={part.value} /> : undefined)}
            </For>
            <Show when={shown().length > 0}>
                <div class={css.output} role="group" aria-label="File content" tabindex="0">
                    <div class={css.numbered}>
                        <For each={shown()}>
                            {(line, i) => (
                                <>
                                    <span class={css.lineNumber}>{line.number}</span>
                                    <span>
                                        <Show when={colors()?.[i()]} fallback={line.text}>
                                            {(spans) => (
                                                <For each={spans()}>
                                                    {(s) => (
                                                        <span class={prose.syntax[s.kind]}>
                                                            {s.text}
                                                        </span>
                                                    )}
                                                </For>
                                            )}
                                        </Show>
                                    </span>
                                </>
                            )}
                        </For>
                    </div>
                </div>
            </Show>
            <Show when={lines().length > READ_LINES}>
                <div class={css.more}>{lines().length - READ_LINES} more lines</div>
            </Show>
        </>
    );
}
