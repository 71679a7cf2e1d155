// SPDX-License-Identifier: Apache-2.0
/**
 * What solo mode costs: start, memory, first load, handshake. Prints a table with the aims and writes
 * build/bench/main.json.
 *
 *   LEAPMUX_BIN             the release build; its bench programs beside it
 *   LEAPMUX_TEST_CHROMIUM   default /usr/bin/chromium
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Client, parts } from "../blackbox/support/link.mjs";
import { LEAPMUX_BIN, ROOT, until, World } from "../blackbox/support/world.mjs";
import { Chromium, Page } from "./support/chromium.mjs";

const STARTS = 15;
const AGENTS = 20;
const PAGE_LOADS = 9;
const TURN_IDLE = 1;
const TAB_KIND_AGENT = 1;
const KIB = 1024;
const IDLE_CLAUDE = fileURLToPath(new URL("support/idle-claude.sh", import.meta.url));
/* The login shell is asked, as it is by default. */
const ENVIRONMENT = {
    LEAPMUX_CLAUDE_COMMAND: IDLE_CLAUDE,
    LEAPMUX_USE_LOGIN_SHELL: undefined,
};

const AIMS = {
    start_ms: 50,
    rss_idle_mib: 25,
    rss_20_agents_mib: undefined,
    first_load_kb: 200,
    handshake_c_us: undefined,
    handshake_chromium_ms: undefined,
};

const round = (value, digits = 1) => Number(value.toFixed(digits));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const wait = (ms) => new Promise((wake) => setTimeout(wake, ms));

async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await until(() => server.listening, "a port");
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    return port;
}

/* ---- start ---- */

