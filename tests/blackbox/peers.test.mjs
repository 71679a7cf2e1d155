// SPDX-License-Identifier: Apache-2.0
/** Who is served in solo mode: our own user, and whoever knows the access code. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { call, http } from "./support/http.mjs";
import { inWorld, ROOT, until, UNLESS_ROOT } from "./support/world.mjs";

const { WebSocket } = createRequire(join(ROOT, "frontend/package.json"))("ws");
const skip = UNLESS_ROOT;
const NOBODY = 65534;
const UPGRADE = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "sec-websocket-protocol": "leapmux.v1",
};

/** Of another user: makes each request that it is given on standard input, and prints what came. */
const STRANGER = `
const { request } = require("node:http");
const one = ({ where, method, path, headers, body }) => new Promise((done) => {
    const r = request({ ...where, method, path, headers, setHost: false, agent: false }, (answer) => {
        const chunks = [];
        answer.on("data", (bytes) => chunks.push(bytes));
        answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers,
                                      text: Buffer.concat(chunks).toString() }));
    });
    r.on("upgrade", (answer, socket) => { socket.destroy(); done({ status: 101, text: "" }); });
    r.on("error", (error) => done({ error: error.code }));
    r.end(body);
});
(async () => {
    const out = [];
    for (const asked of JSON.parse(process.argv[1])) out.push(await one(asked));
    console.log(JSON.stringify({ uid: process.getuid(), out }));
})();`;

async function asStranger(world, requests) {
    const options = { uid: NOBODY, gid: NOBODY, cwd: "/", env: { PATH: process.env.PATH } };
    const stranger = world.start(
        process.execPath,
        ["-e", STRANGER, JSON.stringify(requests)],
        options,
    );
    assert.equal((await stranger.ended()).code, 0, stranger.output);
    const { uid, out } = JSON.parse(stranger.stdout);
    assert.equal(uid, NOBODY);
    return out;
}

const ask = (leapmux, method, path, { headers = {}, body } = {}) => ({
    where: { host: "127.0.0.1", port: leapmux.port },
    method,
    path,
    headers: { host: `127.0.0.1:${leapmux.port}`, ...headers },
    body,
});

const JSON_TYPE = { "content-type": "application/json" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

const tryCode = (leapmux, code, headers = {}) =>
    ask(leapmux, "POST", "/access-code", {
        headers: { ...FORM, ...headers },
        body: `code=${encodeURIComponent(code)}`,
    });

async function orgOf(leapmux) {
    return (await call(leapmux, "AuthService/GetCurrentUser")).json.personalOrg.id;
}

async function titles(leapmux) {
    const { json } = await call(leapmux, "WorkspaceService/ListWorkspaces", {
        orgId: await orgOf(leapmux),
    });
    return json.workspaces.map(({ title }) => title);
}

const createOf = (orgId, title) =>
    JSON.stringify({ orgId, workspaceId: "1234567890123456789012", title });

test(
    "another user of this machine gets the field for the code on every path, and nothing else",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const orgId = await orgOf(leapmux);
        const answers = await asStranger(world, [
            ask(leapmux, "GET", "/"),
            ask(leapmux, "GET", "/healthz"),
            ask(leapmux, "GET", "/readyz"),
            ask(leapmux, "GET", "/favicon.svg"),
            ask(leapmux, "GET", "/nothing.txt"),
            ask(leapmux, "GET", "/ws", { headers: UPGRADE }),
            ask(leapmux, "POST", "/leapmux.v1.SystemService/GetSystemInfo", {
                headers: JSON_TYPE,
                body: "{}",
            }),
            ask(leapmux, "POST", "/leapmux.v1.WorkspaceService/CreateWorkspace", {
                headers: JSON_TYPE,
                body: createOf(orgId, "Stolen"),
            }),
            ask(leapmux, "GET", "/", { headers: { cookie: "leapmux_session=x; leapmux=y" } }),
        ]);
        for (const answer of answers) {
            assert.equal(answer.status, 403, JSON.stringify(answer));
            assert.match(answer.headers["content-type"], /^text\/html/u);
            assert.match(answer.text, /comes from another user of this machine/u);
            assert.match(answer.text, /<label for="code">Access code<\/label>/u);
            assert.match(answer.headers["content-security-policy"], /default-src 'self'/u);
            assert.ok(!answer.text.includes(leapmux.code));
            assert.ok(!/<script/u.test(answer.text));
        }
        assert.ok(!(await titles(leapmux)).includes("Stolen"));
    }),
);

