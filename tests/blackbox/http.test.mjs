// SPDX-License-Identifier: Apache-2.0
/** What the one port serves: paths, methods, headers, caching, limits, guards. */
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

import { http, Wire } from "./support/http.mjs";
import { inWorld } from "./support/world.mjs";

const KIB = 1024;
const JSON_TYPE = { "content-type": "application/json" };
const GET_SYSTEM_INFO = "/leapmux.v1.SystemService/GetSystemInfo";

const cspOf = (port) =>
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
    `connect-src 'self' ws://127.0.0.1:${port}; img-src 'self' blob: data:; object-src 'none'; ` +
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

function assertHeaders({ headers }, port, what) {
    const expected = {
        "content-security-policy": cspOf(port),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    };
    for (const [name, value] of Object.entries(expected)) {
        assert.equal(headers[name], value, `${name} of ${what}`);
    }
    assert.match(headers["permissions-policy"], /camera=\(\).*microphone=\(\)/u, what);
    assert.match(headers["x-request-id"], /^[0-9A-Za-z]{22}$/u, what);
    assert.equal(headers["strict-transport-security"], undefined, what);
}

/** The scripts and styles that the page names. */
async function assetsOf(leapmux, base = "/") {
    const page = await http(leapmux, "GET", base);
    return [...page.text.matchAll(/"(?:\.\/|\/[^"]*)?(assets\/[^"]+)"/gu)].map(
        ([, path]) => base + path,
    );
}

test(
    "health and readiness answer GET and HEAD, and nothing else",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        for (const [path, word] of [
            ["/healthz", "ok"],
            ["/readyz", "ready"],
        ]) {
            const got = await http(leapmux, "GET", path);
            assert.deepEqual([got.status, got.text.trim()], [200, word]);
            const head = await http(leapmux, "HEAD", path);
            assert.deepEqual([head.status, head.text], [200, ""]);
            assert.equal(head.headers["content-length"], got.headers["content-length"]);
            for (const method of ["POST", "DELETE", "OPTIONS", "BREW"]) {
                const refused = await http(leapmux, method, path).catch(({ code }) => ({ code }));
                if (method === "BREW") assert.ok(refused.status === 405 || refused.status === 501);
                else assert.equal(refused.status, 405, `${method} ${path}`);
                if (refused.status === 405) assert.match(refused.headers.allow, /GET, HEAD/u);
            }
        }
    }),
);

test(
    "every answer carries the protecting headers and a request id of its own",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const { port } = leapmux;
        const [asset] = await assetsOf(leapmux);
        assert.ok(asset !== undefined, "the page names an asset");
        const answers = {
            page: await http(leapmux, "GET", "/"),
            deepPage: await http(leapmux, "GET", "/o/solo/ws/abc"),
            asset: await http(leapmux, "GET", asset),
            missingAsset: await http(leapmux, "GET", "/assets/none-12345678.js"),
            missing: await http(leapmux, "GET", "/nothing.txt"),
            health: await http(leapmux, "GET", "/healthz"),
            wrongMethod: await http(leapmux, "DELETE", "/"),
            call: await http(leapmux, "POST", GET_SYSTEM_INFO, { headers: JSON_TYPE, body: "{}" }),
            wrongCall: await http(leapmux, "POST", GET_SYSTEM_INFO, {
                headers: JSON_TYPE,
                body: "{",
            }),
            wrongType: await http(leapmux, "POST", GET_SYSTEM_INFO, { body: "{}" }),
            unknownCall: await http(leapmux, "POST", "/leapmux.v1.X/Y", {
                headers: JSON_TYPE,
                body: "{}",
            }),
            socketWithoutUpgrade: await http(leapmux, "GET", "/ws"),
        };
        const ids = new Set();
        for (const [what, answer] of Object.entries(answers)) {
            assertHeaders(answer, port, what);
            ids.add(answer.headers["x-request-id"]);
        }
        assert.equal(ids.size, Object.keys(answers).length);
        const foreign = await http(leapmux, "GET", "/", { headers: { host: "evil.example" } });
        assert.equal(foreign.status, 421);
        assert.equal(foreign.headers["x-content-type-options"], "nosniff");
    }),
);

test(
    "the page is not cached, and stands at every path without a dot",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const page = await http(leapmux, "GET", "/");
        assert.equal(page.status, 200);
        assert.match(page.headers["content-type"], /^text\/html/u);
        assert.match(page.headers["cache-control"], /no-cache/u);
        assert.match(page.text, /<base href="\/"/u);
        for (const path of ["/o/solo", "/ws/x/y", "/settings?tab=a", "/assets", "/%C3%BC"]) {
            const other = await http(leapmux, "GET", path);
            assert.deepEqual([other.status, other.text], [200, page.text], path);
        }
        const head = await http(leapmux, "HEAD", "/");
        assert.deepEqual([head.status, head.text], [200, ""]);
        assert.equal((await http(leapmux, "POST", "/", { body: "x" })).headers.allow, "GET, HEAD");
    }),
);

