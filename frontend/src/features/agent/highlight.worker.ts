// SPDX-License-Identifier: Apache-2.0
/**
 * Highlights code off the main thread. Grammars are loaded when their language first appears; the
 * engine is the one in JavaScript, since WebAssembly would need a wider Content-Security-Policy.
 */
import { createHighlighterCore } from "shiki/core";
import type { HighlighterCore, LanguageInput, ThemeRegistrationRaw } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import { SYNTAX } from "./syntax";
import type { HighlightAnswer, HighlightRequest, SyntaxLine } from "./syntax";

/** Time for one line; the first lines of a language take longer, since its patterns are made then. */
const LINE_MS = 3000;

const GRAMMARS: Record<string, () => Promise<{ default: LanguageInput }>> = {
    javascript: () => import("shiki/langs/javascript.mjs"),
    jsx: () => import("shiki/langs/jsx.mjs"),
    typescript: () => import("shiki/langs/typescript.mjs"),
    tsx: () => import("shiki/langs/tsx.mjs"),
    json: () => import("shiki/langs/json.mjs"),
    css: () => import("shiki/langs/css.mjs"),
    html: () => import("shiki/langs/html.mjs"),
    xml: () => import("shiki/langs/xml.mjs"),
    python: () => import("shiki/langs/python.mjs"),
    go: () => import("shiki/langs/go.mjs"),
    rust: () => import("shiki/langs/rust.mjs"),
    c: () => import("shiki/langs/c.mjs"),
    java: () => import("shiki/langs/java.mjs"),
    kotlin: () => import("shiki/langs/kotlin.mjs"),
    swift: () => import("shiki/langs/swift.mjs"),
    csharp: () => import("shiki/langs/csharp.mjs"),
    ruby: () => import("shiki/langs/ruby.mjs"),
    lua: () => import("shiki/langs/lua.mjs"),
    bash: () => import("shiki/langs/bash.mjs"),
    yaml: () => import("shiki/langs/yaml.mjs"),
    toml: () => import("shiki/langs/toml.mjs"),
    sql: () => import("shiki/langs/sql.mjs"),
    markdown: () => import("shiki/langs/markdown.mjs"),
    diff: () => import("shiki/langs/diff.mjs"),
    make: () => import("shiki/langs/make.mjs"),
    docker: () => import("shiki/langs/docker.mjs"),
};

// Colours are numbers of classes: the page's own tokens paint them, in each theme.
const colorOf = (name: (typeof SYNTAX)[number]) =>
    `#0000${SYNTAX.indexOf(name).toString(16).padStart(2, "0")}`;

const THEME: ThemeRegistrationRaw = {
    name: "classes",
    type: "light",
    fg: colorOf("plain"),
    bg: "#ffffff",
    settings: [
        { settings: { foreground: colorOf("plain") } },
        {
            scope: ["comment", "punctuation.definition.comment", "string.comment"],
            settings: { foreground: colorOf("comment") },
        },
        {
            scope: [
                "keyword",
                "storage",
                "storage.type",
                "keyword.operator.new",
                "keyword.operator.expression",
                "variable.language",
                "markup.heading",
                "entity.name.section",
            ],
            settings: { foreground: colorOf("keyword") },
        },
        {
            scope: ["keyword.operator", "punctuation", "meta.brace", "storage.type.function.arrow"],
            settings: { foreground: colorOf("punct") },
        },
        {
            scope: [
                "string",
                "punctuation.definition.string",
                "string.regexp",
                "markup.inline.raw",
                "markup.inserted",
            ],
            settings: { foreground: colorOf("string") },
        },
        {
            scope: [
                "constant",
                "constant.numeric",
                "constant.language",
                "constant.other",
                "support.constant",
                "entity.other.attribute-name",
                "support.type.property-name",
                "markup.deleted",
            ],
            settings: { foreground: colorOf("number") },
        },
        {
            scope: ["entity.name.function", "support.function", "meta.function-call.generic"],
            settings: { foreground: colorOf("function") },
        },
        {
            scope: [
                "entity.name.type",
                "entity.name.class",
                "entity.other.inherited-class",
                "support.type",
                "support.class",
                "storage.type.numeric.go",
                "storage.type.string.go",
                "storage.type.boolean.go",
                "storage.type.error.go",
                "entity.name.tag",
            ],
            settings: { foreground: colorOf("type") },
        },
        {
            scope: ["string constant.character.escape", "constant.character.escape"],
            settings: { foreground: colorOf("number") },
        },
        {
            scope: ["support.type.property-name.json", "entity.name.tag.yaml"],
            settings: { foreground: colorOf("function") },
        },
        { scope: ["variable", "meta.embedded"], settings: { foreground: colorOf("plain") } },
    ],
};

let highlighter: Promise<HighlighterCore> | undefined;
const loading = new Map<string, Promise<boolean>>();

async function load(language: string): Promise<HighlighterCore | undefined> {
    const grammar = GRAMMARS[language];
    if (!grammar) return undefined;
    highlighter ??= createHighlighterCore({
        themes: [THEME],
        langs: [],
        engine: createJavaScriptRegexEngine({ forgiving: true }),
    });
    const core = await highlighter;
    let ready = loading.get(language);
    if (!ready) {
        ready = grammar().then(
            async (found) => {
                await core.loadLanguage(found.default);
                return true;
            },
            () => false,
        );
        loading.set(language, ready);
    }
    return (await ready) ? core : undefined;
}

async function highlight(request: HighlightRequest): Promise<SyntaxLine[] | undefined> {
    const core = await load(request.language);
    const lines = core?.codeToTokensBase(request.code, {
        lang: request.language,
        theme: "classes",
        tokenizeMaxLineLength: 2000,
        tokenizeTimeLimit: LINE_MS,
    });
    return lines?.map((line) =>
        line.map((token) => ({
            text: token.content,
            kind: SYNTAX[parseInt(token.color?.slice(1) ?? "0", 16)] ?? "plain",
        })),
    );
}

self.addEventListener("message", (event: MessageEvent<HighlightRequest>) => {
    const { id } = event.data;
    const answer = (lines: SyntaxLine[] | undefined) =>
        (self as unknown as Worker).postMessage({ id, lines } satisfies HighlightAnswer);
    highlight(event.data).then(answer, () => answer(undefined));
});
