/* safety.test.mjs - of every page that was built: its policy, markup that stays text, axe, keys
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import test from "node:test";
import { DESKTOP, mayLog, PHONE, until, visit } from "./harness.mjs";
import { allPages, documents, openPage } from "./hooks.mjs";

const require = createRequire(new URL("../../static/package.json", import.meta.url));
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
const pages = await allPages();

/* ---- the content security policy -------------------------------------------------------- */

/** The sources of a directive, or those of default-src. */
function sources(policy, directive) {
  const words = policy.split(";").map((part) => part.trim().split(/\s+/));
  const found = Object.fromEntries(words.map(([name, ...rest]) => [name, rest]));
  return found[directive] ?? found["default-src"] ?? ["*"];
}

/** In the page: what a script of someone else's would try; what came of it. */
async function attack() {
  const told = [];
  addEventListener("securitypolicyviolation", (event) => told.push(event.effectiveDirective));
  const tried = [
    () => (document.body.appendChild(document.createElement("div")).innerHTML = "<b id=evil>"),
    () => (document.body.appendChild(document.createElement("script")).text = "window.evil = 1"),
    () => document.body.setAttribute("style", "outline: 1px solid"),
    () => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      frame.src = "data:text/html,evil";
    },
  ];
  for (const attempt of tried) {
    try {
      attempt();
    } catch {
      // trusted types throw
    }
  }
  const wanted = ["require-trusted-types-for", "style-src-attr", "frame-src"];
  while (!wanted.every((name) => told.includes(name))) {
    await new Promise((resolve) => {
      addEventListener("securitypolicyviolation", resolve, { once: true });
    });
  }
  return { evil: window.evil ?? null, elements: document.querySelectorAll("#evil").length };
}

for (const hook of pages) {
  test(`${hook.name}: nothing inline, nothing evaluated, nothing from elsewhere`, async () => {
    const page = await openPage(hook, "Ann", "policy");
    const { policy, meta, inline } = await page.evaluate(async () => ({
      policy: (await fetch(location.href)).headers.get("content-security-policy"),
      meta: document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content,
      inline: [...document.querySelectorAll("script:not([src])")].map((e) => e.outerHTML),
    }));
    assert.deepEqual(inline, []);
    for (const [name, text] of Object.entries({ policy, meta })) {
      for (const directive of ["script-src", "style-src"])
        assert.deepEqual(sources(text, directive), ["'self'"], `${name} of ${hook.name}: ${text}`);
      assert.doesNotMatch(text, /unsafe|\*/);
    }
    mayLog(/Content Security Policy|TrustedHTML|TrustedScript|localStorage/); // the last: the frame
    assert.deepEqual(await page.evaluate(attack), { evil: null, elements: 0 });
  });
}

/* ---- markup stays text ------------------------------------------------------------------ */

const NAME = `<b data-evil onclick=evil()>Ann</b>`;
const ROOM = `<img src=x onerror=evil() data-evil>`;
const TEXT =
  `"><img src=x onerror="evil()" data-evil><script data-evil>evil()</script>` +
  `<a href="javascript:evil()" data-evil>link</a> javascript:evil() &lt;b data-evil&gt;`;

/** In the page: what text has become that it should not have. */
function grown() {
  const links = [...document.querySelectorAll("[href], [src], [action]")];
  const scripted = links.filter((e) => /^\s*javascript:/i.test(e.getAttribute("href") ?? ""));
  return [...document.querySelectorAll("[data-evil]"), ...scripted].map((e) => e.outerHTML);
}

/** In a page of the same server: a stranger says and keeps these in a room. */
async function strange({ room, messages, entries }) {
  const { connect } = await import("/static/atrium-client.mjs");
  const client = connect({ nickname: "Stranger", rooms: [] });
  const there = await client.join(room, { state: entries.length > 0 }).ready;
  for (const { type, ...body } of messages) await there.publish(type, body);
  for (const { key, value } of entries) await there.state.set(key, value);
  await there.publish("end-of-strange-things");
  client.close();
}

/** What the header opens shows names too. */
async function openAll(page) {
  for (const opener of ["#where", "#faces", "#you", ".place button"]) {
    const button = page.locator(opener);
    if (!(await button.isVisible().catch(() => false))) continue;
    await button.click();
    assert.deepEqual(await page.evaluate(grown), [], opener);
    await page.keyboard.press("Escape");
  }
}

for (const hook of pages) {
  test(`${hook.name}: markup stays text, wherever it comes from`, async () => {
    const ann = await openPage(hook, NAME, ROOM);
    const bob = await openPage(hook, "Bob", ROOM);
    for (const page of [ann, bob]) {
      await page.evaluate(() => (window.evil = () => (window.ran = 1)));
    }
    await hook.post(ann, TEXT);
    await hook.shown(bob, TEXT);
    const messages = hook.says(TEXT);
    const entries = hook.keeps(TEXT);
    if (messages.length || entries.length) {
      const stranger = await visit("/static/index.html");
      await stranger.evaluate(strange, { room: hook.room ?? ROOM, messages, entries });
    }
    for (const page of [ann, bob]) {
      await openAll(page);
      assert.deepEqual(await page.evaluate(grown), []);
      assert.equal(await page.evaluate(() => window.ran), undefined);
    }
    const late = await openPage(hook, "Late", ROOM);
    await hook.shown(late, TEXT);
    assert.deepEqual(await late.evaluate(grown), []);
  });
}

