// SPDX-License-Identifier: Apache-2.0
/** The log: sticks to the bottom until the person leaves it, and never moves what one reads. */
import { Show, createEffect, createMemo, createSignal, on, onCleanup, onMount } from "solid-js";
import type { JSX } from "solid-js";
import ArrowDown from "lucide-solid/icons/arrow-down";
import History from "lucide-solid/icons/rotate-ccw-clock";
import type { ChatEntry } from "../../model/chat";
import { useStores } from "../../stores/context";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import * as css from "./chat.css";
import { useAgent } from "./context";
import { LogContext } from "./log-context";
import { EntryList, Part } from "./parts";

/** Nearer to the end than this is at the end. */
const BOTTOM_PX = 4;
/** Scrolling so soon after a change of size is the browser's. */
const RESIZE_MS = 150;
/** Messages that were seen are told to the Worker at most this often. */
const READ_DELAY_MS = 300;
/** Steps back on the way to a message that a link names. */
const MAX_STEPS_BACK = 200;

interface Place {
    seq: number;
    offset: number;
}

/** Where a person was in a chat that is not on the screen, by agent; absent: at the bottom. */
const places = new Map<string, Place>();

export interface LogHandle {
    toBottom: () => void;
}

export function ChatLog(props: {
    handle: (handle: LogHandle) => void;
    retryable: string | undefined;
    onRetry: () => void;
    /** Stands behind the last entry. */
    children: JSX.Element;
}): JSX.Element {
    const agent = useAgent();
    const { preferences } = useStores();
    const chat = agent.store.chat;
    let scroller!: HTMLDivElement;
    let column!: HTMLDivElement;
    const [stuck, setStuck] = createSignal(!places.has(agent.agentId));
    const [leftAt, setLeftAt] = createSignal(chat.lastSeq);
    const [marked, setMarked] = createSignal(0);
    let lastTop = 0;
    let lastHeight = 0;
    let resizedAt = -Infinity;
    /** A finger or the scroll bar is held. */
    let dragging = false;

    const remember = () => {
        lastTop = scroller.scrollTop;
        lastHeight = scroller.scrollHeight;
    };
    const toEnd = () => {
        scroller.scrollTop = scroller.scrollHeight;
        remember();
    };
    const leave = () => {
        if (!stuck()) return;
        setLeftAt(chat.lastSeq);
        setStuck(false);
    };
    const stick = () => {
        setStuck(true);
        toEnd();
    };
    // eslint-disable-next-line solid/reactivity -- handed over once
    props.handle({ toBottom: stick });

    const onScroll = () => {
        const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
        // only a move of the person leaves the end; the browser moves too when sizes change
        const same = scroller.scrollHeight === lastHeight;
        const still = same && performance.now() - resizedAt > RESIZE_MS;
        const moved = scroller.scrollTop < lastTop && (still || dragging);
        if (left <= BOTTOM_PX) setStuck(true);
        else if (moved) leave();
        else if (stuck()) toEnd();
        remember();
    };
    const onWheel = (event: WheelEvent) => {
        if (event.deltaY < 0 && scroller.scrollTop > 0) leave();
    };

    const onKeyDown = (event: KeyboardEvent) => {
        if (event.target !== scroller || scroller.scrollTop === 0) return;
        if (["PageUp", "ArrowUp", "Home"].includes(event.key)) leave();
    };
    const hold = () => {
        dragging = true;
        const drop = () => (dragging = false);
        window.addEventListener("pointerup", drop, { once: true });
        window.addEventListener("pointercancel", drop, { once: true });
    };

    onMount(() => {
        const sizes = new ResizeObserver((entries) => {
            if (entries.some((e) => e.target === scroller)) resizedAt = performance.now();
            if (stuck()) toEnd();
            else remember();
        });
        sizes.observe(column);
        sizes.observe(scroller);
        onCleanup(() => sizes.disconnect());
        const onResize = () => (resizedAt = performance.now());
        window.addEventListener("resize", onResize);
        onCleanup(() => window.removeEventListener("resize", onResize));
        const place = places.get(agent.agentId);
        if (place) restore(place);
        else toEnd();
        const seq = wantedSeq(agent.tabId);
        if (seq > 0) void goTo(seq);
    });
    onCleanup(() => {
        const place = stuck() ? undefined : firstSeen();
        if (place) places.set(agent.agentId, place);
        else places.delete(agent.agentId);
    });

    const articles = () => [...column.querySelectorAll<HTMLElement>("article[data-seq]")];
    const bySeq = (seq: number) => column.querySelector<HTMLElement>(`article[data-seq="${seq}"]`);
    const firstSeen = (): Place | undefined => {
        const top = scroller.getBoundingClientRect().top;
        const first = articles().find((a) => a.getBoundingClientRect().bottom > top);
        return (
            first && {
                seq: Number(first.dataset["seq"]),
                offset: first.getBoundingClientRect().top - top,
            }
        );
    };
    const restore = (place: Place) => {
        const article = bySeq(place.seq);
        if (!article) return;
        const top = scroller.getBoundingClientRect().top;
        scroller.scrollTop += article.getBoundingClientRect().top - top - place.offset;
        remember();
    };

    const loadEarlier = async () => {
        const place = firstSeen();
        await agent.attempt("Earlier messages were not loaded.", () => agent.store.loadEarlier());
        if (place && !stuck()) restore(place);
    };
    const onLoadEarlier = () => {
        leave();
        void loadEarlier();
    };

    const goTo = async (seq: number) => {
        await untilLoaded();
        for (let i = 0; i < MAX_STEPS_BACK && agent.store.hasEarlier(); i++) {
            if (chat.oldestSeq <= seq) break;
            const before = chat.oldestSeq;
            await agent.store.loadEarlier().catch(() => undefined);
            if (chat.oldestSeq === before) break;
        }
        const article = bySeq(seq);
        if (!article) return;
        leave();
        setMarked(seq);
        article.scrollIntoView({ block: "center" });
        remember();
    };
    const untilLoaded = () =>
        new Promise<void>((resolve) => {
            createEffect(() => {
                if (chat.phase.kind === "live") resolve();
            });
        });

    // what was not read when the panel opened begins with a line
    const [firstUnread, setFirstUnread] = createSignal<string>();
    let opened = false;
    createEffect(() => {
        if (opened || chat.phase.kind !== "live") return;
        opened = true;
        const readSeq = agent.summary()?.readSeq ?? 0;
        if (readSeq === 0 || readSeq >= chat.lastSeq) return;
        const first = chat.entries.find((e) => e.seq > readSeq);
        if (!first || isOwn(first, agent.ownUserId())) return;
        setFirstUnread(first.key);
    });

    let timer: ReturnType<typeof setTimeout> | undefined;
    onCleanup(() => clearTimeout(timer));
    createEffect(
        on([() => chat.lastSeq, stuck, () => agent.isLive()], ([seq, atEnd, live]) => {
            clearTimeout(timer);
            if (seq === 0 || !atEnd || !live) return;
            timer = setTimeout(() => {
                if (document.visibilityState === "visible") agent.store.readUpTo(seq);
            }, READ_DELAY_MS);
        }),
    );

    const newest = createMemo(() => {
        const entry = chat.entries.findLast((e) => e.seq > 0);
        if (!entry) return "";
        return (entry.type === "tool" ? entry.call : entry.message)?.turnId ?? "";
    });
    const fresh = () => chat.entries.filter((e) => e.seq > leftAt()).length;

    return (
        <LogContext.Provider
            value={{
                newestTurn: newest,
                marked,
                firstUnread,
                retryable: () => props.retryable,
                retry: () => props.onRetry(),
                todosAreShown: () => preferences.values.toolsOpen,
            }}
        >
            <div class={css.logFrame}>
                <div
                    ref={scroller}
                    class={css.scroller}
                    role="log"
                    aria-label="Chat"
                    aria-live="off"
                    tabindex="0"
                    style={{ "overflow-anchor": stuck() ? "none" : "auto" }}
                    onScroll={onScroll}
                    onWheel={onWheel}
                    onKeyDown={onKeyDown}
                    onPointerDown={hold}
                    onTouchStart={() => (dragging = true)}
                    onTouchEnd={() => (dragging = false)}
                >
                    <div
                        ref={column}
                        class={`${css.column} ${agent.link() === "worker-offline" ? css.dimmed : ""}`}
                    >
                        <Show when={agent.store.hasEarlier()}>
                            <div class={css.earlier}>
                                <Button
                                    variant="ghost"
                                    size="sm"
                                    icon={<Icon of={History} small />}
                                    busy={agent.store.loadingEarlier()}
                                    onClick={onLoadEarlier}
                                >
                                    Load earlier messages
                                </Button>
                            </div>
                        </Show>
                        <Show when={chat.entries.length > 0}>
                            <Part>
                                <EntryList entries={chat.entries} />
                            </Part>
                        </Show>
                        {props.children}
                    </div>
                </div>
                <Show when={!stuck()}>
                    <div class={css.toBottom}>
                        <Icon of={ArrowDown} small />
                        <Show when={fresh() > 0} fallback="Bottom">
                            {fresh()} new
                        </Show>
                        <button
                            type="button"
                            class={css.toBottomButton}
                            aria-label="Scroll to bottom"
                            title="Scroll to bottom"
                            onClick={stick}
                        />
                    </div>
                </Show>
            </div>
        </LogContext.Provider>
    );
}

function isOwn(entry: ChatEntry, userId: string): boolean {
    return entry.type === "plain" && entry.kind === "user" && entry.message?.authorId === userId;
}

/** The message that the page's address names, if it is one of this tab. */
function wantedSeq(tabId: string): number {
    const params = new URLSearchParams(window.location.search);
    const seq = Number(params.get("seq") ?? "0");
    return params.get("tab") === tabId && Number.isInteger(seq) ? seq : 0;
}