test(
    "what is not there is 404",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        for (const path of [
            "/x.txt",
            "/assets/x-00000000.js",
            "/sw.js",
            "/a/b.c",
            "/.env",
            "/../etc/passwd.x",
        ]) {
            assert.equal((await http(leapmux, "GET", path)).status, 404, path);
        }
        const unknown = await http(leapmux, "POST", "/leapmux.v1.SystemService/Nothing", {
            headers: JSON_TYPE,
            body: "{}",
        });
        assert.equal(unknown.status, 404);
        assert.equal(JSON.parse(unknown.text).code, "unimplemented");
    }),
);

test(
    "assets are immutable, negotiated as br or gzip, and revalidated by ETag",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        for (const path of await assetsOf(leapmux)) {
            const plain = await http(leapmux, "GET", path);
            assert.equal(plain.status, 200, path);
            assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
            assert.equal(plain.headers["content-encoding"], undefined);
            assert.match(plain.headers.vary, /accept-encoding/iu);
            const encoded = async (accept) =>
                http(leapmux, "GET", path, { headers: { "accept-encoding": accept } });
            const br = await encoded("gzip, deflate, br");
            assert.equal(br.headers["content-encoding"], "br");
            assert.ok(br.body.length < plain.body.length);
            assert.deepEqual(brotliDecompressSync(br.body), plain.body);
            const gzip = await encoded("gzip;q=0.5, br;q=0");
            assert.equal(gzip.headers["content-encoding"], "gzip");
            assert.deepEqual(gunzipSync(gzip.body), plain.body);
            assert.equal((await encoded("identity")).headers["content-encoding"], undefined);
            const again = await http(leapmux, "GET", path, {
                headers: { "if-none-match": plain.headers.etag },
            });
            assert.deepEqual([again.status, again.text], [304, ""]);
            const other = await http(leapmux, "GET", path, { headers: { "if-none-match": '"x"' } });
            assert.equal(other.status, 200);
            assert.equal((await http(leapmux, "POST", path, { body: "" })).status, 405);
        }
    }),
);

test(
    "a base path is written into the page, and nothing lives outside of it",
    inWorld(async (world) => {
        const leapmux = await world.solo(["--base-path", "/mux"]);
        assert.ok(leapmux.url.endsWith("/mux/"));
        const page = await http(leapmux, "GET", "/mux/");
        assert.match(page.text, /<base href="\/mux\/"/u);
        assert.ok(!page.text.includes("__BASE_PATH__"));
        const [asset] = await assetsOf(leapmux, "/mux/");
        assert.equal((await http(leapmux, "GET", asset)).status, 200);
        assert.equal((await http(leapmux, "GET", "/mux/readyz")).status, 200);
        const answer = await http(leapmux, "POST", `/mux${GET_SYSTEM_INFO}`, {
            headers: JSON_TYPE,
            body: "{}",
        });
        assert.equal(JSON.parse(answer.text).basePath, "/mux/");
        for (const path of ["/", "/readyz", "/muxx", "/mu", GET_SYSTEM_INFO]) {
            assert.equal((await http(leapmux, "GET", path)).status, 404, path);
        }
    }),
);

test(
    "a foreign Host is 421 on every path",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const { port } = leapmux;
        for (const path of ["/", "/healthz", "/ws", GET_SYSTEM_INFO, "/nothing.txt"]) {
            for (const host of [
                "evil.example",
                `evil.example:${port}`,
                "127.0.0.1.evil.example",
                "0.0.0.0",
            ]) {
                assert.equal(
                    (await http(leapmux, "GET", path, { headers: { host } })).status,
                    421,
                    host,
                );
            }
        }
        for (const host of ["localhost", `localhost:${port}`, "LOCALHOST", `[::1]:${port}`]) {
            assert.equal(
                (await http(leapmux, "GET", "/healthz", { headers: { host } })).status,
                200,
                host,
            );
        }
    }),
);

test(
    "other names can be allowed instead",
    inWorld(async (world) => {
        const leapmux = await world.solo(["--allowed-hosts", "mux.example,127.0.0.1"]);
        const host = "mux.example:8443";
        assert.equal((await http(leapmux, "GET", "/healthz", { headers: { host } })).status, 200);
        const other = await http(leapmux, "GET", "/healthz", { headers: { host: "localhost" } });
        assert.equal(other.status, 421);
    }),
);

