// SPDX-License-Identifier: Apache-2.0
/** Command line: `node main.mjs [--port N] [--dir FOLDER]`. Each <name>.json in the folder is a scenario. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

import { startModelServer } from "./server.mjs";

const { values } = parseArgs({
    options: { port: { type: "string", default: "0" }, dir: { type: "string" } },
});
const server = await startModelServer({ port: Number(values.port) });
if (values.dir !== undefined) {
    for (const file of readdirSync(values.dir).filter((name) => name.endsWith(".json"))) {
        server.load(
            basename(file, ".json"),
            JSON.parse(readFileSync(join(values.dir, file), "utf8")),
        );
    }
}
console.log(server.url);
