/* harness.mjs - a real Atrium and a real browser, and pages that may not complain
 *
 * ATRIUM_BUILD names the folder of the programs (default build/release).
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before } from "node:test";
import { fileURLToPath } from "node:url";
import { shrink } from "./png.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
/* the one lock file is static's: so is what it installs */
const { chromium } = createRequire(join(root, "static/package.json"))("playwright-core");

const READY = /^Atrium is ready: (http:\S+?)\/ (https:\S+?)\/$/;
/** Rooms that not everyone may enter, and rooms that keep little, or much. */
const SETTINGS = `
[room "secret-*"]
private = yes
[room "small-*"]
state_bytes = 1K
[room "deep-*"]
history = 500
`;
/** Of no authority that the browser knows. */
const CERTIFICATE = [
  ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
  ...["-days", "2", "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
];
/** Chromium without windows: each would be drawn, with pages of its own for tabs and menus, unseen. */
const BROWSER = {
  executablePath: "/usr/bin/chromium-headless-shell",
  args: [
    ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ],
};
/** A place is held so long for who comes back; waiting for its end is part of a test. */
const GRACE = "3s";

const programs = resolve(root, process.env.ATRIUM_BUILD ?? "build/release");
const contexts = [];
const problems = [];
const expected = [];
let data;
let server;
let log = "";
let browser;
let base;
let secureBase;

export const PASSWORD = "correct horse battery";
/** A user who is an administrator, with the same password. */
export const ADMIN = "root";

/** What the processes have logged. */
export const serverLog = () => log;

function addUser(name, password, ...options) {
  const file = join(data, "users");
  const args = ["user", "add", name, ...options, "--file", file];
  const { status, stderr } = spawnSync(join(programs, "atrium"), args, { input: `${password}\n` });
  assert.equal(status, 0, String(stderr));
}

async function startServer() {
  data = await mkdtemp(join(tmpdir(), "atrium-browser-"));
  execFileSync("openssl", CERTIFICATE, { cwd: data, stdio: "ignore" });
  const files = ["--certificate", join(data, "cert.pem"), "--key", join(data, "key.pem")];
  const settings = join(data, "atrium.conf");
  await writeFile(settings, SETTINGS);
  addUser("verified", PASSWORD);
  addUser(ADMIN, PASSWORD, "--admin");
  const args = ["up", "--port", "0", "--data", data, "-c", settings, ...files];
  server = spawn(join(programs, "atrium"), args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ATRIUM_GATEWAY_STATIC_DIR: join(root, "static/dist"),
      ATRIUM_HUB_GRACE: GRACE,
      ATRIUM_GATEWAY_COMPRESSION: "yes",
      ATRIUM_METRICS_PORT: "0",
      ATRIUM_GATEWAY_MAX_PER_ADDRESS: "0",
      ATRIUM_AUTH_USERS: join(data, "users"),
    },
  });
  server.stderr.on("data", (text) => (log += text));
  for await (const line of createInterface({ input: server.stdout })) {
    const ready = READY.exec(line);
    if (ready) return ready.slice(1);
  }
  throw new Error(`atrium up ended before it was ready:\n${log}`);
}

async function stopServer() {
  if (!server) return;
  const ended = server.exitCode === null ? once(server, "exit") : [server.exitCode];
  server.kill("SIGTERM");
  const [code] = await ended;
  await rm(data, { recursive: true, force: true });
  assert.equal(code, 0, `atrium up ended with ${code}:\n${log}`);
  assert.doesNotMatch(log, /(Address|Leak|Thread)Sanitizer|runtime error:/);
}

before(async () => {
  [base, secureBase] = await startServer();
  browser = await chromium.launch(BROWSER);
});

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  const patterns = expected.splice(0);
  const unexpected = problems.splice(0).filter((text) => !patterns.some((p) => p.test(text)));
  assert.deepEqual(unexpected, []);
});

after(async () => {
  await browser?.close();
  await stopServer();
});

/** Where the server is, for who is no page. */
export function address() {
  return base;
}

/** A token that lets a user in for a time such as `20s`. */
export function tokenOf(user, ttl) {
  const args = ["token", "--user", user, "--ttl", ttl, "--data", data];
  return execFileSync(join(programs, "atrium"), args, { encoding: "utf8" }).trim();
}

/** A process of Atrium, by the file in which its number stands. */
export async function pidOf(process_) {
  return Number(await readFile(join(data, "run", `${process_}.pid`), "utf8"));
}

export async function signal(process_, name) {
  process.kill(await pidOf(process_), name);
}

/** What a page of this test may log: a browser says it aloud when a server is gone. */
export function mayLog(pattern) {
  expected.push(pattern);
}

/**
 * Opens a page in a browser profile of its own. Whatever it logs as an error, a violation of its
 * content security policy included, fails the test. With `mayGo` it can `goAway`; with `secure` it
 * comes over https.
 */
