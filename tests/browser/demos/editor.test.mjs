/* editor.test.mjs - the text editor: two people in one text, over breaks and restarts
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { comeBack, eventually, goAway, killHub, person, PHONE } from "../harness.mjs";
import { goTo, lines, shows, type } from "../texts.mjs";

test("both type at once at the same place: both texts are the same, and nothing is missing", async () => {
  const ann = await person("Ann", "editor", "editor-two");
  const bob = await person("Bob", "editor", "editor-two", PHONE);
  await type(ann, "start:");
  await shows(bob, ["start:"]);
  for (const page of [ann, bob]) await goTo(page, "End");
  await Promise.all([type(ann, "aaaaaaaaaa"), type(bob, "bbbbbbbbbb")]);
  await eventually(async () => {
    const [text] = await lines(ann);
    assert.deepEqual(await lines(bob), [text]);
    assert.equal(text.replaceAll("a", "").length, "start:bbbbbbbbbb".length - 1);
    assert.equal([...text].sort().join(""), [..."start:aaaaaaaaaabbbbbbbbbb"].sort().join(""));
  });
});

test("a late comer and a reload see the text and its language", async () => {
  const ann = await person("Ann", "editor", "editor-late");
  await ann.locator("#language").selectOption("python");
  await ann.locator(".cm-content").click();
  await type(ann, "def f():\n");
  await type(ann, "return 1");
  const late = await person("Late", "editor", "editor-late");
  await shows(late, ["def f():", "    return 1"]);
  assert.equal(await late.locator("#language").inputValue(), "python");
  await late.reload();
  await shows(late, ["def f():", "    return 1"]);
});

test("what was typed without a connection is merged when there is one", async () => {
  const ann = await person("Ann", "editor", "editor-away");
  const bob = await person("Bob", "editor", "editor-away");
  await type(ann, "one\ntwo");
  await shows(bob, ["one", "two"]);
  await goAway(ann);
  await goTo(ann, "Control+Home");
  await type(ann, "zero\n");
  await ann.locator("#saved", { hasText: "Not sent yet" }).waitFor();
  await goTo(bob, "Control+End");
  await type(bob, "\nthree");
  await comeBack(ann);
  for (const page of [ann, bob]) await shows(page, ["zero", "one", "two", "three"]);
  await ann.locator("#saved", { hasText: /^$/ }).waitFor({ state: "attached" });
});

test("the hub is killed while both type", async () => {
  const ann = await person("Ann", "editor", "editor-killed");
  const bob = await person("Bob", "editor", "editor-killed");
  await type(ann, "begin ");
  await shows(bob, ["begin "]);
  await goTo(bob, "Control+Home");
  await Promise.all([type(ann, "a".repeat(40)), type(bob, "b".repeat(40)), killHub()]);
  const late = async () => person("Late", "editor", "editor-killed");
  const text = ["b".repeat(40) + "begin " + "a".repeat(40)];
  for (const page of [ann, bob, await late()]) await shows(page, text);
});

test("one undoes one's own words only", async () => {
  const ann = await person("Ann", "editor", "editor-undo");
  const bob = await person("Bob", "editor", "editor-undo");
  await type(ann, "mine");
  await shows(bob, ["mine"]);
  await goTo(bob, "Control+End");
  await type(bob, " theirs");
  await shows(ann, ["mine theirs"]);
  await ann.keyboard.press("Control+z");
  for (const page of [ann, bob]) await shows(page, [" theirs"]);
  await ann.keyboard.press("Control+y");
  for (const page of [ann, bob]) await shows(page, ["mine theirs"]);
});

test("others' carets and selections are seen with their names, until they go", async () => {
  const ann = await person("Ann", "editor", "editor-carets");
  const bob = await person("Bob", "editor", "editor-carets");
  await type(ann, "select this");
  await shows(bob, ["select this"]);
  await bob.locator(".other-caret .name", { hasText: "Ann" }).waitFor();
  await ann.keyboard.press("Shift+Control+ArrowLeft");
  await bob.locator(".other-selection").waitFor();
  const { width } = await bob.locator(".other-selection").boundingBox();
  assert.ok(width > 20, `${width}`);
  await ann.close();
  await bob.locator(".other-caret").waitFor({ state: "detached" });
});

test("many updates are packed into one document, which who comes late reads", async () => {
  const ann = await person("Ann", "editor", "editor-packed");
  const bob = await person("Bob", "editor", "editor-packed");
  const words = Array.from({ length: 100 }, (_, n) => `w${n} `);
  for (const word of words) {
    await ann.keyboard.insertText(word);
    await ann.locator("#saved", { hasText: /^$/ }).waitFor({ state: "attached" });
  }
  await bob.locator("main[data-packed]").waitFor();
  const late = await person("Late", "editor", "editor-packed");
  for (const page of [bob, late]) await shows(page, [words.join("")]);
  assert.ok(Number(await late.locator("main").getAttribute("data-updates")) < 80);
});