/** One try of /readyz: true for 200, false when nobody listens. */
function isReady(port) {
    return new Promise((done) => {
        const socket = connect(port, "127.0.0.1", () =>
            socket.write("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        );
        let text = "";
        socket.setNoDelay(true);
        socket.on("data", (bytes) => {
            text += bytes;
            if (!text.includes("\r\n")) return;
            done(text.startsWith("HTTP/1.1 200"));
            socket.destroy();
        });
        socket.on("error", () => done(false));
        socket.on("close", () => done(false));
    });
}

async function startOnce(world) {
    const port = await freePort();
    const began = performance.now();
    const leapmux = world.run(["solo", "--addr", `127.0.0.1:${port}`], ENVIRONMENT);
    while (!(await isReady(port))) {
        if (leapmux.exit !== undefined) throw new Error(`leapmux ended:\n${leapmux.output}`);
    }
    const took = performance.now() - began;
    leapmux.signal("SIGTERM");
    await leapmux.ended();
    return took;
}

/** The first start makes database and keys; it is not counted. */
async function measureStart() {
    const world = new World();
    try {
        await startOnce(world);
        const took = [];
        for (let i = 0; i < STARTS; i++) took.push(await startOnce(world));
        return took;
    } finally {
        await world.remove();
    }
}

/* ---- memory ---- */

function residentMib(pid) {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/mu.exec(text)[1]) / KIB;
}

/** Once it has been the same for a second. */
async function settledMib(pid) {
    const [SAMPLES, PAUSE_MS] = [10, 100];
    let last = residentMib(pid);
    for (let same = 0; same < SAMPLES;) {
        await wait(PAUSE_MS);
        const now = residentMib(pid);
        same = Math.abs(now - last) < 0.05 ? same + 1 : 0;
        last = now;
    }
    return last;
}

async function idleAgents(client, home, world, n) {
    const ids = await Promise.all(
        Array.from({ length: n }, () => client.openAgent(home, world.work)),
    );
    const watches = ids.map((id) => client.watch(home, id));
    for (const watch of watches) {
        await watch.until(({ state }) => state?.turnState === TURN_IDLE, "an idle agent");
    }
    for (const watch of watches) watch.stop();
    return ids;
}

/** A start with data from before, and 20 agents opened on it by a client that then leaves. */
async function measureMemory() {
    const world = new World();
    try {
        const first = await world.solo([], ENVIRONMENT);
        await first.logged("worker online");
        await first.stop();
        const leapmux = await world.solo([], ENVIRONMENT);
        await leapmux.logged("worker online");
        const idle = await settledMib(leapmux.pid);
        const client = new Client(leapmux.url);
        await idleAgents(client, await client.home(), world, AGENTS);
        client.close();
        return { idle, withAgents: await settledMib(leapmux.pid) };
    } finally {
        await world.remove();
    }
}

/* ---- page ---- */

/** A relay in front of leapmux that counts what it sends, apart from what goes over WebSockets. */
async function countingRelay(port) {
    const counted = { http: 0 };
    const relay = createServer((client) => {
        const server = connect(port, "127.0.0.1");
        let isSocket = false;
        client.on("data", (bytes) => server.write(bytes));
        server.on("data", (bytes) => {
            isSocket ||= bytes.subarray(0, 12).toString("latin1") === "HTTP/1.1 101";
            if (!isSocket) counted.http += bytes.length;
            client.write(bytes);
        });
        for (const [from, to] of [
            [client, server],
            [server, client],
        ]) {
            from.on("end", () => to.end());
            from.on("error", () => to.destroy());
        }
    }).listen(0, "127.0.0.1");
    await until(() => relay.listening, "the relay");
    counted.url = `http://127.0.0.1:${relay.address().port}/`;
    return counted;
}

/** An agent in a tab of the first tile, as a page finds it. */
async function agentOnScreen(client, home, world) {
    const [tabId] = await idleAgents(client, home, world, 1);
    const { applyOps, getLayout } = parts.hub.LayoutService.method;
    const scope = `ws:${home.workspaceId}`;
    const { snapshot } = await client.link.callHub(getLayout, { scope });
    const { tileId } = snapshot.root.node.value;
    const tab = { tabId, kind: TAB_KIND_AGENT, workerId: home.workerId };
    const op = { opId: parts.newId(), op: { case: "addTab", value: { tab, tileId } } };
    const { results } = await client.link.callHub(applyOps, { scope, ops: [op] });
    if (!results[0].applied) throw new Error(`the tab was refused: ${results[0].reason}`);
}

const COMPOSER_IS_USABLE = `(() => {
    const panel = document.querySelector("[role=tabpanel][data-turn-state=idle]");
    const field = panel?.querySelector("form textarea");
    return Boolean(field && !field.disabled && field.checkVisibility() &&
        document.querySelector("[data-connection=connected]"));
})()`;

async function loaded(page, url) {
    await page.goto(url);
    await until(() => page.evaluate(COMPOSER_IS_USABLE).catch(() => false), "the composer");
    return page;
}

const HANDSHAKES = `performance.getEntriesByName("leapmux-handshake").map((one) => one.duration)`;

async function handshakeOf(page) {
    return until(
        async () => (await page.inWorkers(HANDSHAKES)).flat()[0],
        "the handshake's measure",
    );
}

async function measurePage() {
    const world = new World();
    let chromium;
    try {
        const leapmux = await world.solo([], ENVIRONMENT);
        const client = new Client(leapmux.url);
        await agentOnScreen(client, await client.home(), world);
        client.close();
        chromium = await Chromium.start();
        const relay = await countingRelay(leapmux.port);
        const first = await loaded(await chromium.page(), relay.url);
        const [fetched, socketOctets, octets] = [first.fetched, first.socketOctets, relay.http];
        const handshakes = [await handshakeOf(first)];
        await first.close();
        for (let i = 1; i < PAGE_LOADS; i++) {
            const page = await loaded(await Page.open(chromium, first.context), relay.url);
            handshakes.push(await handshakeOf(page));
            await page.close();
        }
        return { fetched, octets, socketOctets, handshakes, base: relay.url };
    } finally {
        await chromium?.stop();
        await world.remove();
    }
}

/* ---- all ---- */

function measureHandshakeInC() {
    const program = join(dirname(LEAPMUX_BIN), "bench/handshake");
    const text = execFileSync(program, { encoding: "utf8" });
    return Number(/^handshake_c_us (\d+)/mu.exec(text)[1]);
}

function printFetched({ fetched, octets, socketOctets, base }) {
    console.log(`\nfirst load, ${octets} octets on the wire; as Chromium tells it:`);
    for (const { url, octets } of [...fetched].sort((a, b) => b.octets - a.octets)) {
        console.log(`${String(octets).padStart(9)}  ${url.replace(base, "/")}`);
    }
    console.log(`${String(socketOctets).padStart(9)}  received over the WebSocket (not counted)`);
}

function printTable(values) {
    console.log("\nmeasured                 value      aim");
    for (const [name, value] of Object.entries(values)) {
        const aim = AIMS[name];
        const verdict = aim === undefined ? "" : `<= ${aim}  ${value <= aim ? "met" : "MISSED"}`;
        console.log(`${name.padEnd(22)} ${String(value).padStart(7)}      ${verdict}`);
    }
}

const starts = await measureStart();
const memory = await measureMemory();
const page = await measurePage();
const values = {
    start_ms: round(median(starts)),
    rss_idle_mib: round(memory.idle),
    rss_20_agents_mib: round(memory.withAgents),
    first_load_kb: round(page.octets / 1000),
    handshake_c_us: measureHandshakeInC(),
    handshake_chromium_ms: round(median(page.handshakes)),
};
console.log(`starts (ms): ${starts.map((ms) => round(ms)).join(" ")}`);
console.log(`handshakes in Chromium (ms): ${page.handshakes.map((ms) => round(ms)).join(" ")}`);
printFetched(page);
printTable(values);
mkdirSync(join(ROOT, "build/bench"), { recursive: true });
writeFileSync(join(ROOT, "build/bench/main.json"), `${JSON.stringify(values, null, 4)}\n`);
process.exit(0);
