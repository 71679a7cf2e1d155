// SPDX-License-Identifier: Apache-2.0
/**
 * Markdown as elements, made from tokens and never from markup. A text that grows keeps the
 * elements of the blocks that are done.
 */
import { For, Index, Match, Show, Switch, createMemo, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { MarkedToken, Token, Tokens } from "marked";
import ImageIcon from "lucide-solid/icons/image";
import { blocksOf, growBlocks, keepSame, safeHref, unescapeEntities } from "../../model/markdown";
import type { Block } from "../../model/markdown";
import { Icon } from "../../ui/Icon";
import { CodeBlock } from "./CodeBlock";
import type { MarkdownProps } from "./Markdown";
import * as css from "./markdown.css";

/** A whole text. */
export function MarkdownView(props: MarkdownProps): JSX.Element {
    const blocks = createMemo((before: Block[]) => {
        if (before.length === 0) return blocksOf(props.text);
        return props.live === true
            ? growBlocks(before, props.text)
            : keepSame(before, blocksOf(props.text));
    }, []);
    const shown = createMemo(() => blocks().filter((b) => b.token.type !== "space"));
    // the number of a code block is its place among those of the message
    const codeBefore = (index: number) =>
        shown()
            .slice(0, index)
            .reduce((n, b) => n + countCode(b.token), 0);
    return (
        <div class={`${css.prose} ${props.live === true ? css.live : ""}`}>
            <Index each={shown()}>
                {(block, i) => <BlockView token={block().token} codeBefore={codeBefore(i)} />}
            </Index>
        </div>
    );
}

function countCode(token: Token): number {
    if (token.type === "code") return 1;
    const known = token as MarkedToken;
    if (known.type === "list") {
        return known.items.reduce((n, item) => n + countAll(item.tokens), 0);
    }
    return known.type === "blockquote" ? countAll(known.tokens) : 0;
}

const countAll = (tokens: Token[]): number => tokens.reduce((n, t) => n + countCode(t), 0);

/** The token as one of a type; the lexer makes no other than its own. */
function as<T extends MarkedToken["type"]>(
    token: Token,
    type: T,
): Extract<MarkedToken, { type: T }> | undefined {
    return token.type === type ? (token as Extract<MarkedToken, { type: T }>) : undefined;
}

function Blocks(props: { tokens: Token[]; codeBefore: number }): JSX.Element {
    const shown = createMemo(() => props.tokens.filter((t) => t.type !== "space"));
    return (
        <Index each={shown()}>
            {(token, i) => (
                <BlockView
                    token={token()}
                    codeBefore={props.codeBefore + countAll(shown().slice(0, i))}
                />
            )}
        </Index>
    );
}

function BlockView(props: { token: Token; codeBefore: number }): JSX.Element {
    const token = <T extends MarkedToken["type"]>(type: T) => as(props.token, type);
    return (
        <Switch>
            <Match when={token("paragraph")}>
                {(p) => (
                    <p>
                        <Inline tokens={p().tokens} />
                    </p>
                )}
            </Match>
            <Match when={token("text")}>
                {(t) => (
                    <p>
                        <Inline tokens={t().tokens ?? [t()]} />
                    </p>
                )}
            </Match>
            <Match when={token("heading")}>
                {(h) => (
                    <Dynamic
                        component={`h${Math.min(6, h().depth + 2)}`}
                        class={css.heading[h().depth <= 2 ? "big" : "normal"]}
                    >
                        <Inline tokens={h().tokens} />
                    </Dynamic>
                )}
            </Match>
            <Match when={token("code")}>
                {(c) => (
                    <CodeBlock
                        code={c().text}
                        language={(c().lang ?? "").split(/\s/, 1)[0] ?? ""}
                        number={props.codeBefore + 1}
                    />
                )}
            </Match>
            <Match when={token("list")}>
                {(l) => <List list={l()} codeBefore={props.codeBefore} />}
            </Match>
            <Match when={token("blockquote")}>
                {(q) => (
                    <blockquote class={css.quote} style={{ margin: 0 }}>
                        <Blocks tokens={q().tokens} codeBefore={props.codeBefore} />
                    </blockquote>
                )}
            </Match>
            <Match when={token("table")}>{(t) => <Table table={t()} />}</Match>
            <Match when={token("hr")}>
                <hr class={css.rule} />
            </Match>
            <Match when={token("html")}>
                {(h) => <p class={css.raw}>{h().raw.replace(/\n+$/, "")}</p>}
            </Match>
        </Switch>
    );
}

function List(props: { list: Tokens.List; codeBefore: number }): JSX.Element {
    const before = (index: number) =>
        props.codeBefore +
        props.list.items.slice(0, index).reduce((n, item) => n + countAll(item.tokens), 0);
    const start = () => (typeof props.list.start === "number" ? props.list.start : 1);
    return (
        <Dynamic
            component={props.list.ordered ? "ol" : "ul"}
            class={`${css.list} ${props.list.loose ? css.loose : ""}`}
            start={props.list.ordered ? start() : undefined}
        >
            <Index each={props.list.items}>
                {(item, i) => (
                    <li
                        class={
                            item().task ? css.task : props.list.ordered ? css.numbered : css.item
                        }
                        data-number={props.list.ordered ? start() + i : undefined}
                    >
                        <Show when={item().task}>
                            <input
                                class={css.taskBox}
                                type="checkbox"
                                checked={item().checked === true}
                                disabled
                                aria-label={item().checked === true ? "Done" : "Open"}
                            />
                        </Show>
                        <Blocks
                            tokens={item().tokens.filter((t) => t.type !== "checkbox")}
                            codeBefore={before(i)}
                        />
                    </li>
                )}
            </Index>
        </Dynamic>
    );
}

function Table(props: { table: Tokens.Table }): JSX.Element {
    const align = (cell: Tokens.TableCell) => ({ "text-align": cell.align ?? ("left" as const) });
    return (
        <div class={css.tableFrame}>
            <table class={css.table}>
                <thead>
                    <tr>
                        <For each={props.table.header}>
                            {(cell) => (
                                <th class={css.headCell} style={align(cell)}>
                                    <Inline tokens={cell.tokens} />
                                </th>
                            )}
                        </For>
                    </tr>
                </thead>
                <tbody>
                    <For each={props.table.rows}>
                        {(row) => (
                            <tr>
                                <For each={row}>
                                    {(cell) => (
                                        <td class={css.cell} style={align(cell)}>
                                            <Inline tokens={cell.tokens} />
                                        </td>
                                    )}
                                </For>
                            </tr>
                        )}
                    </For>
                </tbody>
            </table>
        </div>
    );
}

function Inline(props: { tokens: Token[] }): JSX.Element {
    return <For each={props.tokens}>{(token) => inline(token as MarkedToken)}</For>;
}

function inline(token: MarkedToken): JSX.Element {
    switch (token.type) {
        case "text":
            if (token.tokens) return <Inline tokens={token.tokens} />;
            return unescapeEntities(token.text);
        case "escape":
            return unescapeEntities(token.text);
        case "strong":
            return (
                <strong class={css.strong}>
                    <Inline tokens={token.tokens} />
                </strong>
            );
        case "em":
            return (
                <em>
                    <Inline tokens={token.tokens} />
                </em>
            );
        case "del":
            return (
                <del>
                    <Inline tokens={token.tokens} />
                </del>
            );
        case "codespan":
            return <code class={css.inlineCode}>{token.text}</code>;
        case "br":
            return <br />;
        case "link":
            return <Link token={token} />;
        case "image":
            return <Image address={token.href} text={token.text} />;
        case "html":
        case "checkbox":
        case "blockquote":
        case "code":
        case "def":
        case "heading":
        case "hr":
        case "list":
        case "list_item":
        case "paragraph":
        case "space":
        case "table":
            // markup, and whatever else has no form inside of a line: as it was typed
            return token.raw;
        default:
            return token satisfies never;
    }
}

function Link(props: { token: Tokens.Link }): JSX.Element {
    return (
        <Show
            when={safeHref(props.token.href)}
            fallback={
                <>
                    <Inline tokens={props.token.tokens} />
                    <Show when={props.token.href !== props.token.text}> ({props.token.href})</Show>
                </>
            }
        >
            {(href) => (
                <a class={css.link} href={href()} target="_blank" rel="noopener noreferrer">
                    <Inline tokens={props.token.tokens} />
                </a>
            )}
        </Show>
    );
}

/** Nothing is fetched for a picture: its address is shown first, then it can be followed. */
function Image(props: { address: string; text: string }): JSX.Element {
    const [asked, setAsked] = createSignal(false);
    const label = () => (props.text === "" ? "Image" : props.text);
    return (
        <Show
            when={asked()}
            fallback={
                <button
                    type="button"
                    class={css.imageButton}
                    title="Show address"
                    onClick={() => setAsked(true)}
                >
                    <Icon of={ImageIcon} small />
                    {label()}
                </button>
            }
        >
            <span class={css.image}>
                <Icon of={ImageIcon} small />
                <Show when={safeHref(props.address)} fallback={props.address}>
                    {(href) => (
                        <a class={css.link} href={href()} target="_blank" rel="noopener noreferrer">
                            {href()}
                        </a>
                    )}
                </Show>
            </span>
        </Show>
    );
}
