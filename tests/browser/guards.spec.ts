// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { connect, type AddressInfo } from "node:net";

import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures";
import type { LeapMux } from "./support/leapmux";
import { chromium } from "./support/playwright";

test.use({ claudeInstalled: false }); /* nothing here needs it */

const RPC = "leapmux.v1.SystemService/GetSystemInfo";

async function statusOf(
    leapmux: LeapMux,
    method: string,
    path: string,
    headers: Record<string, string>,
): Promise<number> {
    const request = httpRequest({ host: "127.0.0.1", port: leapmux.port, method, path, headers });
    request.end(method === "POST" ? "{}" : undefined);
    const [response] = (await once(request, "response")) as [
        { statusCode?: number; resume(): void },
    ];
    response.resume();
    return response.statusCode ?? 0;
}

async function upgradeStatus(leapmux: LeapMux, headers: Record<string, string>): Promise<string> {
    const socket = connect(leapmux.port, "127.0.0.1");
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
        "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
            `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: leapmux.v1\r\n${lines.join("")}\r\n`,
    );
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return answer.toString("latin1").split("\r\n")[0] ?? "";
}

/** Watches for the status of an answer that the page itself may not see; the result waits for it. */
async function watchStatus(page: Page, path: string): Promise<() => Promise<number>> {
    const session = await page.context().newCDPSession(page);
    const seen = new Promise<number>((resolve) => {
        const wanted = new Set<string>();
        session.on("Network.requestWillBeSent", ({ requestId, request }) => {
            if (request.url.endsWith(path)) wanted.add(requestId);
        });
        session.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => {
            if (wanted.has(requestId)) resolve(statusCode);
        });
    });
    await session.send("Network.enable");
    return () => seen;
}

test("a foreign Host is refused on every path, our names are not", async ({ leapmux }) => {
    for (const path of ["/", "/healthz", "/o/solo", `/${RPC}`]) {
        expect(await statusOf(leapmux, "GET", path, { host: "evil.example" }), path).toBe(421);
    }
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
        expect(await statusOf(leapmux, "GET", "/", { host: `${host}:${leapmux.port}` }), host).toBe(
            200,
        );
    }
});

test("an RPC and the socket are refused to a foreign Origin, also a port away", async ({
    leapmux,
}) => {
    const host = `127.0.0.1:${leapmux.port}`;
    const json = { host, "content-type": "application/json" };
    expect(await statusOf(leapmux, "POST", `/${RPC}`, { ...json, origin: `http://${host}` })).toBe(
        200,
    );
    expect(await upgradeStatus(leapmux, { host, origin: `http://${host}` })).toContain(" 101 ");
    for (const origin of ["http://evil.example", "http://127.0.0.1:1", "null", `https://${host}`]) {
        expect(await statusOf(leapmux, "POST", `/${RPC}`, { ...json, origin }), origin).toBe(403);
        expect(await upgradeStatus(leapmux, { host, origin }), origin).toContain(" 403 ");
    }
    expect(
        await statusOf(leapmux, "POST", `/${RPC}`, { ...json, "sec-fetch-site": "cross-site" }),
    ).toBe(403);
});

test("a page of another origin can neither call nor open the socket", async ({ page, leapmux }) => {
    const foreign = createServer((_, response) =>
        response.setHeader("content-type", "text/html").end("<h1>Foreign</h1>"),
    );
    foreign.listen(0, "127.0.0.1");
    await once(foreign, "listening");
    try {
        await page.goto(`http://localhost:${(foreign.address() as AddressInfo).port}/`);
        const status = await watchStatus(page, RPC);
        await page.evaluate(
            async (url) =>
                fetch(url, { method: "POST", mode: "no-cors", body: "{}" }).catch(() => undefined),
            `${leapmux.url}${RPC}`,
        );
        expect(await status()).toBe(403);
        const opened = await page.evaluate(
            async (url) =>
                new Promise((resolve) => {
                    const socket = new WebSocket(url, "leapmux.v1");
                    socket.onopen = () => resolve(true);
                    socket.onerror = () => resolve(false);
                }),
            `ws://127.0.0.1:${leapmux.port}/ws`,
        );
        expect(opened).toBe(false);
        const framed = await page.evaluate(async (url) => {
            const frame = document.createElement("iframe");
            frame.src = url;
            document.body.append(frame);
            await new Promise((resolve) => (frame.onload = resolve));
            return frame.contentDocument === null ? "other origin" : "readable";
        }, leapmux.url);
        expect(framed).toBe("other origin");
        await expect(page.frameLocator("iframe").locator("[data-connection]")).toHaveCount(0);
    } finally {
        foreign.close();
    }
});

test("a name that is pointed at this machine reaches nothing", async ({ leapmux }, info) => {
    const { executablePath, args = [] } = info.project.use.launchOptions ?? {};
    const browser = await chromium.launch({
        ...(executablePath !== undefined && { executablePath }),
        args: [...args, "--host-resolver-rules=MAP evil.example 127.0.0.1"],
    });
    try {
        const page = await browser.newPage();
        const response = page.waitForEvent("response");
        /* The browser shows its own page, an error, where a refusal has no body. */
        await page.goto(`http://evil.example:${leapmux.port}/`).catch(() => undefined);
        expect((await response).status()).toBe(421);
        await expect(page.locator("[data-connection]")).toHaveCount(0);
    } finally {
        await browser.close();
    }
});

test("the page carries its guards in its headers", async ({ page, leapmux }) => {
    const response = await page.goto(leapmux.url);
    const headers = response?.headers() ?? {};
    const policy = headers["content-security-policy"] ?? "";
    for (const rule of [
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]) {
        expect(policy).toContain(rule);
    }
    expect(policy).not.toContain("unsafe-eval");
    expect(/script-src[^;]*unsafe-inline/u.test(policy)).toBe(false);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
    expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
});