test(
    "a foreign Origin and a foreign Sec-Fetch-Site are 403 on calls and the socket",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const own = `http://127.0.0.1:${leapmux.port}`;
        const upgrade = {
            connection: "Upgrade",
            upgrade: "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "sec-websocket-protocol": "leapmux.v1",
        };
        const post = async (headers) =>
            (
                await http(leapmux, "POST", GET_SYSTEM_INFO, {
                    headers: { ...JSON_TYPE, ...headers },
                    body: "{}",
                })
            ).status;
        const get = async (headers) =>
            (
                await http(leapmux, "GET", `${GET_SYSTEM_INFO}?encoding=json&message=%7B%7D`, {
                    headers,
                })
            ).status;
        const foreign = [
            { origin: "http://evil.example" },
            { origin: "null" },
            { origin: `https://127.0.0.1:${leapmux.port}` },
            { origin: "http://127.0.0.1:1" },
            { origin: `${own}.evil.example` },
            { "sec-fetch-site": "cross-site" },
            { "sec-fetch-site": "same-site" },
            { origin: own, "sec-fetch-site": "cross-site" },
            { origin: "http://evil.example", "sec-fetch-site": "same-origin" },
        ];
        for (const headers of foreign) {
            const what = JSON.stringify(headers);
            assert.equal(await post(headers), 403, what);
            assert.equal(await get(headers), 403, what);
            const socket = await http(leapmux, "GET", "/ws", {
                headers: { ...upgrade, ...headers },
            });
            assert.equal(socket.status, 403, what);
        }
        assert.equal(await post({ "sec-fetch-site": "none" }), 403);
        assert.equal(await get({ "sec-fetch-site": "none" }), 200);
        for (const headers of [
            {},
            { origin: own },
            { "sec-fetch-site": "same-origin", origin: own },
        ]) {
            assert.equal(await post(headers), 200, JSON.stringify(headers));
        }
    }),
);

test(
    "public_url fixes the Origin",
    inWorld(async (world) => {
        const leapmux = await world.solo(["--public-url", "https://mux.example/x"]);
        const status = async (origin) => {
            const headers = { ...JSON_TYPE, origin };
            return (await http(leapmux, "POST", GET_SYSTEM_INFO, { headers, body: "{}" })).status;
        };
        assert.equal(await status("https://mux.example"), 200);
        assert.equal(await status(`http://127.0.0.1:${leapmux.port}`), 403);
    }),
);

test(
    "what is too long has its status: 414, 431, 413",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const head = async (path, fields = "") => {
            const wire = new Wire(leapmux.port);
            wire.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`);
            const status = await wire.status();
            wire.close();
            return status;
        };
        const field = (i, n = 1) => `X-F${i}: ${"v".repeat(n)}\r\n`;
        const fields = (n) => Array.from({ length: n }, (_, i) => field(i)).join("");
        assert.equal(await head(`/${"a".repeat(8 * KIB - 1)}`), 200);
        assert.equal(await head(`/${"a".repeat(8 * KIB)}`), 414);
        assert.equal(await head(`/${"a".repeat(100 * KIB)}`), 414);
        assert.equal(await head("/healthz", fields(99)), 200);
        assert.equal(await head("/healthz", fields(100)), 431);
        assert.equal(await head("/healthz", field(0, 30 * KIB)), 200);
        assert.equal(await head("/healthz", field(0, 33 * KIB)), 431);
    }),
);

test(
    "a call's body has at most 1 MiB, and the connection stays usable where the length was declared",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const post = (octets) =>
            http(leapmux, "POST", GET_SYSTEM_INFO, {
                agent,
                headers: JSON_TYPE,
                body: `{"x":"${"a".repeat(octets - 8)}"}`,
            });
        assert.equal((await post(KIB * KIB)).status, 200);
        const refused = await post(KIB * KIB + 1);
        assert.equal(refused.status, 413);
        const error = JSON.parse(refused.text);
        assert.equal(error.code, "resource_exhausted");
        assert.equal(error.details[0].debug.reason, "TOO_LARGE");
        assert.equal((await post(100)).status, 200);
        const sockets = Object.values(agent.freeSockets).flat();
        assert.equal(sockets.length, 1, "all went over one connection");
        agent.destroy();
        const wire = new Wire(leapmux.port);
        const head = `POST ${GET_SYSTEM_INFO} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
        wire.send(`${head}Transfer-Encoding: chunked\r\n\r\n`);
        const chunk = `10000\r\n${"a".repeat(0x10000)}\r\n`;
        for (let i = 0; i < 17; i++) wire.send(chunk);
        assert.equal(await wire.status(), 413);
        wire.close();
    }),
);

test(
    "what is no HTTP is 400 and harms nobody else",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const bad = [
            "hello\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
            "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ];
        for (const text of bad) {
            const wire = new Wire(leapmux.port);
            wire.send(Buffer.from(text, "latin1"));
            const status = await wire.status();
            assert.ok([400, 505].includes(status), `${JSON.stringify(text)}: ${status}`);
            await wire.end();
        }
        assert.equal((await http(leapmux, "GET", "/healthz")).status, 200);
    }),
);

test(
    "requests on one connection are answered in order",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const wire = new Wire(leapmux.port);
        const get = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
        wire.send(get("/healthz") + get("/none.txt") + get("/readyz"));
        const text = await wire.until((got) => got.includes("ready"));
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/gu)].map(([, status]) => status);
        assert.deepEqual(statuses, ["200", "404", "200"]);
        wire.close();
    }),
);
