// SPDX-License-Identifier: Apache-2.0
import { Show, createResource, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import { exactTime } from "../../model/format";
import { useStores } from "../../stores/context";
import { asLinkError } from "../../stores/hub";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import type { DialogError } from "../../ui/Dialog";
import { Checkbox } from "../../ui/Field";
import { Words } from "./Words";

/** A Worker shows another key than the one that is trusted: nothing is sent until decided. */
export function KeyChangedDialog(props: { workerId: string; onClose: () => void }): JSX.Element {
    const { hub, link } = useStores();
    const [compared, setCompared] = createSignal(false);
    const [error, setError] = createSignal<DialogError>();
    const [fingerprint] = createResource(
        () => props.workerId,
        (id) => link.fingerprint(id),
    );
    const known = () => (fingerprint.state === "ready" ? fingerprint() : undefined);
    const newKey = () => known()?.changedTo;
    const failed = (): DialogError | undefined => {
        if (fingerprint.state !== "errored") return undefined;
        const { message, reason } = asLinkError(fingerprint.error);
        return { message, code: reason };
    };
    const trust = () => {
        const hex = newKey()?.hex;
        if (hex === undefined) return;
        link.trustNewKey(props.workerId, hex).then(
            () => props.onClose(),
            (thrown: unknown) => {
                const failed = asLinkError(thrown);
                setError({ message: failed.message, code: failed.reason });
            },
        );
    };
    return (
        <Dialog
            alert
            title="Worker key changed"
            error={error() ?? failed()}
            onClose={() => props.onClose()}
            actions={
                <>
                    <Button disabled={!compared() || newKey() === undefined} onClick={trust}>
                        Trust the new key
                    </Button>
                    <Button variant="primary" autofocus onClick={() => props.onClose()}>
                        Keep blocked
                    </Button>
                </>
            }
        >
            <p>
                {hub.worker(props.workerId)?.name ?? "This worker"} shows another key than the one
                this device trusts. Nothing is sent to it. Compare the new words with those that the
                Worker itself shows.
            </p>
            <Show when={known()}>
                {(f) => (
                    <>
                        <p>Known since {exactTime(f().firstSeenMs)}:</p>
                        <Words label="Known words" words={f().words} />
                        <p>Now:</p>
                        <Words label="New words" words={f().changedTo?.words ?? []} />
                    </>
                )}
            </Show>
            <Checkbox label="I compared the words" checked={compared()} onChange={setCompared} />
        </Dialog>
    );
}
