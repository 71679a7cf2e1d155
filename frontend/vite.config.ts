// SPDX-License-Identifier: Apache-2.0
import { vanillaExtractPlugin } from "@vanilla-extract/vite-plugin";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

// A static page: the program embeds build/frontend and writes the base path into index.html.
// eslint-disable-next-line no-restricted-exports -- Vite wants it
export default defineConfig({
    plugins: [
        solid(),
        vanillaExtractPlugin(),
        {
            // the page is sent as it stands, since the base path is written into it
            name: "page-without-blanks",
            apply: "build",
            transformIndexHtml: {
                order: "post",
                handler: (html) => html.replace(/\s+/g, " ").replaceAll("> <", "><"),
            },
        },
    ],
    base: "./",
    build: {
        outDir: "../build/frontend",
        emptyOutDir: true,
        target: "es2022",
        // script-src 'self': nothing inline, no data: modules
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        sourcemap: false,
        reportCompressedSize: false,
        rolldownOptions: {
            output: {
                // What the first screen and later parts share is one file: each request more costs a
                // kilobyte of headers.
                advancedChunks: {
                    groups: [
                        {
                            name: "base",
                            test: /node_modules\/(solid-js|@bufbuild)|src\/(gen|ui\/(Icon|Button|Spinner|States|button|marks|states|clock|title)|model\/(chat|format|agent))|octagon-alert|preload-helper/,
                        },
                    ],
                },
            },
        },
    },
    worker: { format: "es" },
    // LeapMux hands requests on to this server, but not its WebSocket: the page reaches that one here.
    server: {
        host: "127.0.0.1",
        port: 4328,
        strictPort: true,
        hmr: { host: "127.0.0.1", clientPort: 4328 },
    },
});
