// SPDX-License-Identifier: Apache-2.0
/** The frame of all request cards, and the choice of the one that is shown. */
import {
    Match,
    Show,
    Switch,
    createEffect,
    createMemo,
    createSignal,
    on,
    onCleanup,
} from "solid-js";
import type { JSX } from "solid-js";
import type { LucideIcon } from "lucide-solid";
import Check from "lucide-solid/icons/check";
import ChevronLeft from "lucide-solid/icons/chevron-left";
import ChevronRight from "lucide-solid/icons/chevron-right";
import CloudOff from "lucide-solid/icons/cloud-off";
import { PromptState } from "../../gen/leapmux/v1/agent_pb";
import type { Prompt, PromptClosed } from "../../gen/leapmux/v1/agent_pb";
import { requestName } from "../../model/request";
import { asLinkError } from "../../stores/hub";
import type { PromptAnswer } from "../../stores/chat";
import { useStores } from "../../stores/context";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { useAgent } from "./context";
import { Part, PermissionCard, PlanCard, QuestionCard } from "./parts";
import type { PermissionHandle } from "./PermissionCard";
import * as css from "./request.css";

/** How long a card says that somebody else answered. */
const ANSWERED_MS = 3000;

export interface RequestHandle {
    /** The shown permission request, while it can be answered. */
    permission: () => PermissionHandle | undefined;
    focus: () => void;
}

/** What every card gets. */
export interface CardProps {
    prompt: Prompt;
    /** The answer is on its way. */
    busy: boolean;
    /** Buttons cannot do anything now. */
    idle: boolean;
    place: JSX.Element;
    answer: (answer: PromptAnswer) => void;
}

/** The oldest request first; the others by the arrows. */
export function Requests(props: { handle: (handle: RequestHandle) => void }): JSX.Element {
    const agent = useAgent();
    const { notices } = useStores();
    const chat = agent.store.chat;
    const [shownId, setShownId] = createSignal<string>();
    const [sent, setSent] = createSignal<ReadonlySet<string>>(new Set());
    const [closed, setClosed] = createSignal<PromptClosed>();
    const [permission, setPermission] = createSignal<PermissionHandle>();
    let frame: HTMLDivElement | undefined;

    const prompts = () => chat.prompts;
    const index = createMemo(() => {
        const at = prompts().findIndex((p) => p.promptId === shownId());
        return Math.max(0, at);
    });
    const shown = createMemo(() => prompts()[index()]);
    const go = (by: number) => {
        const count = prompts().length;
        setShownId(prompts()[(index() + by + count) % count]?.promptId);
    };
    // eslint-disable-next-line solid/reactivity -- handed over once
    props.handle({
        permission: () => (shown()?.body.case === "permission" ? permission() : undefined),
        focus: () => frame?.querySelector<HTMLElement>("section")?.focus(),
    });

    let timer: ReturnType<typeof setTimeout> | undefined;
    onCleanup(() => clearTimeout(timer));
    const tell = (what: PromptClosed) => {
        clearTimeout(timer);
        setClosed(what);
        timer = setTimeout(() => setClosed(undefined), ANSWERED_MS);
    };
    createEffect(
        on(
            () => chat.lastClosed,
            (what) => {
                if (what?.state !== PromptState.ANSWERED || sent().has(what.promptId)) return;
                tell(what);
            },
            { defer: true },
        ),
    );

    const answer = async (promptId: string, value: PromptAnswer) => {
        setSent(new Set([...sent(), promptId]));
        try {
            await agent.store.answer(promptId, value);
        } catch (error) {
            setSent(new Set([...sent()].filter((id) => id !== promptId)));
            // somebody else was faster: the card says so instead
            const other = chat.lastClosed;
            if (asLinkError(error).reason !== "PROMPT_CLOSED") {
                notices.error("The answer was not given.", error);
            } else if (other?.promptId === promptId) {
                tell(other);
            }
        }
    };

    const place = () => <Place index={index()} count={prompts().length} onMove={go} />;
    const card = (prompt: Prompt): CardProps => ({
        get prompt() {
            return prompt;
        },
        get busy() {
            return sent().has(prompt.promptId);
        },
        get idle() {
            return !agent.isLive();
        },
        get place() {
            return place();
        },
        answer: (value) => void answer(prompt.promptId, value),
    });

    return (
        <div ref={frame} style={{ display: "contents" }}>
            <Show when={shown()} keyed fallback={<Answered closed={closed()} />}>
                {(prompt) => (
                    <Part>
                        <Switch>
                            <Match when={prompt.body.case === "permission"}>
                                <PermissionCard {...card(prompt)} handle={setPermission} />
                            </Match>
                            <Match when={prompt.body.case === "question"}>
                                <QuestionCard {...card(prompt)} />
                            </Match>
                            <Match when={prompt.body.case === "plan"}>
                                <PlanCard {...card(prompt)} />
                            </Match>
                        </Switch>
                    </Part>
                )}
            </Show>
        </div>
    );
}

function Place(props: { index: number; count: number; onMove: (by: number) => void }): JSX.Element {
    return (
        <>
            <span
                class={props.count > 1 ? `${css.place} num` : "vh"}
                role="status"
                aria-label="Request"
            >
                Request {props.index + 1} of {props.count}
            </span>
            <Show when={props.count > 1}>
                <span class={css.arrows}>
                    <IconButton label="Previous request" size="sm" onClick={() => props.onMove(-1)}>
                        <Icon of={ChevronLeft} />
                    </IconButton>
                    <IconButton label="Next request" size="sm" onClick={() => props.onMove(1)}>
                        <Icon of={ChevronRight} />
                    </IconButton>
                </span>
            </Show>
        </>
    );
}

/** The section with its head. */
export function CardFrame(props: {
    name: string;
    icon: LucideIcon;
    title: string;
    card: CardProps;
    /** Behind the title, before the place among the requests. */
    controls?: JSX.Element;
    foot: JSX.Element;
    onKeyDown?: (event: KeyboardEvent) => void;
    children: JSX.Element;
}): JSX.Element {
    return (
        <section
            class={css.card}
            aria-label={props.name}
            tabindex="-1"
            data-prompt-id={props.card.prompt.promptId}
            data-state="pending"
            data-idle={props.card.idle ? "true" : undefined}
            onKeyDown={(event) => props.onKeyDown?.(event)}
        >
            <div class={css.head}>
                <span class={css.icon}>
                    <Icon of={props.icon} />
                </span>
                <span class={css.title}>{props.title}</span>
                {props.controls}
                {props.card.place}
            </div>
            <div class={css.body}>{props.children}</div>
            <div class={css.foot}>
                {props.foot}
                <Show when={props.card.idle}>
                    <div class={css.sentence}>
                        <Icon of={CloudOff} small />
                        The answer can be given when the worker is back.
                    </div>
                </Show>
            </div>
        </section>
    );
}

function Answered(props: { closed: PromptClosed | undefined }): JSX.Element {
    return (
        <Show when={props.closed}>
            {(closed) => (
                <section
                    class={css.card}
                    aria-label={requestName(closed().kind)}
                    data-prompt-id={closed().promptId}
                    data-state="answered"
                >
                    <div class={css.answered}>
                        <span class={css.answeredIcon}>
                            <Icon of={Check} />
                        </span>
                        <span>
                            Answered by {closed().byName || "somebody"}:{" "}
                            <span class={css.answer}>{closed().answerSummary}</span>
                        </span>
                    </div>
                </section>
            )}
        </Show>
    );
}
