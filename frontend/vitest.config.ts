// SPDX-License-Identifier: Apache-2.0
import { vanillaExtractPlugin } from "@vanilla-extract/vite-plugin";
import solid from "vite-plugin-solid";
import { defineConfig } from "vitest/config";

// eslint-disable-next-line no-restricted-exports -- Vitest wants it
export default defineConfig({
    plugins: [solid({ hot: false }), vanillaExtractPlugin()],
    resolve: { conditions: ["development", "browser"] },
    test: {
        environment: "happy-dom",
        include: ["src/**/*.test.{ts,tsx}", "tests/unit/**/*.test.{ts,tsx}"],
        passWithNoTests: false,
        restoreMocks: true,
    },
});
