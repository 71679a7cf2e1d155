// SPDX-License-Identifier: Apache-2.0
import { For, Show, createEffect, createSignal, onCleanup, onMount } from "solid-js";
import type { JSX } from "solid-js";
import Folder from "lucide-solid/icons/folder";
import ShieldQuestionMark from "lucide-solid/icons/shield-question-mark";
import Workflow from "lucide-solid/icons/workflow";
import Wrench from "lucide-solid/icons/wrench";
import { PermissionChoice, ToolKind } from "../../gen/leapmux/v1/agent_pb";
import type { PermissionPrompt } from "../../gen/leapmux/v1/agent_pb";
import { pathText, shortPath } from "../../model/format";
import { prettyJson, toolWord } from "../../model/tool";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { useAgent } from "./context";
import { DiffView } from "./DiffView";
import { CardFrame } from "./RequestCard";
import type { CardProps } from "./RequestCard";
import * as css from "./request.css";

/** Lines of a command or input that are shown at once. */
const FIRST_LINES = 12;

export interface PermissionHandle {
    allow: () => void;
    deny: () => void;
}

const NAMES: { choice: PermissionChoice; name: string }[] = [
    { choice: PermissionChoice.ALLOW_ONCE, name: "Allow" },
    { choice: PermissionChoice.ALLOW_SESSION, name: "Allow for this session" },
    { choice: PermissionChoice.ALLOW_ALWAYS, name: "Always allow" },
    { choice: PermissionChoice.ALLOW_AND_BYPASS, name: "Allow and bypass permissions" },
];

