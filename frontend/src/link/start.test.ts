// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { deviceName } from "./start";

test.each([
    [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
        "Chrome on Linux",
    ],
    [
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
        "Edge on Windows",
    ],
    [
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1 Version/18.0 Safari/605.1",
        "Safari on macOS",
    ],
    [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
        "Safari on iOS",
    ],
    ["Mozilla/5.0 (Android 15; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0", "Firefox on Android"],
    ["curl/8", "Browser"],
])("%s is called %s", (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
});
