// SPDX-License-Identifier: Apache-2.0
import { Show, createResource, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import { exactTime } from "../../model/format";
import { useStores } from "../../stores/context";
import { asLinkError } from "../../stores/hub";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import * as css from "./dialogs.css";
import { Words } from "./Words";

/** The words that stand for a Worker's identity. */
export function FingerprintDialog(props: { workerId: string; onClose: () => void }): JSX.Element {
    const { hub, link } = useStores();
    const [hexShown, setHexShown] = createSignal(false);
    const [fingerprint] = createResource(
        () => props.workerId,
        (id) => link.fingerprint(id),
    );
    const known = () => (fingerprint.state === "ready" ? fingerprint() : undefined);
    const failed = () =>
        fingerprint.state === "errored" ? asLinkError(fingerprint.error) : undefined;
    return (
        <Dialog
            title="Worker fingerprint"
            width="sm"
            error={failed() && { message: failed()?.message ?? "", code: failed()?.reason ?? "" }}
            onClose={() => props.onClose()}
            actions={
                <Button disabled={!known()} onClick={() => setHexShown(!hexShown())}>
                    Show hexadecimal
                </Button>
            }
        >
            <p>
                These words stand for the key of {hub.worker(props.workerId)?.name ?? "this worker"}
                . The Worker shows the same ones.
            </p>
            <Show when={known()}>
                {(f) => (
                    <>
                        <Words label="Fingerprint words" words={f().words} />
                        <Show when={hexShown()}>
                            <div class={css.hex}>{f().hex}</div>
                        </Show>
                        <p class={css.dim}>Trusted since {exactTime(f().firstSeenMs)}.</p>
                    </>
                )}
            </Show>
        </Dialog>
    );
}