/** The agent wants to use a tool. */
export function PermissionCard(
    props: CardProps & { handle: (handle: PermissionHandle | undefined) => void },
): JSX.Element {
    const agent = useAgent();
    const [reason, setReason] = createSignal("");
    const [pressed, setPressed] = createSignal<PermissionChoice>();
    const [asksBypass, setAsksBypass] = createSignal(false);
    const prompt = (): PermissionPrompt | undefined =>
        props.prompt.body.case === "permission" ? props.prompt.body.value : undefined;
    const call = () => prompt()?.call;
    const offers = (choice: PermissionChoice) =>
        prompt()?.options.some((o) => o.choice === choice) === true;
    const offered = () => NAMES.filter((n) => offers(n.choice));
    const rules = () => prompt()?.options.filter((o) => o.rule !== "") ?? [];
    const stopped = () => props.busy || props.idle;

    createEffect(() => {
        if (!props.busy) setPressed(undefined);
    });
    const answer = (choice: PermissionChoice) => {
        if (stopped()) return;
        setPressed(choice);
        const text = choice === PermissionChoice.DENY ? reason().trim() : "";
        props.answer({
            case: "permission",
            value: { $typeName: "leapmux.v1.PermissionAnswer", choice, text },
        });
    };
    const press = (choice: PermissionChoice) => {
        if (choice === PermissionChoice.ALLOW_AND_BYPASS) setAsksBypass(true);
        else answer(choice);
    };
    onMount(() =>
        props.handle({
            allow: () => answer(PermissionChoice.ALLOW_ONCE),
            deny: () => answer(PermissionChoice.DENY),
        }),
    );
    onCleanup(() => props.handle(undefined));

    const dir = () => pathText(call()?.workingDir ?? new Uint8Array());
    const path = () => pathText(call()?.input?.path ?? new Uint8Array());
    const title = () => {
        const p = prompt();
        if (p && p.sentence !== "") return p.sentence;
        const c = call();
        return c ? `Use ${toolWord(c)}?` : "Permission is asked";
    };

    return (
        <CardFrame
            name="Permission request"
            icon={ShieldQuestionMark}
            title={title()}
            card={props}
            foot={
                <>
                    <div class={css.facts}>
                        <Show when={dir() !== ""}>
                            <span class={css.fact}>
                                <Icon of={Folder} small />
                                <span class="mono">{shortPath(dir(), "")}</span>
                            </span>
                        </Show>
                        <Show when={call()}>
                            {(c) => (
                                <span class={css.fact}>
                                    <Icon of={Wrench} small />
                                    {c().tool === ToolKind.MCP ? c().name : toolWord(c())}
                                </span>
                            )}
                        </Show>
                        <Show when={props.prompt.taskTitle !== ""}>
                            <span class={css.fact}>
                                <Icon of={Workflow} small />
                                Task: {props.prompt.taskTitle}
                            </span>
                        </Show>
                        <For each={rules()}>
                            {(option) => (
                                <span class={css.fact}>
                                    {option.choice === PermissionChoice.ALLOW_ALWAYS
                                        ? "Rule for always:"
                                        : "For this session:"}{" "}
                                    <span class="mono">{option.rule}</span>
                                </span>
                            )}
                        </For>
                    </div>
                    <div class={css.buttons}>
                        <For each={offered()}>
                            {(option) => (
                                <Button
                                    variant={
                                        option.choice === PermissionChoice.ALLOW_ONCE
                                            ? "primary"
                                            : "normal"
                                    }
                                    busy={props.busy && pressed() === option.choice}
                                    disabled={stopped()}
                                    onClick={() => press(option.choice)}
                                >
                                    {option.name}
                                </Button>
                            )}
                        </For>
                        <div class={css.denial}>
                            <input
                                class={css.field}
                                type="text"
                                aria-label="Reason for denial"
                                placeholder="Reason for denial"
                                value={reason()}
                                disabled={stopped()}
                                onInput={(event) => setReason(event.currentTarget.value)}
                                onKeyDown={(event) => {
                                    if (event.key !== "Enter" || event.isComposing) return;
                                    event.preventDefault();
                                    answer(PermissionChoice.DENY);
                                }}
                            />
                            <Button
                                busy={props.busy && pressed() === PermissionChoice.DENY}
                                disabled={stopped()}
                                onClick={() => answer(PermissionChoice.DENY)}
                            >
                                Deny
                            </Button>
                        </div>
                    </div>
                    <Show when={asksBypass()}>
                        <BypassDialog
                            onClose={() => setAsksBypass(false)}
                            onBypass={() => {
                                setAsksBypass(false);
                                answer(PermissionChoice.ALLOW_AND_BYPASS);
                            }}
                        />
                    </Show>
                </>
            }
        >
            <Show when={prompt()?.reason}>{(why) => <div class={css.sentence}>{why()}</div>}</Show>
            <Show
                when={prompt()?.diff}
                fallback={
                    <ToolInputText
                        text={
                            call()?.input?.command ||
                            call()?.input?.url ||
                            call()?.input?.query ||
                            prettyJson(call()?.input?.json ?? "") ||
                            shortPath(path(), agent.workingDir())
                        }
                    />
                }
            >
                {(diff) => (
                    <>
                        <div class={css.facts}>
                            <span class="mono">{shortPath(path(), agent.workingDir())}</span>
                        </div>
                        <div class={css.diff}>
                            <DiffView diff={diff()} />
                        </div>
                    </>
                )}
            </Show>
        </CardFrame>
    );
}

function ToolInputText(props: { text: string }): JSX.Element {
    const [open, setOpen] = createSignal(false);
    const lines = () => props.text.split("\n");
    const isLong = () => lines().length > FIRST_LINES;
    return (
        <Show when={props.text !== ""}>
            <pre class={css.input}>
                {open() ? props.text : lines().slice(0, FIRST_LINES).join("\n")}
            </pre>
            <Show when={isLong()}>
                <Button
                    size="sm"
                    class={css.more}
                    aria-expanded={open()}
                    onClick={() => setOpen(!open())}
                >
                    Show input
                </Button>
            </Show>
        </Show>
    );
}

/** The one answer that asks once more. */
function BypassDialog(props: { onClose: () => void; onBypass: () => void }): JSX.Element {
    let cancel: HTMLSpanElement | undefined;
    onMount(() => cancel?.querySelector("button")?.focus());
    return (
        <Dialog
            title="Bypass permissions"
            alert
            width="sm"
            onClose={() => props.onClose()}
            actions={
                <>
                    <span ref={cancel}>
                        <Button onClick={() => props.onClose()}>Cancel</Button>
                    </span>
                    <Button variant="danger" onClick={() => props.onBypass()}>
                        Bypass
                    </Button>
                </>
            }
        >
            <p>
                The agent will run every tool without asking, until you change the mode. This cannot
                be undone for what it runs meanwhile.
            </p>
        </Dialog>
    );
}
