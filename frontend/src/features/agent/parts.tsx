// SPDX-License-Identifier: Apache-2.0
/** Parts of a panel that are loaded when they are first needed, or when the page has time. */
import { ErrorBoundary, Suspense, lazy, onCleanup, onMount } from "solid-js";
import type { JSX } from "solid-js";
import { ErrorState } from "../../ui/States";
import { loadMarkdown } from "./Markdown";

/** The page has loaded what it needs by then. */
const IDLE_MS = 4000;

export const EntryList = lazy(async () => ({
    default: (await import("./EntryList")).EntryList,
}));
export const ToolBody = lazy(async () => ({
    default: (await import("./ToolBody")).ToolBody,
}));
export const PermissionCard = lazy(async () => ({
    default: (await import("./PermissionCard")).PermissionCard,
}));
export const QuestionCard = lazy(async () => ({
    default: (await import("./QuestionCard")).QuestionCard,
}));
export const PlanCard = lazy(async () => ({
    default: (await import("./PlanCard")).PlanCard,
}));

/** Around such a part: nothing until it is there, and a way out when it does not come. */
export function Part(props: { children: JSX.Element }): JSX.Element {
    return (
        <ErrorBoundary
            fallback={
                <ErrorState
                    title="A part of the page was not loaded."
                    onRetry={() => window.location.reload()}
                />
            }
        >
            <Suspense>{props.children}</Suspense>
        </ErrorBoundary>
    );
}

/** Load the parts ahead, so that a request shows at once even after the server was updated. */
export function preloadParts(): void {
    onMount(() => {
        const timer = setTimeout(() => {
            for (const part of [EntryList, ToolBody, PermissionCard, QuestionCard, PlanCard]) {
                part.preload().catch(() => undefined);
            }
            void loadMarkdown();
        }, IDLE_MS);
        onCleanup(() => clearTimeout(timer));
    });
}