/* ---- axe -------------------------------------------------------------------------------- */

/** What someone has opened lies over a page. */
const OPENED = "dialog[open], :popover-open";

/**
 * In the page: the faults that axe calls serious or critical, in short. Of elements that pass it tells
 * one for each rule: with all of them it takes twice as long.
 */
async function faults({ within, rules } = {}) {
  const there = within ? document.querySelectorAll(within) : document;
  if (there.length === 0) throw new Error(`nothing is ${within}`);
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations, passes } = await window.axe.run(there, options);
  const few = rules || within ? 1 : 15;
  if (passes.length < few) throw new Error(`axe has looked at ${passes.length} rules only`);
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => {
      const where = nodes.slice(0, 3).map((node) => `${node.html} ${node.any[0]?.message ?? ""}`);
      return `${id}: ${where.join(" | ")}`;
    });
}

/** No page scrolls sideways as a whole. */
async function fits(page) {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: window.innerWidth,
  }));
  assert.ok(content <= screen, `${content} > ${screen}`);
}

/** Of the page, and of what its header opens over it. */
async function noFaults(page, colours, rules) {
  assert.deepEqual(await page.evaluate(faults, { rules }), [], colours);
  for (const opener of ["#where", "#faces", "#you", ".place button"]) {
    const button = page.locator(opener);
    if (!(await button.isVisible())) continue;
    await button.click();
    await page.locator(OPENED).first().waitFor();
    const found = await page.evaluate(faults, { within: OPENED, rules });
    assert.deepEqual(found, [], `${opener} open, ${colours}`);
    await page.keyboard.press("Escape");
  }
}

/** What other colours may change of a page. */
const COLOURS = ["color-contrast", "link-in-text-block"];

for (const hook of pages) {
  for (const [screen, size] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    test(`${hook.name}, ${screen}: axe finds nothing serious in light and in dark`, async () => {
      const still = { colorScheme: "dark", reducedMotion: "reduce" };
      const page = await openPage(hook, "Ann", `axe-${screen}`, { ...size, ...still });
      const bob = await openPage(hook, "Ben", `axe-${screen}`, still);
      await hook.scene(page, bob);
      await fits(page);
      await page.evaluate(axe);
      await noFaults(page, "dark");
      await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
      await noFaults(page, "light", COLOURS);
    });
  }
}

for (const name of await documents()) {
  test(`${name}: axe finds nothing serious, and its links lead somewhere`, async () => {
    const page = await visit(`/static/${name}.html`, { ...PHONE, colorScheme: "dark" });
    await page.evaluate(axe);
    assert.deepEqual(await page.evaluate(faults), []);
    const lost = await page.evaluate(async () => {
      const links = [...document.querySelectorAll("main a[href]")];
      const own = links.filter(({ origin }) => origin === location.origin);
      const broken = await Promise.all(
        own.map(async ({ href, hash, pathname }) => {
          const answer = await fetch(pathname);
          const text = answer.ok ? await answer.text() : "";
          const there = hash ? text.includes(`id="${hash.slice(1)}"`) : text !== "";
          return there ? [] : [href];
        }),
      );
      return broken.flat();
    });
    assert.deepEqual(lost, []);
    await fits(page);
  });
}

/* ---- the keyboard ----------------------------------------------------------------------- */

/** In the page: whether an element, or one in it, has the focus. */
const focused = (selector) => document.activeElement?.closest(selector) !== null;

for (const hook of pages) {
  test(`${hook.name}: keys reach the content and open what the header opens`, async () => {
    const page = await openPage(hook, "Ann", "keyboard");
    await page.evaluate(() => {
      document.body.tabIndex = -1;
      document.body.focus();
    });
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(focused, ".skip"), "the first stop skips the header");
    await page.keyboard.press("Enter");
    assert.ok(await page.evaluate(focused, "main"), "it leads into the content");
    for (const opener of ["#where", "#faces", "#you", ".place button"]) {
      const button = page.locator(opener);
      if (!(await button.isVisible().catch(() => false))) continue;
      await button.focus();
      const { outlineStyle } = await button.evaluate((e) => ({ ...getComputedStyle(e) }));
      assert.notEqual(outlineStyle, "none", `${opener} shows its focus`);
      await page.keyboard.press("Enter");
      await page.locator(OPENED).first().waitFor();
      await page.keyboard.press("Escape");
      await until(page, focused, opener);
    }
  });
}
