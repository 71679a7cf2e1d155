// SPDX-License-Identifier: Apache-2.0
/** Start, stop and everything that can be wrong with the data folder. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
    chmodSync,
    existsSync,
    lstatSync,
    mkdirSync,
    openSync,
    readdirSync,
    readFileSync,
    statSync,
    writeSync,
    writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { call, http } from "./support/http.mjs";
import { inWorld, ROOT, until } from "./support/world.mjs";

const { WebSocket } = createRequire(join(ROOT, "frontend/package.json"))("ws");

const HUB_DB = "hub/hub.db";
const WORKER_DB = "worker/worker.db";
const checksum = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function files(folder) {
    return readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
}

/** A data folder that was used once and whose program has ended. */
async function used(world) {
    const leapmux = await world.solo();
    await leapmux.logged("worker online");
    assert.equal((await leapmux.stop()).code, 0);
}

async function openSocket(leapmux) {
    const socket = new WebSocket(`ws://127.0.0.1:${leapmux.port}/ws`, "leapmux.v1");
    socket.frames = [];
    socket.on("message", (frame) => socket.frames.push(frame));
    socket.on("error", () => {});
    await once(socket, "open");
    return socket;
}

test(
    "the start prints name, version, address and access code, and the Hub is ready by then",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        assert.match(leapmux.stdout, /^LeapMux \d+\.\d+\.\d+/u);
        assert.match(leapmux.stdout, /^Open http:\/\/127\.0\.0\.1:\d+\/$/mu);
        assert.match(leapmux.code, /^[0-9A-Z]{12}$/u);
        assert.equal((await http(leapmux, "GET", "/readyz")).text.trim(), "ready");
    }),
);

test(
    "port 0 takes a free port of each address, IPv6 too",
    inWorld(async (world) => {
        const leapmux = await world.solo(["--addr", "127.0.0.1:0,[::1]:0"]);
        const urls = await until(() => {
            const found = leapmux.stdout.match(/http:\/\/\S+/gu);
            return found?.length === 2 && found;
        }, "two addresses");
        assert.notEqual(new URL(urls[0]).port, "0");
        for (const url of urls) assert.equal((await fetch(`${url}readyz`)).status, 200);
    }),
);

test(
    "a busy port is exit 1 with the address, and no database is touched",
    inWorld(async (world) => {
        const server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        const address = `127.0.0.1:${server.address().port}`;
        const { code, stderr } = await world.finish(["--addr", address]);
        server.close();
        assert.equal(code, 1);
        assert.ok(stderr.includes(`address in use: ${address}\n`), stderr);
        assert.deepEqual(
            files(world.data).filter((name) => /\.db/u.test(name)),
            [],
        );
    }),
);

test(
    "a busy port leaves an existing database as it is",
    inWorld(async (world) => {
        await used(world);
        const before = checksum(join(world.data, HUB_DB));
        const server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        const { code } = await world.finish(["--addr", `127.0.0.1:${server.address().port}`]);
        server.close();
        assert.equal(code, 1);
        assert.equal(checksum(join(world.data, HUB_DB)), before);
    }),
);

test(
    "a second process on the same data is exit 1 and names the first",
    inWorld(async (world) => {
        const first = await world.solo();
        const { code, stderr } = await world.finish(["--addr", "127.0.0.1:0"]);
        assert.equal(code, 1);
        assert.ok(stderr.includes(`pid ${first.pid})`), stderr);
        assert.equal((await http(first, "GET", "/readyz")).status, 200);
    }),
);

test(
    "a data folder that others can read is exit 1 with the chmod that repairs it",
    inWorld(async (world) => {
        for (const path of [world.data, join(world.data, "hub"), join(world.data, "worker")]) {
            mkdirSync(path, { recursive: true, mode: 0o700 });
            chmodSync(path, 0o750);
            const { code, stderr } = await world.finish(["--addr", "127.0.0.1:0"]);
            assert.equal(code, 1);
            assert.ok(stderr.includes(`chmod 700 '${path}'`), stderr);
            chmodSync(path, 0o700);
        }
    }),
);

test(
    "everything that is written is for the owner alone",
    inWorld(async (world) => {
        process.umask(0o000);
        const leapmux = await world.solo();
        await leapmux.logged("worker online");
        process.umask(0o022);
        const all = [world.data, ...files(world.data)];
        assert.ok(all.length > 8, "some files are there");
        for (const path of all) {
            const stat = lstatSync(path);
            const mode = stat.mode & 0o777;
            assert.equal(mode, stat.isDirectory() ? 0o700 : 0o600, `${path} ${mode.toString(8)}`);
        }
        assert.ok(lstatSync(join(world.data, "hub/hub.sock")).isSocket());
    }),
);

for (const name of [HUB_DB, WORKER_DB]) {
    test(
        `a damaged ${name} is exit 1 with advice, and nothing is deleted or made anew`,
        inWorld(async (world) => {
            await used(world);
            const path = join(world.data, name);
            const fd = openSync(path, "r+");
            writeSync(fd, Buffer.alloc(statSync(path).size - 100, 0x5a), 0, undefined, 100);
            const before = checksum(path);
            const { code, stderr } = await world.finish(["--addr", "127.0.0.1:0"]);
            assert.equal(code, 1, stderr);
            assert.match(stderr, /admin check/u);
            assert.match(stderr, /backup/u);
            assert.equal(checksum(path), before);
        }),
    );

    test(
        `a ${name} that is no database at all is exit 1 and stays`,
        inWorld(async (world) => {
            await used(world);
            const path = join(world.data, name);
            writeFileSync(path, "these are my notes\n".repeat(500));
            const before = checksum(path);
            const { code, stderr } = await world.finish(["--addr", "127.0.0.1:0"]);
            assert.equal(code, 1, stderr);
            assert.equal(checksum(path), before);
        }),
    );

    test(
        `a ${name} from a newer version is exit 1 and untouched`,
        inWorld(async (world) => {
            await used(world);
            const path = join(world.data, name);
            /* SQLite's user_version: four octets at 60 of the first page */
            const fd = openSync(path, "r+");
            writeSync(fd, Buffer.from([0, 0, 0x27, 0x0f]), 0, 4, 60);
            const before = checksum(path);
            const { code, stderr } = await world.finish(["--addr", "127.0.0.1:0"]);
            assert.equal(code, 1, stderr);
            assert.match(stderr, /newer/u);
            assert.equal(checksum(path), before);
        }),
    );
}