test(
    "the right code gives a session that serves page, calls and socket; it is bound by the guards",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const own = { origin: `http://127.0.0.1:${leapmux.port}` };
        const [entry] = await asStranger(world, [
            tryCode(leapmux, leapmux.code.toLowerCase(), own),
        ]);
        assert.equal(entry.status, 303, JSON.stringify(entry));
        assert.equal(entry.headers.location, "/");
        const [cookie] = entry.headers["set-cookie"];
        assert.match(cookie, /HttpOnly/u);
        assert.match(cookie, /SameSite=/u);
        const withCookie = { cookie: cookie.split(";")[0] };
        const body = "{}";
        const path = "/leapmux.v1.AuthService/GetCurrentUser";
        const [page, calls, socket, bare, bareSocket, foreign] = await asStranger(world, [
            ask(leapmux, "GET", "/", { headers: withCookie }),
            ask(leapmux, "POST", path, { headers: { ...JSON_TYPE, ...withCookie, ...own }, body }),
            ask(leapmux, "GET", "/ws", { headers: { ...UPGRADE, ...withCookie, ...own } }),
            ask(leapmux, "POST", path, { headers: { ...JSON_TYPE, ...withCookie }, body }),
            ask(leapmux, "GET", "/ws", { headers: { ...UPGRADE, ...withCookie } }),
            ask(leapmux, "POST", path, {
                headers: { ...JSON_TYPE, ...withCookie, origin: "http://evil.example" },
                body,
            }),
        ]);
        assert.equal(page.status, 200);
        assert.equal(JSON.parse(calls.text).user.username, "solo");
        assert.equal(socket.status, 101);
        for (const refused of [bare, bareSocket, foreign]) assert.equal(refused.status, 403);
    }),
);

test(
    "the session outlives a restart",
    { skip },
    inWorld(async (world) => {
        const first = await world.solo();
        const [entry] = await asStranger(world, [tryCode(first, first.code)]);
        const headers = { cookie: entry.headers["set-cookie"][0].split(";")[0] };
        await first.kill();
        const second = await world.solo();
        assert.notEqual(second.code, first.code);
        const [page, old] = await asStranger(world, [
            ask(second, "GET", "/", { headers }),
            tryCode(second, first.code),
        ]);
        assert.equal(page.status, 200);
        assert.equal(old.status, 403);
    }),
);

test(
    "ten wrong codes replace the code",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const wrong = Array.from({ length: 9 }, (_, i) => tryCode(leapmux, `WRONG${i}`));
        const answers = await asStranger(world, wrong);
        for (const { status, text } of answers) {
            assert.equal(status, 403);
            assert.match(text, /not the access code/u);
        }
        const [tenth, afterwards] = await asStranger(world, [
            tryCode(leapmux, "AAAAAAAAAAAA"),
            tryCode(leapmux, leapmux.code),
        ]);
        assert.equal(tenth.status, 403);
        assert.equal(afterwards.status, 403, "the old code is worth nothing");
        await leapmux.logged("access code was replaced");
        const fresh = /access_code="?(\w+)/u.exec(leapmux.stderr)[1];
        const [entry] = await asStranger(world, [tryCode(leapmux, fresh)]);
        assert.equal(entry.status, 303);
    }),
);

test(
    "the form is guarded too: a foreign page cannot post it, and it stays small",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const [foreign, long, foreignHost] = await asStranger(world, [
            tryCode(leapmux, leapmux.code, { origin: "http://evil.example" }),
            tryCode(leapmux, "A".repeat(5000)),
            tryCode(leapmux, leapmux.code, { host: "evil.example" }),
        ]);
        assert.equal(foreign.status, 403);
        assert.equal(foreign.headers["set-cookie"], undefined);
        assert.equal(long.status, 413);
        assert.equal(foreignHost.status, 421);
    }),
);

/**
 * A process of a user that connects and sends while leapmux stands still, then is gone: by closing its
 * end, or by its exit.
 */
