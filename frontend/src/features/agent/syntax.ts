// SPDX-License-Identifier: Apache-2.0
/** What the page and the highlighting thread say to each other. */

/** Kinds of tokens; each has a token `--syn-<kind>`. */
export const SYNTAX = [
    "plain",
    "comment",
    "keyword",
    "string",
    "number",
    "function",
    "type",
    "punct",
] as const;

export type SyntaxKind = (typeof SYNTAX)[number];

export interface SyntaxSpan {
    text: string;
    kind: SyntaxKind;
}

export type SyntaxLine = SyntaxSpan[];

export interface HighlightRequest {
    id: number;
    language: string;
    code: string;
}

export interface HighlightAnswer {
    id: number;
    /** Undefined when the language has no grammar here, or the code is beyond it. */
    lines: SyntaxLine[] | undefined;
}
