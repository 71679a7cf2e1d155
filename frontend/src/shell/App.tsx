// SPDX-License-Identifier: Apache-2.0
/** The page: its stores, its routes. */
import { Navigate, Route, Router, useParams } from "@solidjs/router";
import { Match, Show, Switch, lazy } from "solid-js";
import type { JSX } from "solid-js";
import type { Link } from "../link/link";
import { StoresContext, useStores } from "../stores/context";
import { createDrafts } from "../stores/drafts";
import { createHub } from "../stores/hub";
import { createNotices } from "../stores/notices";
import { createPreferences } from "../stores/preferences";
import { createSides } from "../stores/sides";
import { ErrorState, Skeleton } from "../ui/States";
import { NotFound } from "./NotFound";
import { Notices } from "./Notices";
import { Shell } from "./Shell";

const SettingsPage = lazy(async () => ({
    default: (await import("../features/settings/SettingsPage")).SettingsPage,
}));

/** Everything below the page's root. */
export function App(props: { link: Link }): JSX.Element {
    // eslint-disable-next-line solid/reactivity -- the link is one for the life of the page
    const link = props.link;
    const hub = createHub(link);
    const preferences = createPreferences(localStorage, document.documentElement);
    const stores = {
        link,
        hub,
        notices: createNotices(),
        preferences,
        drafts: createDrafts(localStorage),
        sides: createSides(preferences),
    };
    const base = new URL(document.baseURI).pathname.replace(/\/$/, "");
    return (
        <StoresContext.Provider value={stores}>
            <Router base={base}>
                <Route path="/" component={First} />
                <Route path="/o/:org" component={First} />
                <Route path="/o/:org/w/:workspace" component={WorkspaceRoute} />
                <Route path="/settings/:tab" component={SettingsPage} />
                <Route path="*" component={NotFound} />
            </Router>
            <Notices />
        </StoresContext.Provider>
    );
}

/** Straight into the last workspace, else the first one. */
function First(): JSX.Element {
    const { hub, preferences } = useStores();
    const target = () => {
        const active = hub.data.workspaces.filter((w) => !w.archived);
        const last = active.find((w) => w.id === preferences.values.lastWorkspace);
        return (last ?? active[0])?.id;
    };
    return (
        <Ready>
            <Show when={target()} fallback={<Shell workspaceId={undefined} />}>
                {(id) => <Navigate href={`/o/${hub.data.org?.name ?? ""}/w/${id()}`} />}
            </Show>
        </Ready>
    );
}

function WorkspaceRoute(): JSX.Element {
    const params = useParams<{ org: string; workspace: string }>();
    const { hub } = useStores();
    return (
        <Ready>
            <Show
                when={hub.data.org?.name === params.org && hub.workspace(params.workspace)}
                fallback={<NotFound />}
            >
                <Shell workspaceId={params.workspace} />
            </Show>
        </Ready>
    );
}

/** Waits for what every screen needs to know. */
function Ready(props: { children: JSX.Element }): JSX.Element {
    const { hub } = useStores();
    const failed = () => {
        const { loading } = hub.data;
        return loading.kind === "failed" ? loading.error : undefined;
    };
    return (
        <Switch fallback={<Skeleton widths={["30%", "60%", "45%"]} />}>
            <Match when={failed()}>
                {(error) => (
                    <ErrorState
                        title="LeapMux did not answer."
                        message={error().message}
                        code={error().reason}
                        onRetry={() => hub.load()}
                    />
                )}
            </Match>
            <Match when={hub.data.loading.kind === "ready"}>{props.children}</Match>
        </Switch>
    );
}
