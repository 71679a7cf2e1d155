// SPDX-License-Identifier: Apache-2.0
/** The Hub cannot read a chat: its memory does not hold it, and its program could not open it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { Client, parts } from "./support/link.mjs";
import { formsOf } from "./support/marker.mjs";
import {
    FAKE_CLAUDE,
    inWorld,
    LEAPMUX_BIN,
    ROOT,
    Running,
    until,
    UNLESS_ROOT,
} from "./support/world.mjs";

const BUILD = dirname(LEAPMUX_BIN);
const TWO = join(BUILD, "split/two");
const HUB_ONLY = join(BUILD, "split/hub_only");
const PAGE = 4096;
const PAGE_IS_HERE = 0xc0; /* bits 63 (in memory) and 62 (swapped out) of the top octet */
const PART_PAGES = 4096;
/* A sanitizer's shadow spans terabytes and holds one octet of bookkeeping for eight: nothing of a text. */
const SHADOW_OCTETS = 2 ** 40;

/** All memory of a process that it ever wrote or read, mapping by mapping. */
function* memoryOf(pid) {
    const mem = openSync(`/proc/${pid}/mem`, "r");
    const pagemap = openSync(`/proc/${pid}/pagemap`, "r");
    try {
        for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
            const [, from, to, name] = /^(\w+)-(\w+) r\S+ \S+ \S+ \S+\s*(.*)$/u.exec(line) ?? [];
            if (from === undefined || /^\[(vvar|vsyscall)/u.test(name)) continue;
            const [start, end] = [parseInt(from, 16), parseInt(to, 16)];
            if (end - start < SHADOW_OCTETS) yield* pagesOf(mem, pagemap, start, end);
        }
    } finally {
        closeSync(mem);
        closeSync(pagemap);
    }
}

/** Runs of neighbouring pages that are there. */
function* pagesOf(mem, pagemap, start, end) {
    const entries = Buffer.alloc(PART_PAGES * 8);
    for (let at = start; at < end; at += PART_PAGES * PAGE) {
        const pages = Math.min(PART_PAGES, (end - at) / PAGE);
        readSync(pagemap, entries, 0, pages * 8, (at / PAGE) * 8);
        const isHere = (page) => page < pages && (entries[page * 8 + 7] & PAGE_IS_HERE) !== 0;
        for (let page = 0; page < pages; page++) {
            if (!isHere(page)) continue;
            let last = page;
            while (isHere(last + 1)) last++;
            const bytes = Buffer.alloc((last - page + 1) * PAGE);
            const n = readSync(mem, bytes, 0, bytes.length, at + page * PAGE);
            yield bytes.subarray(0, n);
            page = last;
        }
    }
}

/** In how many places of a process one of the forms stands, and how much was looked at. */
function lookThrough(pid, forms) {
    let [found, octets] = [0, 0];
    for (const bytes of memoryOf(pid)) {
        octets += bytes.length;
        found += forms.filter((form) => bytes.includes(form)).length;
    }
    return { found, octets };
}