export async function visit(path, { nickname, mayGo = false, secure = false, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    ignoreHTTPSErrors: secure,
    ...options,
  });
  contexts.push(context);
  if (nickname) {
    await context.addInitScript((name) => localStorage.setItem("atrium.nickname", name), nickname);
  }
  if (mayGo) await context.addInitScript(interruptible);
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(`${path}: ${error}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`${path}: ${message.text()}`);
  });
  await page.goto((secure ? secureBase : base) + path);
  return page;
}

/** In the page, before its own scripts: connections that a test can end and keep from beginning. */
function interruptible() {
  const open = new Set();
  window.WebSocket = class extends WebSocket {
    constructor(url) {
      if (window.away) throw new Error("away");
      super(url);
      open.add(this);
    }
  };
  window.goAway = () => {
    window.away = true;
    for (const socket of open) socket.close(4001); // any code but 1000: it may come back
    open.clear();
  };
  window.comeBack = () => {
    window.away = false;
    window.dispatchEvent(new Event("online")); // tries at once
  };
}

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/**
 * Someone of this name opens a page (`draw` for draw.html) in a room, in a browser of their own, and
 * is connected. More options: those of `visit`, `...PHONE`, and `colorScheme: "dark"`. They can
 * `goAway` and `comeBack`.
 */
export async function person(nickname, name, room, options = {}) {
  const query = room ? `?room=${encodeURIComponent(room)}` : "";
  const page = await visit(`/static/${name}.html${query}`, { nickname, mayGo: true, ...options });
  await page.locator("#status[data-state=open]").waitFor().catch(async (error) => {
    // what a page looks like that does not come up: nothing of it, not connected, or turned away
    const shown = await page.locator("#status").evaluateAll((all) => all.map((e) => e.outerHTML));
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType("resource").map((e) => `${e.name} ${Math.round(e.duration)} ms`));
    throw new Error(`${name} did not connect: ${shown}\n${loaded.join("\n")}`, { cause: error });
  });
  return page;
}

/** The page's connection breaks, and each attempt fails until `comeBack`. */
export async function goAway(page) {
  await page.evaluate(() => window.goAway());
  await page.locator("#status[data-state=waiting]").waitFor();
}

export async function comeBack(page) {
  await page.evaluate(() => window.comeBack());
  await page.locator("#status[data-state=open]").waitFor();
}

/** Until a function of the page's own world, called again and again, says something true. */
export async function until(page, condition, argument) {
  return (await page.waitForFunction(condition, argument)).jsonValue();
}

const PATIENCE_MS = 20_000;

/** Until assertions hold: for what is not in one page alone. Comes back with what `check` does. */
export async function eventually(check) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      const soon = { signal: AbortSignal.timeout(50) };
      await once(server.stderr, "data", soon).catch(() => {}); // the server did something
    }
  }
}

/** Kills the hub, and comes back when another one is there in its place. */
export async function killHub() {
  const before = await pidOf("hub");
  process.kill(before, "SIGKILL");
  await eventually(async () => assert.notEqual(await pidOf("hub"), before));
}

/** Until a header counts so many people. */
export async function counts(page, people) {
  const number = page.locator("#faces .number", { hasText: new RegExp(`^${people}$`) });
  await number.waitFor({ state: "attached" });
}

/** A picture of what is seen of a page, still: no caret blinks and nothing moves in it. */
export async function shoot(page, file) {
  const options = { animations: "disabled", caret: "hide", scale: "css" };
  await writeFile(file, await shrink(page, await page.screenshot(options)));
}

/** Until all that a page has sent was taken by the server. */
export async function allSent(page) {
  await page.locator("#log .waiting").first().waitFor({ state: "detached" });
}

/** Opens the chat in a room, and comes back when we are in it. */
export async function chat(nickname, room, options) {
  const page = await visit(`/static/chat.html?room=${encodeURIComponent(room)}`, {
    nickname,
    ...options,
  });
  await joined(page, nickname);
  return page;
}

/** Until the page is connected and shows its own name among the people. */
export async function joined(page, nickname) {
  await page.locator("#status[data-state=open]").waitFor();
  await page.locator("#people", { hasText: `${nickname} you` }).waitFor({ state: "attached" });
}

export async function say(page, text) {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
}

/** Until the conversation that is shown has a message of just this text. */
export async function sees(page, text) {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll("#log .text")].some((e) => e.textContent === wanted),
    text,
  );
}

export async function texts(page, selector) {
  return page.locator(selector).allTextContents();
}

/** Until a list has exactly these labels, in any order. */
export async function lists(page, selector, labels) {
  await page.waitForFunction(
    ([where, wanted]) => {
      const found = [...document.querySelectorAll(where)].map((e) => e.textContent);
      return JSON.stringify(found.sort()) === wanted;
    },
    [selector, JSON.stringify([...labels].sort())],
  );
}

/** Notes each state of the connection that a page shows from now on. */
export async function watchStates(page) {
  await page.evaluate(() => {
    const status = document.getElementById("status");
    window.seenStates = [];
    new MutationObserver(() => window.seenStates.push(status.dataset.state)).observe(status, {
      attributeFilter: ["data-state"],
    });
  });
}

export async function seenStates(page) {
  return page.evaluate(() => window.seenStates);
}