async function orphanRequest(world, leapmux, { uid, text, how }) {
    leapmux.signal("SIGSTOP");
    await until(() => stateOf(leapmux.pid) === "T", "leapmux to stand still");
    const script = `
        const socket = require("node:net").connect(${leapmux.port}, "127.0.0.1", () =>
            socket.write(${JSON.stringify(text)}, () => ${how}));`;
    const orphan = world.start(process.execPath, ["-e", script], {
        uid,
        gid: uid,
        cwd: "/",
        env: { PATH: process.env.PATH },
    });
    assert.equal((await orphan.ended()).code, 0, orphan.output);
    leapmux.signal("SIGCONT");
}

function stateOf(pid) {
    return /^State:\s+(\w)/mu.exec(readStatus(pid))?.[1];
}

const readStatus = (pid) => readFileSync(`/proc/${pid}/status`, "utf8");

for (const [who, uid] of [
    ["another user", NOBODY],
    ["our own user", 0],
]) {
    for (const [manner, how] of [
        ["closed its end", "{ socket.destroy(); setTimeout(() => process.exit(0), 50); }"],
        ["exited", "process.exit(0)"],
    ]) {
        test(
            `a request of ${who} whose process ${manner} before it was accepted is refused`,
            { skip },
            inWorld(async (world) => {
                const leapmux = await world.solo(["--log-level", "debug"]);
                const body = createOf(await orgOf(leapmux), "Orphan");
                const text =
                    "POST /leapmux.v1.WorkspaceService/CreateWorkspace HTTP/1.1\r\nHost: localhost\r\n" +
                    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
                await orphanRequest(world, leapmux, { uid, text, how });
                await leapmux.logged(
                    "path=/leapmux.v1.WorkspaceService/CreateWorkspace status=403",
                );
                assert.ok(!(await titles(leapmux)).includes("Orphan"));
            }),
        );
    }
}

test(
    "the same request from a process that lives is served",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const body = createOf(await orgOf(leapmux), "Alive");
        const path = "/leapmux.v1.WorkspaceService/CreateWorkspace";
        const answer = await http(leapmux, "POST", path, { headers: JSON_TYPE, body });
        assert.equal(answer.status, 200);
        assert.ok((await titles(leapmux)).includes("Alive"));
    }),
);

test(
    "a stranger who inherits a connection's port number afterwards is not taken for its owner",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const first = connect(leapmux.port, "127.0.0.1");
        await once(first, "connect");
        const { localPort } = first;
        first.resetAndDestroy();
        await once(first, "close");
        const [answer] = await asStranger(world, [
            {
                ...ask(leapmux, "GET", "/"),
                where: { host: "127.0.0.1", port: leapmux.port, localPort },
            },
        ]);
        assert.equal(answer.status, 403);
    }),
);

test(
    "over IPv6 another user is refused just the same",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo(["--addr", "[::1]:0"]);
        const request = {
            ...ask(leapmux, "GET", "/"),
            where: { host: "::1", port: leapmux.port },
            headers: { host: `[::1]:${leapmux.port}` },
        };
        const [answer] = await asStranger(world, [request]);
        assert.equal(answer.status, 403);
        const own = await fetch(leapmux.url);
        assert.equal(own.status, 200);
    }),
);

test(
    "on the unix socket the system names the peer: our user is served, others are not",
    { skip },
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const path = join(world.data, "hub/hub.sock");
        assert.equal((await http({ path }, "GET", "/readyz")).status, 200);
        const request = { ...ask(leapmux, "GET", "/"), where: { socketPath: path } };
        const [closed] = await asStranger(world, [request]);
        assert.equal(closed.error, "EACCES");
        for (const folder of [
            world.home,
            join(world.home, ".local"),
            join(world.home, ".local/share"),
            join(world.home, ".local/share/leapmux"),
            world.data,
            join(world.data, "hub"),
        ]) {
            chmodSync(folder, 0o755);
        }
        chmodSync(path, 0o666);
        const [refused] = await asStranger(world, [request]);
        assert.equal(refused.status, 403, "even where the file's mode would let it in");
    }),
);

test(
    "our own user needs no code, and keeps a socket",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        assert.equal((await http(leapmux, "GET", "/")).status, 200);
        const socket = new WebSocket(`ws://127.0.0.1:${leapmux.port}/ws`, "leapmux.v1");
        await once(socket, "open");
        socket.close();
    }),
);