test(
    "the Hub's memory holds nothing of a chat that the Worker's memory holds",
    { skip: UNLESS_ROOT },
    inWorld(async (world) => {
        const two = world.adopt(
            new Running(TWO, [world.root + "/data", `${process.execPath} ${FAKE_CLAUDE}`], {
                env: world.environment(),
            }),
        );
        const found = async (word) =>
            (
                await until(() => {
                    if (two.exit !== undefined) throw new Error(`it ended:\n${two.output}`);
                    return new RegExp(`^${word} (\\S+)$`, "mu").exec(two.stdout);
                }, word)
            )[1];
        const [hub, worker, url] = [await found("hub"), await found("worker"), await found("url")];
        assert.notEqual(hub, worker);
        const client = new Client(url);
        /* made here, so that neither a file nor an argument of a process holds it */
        const marker = `MARKER-${parts.newId()}`;
        const forms = formsOf(marker);
        try {
            const home = await client.home();
            const agentId = await client.openAgent(home, world.work);
            const watch = client.watch(home, agentId);
            for (let i = 1; i <= 20; i++) {
                await client.send(home, agentId, `say ${marker} ${i}`);
                await watch.until(({ results }) => results.length === i, `answer ${i}`);
            }
            await client.send(home, agentId, "hold");
            await watch.until(
                ({ live }) => live.at(-1)?.text.includes("held"),
                "a turn in the middle",
            );
            const ofHub = lookThrough(hub, forms);
            const ofWorker = lookThrough(worker, forms);
            assert.ok(ofHub.octets > 4e6, `${ofHub.octets} octets of the Hub were looked at`);
            assert.ok(ofWorker.found > 0, "the marker is found where it must be");
            assert.equal(ofHub.found, 0, "the marker stands in the Hub's memory");
            const known = Buffer.from(home.workspaceId);
            assert.ok(lookThrough(hub, [known]).found > 0, "what the Hub does know is found");
        } finally {
            client.close();
        }
        two.signal("SIGTERM");
        assert.equal((await two.ended()).code, 0, two.output);
    }),
);

/** What a library defines for others; a linked program, which keeps it to itself, for anybody. */
function symbolsOf(path, kinds) {
    const text = execFileSync("nm", ["--defined-only", "--format=posix", path], {
        encoding: "utf8",
        maxBuffer: 1 << 28,
        stdio: ["ignore", "pipe", "ignore"],
    });
    const lines = text.split("\n").map((line) => line.split(" "));
    return new Set(lines.filter(([, kind]) => kinds.test(kind ?? "")).map(([name]) => name));
}

const HUB_LIBRARIES = ["hub", "relay", "rpc", "net", "store", "store_hub", "loop", "base"];
const ofLibrary = (name, kinds = /^[TDBR]$/u) => symbolsOf(join(BUILD, `liblm_${name}.a`), kinds);
const ofProgram = (path) => symbolsOf(path, /^[tdbr]$/iu);
const inBoth = (a, b) => [...a].filter((name) => b.has(name));

test("the Hub linked by itself contains no function that opens channels or holds their keys", () => {
    const hub = ofProgram(HUB_ONLY);
    const e2ee = ofLibrary("e2ee");
    assert.ok(e2ee.size > 40, `${e2ee.size} symbols of e2ee`);
    assert.ok(hub.has("hub_start") && hub.has("channels_record_of_client"));
    /* a static function of the Hub's own may have the name of a public one there */
    const ofItsOwn = HUB_LIBRARIES.map((name) => ofLibrary(name, /^[tdbr]$/u));
    const shared = inBoth(hub, e2ee).filter((name) => !ofItsOwn.some((own) => own.has(name)));
    assert.deepEqual(shared, []);
    assert.ok(inBoth(ofProgram(TWO), e2ee).length > 20, "with the Worker they are there");
});

test("the Hub contains none of the primitives that channels are made of", () => {
    const primitives = (path) =>
        [...ofProgram(path)].filter((name) => /^(aead|x25519|mlkem)_[a-z]+$/u.test(name)).sort();
    const crypto = ofLibrary("crypto");
    const ours = (path) => primitives(path).filter((name) => crypto.has(name));
    assert.deepEqual(ours(HUB_ONLY), []);
    assert.ok(ours(TWO).length >= 3, "with the Worker they are there");
});

test("no file of the Hub includes what opens channels", () => {
    const args = [join(ROOT, "tools/check-layers.mjs")];
    execFileSync(process.execPath, args, { cwd: ROOT, stdio: "pipe" });
    const layers = readFileSync(join(ROOT, "tools/layers.txt"), "utf8");
    const [, uses] = /^hub:([^#\n]*)/mu.exec(layers);
    assert.ok(!/\b(e2ee|proc|worker)\b/u.test(uses), uses);
});
