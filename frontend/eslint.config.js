// SPDX-License-Identifier: Apache-2.0
import eslint from "@eslint/js";
import solid from "eslint-plugin-solid/configs/typescript";
import tseslint from "typescript-eslint";

// eslint-disable-next-line no-restricted-exports -- ESLint wants it
export default tseslint.config(
    { ignores: ["node_modules", "src/gen"] },
    eslint.configs.recommended,
    tseslint.configs.recommendedTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                projectService: { allowDefaultProject: ["eslint.config.js"] },
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true } }],
            "@typescript-eslint/no-explicit-any": "error",
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
        },
    },
    { files: ["src/**/*.{ts,tsx}", "tests/**/*.{ts,tsx}"], ...solid },
);