test(
    "SIGTERM and SIGINT end in order: exit 0, and an open page is told to come back",
    inWorld(async (world) => {
        for (const signal of ["SIGTERM", "SIGINT"]) {
            const leapmux = await world.solo();
            const socket = await openSocket(leapmux);
            const closed = once(socket, "close");
            leapmux.signal(signal);
            const [code] = await closed;
            assert.equal(code, 1001);
            assert.ok(
                socket.frames.some((frame) => frame[0] === 14),
                "a GOING_AWAY frame came",
            );
            assert.deepEqual(await leapmux.ended(), { code: 0, signal: null });
            assert.match(leapmux.stderr, /stopping/u);
            assert.ok(!existsSync(join(world.data, "hub/hub.sock")));
        }
    }),
);

test(
    "the write-ahead logs are folded in by an orderly stop",
    inWorld(async (world) => {
        await used(world);
        assert.deepEqual(
            files(world.data).filter((name) => name.endsWith("-wal")),
            [],
        );
    }),
);

test(
    "a second signal ends at once",
    inWorld(async (world) => {
        const leapmux = await world.solo(["--drain-timeout", "5m"]);
        const socket = await openSocket(leapmux);
        socket.pause(); /* does not even answer the closing handshake */
        leapmux.signal("SIGTERM");
        await leapmux.logged("stopping");
        leapmux.signal("SIGTERM");
        const began = Date.now();
        await leapmux.ended();
        assert.ok(Date.now() - began < 1500, "it did not wait for its last words");
        socket.terminate();
    }),
);

test(
    "after kill -9 the next start finds everything, and replaces the left-over socket",
    inWorld(async (world) => {
        const first = await world.solo();
        const me = (await call(first, "AuthService/GetCurrentUser")).json;
        const workspaceId = "1234567890123456789012";
        const request = { orgId: me.personalOrg.id, workspaceId, title: "Kept" };
        assert.equal((await call(first, "WorkspaceService/CreateWorkspace", request)).status, 200);
        await first.kill();
        assert.ok(existsSync(join(world.data, "hub/hub.sock")));
        const second = await world.solo();
        const list = await call(second, "WorkspaceService/ListWorkspaces", {
            orgId: me.personalOrg.id,
        });
        assert.ok(
            list.json.workspaces.some(({ id, title }) => id === workspaceId && title === "Kept"),
        );
        const again = (await call(second, "AuthService/GetCurrentUser")).json;
        assert.equal(again.user.id, me.user.id);
        const to = { path: join(world.data, "hub/hub.sock") };
        assert.equal((await http(to, "GET", "/readyz")).status, 200);
    }),
);

test(
    "another kind of file in the socket's place is exit 1 and stays",
    inWorld(async (world) => {
        mkdirSync(join(world.data, "hub"), { recursive: true, mode: 0o700 });
        chmodSync(world.data, 0o700);
        const path = join(world.data, "hub/hub.sock");
        writeFileSync(path, "notes");
        const { code, stderr } = await world.finish(["--addr", "127.0.0.1:0"]);
        assert.equal(code, 1);
        assert.ok(stderr.includes(path), stderr);
        assert.equal(readFileSync(path, "utf8"), "notes");
    }),
);

test(
    "socket: off makes none",
    inWorld(async (world) => {
        await world.solo(["--socket", "off"]);
        assert.ok(!existsSync(join(world.data, "hub/hub.sock")));
    }),
);

test(
    "a folder without room for writing is exit 1 with the system's word",
    inWorld(async (world) => {
        const { code, stderr } = await world.finish([
            "--addr",
            "127.0.0.1:0",
            "--data-dir",
            "/proc/leapmux",
            "--socket",
            "off",
        ]);
        assert.equal(code, 1);
        assert.match(stderr, /\/proc\/leapmux/u);
    }),
);

test(
    "secrets are in no log, not even at level debug",
    inWorld(async (world) => {
        const leapmux = await world.solo(["--log-level", "debug"]);
        await leapmux.logged("worker online");
        await http(leapmux, "GET", "/?secret=in-the-query", {
            headers: { cookie: "leapmux=cookie-secret", authorization: "Bearer bearer-secret" },
        });
        await call(leapmux, "WorkspaceService/CreateWorkspace", { title: "title-secret" });
        await leapmux.stop();
        for (const word of ["in-the-query", "cookie-secret", "bearer-secret", "title-secret"]) {
            assert.ok(!leapmux.output.includes(word), word);
        }
        assert.ok(!leapmux.stderr.includes(leapmux.code), "the access code");
        const keys = readFileSync(join(world.data, "worker/identity.key"));
        for (const form of ["hex", "base64"]) {
            assert.ok(!leapmux.output.includes(keys.subarray(-32).toString(form)), form);
        }
    }),
);
