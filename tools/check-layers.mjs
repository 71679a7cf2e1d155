// SPDX-License-Identifier: Apache-2.0
//
// Holds the tree to tools/layers.txt: every #include "folder/..." and every include of a walled
// third-party header under src/, and every import under frontend/src. Prints one line for each that
// is not allowed and exits 1 if there was one.
//
// usage: check-layers.mjs [root]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";

const root = process.argv[2] ?? ".";
const INCLUDE = /^\s*#\s*include\s+(["<])([^">]+)[">]/gm;
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)["'](\.{1,2}\/[^"']+)["']/g;
/** Tests see what they test and what they test with. */
const TESTS = /\.test\.tsx?$|\/testing\//;
let bad = 0;

function complain(path, text, index, what) {
    const line = text.slice(0, index).split("\n").length;
    console.log(`${path}:${line}: ${what}`);
    bad += 1;
}

/** The three tables of layers.txt. A rule of the first and third may only name earlier folders. */
function readLayers(path) {
    const tables = { c: new Map(), wall: new Map(), web: new Map() };
    readFileSync(path, "utf8")
        .split("\n")
        .forEach((line, index) => {
            const rule = line.split("#")[0].trim();
            if (rule === "") return;
            const colon = rule.indexOf(":");
            const [, mark, name] = /^([!@]?)(.*)$/.exec(rule.slice(0, colon));
            const uses = rule
                .slice(colon + 1)
                .split(" ")
                .filter(Boolean);
            const table = tables[mark === "!" ? "wall" : mark === "@" ? "web" : "c"];
            const known = mark === "!" ? tables.c : table;
            const unknown = mark === "!" ? [] : uses.filter((use) => !known.has(use));
            if (unknown.length > 0) {
                console.error(`${path}:${index + 1}: ${name} uses ${unknown} before it is defined`);
                process.exit(1);
            }
            table.set(name, new Set(mark === "!" ? uses : [name, ...uses]));
        });
    return tables;
}

/** The longest defined folder that holds a path, or the path's first folder if none does. */
function folderOf(path, table) {
    for (let dir = posix.dirname(path); dir !== "."; dir = posix.dirname(dir)) {
        if (table.has(dir)) return dir;
    }
    return path.includes("/") ? path.split("/")[0] : ".";
}

function listFiles(folder, pattern) {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && pattern.test(entry.name))
        .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
        .sort();
}

function checkC({ c, wall }) {
    for (const path of listFiles(join(root, "src"), /\.[ch]$/)) {
        const folder = folderOf(path, c);
        const text = readFileSync(join(root, "src", path), "utf8");
        for (const match of text.matchAll(INCLUDE)) {
            const walls = [...wall].filter(([header]) => match[2].startsWith(header));
            for (const [header, allowed] of walls) {
                if (![...allowed].some((place) => path.startsWith(place))) {
                    const what = `only ${[...allowed].join(", ")} may include ${header}`;
                    complain(`src/${path}`, text, match.index, what);
                }
            }
            if (walls.length > 0 || match[1] !== '"' || !match[2].includes("/")) continue;
            // generated messages name each other without the gen/ that stands before them
            const target = folderOf(match[2].replace(/^leapmux\//, "gen/leapmux/"), c);
            if (!(c.get(folder)?.has(target) ?? false)) {
                complain(`src/${path}`, text, match.index, `${folder}/ may not include ${target}/`);
            }
        }
    }
}

function checkWeb({ web }) {
    const base = join(root, "frontend/src");
    for (const path of listFiles(base, /\.tsx?$/)) {
        const folder = folderOf(path, web);
        if (folder === "." || folder === "gen" || TESTS.test(path)) continue;
        const text = readFileSync(join(base, path), "utf8");
        if (!web.has(folder))
            complain(`frontend/src/${path}`, text, 0, `${folder}/ is in no layer`);
        for (const match of text.matchAll(IMPORT)) {
            const target = posix.normalize(posix.join(dirname(path), match[1]));
            const other = folderOf(target.includes("/") ? target : `${target}/`, web);
            if (!(web.get(folder)?.has(other) ?? true)) {
                complain(
                    `frontend/src/${path}`,
                    text,
                    match.index,
                    `${folder}/ may not import ${other}/`,
                );
            }
        }
    }
}

const tables = readLayers(join(root, "tools/layers.txt"));
checkC(tables);
checkWeb(tables);
process.exit(bad > 0 ? 1 : 0);
