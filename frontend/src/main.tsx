// SPDX-License-Identifier: Apache-2.0
import { render } from "solid-js/web";
import "./styles/global.css";
import { startLink } from "./link/start";
import { App } from "./shell/App";

const root = document.getElementById("app");
if (root) render(() => <App link={startLink()} />, root);
