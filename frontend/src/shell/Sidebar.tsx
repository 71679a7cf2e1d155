// SPDX-License-Identifier: Apache-2.0
import { useNavigate } from "@solidjs/router";
import { Show } from "solid-js";
import type { JSX } from "solid-js";
import Plus from "lucide-solid/icons/plus";
import Search from "lucide-solid/icons/search";
import Settings from "lucide-solid/icons/settings";
import Keyboard from "lucide-solid/icons/keyboard";
import Bell from "lucide-solid/icons/bell";
import { keysText } from "../actions/keys";
import { useStores } from "../stores/context";
import { useDialogs } from "../stores/dialogs";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { ConnectionStatus } from "./Connection";
import { Section } from "./Section";
import * as css from "./shell.css";
import { WorkersSection } from "./WorkersSection";
import { WorkspaceTree } from "./WorkspaceTree";

/** The left column: workspaces, Workers, the person, the connection. */
export function Sidebar(): JSX.Element {
    const { hub } = useStores();
    const dialogs = useDialogs();
    const active = () => hub.data.workspaces.filter((w) => !w.archived);
    const archived = () => hub.data.workspaces.filter((w) => w.archived);

    return (
        <nav aria-label="Sidebar" class={css.column}>
            <div class={css.band}>
                <span class={css.brand}>
                    <span class={css.brandMark} aria-hidden="true">
                        LM
                    </span>
                    LeapMux
                </span>
            </div>
            <div class={css.search}>
                <button
                    type="button"
                    class={css.searchButton}
                    aria-label="Command palette"
                    onClick={() => dialogs.show({ kind: "palette" })}
                >
                    <Icon of={Search} />
                    Command palette
                    <span class={css.keys} aria-hidden="true">
                        {keysText("Mod+K")}
                    </span>
                </button>
            </div>
            <div class={css.scroll}>
                <Section
                    name="In progress"
                    actions={
                        <IconButton
                            label="New workspace"
                            size="sm"
                            onClick={() => dialogs.show({ kind: "new-workspace" })}
                        >
                            <Icon of={Plus} />
                        </IconButton>
                    }
                >
                    <WorkspaceTree name="In progress" workspaces={active()} />
                </Section>
                <Show when={archived().length > 0}>
                    <Section name="Archived" closedAtFirst>
                        <WorkspaceTree name="Archived" workspaces={archived()} />
                    </Section>
                </Show>
                <WorkersSection />
            </div>
            <Footer />
        </nav>
    );
}

function Footer(): JSX.Element {
    const { hub } = useStores();
    const dialogs = useDialogs();
    const navigate = useNavigate();
    const name = () => hub.data.user?.displayName ?? "";
    return (
        <div class={css.foot}>
            <Menu
                name="User menu"
                label="User menu"
                class={css.userButton}
                items={[
                    {
                        name: "Settings",
                        icon: Settings,
                        keys: keysText("Mod+,"),
                        run: () => navigate("/settings/appearance"),
                    },
                    {
                        name: "Recent notices",
                        icon: Bell,
                        run: () => dialogs.show({ kind: "recent-notices" }),
                    },
                    {
                        name: "Keyboard shortcuts",
                        icon: Keyboard,
                        keys: "F1",
                        run: () => dialogs.show({ kind: "shortcuts" }),
                    },
                ]}
            >
                <span class={css.avatar} aria-hidden="true">
                    {name().slice(0, 2).toUpperCase()}
                </span>
                <span class="clip">{name()}</span>
            </Menu>
            <ConnectionStatus />
        </div>
    );
}
