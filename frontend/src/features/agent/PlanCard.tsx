// SPDX-License-Identifier: Apache-2.0
import { For, Show, createSignal, createUniqueId } from "solid-js";
import type { JSX } from "solid-js";
import MapIcon from "lucide-solid/icons/map";
import type { PlanPrompt } from "../../gen/leapmux/v1/agent_pb";
import { modeWords } from "../../model/agent";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Field";
import * as field from "../../ui/field.css";
import { Markdown } from "./Markdown";
import { CardFrame } from "./RequestCard";
import type { CardProps } from "./RequestCard";
import * as css from "./request.css";

/** Plans with more lines are folded. */
const FOLD_LINES = 20;

/** The agent has a plan and asks whether to carry it out. */
export function PlanCard(props: CardProps): JSX.Element {
    const id = createUniqueId();
    const plan = (): PlanPrompt | undefined =>
        props.prompt.body.case === "plan" ? props.prompt.body.value : undefined;
    const [mode, setMode] = createSignal(plan()?.modes[0] ?? "");
    const [fresh, setFresh] = createSignal(false);
    const [feedback, setFeedback] = createSignal("");
    const [open, setOpen] = createSignal(false);
    const [pressed, setPressed] = createSignal<"approve" | "keep">();
    const markdown = () => plan()?.markdown ?? "";
    const lines = () => markdown().trimEnd().split("\n").length;
    const folded = () => !open() && lines() > FOLD_LINES;
    const stopped = () => props.busy || props.idle;

    const answer = (approve: boolean) => {
        if (stopped()) return;
        setPressed(approve ? "approve" : "keep");
        props.answer({
            case: "plan",
            value: {
                $typeName: "leapmux.v1.PlanAnswer",
                approve,
                mode: approve ? mode() : "",
                freshContext: approve && fresh(),
                feedback: approve ? "" : feedback().trim(),
            },
        });
    };

    return (
        <CardFrame
            name="Plan approval"
            icon={MapIcon}
            title={plan()?.title || "Plan"}
            card={props}
            foot={
                <>
                    <Show when={(plan()?.permissions.length ?? 0) > 0}>
                        <div class={css.chips}>
                            Asks for
                            <For each={plan()?.permissions}>
                                {(permission) => <span class={css.chip}>{permission}</span>}
                            </For>
                        </div>
                    </Show>
                    <div class={css.settings}>
                        <Show when={(plan()?.modes.length ?? 0) > 0}>
                            <span class={css.modeLabel}>
                                <label for={id}>Mode after approval</label>
                                <select
                                    id={id}
                                    class={field.select}
                                    style={{ height: "var(--control-h)", width: "auto" }}
                                    disabled={stopped()}
                                    onChange={(event) => setMode(event.currentTarget.value)}
                                >
                                    <For each={plan()?.modes}>
                                        {(m) => (
                                            <option value={m} selected={m === mode()}>
                                                {modeWords(m)}
                                            </option>
                                        )}
                                    </For>
                                </select>
                            </span>
                        </Show>
                        <Checkbox
                            label="Start with fresh context"
                            checked={fresh()}
                            disabled={stopped()}
                            onChange={setFresh}
                        />
                    </div>
                    <div class={css.buttons}>
                        <Button
                            variant="primary"
                            busy={props.busy && pressed() === "approve"}
                            disabled={stopped()}
                            onClick={() => answer(true)}
                        >
                            Approve plan
                        </Button>
                        <div class={css.denial}>
                            <input
                                class={css.field}
                                type="text"
                                aria-label="Feedback"
                                placeholder="Feedback"
                                value={feedback()}
                                disabled={stopped()}
                                onInput={(event) => setFeedback(event.currentTarget.value)}
                                onKeyDown={(event) => {
                                    if (event.key !== "Enter" || event.isComposing) return;
                                    event.preventDefault();
                                    answer(false);
                                }}
                            />
                            <Button
                                busy={props.busy && pressed() === "keep"}
                                disabled={stopped()}
                                onClick={() => answer(false)}
                            >
                                Keep planning
                            </Button>
                        </div>
                    </div>
                </>
            }
        >
            <div class={css.plan}>
                <div class={folded() ? css.planFolded : ""}>
                    <Markdown text={markdown()} />
                </div>
                <Show when={folded()}>
                    <div class={css.planMore}>
                        <Button size="sm" onClick={() => setOpen(true)}>
                            Show more
                        </Button>
                    </div>
                </Show>
            </div>
        </CardFrame>
    );
}
