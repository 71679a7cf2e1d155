// SPDX-License-Identifier: Apache-2.0
/** Which grammar highlights a code block or a file. */

const ALIASES: Record<string, string> = {
    js: "javascript",
    mjs: "javascript",
    cjs: "javascript",
    javascript: "javascript",
    jsx: "jsx",
    ts: "typescript",
    mts: "typescript",
    cts: "typescript",
    typescript: "typescript",
    tsx: "tsx",
    json: "json",
    jsonc: "json",
    css: "css",
    html: "html",
    htm: "html",
    svg: "xml",
    xml: "xml",
    py: "python",
    python: "python",
    go: "go",
    golang: "go",
    rs: "rust",
    rust: "rust",
    c: "c",
    h: "c",
    cc: "c",
    cpp: "c",
    cxx: "c",
    hpp: "c",
    "c++": "c",
    java: "java",
    kt: "kotlin",
    kotlin: "kotlin",
    swift: "swift",
    cs: "csharp",
    csharp: "csharp",
    rb: "ruby",
    ruby: "ruby",
    lua: "lua",
    sh: "bash",
    bash: "bash",
    zsh: "bash",
    shell: "bash",
    console: "bash",
    yaml: "yaml",
    yml: "yaml",
    toml: "toml",
    sql: "sql",
    md: "markdown",
    markdown: "markdown",
    diff: "diff",
    patch: "diff",
    makefile: "make",
    make: "make",
    mk: "make",
    dockerfile: "docker",
    docker: "docker",
};

/** The grammar for a word such as "ts" or "go"; undefined when there is none. */
export function grammarOf(word: string): string | undefined {
    return ALIASES[word.trim().toLowerCase().split(/\s/, 1)[0] ?? ""];
}

/** The grammar for a path, by the end of its name. */
export function grammarOfPath(path: string): string | undefined {
    const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
    return ALIASES[name] ?? ALIASES[name.slice(name.lastIndexOf(".") + 1)];
}
