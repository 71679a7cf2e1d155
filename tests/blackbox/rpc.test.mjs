// SPDX-License-Identifier: Apache-2.0
/** Calls of the Hub over Connect: forms, identities of what is made, errors with stable reasons. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { call, http, reasonOf, Wire } from "./support/http.mjs";
import { create, parts, toBinary } from "./support/link.mjs";
import { inWorld } from "./support/world.mjs";

const { hub, newId } = parts;
const PROTO = { headers: { "content-type": "application/proto" } };
const GET_SYSTEM_INFO = "SystemService/GetSystemInfo";
const CREATE = "WorkspaceService/CreateWorkspace";

async function orgOf(leapmux) {
    return (await call(leapmux, "AuthService/GetCurrentUser")).json.personalOrg.id;
}

async function titles(leapmux, orgId) {
    const { json } = await call(leapmux, "WorkspaceService/ListWorkspaces", { orgId });
    return json.workspaces.map(({ title }) => title);
}

test(
    "JSON with unknown fields is read as if they were not there",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const answer = await call(leapmux, GET_SYSTEM_INFO, {
            nobody: { knows: ["this"] },
            x: null,
        });
        assert.equal(answer.status, 200);
        assert.equal(answer.json.mode, "solo");
        assert.match(answer.headers["content-type"], /^application\/json/u);
    }),
);

test(
    "an empty JSON body is an empty message",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        assert.equal((await call(leapmux, GET_SYSTEM_INFO, "")).status, 200);
    }),
);

test(
    "wrong types are INVALID with the field",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        for (const [message, field] of [
            [{ orgId: 5 }, "org_id"],
            [{ orgId: ["a"] }, "org_id"],
            [{ title: { a: 1 } }, "title"],
            [{ workspaceId: true }, "workspace_id"],
        ]) {
            const answer = await call(leapmux, CREATE, message);
            assert.equal(answer.status, 400);
            const { code, reason, field: named } = reasonOf(answer);
            assert.deepEqual([code, reason, named], ["invalid_argument", "INVALID", field]);
        }
    }),
);

test(
    "what is no JSON, and JSON that is no object, is INVALID",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        for (const body of [
            "{",
            "[]",
            "5",
            '"x"',
            "{}}",
            "\u0000",
            "[".repeat(100_000),
            '{"a":'.repeat(50_000),
        ]) {
            const answer = await call(leapmux, CREATE, body);
            assert.equal(answer.status, 400, body.slice(0, 20));
            assert.equal(reasonOf(answer).reason, "INVALID");
        }
    }),
);

test(
    "protobuf that does not parse is INVALID",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        for (const bytes of [[0xff], [0x0a, 0x05, 0x41], [0x0b], [0x08], Array(4000).fill(0x0b)]) {
            const answer = await call(leapmux, CREATE, Buffer.from(bytes), PROTO);
            assert.equal(answer.status, 400, bytes.slice(0, 5).join());
            assert.equal(reasonOf(answer).reason, "INVALID");
        }
    }),
);

test(
    "text that is no UTF-8 is BAD_UTF8, and nothing is stored",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const orgId = await orgOf(leapmux);
        const before = await titles(leapmux, orgId);
        const marker = "TITLETITLE";
        const message = { orgId, workspaceId: newId(), title: marker };
        const proto = Buffer.from(
            toBinary(
                hub.CreateWorkspaceRequestSchema,
                create(hub.CreateWorkspaceRequestSchema, message),
            ),
        );
        const json = Buffer.from(JSON.stringify(message));
        for (const [bytes, options] of [
            [proto, PROTO],
            [json, {}],
        ]) {
            bytes.write("\xc3\x28\xa0\xa1\xff", bytes.indexOf(marker), "latin1");
            const answer = await call(leapmux, CREATE, bytes, options);
            assert.equal(answer.status, 400);
            assert.equal(reasonOf(answer).reason, "BAD_UTF8");
        }
        assert.deepEqual(await titles(leapmux, orgId), before);
    }),
);

test(
    "an id of the wrong form is BAD_ID, and nothing is stored",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const orgId = await orgOf(leapmux);
        const before = await titles(leapmux, orgId);
        for (const workspaceId of [
            "",
            "x",
            "0".repeat(21),
            "0".repeat(23),
            `${"0".repeat(21)}-`,
            `${"0".repeat(20)}ü`,
        ]) {
            const answer = await call(leapmux, CREATE, { orgId, workspaceId, title: "T" });
            const { reason, field } = reasonOf(answer);
            assert.deepEqual(
                [answer.status, reason, field],
                [400, "BAD_ID", "workspace_id"],
                workspaceId,
            );
        }
        assert.deepEqual(await titles(leapmux, orgId), before);
    }),
);

test(
    "the same create twice gives the first answer; with other content ID_IN_USE",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const orgId = await orgOf(leapmux);
        const message = { orgId, workspaceId: newId(), title: "One" };
        const first = await call(leapmux, CREATE, message);
        assert.equal(first.status, 200);
        const second = await call(leapmux, CREATE, message);
        assert.deepEqual(second.json, first.json);
        const other = await call(leapmux, CREATE, { ...message, title: "Two" });
        assert.equal(other.status, 409);
        const { code, reason } = reasonOf(other);
        assert.deepEqual([code, reason], ["already_exists", "ID_IN_USE"]);
        assert.deepEqual(
            (await titles(leapmux, orgId)).filter((title) => title !== "First workspace"),
            ["One"],
        );
    }),
);

test(
    "a title is cleaned, and the stored form comes back",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const orgId = await orgOf(leapmux);
        const made = async (title) =>
            (await call(leapmux, CREATE, { orgId, workspaceId: newId(), title })).json.workspace
                .title;
        assert.equal(await made("  a \t\n b\u0007  "), "a b");
        assert.equal(await made(" \t "), "Untitled");
        assert.equal(await made("Überraschung 🎉"), "Überraschung 🎉");
        const nul = await call(leapmux, CREATE, { orgId, workspaceId: newId(), title: "a\u0000b" });
        assert.deepEqual([nul.status, reasonOf(nul).reason], [400, "BAD_UTF8"]);
    }),
);

test(
    "only JSON and proto are content types of a call",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const types = [
            undefined,
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/json; charset=latin1",
            "application/grpc",
        ];
        for (const type of types) {
            const headers = type === undefined ? {} : { "content-type": type };
            const path = `/leapmux.v1.${GET_SYSTEM_INFO}`;
            const answer = await http(leapmux, "POST", path, { headers, body: "{}" });
            assert.equal(answer.status, 415, type);
        }
        const headers = { "content-type": "application/json; charset=UTF-8" };
        assert.equal((await call(leapmux, GET_SYSTEM_INFO, {}, { headers })).status, 200);
    }),
);

test(
    "GET is for calls without effect only",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const get = (method, query) => http(leapmux, "GET", `/leapmux.v1.${method}?${query}`);
        const message = encodeURIComponent("{}");
        const safe = await get(GET_SYSTEM_INFO, `connect=v1&encoding=json&message=${message}`);
        assert.equal(safe.status, 200);
        assert.equal(JSON.parse(safe.text).mode, "solo");
        const proto = await get(GET_SYSTEM_INFO, "connect=v1&encoding=proto&base64=1&message=");
        assert.equal(proto.status, 200);
        const unsafe = await get(CREATE, `connect=v1&encoding=json&message=${message}`);
        assert.deepEqual([unsafe.status, unsafe.headers.allow], [405, "POST"]);
        for (const query of [
            "",
            "encoding=xml&message=x",
            "encoding=json",
            "encoding=json&base64=1&message=*",
        ]) {
            assert.equal((await get(GET_SYSTEM_INFO, query)).status, 400, query);
        }
        assert.equal((await http(leapmux, "DELETE", `/leapmux.v1.${GET_SYSTEM_INFO}`)).status, 405);
    }),
);

test(
    "an unknown method or service is 404 and unimplemented",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        for (const method of [
            "SystemService/Nothing",
            "NothingService/Get",
            "SystemService/",
            "WorkerMethods/OpenAgent",
            "WorkerConnector/Connect",
        ]) {
            const answer = await call(leapmux, method);
            assert.equal(answer.status, 404, method);
            const { code, reason } = reasonOf(answer);
            assert.deepEqual([code, reason], ["unimplemented", "UNKNOWN_METHOD"], method);
        }
    }),
);

test(
    "what does not exist is NOT_FOUND",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const [orgId, workspaceId, workerId] = [newId(), newId(), newId()];
        for (const [method, message] of [
            ["WorkspaceService/GetWorkspace", { workspaceId }],
            ["WorkspaceService/RenameWorkspace", { workspaceId, title: "x" }],
            ["WorkspaceService/ListWorkspaces", { orgId }],
            ["WorkerService/GetWorkerKeys", { workerId }],
            ["LayoutService/GetLayout", { scope: `ws:${workspaceId}` }],
        ]) {
            const answer = await call(leapmux, method, message);
            assert.equal(answer.status, 404, method);
            assert.equal(reasonOf(answer).reason, "NOT_FOUND", method);
        }
    }),
);

test(
    "preferences are versioned and bounded",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const { json } = await call(leapmux, "UserService/GetPreferences");
        const version = json.version ?? "0";
        const body = Buffer.from('{"theme":"dark"}').toString("base64");
        const update = (message) => call(leapmux, "UserService/UpdatePreferences", message);
        assert.equal((await update({ version, body })).status, 200);
        const stale = await update({ version, body });
        assert.deepEqual([stale.status, reasonOf(stale).reason], [409, "STALE"]);
        const next = (await call(leapmux, "UserService/GetPreferences")).json;
        assert.equal(next.body, body);
        const long = Buffer.alloc(256 * 1024 + 1, "a").toString("base64");
        assert.equal(
            reasonOf(await update({ version: next.version, body: long })).reason,
            "TOO_LONG",
        );
    }),
);

test(
    "calls beyond the rate are RATE_LIMITED and say when to come again",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const calls = 400;
        const head = "POST /leapmux.v1.AuthService/GetCurrentUser HTTP/1.1\r\nHost: localhost\r\n";
        const one = `${head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
        const wire = new Wire(leapmux.port);
        wire.send(one.repeat(calls)); /* one behind the other, as fast as they are taken */
        const statuses = (text) =>
            [...text.matchAll(/HTTP\/1\.1 (\d+) /gu)].map(([, status]) => status);
        const text = await wire.until((got) => statuses(got).length === calls && got.endsWith("}"));
        wire.close();
        const served = statuses(text).filter((status) => status === "200").length;
        assert.ok(served >= 200 && served < calls, `${served} served`);
        assert.equal(statuses(text).filter((status) => status === "429").length, calls - served);
        const refused = JSON.parse(/\{"code":"resource_exhausted".*\}/u.exec(text)[0]);
        const { reason, retryAfterMs } = reasonOf({ json: refused });
        assert.equal(reason, "RATE_LIMITED");
        assert.ok(Number(retryAfterMs) > 0);
    }),
);

test(
    "a compressed call is refused, as is a version that nobody speaks",
    inWorld(async (world) => {
        const leapmux = await world.solo();
        const gzip = await call(leapmux, GET_SYSTEM_INFO, "{}", {
            headers: { "content-encoding": "gzip" },
        });
        assert.equal(gzip.json.code, "unimplemented");
        const version = await call(leapmux, GET_SYSTEM_INFO, "{}", {
            headers: { "connect-protocol-version": "2" },
        });
        assert.equal(reasonOf(version).reason, "INVALID");
    }),
);
