// SPDX-License-Identifier: Apache-2.0
/** Where a person writes to the agent, with the line of its state below. */
import {
    For,
    Show,
    createEffect,
    createMemo,
    createSignal,
    createUniqueId,
    on,
    onCleanup,
    onMount,
} from "solid-js";
import type { JSX } from "solid-js";
import type { SlashCommand } from "../../gen/leapmux/v1/agent_pb";
import { keysText } from "../../actions/keys";
import { ownTexts } from "../../model/log";
import { useStores } from "../../stores/context";
import { Button } from "../../ui/Button";
import { useAgent } from "./context";
import * as css from "./composer.css";
import { StatusLine } from "./StatusLine";
import type { StatusLineProps } from "./StatusLine";

/** Suggestions that are shown. */
const MAX_SUGGESTIONS = 50;

export interface ComposerHandle {
    focus: () => void;
    /** Put text on lines of its own behind what is typed. */
    append: (text: string) => void;
}

export function Composer(
    props: StatusLineProps & {
        handle: (handle: ComposerHandle) => void;
        onSend: (text: string) => void;
        onTogglePlan: () => void;
    },
): JSX.Element {
    const agent = useAgent();
    const { drafts, preferences } = useStores();
    const listId = createUniqueId();
    const [text, setText] = createSignal(drafts.read(agent.agentId));
    const [choice, setChoice] = createSignal(0);
    const [dismissed, setDismissed] = createSignal(false);
    let field!: HTMLTextAreaElement;
    let recalled = -1;

    const write = (value: string) => {
        setText(value);
        setDismissed(false);
        setChoice(0);
        drafts.write(agent.agentId, value);
    };
    const place = (value: string) => {
        // before the draft is told, since the height is measured then
        field.value = value;
        write(value);
        field.setSelectionRange(value.length, value.length);
    };
    // eslint-disable-next-line solid/reactivity -- handed over once
    props.handle({
        focus: () => field.focus(),
        append: (more) => {
            const before = text().replace(/\s+$/, "");
            place(before === "" ? `${more}\n\n` : `${before}\n\n${more}\n\n`);
            field.focus();
        },
    });

    // as high as its text, up to half of the tile, then it scrolls; the box keeps its height while
    // the text is measured, else the log above would be moved by it
    const grow = () => {
        const box = field.parentElement ?? field;
        box.style.height = `${box.offsetHeight}px`;
        field.style.height = "auto";
        const most = (field.closest("[role=tabpanel]")?.clientHeight ?? 800) / 2;
        const height = field.scrollHeight;
        field.style.height = `${Math.min(height, most)}px`;
        field.style.overflowY = height > most ? "auto" : "hidden";
        box.style.height = "";
    };
    onMount(() => {
        field.value = text();
        grow();
        // the same text needs another height where the tile has another width
        let width = field.clientWidth;
        const sizes = new ResizeObserver(() => {
            if (field.clientWidth === width) return;
            width = field.clientWidth;
            grow();
        });
        sizes.observe(field);
        onCleanup(() => sizes.disconnect());
    });
    createEffect(on(text, grow, { defer: true }));

    const blank = () => text().trim() === "";
    const send = () => {
        if (blank()) return;
        props.onSend(text());
        recalled = -1;
        place("");
    };

    const commands = createMemo((): SlashCommand[] => {
        const typed = /^\/(\S*)$/.exec(text())?.[1];
        if (typed === undefined) return [];
        const known = withOwn(agent.store.chat.session?.commands ?? []);
        const wanted = typed.toLowerCase();
        const first = known.filter((c) => c.name.toLowerCase().startsWith(wanted));
        const others = known.filter(
            (c) => !first.includes(c) && c.name.toLowerCase().includes(wanted),
        );
        return [...first, ...others].slice(0, MAX_SUGGESTIONS);
    });
    const suggesting = () => commands().length > 0 && !dismissed();
    const chosen = () => Math.min(choice(), commands().length - 1);
    const take = (command: SlashCommand | undefined) => {
        if (!command) return;
        place(`/${command.name} `);
        field.focus();
    };
    createEffect(() => {
        if (!suggesting()) return;
        document.getElementById(`${listId}-${chosen()}`)?.scrollIntoView({ block: "nearest" });
    });

    const onSuggestionKey = (event: KeyboardEvent): boolean => {
        const count = commands().length;
        switch (event.key) {
            case "ArrowDown":
                setChoice((chosen() + 1) % count);
                return true;
            case "ArrowUp":
                setChoice((chosen() + count - 1) % count);
                return true;
            case "Enter":
            case "Tab":
                take(commands()[chosen()]);
                return true;
            case "Escape":
                setDismissed(true);
                return true;
            default:
                return false;
        }
    };
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.isComposing) return;
        const mod = event.ctrlKey || event.metaKey;
        const plain = !mod && !event.altKey && !event.shiftKey;
        const isExact = commands().some((c) => text() === `/${c.name}`);
        const wantsList = suggesting() && plain && !(event.key === "Enter" && isExact);
        if (wantsList && onSuggestionKey(event)) {
            event.preventDefault();
            event.stopPropagation();
            return;
        }
        if (event.key === "Enter" && !event.altKey) {
            const enterSends = preferences.values.sendWith === "enter" && plain;
            if (!enterSends && !mod) return;
            event.preventDefault();
            send();
        } else if (event.key === "Tab" && event.shiftKey && !mod && !event.altKey) {
            event.preventDefault();
            props.onTogglePlan();
        } else if (event.key === "ArrowUp" && plain && (text() === "" || recalled >= 0)) {
            recall(event);
        }
    };
    const recall = (event: KeyboardEvent) => {
        const own = ownTexts(agent.store.chat.entries, agent.ownUserId());
        // text that was recalled and then changed is a draft like any other
        if (recalled >= 0 && text() !== own[recalled]) {
            recalled = -1;
            if (text() !== "") return;
        }
        const next = own[recalled + 1];
        if (next === undefined) return;
        event.preventDefault();
        place(next);
        recalled += 1;
    };

    const sendKeys = () =>
        keysText(preferences.values.sendWith === "enter" ? "Enter" : "Mod+Enter");

    return (
        <form
            class={css.form}
            aria-label="Composer"
            onSubmit={(event) => {
                event.preventDefault();
                send();
            }}
        >
            <div class={css.boxFrame}>
                <Show when={suggesting()}>
                    <div
                        id={listId}
                        class={css.suggestions}
                        role="listbox"
                        aria-label="Suggestions"
                    >
                        <For each={commands()}>
                            {(command, i) => (
                                <div
                                    id={`${listId}-${i()}`}
                                    class={css.suggestion}
                                    role="option"
                                    aria-label={`/${command.name}`}
                                    aria-selected={i() === chosen()}
                                    onPointerDown={(event) => {
                                        event.preventDefault();
                                        take(command);
                                    }}
                                >
                                    <span class={css.suggestionName}>
                                        /{command.name}
                                        <Show when={command.argumentHint !== ""}>
                                            {" "}
                                            {command.argumentHint}
                                        </Show>
                                    </span>
                                    <span class={css.suggestionAbout}>{command.description}</span>
                                </div>
                            )}
                        </For>
                    </div>
                </Show>
                <div class={css.box}>
                    <textarea
                        ref={field}
                        class={css.text}
                        rows="1"
                        aria-label="Message"
                        placeholder="Message"
                        aria-autocomplete="list"
                        aria-controls={suggesting() ? listId : undefined}
                        aria-activedescendant={suggesting() ? `${listId}-${chosen()}` : undefined}
                        onInput={(event) => write(event.currentTarget.value)}
                        onKeyDown={onKeyDown}
                    />
                    <Button
                        type="submit"
                        variant={blank() ? "normal" : "primary"}
                        aria-label="Send"
                        title={`Send (${sendKeys()})`}
                        disabled={blank()}
                    >
                        Send
                    </Button>
                </div>
            </div>
            <StatusLine
                state={props.state}
                link={props.link}
                canInterrupt={props.canInterrupt}
                canForce={props.canForce}
                interrupting={props.interrupting}
                onInterrupt={props.onInterrupt}
            />
        </form>
    );
}

/** The commands of the CLI, and the one of ours that every agent has. */
function withOwn(commands: SlashCommand[]): SlashCommand[] {
    if (commands.some((c) => c.name === "clear")) return commands;
    const clear: SlashCommand = {
        $typeName: "leapmux.v1.SlashCommand",
        name: "clear",
        description: "Start anew, without what was said so far",
        argumentHint: "",
    };
    return [clear, ...commands];
}
