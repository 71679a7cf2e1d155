// SPDX-License-Identifier: Apache-2.0
import { For, Show, createEffect, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import ChevronLeft from "lucide-solid/icons/chevron-left";
import ChevronRight from "lucide-solid/icons/chevron-right";
import CircleQuestionMark from "lucide-solid/icons/circle-question-mark";
import type { QuestionPrompt } from "../../gen/leapmux/v1/agent_pb";
import { choose, isAnswered, restoreReplies, writeOther } from "../../model/request";
import type { Replies, Reply } from "../../model/request";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { CardFrame } from "./RequestCard";
import type { CardProps } from "./RequestCard";
import * as css from "./request.css";

const PREFIX = "leapmux.replies.";

/** The agent asks: one page per question. */
export function QuestionCard(props: CardProps): JSX.Element {
    // eslint-disable-next-line solid/reactivity -- a card is of one prompt for its life
    const promptId = props.prompt.promptId;
    const questions = () =>
        props.prompt.body.case === "question"
            ? (props.prompt.body.value satisfies QuestionPrompt).questions
            : [];
    const [state, setState] = createSignal<Replies>(
        restoreReplies(sessionStorage.getItem(PREFIX + promptId), questions()),
    );
    const [pressed, setPressed] = createSignal<"submit" | "decline">();
    createEffect(() => {
        try {
            sessionStorage.setItem(PREFIX + promptId, JSON.stringify(state()));
        } catch {
            // a full or forbidden storage: the choices live as long as the page
        }
    });

    const last = () => questions().length - 1;
    const page = () => Math.min(state().page, last());
    const question = () => questions()[page()];
    const reply = (): Reply => state().replies[page()] ?? { labels: [], other: "" };
    const complete = () => questions().every((_, i) => isAnswered(state().replies[i]));
    const stopped = () => props.busy || props.idle;
    const goTo = (to: number) => setState({ ...state(), page: Math.max(0, Math.min(last(), to)) });
    const setReply = (next: Reply, moveOn = false) => {
        const replies = state().replies.map((r, i) => (i === page() ? next : r));
        setState({ page: moveOn ? Math.min(last(), page() + 1) : page(), replies });
    };
    const pick = (label: string) => {
        const q = question();
        if (q) setReply(choose(reply(), q, label), !q.multiple);
    };

    const submit = () => {
        if (stopped() || !complete()) return;
        setPressed("submit");
        props.answer({
            case: "question",
            value: {
                $typeName: "leapmux.v1.QuestionAnswer",
                replies: state().replies.map((r) => ({
                    $typeName: "leapmux.v1.QuestionReply",
                    labels: r.labels,
                    other: r.other.trim(),
                })),
                decline: false,
                text: "",
            },
        });
    };
    const decline = () => {
        if (stopped()) return;
        setPressed("decline");
        props.answer({
            case: "question",
            value: {
                $typeName: "leapmux.v1.QuestionAnswer",
                replies: [],
                decline: true,
                text: "",
            },
        });
    };
    const onKeyDown = (event: KeyboardEvent) => {
        const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
        if (typing || event.ctrlKey || event.altKey || event.metaKey || stopped()) return;
        const option = /^[1-9]$/.test(event.key) && question()?.options[Number(event.key) - 1];
        if (!option) return;
        event.preventDefault();
        pick(option.label);
    };
    const title = () =>
        last() > 0 ? `Question ${page() + 1} of ${last() + 1}` : question()?.header || "Question";

    return (
        <CardFrame
            name="Question"
            icon={CircleQuestionMark}
            title={title()}
            card={props}
            onKeyDown={onKeyDown}
            controls={
                <Show when={last() > 0}>
                    <span class={css.arrows}>
                        <IconButton
                            label="Previous question"
                            size="sm"
                            disabled={page() === 0}
                            onClick={() => goTo(page() - 1)}
                        >
                            <Icon of={ChevronLeft} />
                        </IconButton>
                        <IconButton
                            label="Next question"
                            size="sm"
                            disabled={page() === last()}
                            onClick={() => goTo(page() + 1)}
                        >
                            <Icon of={ChevronRight} />
                        </IconButton>
                    </span>
                </Show>
            }
            foot={
                <div class={css.buttons}>
                    <Button
                        variant="primary"
                        busy={props.busy && pressed() === "submit"}
                        disabled={stopped() || !complete()}
                        onClick={submit}
                    >
                        Submit answers
                    </Button>
                    <Button
                        variant="ghost"
                        class={css.push}
                        busy={props.busy && pressed() === "decline"}
                        disabled={stopped()}
                        onClick={decline}
                    >
                        Decline to answer
                    </Button>
                </div>
            }
        >
            <Show when={question()} keyed>
                {(q) => (
                    <div class={css.group} role="group" aria-label={q.text}>
                        <div class={css.question}>{q.text}</div>
                        <div class={css.choices}>
                            <For each={q.options}>
                                {(option, i) => {
                                    const id = `${promptId}-${page()}-${i()}`;
                                    return (
                                        <label class={css.choice}>
                                            <input
                                                class={css.choiceBox}
                                                type={q.multiple ? "checkbox" : "radio"}
                                                name={`${promptId}-${page()}`}
                                                aria-labelledby={id}
                                                aria-describedby={
                                                    option.description === ""
                                                        ? undefined
                                                        : `${id}-about`
                                                }
                                                checked={reply().labels.includes(option.label)}
                                                disabled={stopped()}
                                                onChange={() => pick(option.label)}
                                            />
                                            <span class={css.choiceWords}>
                                                <span id={id} class={css.choiceLabel}>
                                                    {option.label}
                                                </span>
                                                <Show when={option.description !== ""}>
                                                    <span
                                                        id={`${id}-about`}
                                                        class={css.choiceAbout}
                                                    >
                                                        {option.description}
                                                    </span>
                                                </Show>
                                            </span>
                                            <Show when={i() < 9}>
                                                <span class={css.key} aria-hidden="true">
                                                    {i() + 1}
                                                </span>
                                            </Show>
                                        </label>
                                    );
                                }}
                            </For>
                        </div>
                        <Show when={q.freeText}>
                            <input
                                class={css.field}
                                style={{ flex: "none" }}
                                type="text"
                                aria-label="Other answer"
                                placeholder="Other answer"
                                value={reply().other}
                                disabled={stopped()}
                                onInput={(event) =>
                                    setReply(writeOther(reply(), q, event.currentTarget.value))
                                }
                                onKeyDown={(event) => {
                                    if (event.key !== "Enter" || event.isComposing) return;
                                    event.preventDefault();
                                    if (page() < last()) goTo(page() + 1);
                                    else submit();
                                }}
                            />
                        </Show>
                    </div>
                )}
            </Show>
        </CardFrame>
    );
}
