/* spreadsheet.test.mjs - the sheet: what two people see of it, over breaks and restarts
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { comeBack, eventually, goAway, killHub, person, PHONE, until } from "../harness.mjs";
import { cell, choose, importCsv, showsCells, shownIn, sourceOf, write } from "../sheet.mjs";

const pair = async (room, options) => [
  await person("Ann", "spreadsheet", room),
  await person("Bob", "spreadsheet", room, options),
];

test("cells and formulas are seen by the other, by who comes later, and after a reload", async () => {
  const [ann, bob] = await pair("sheet-two", PHONE);
  await write(ann, "A1", "4");
  await write(bob, "A2", "6");
  await write(ann, "A3", "=SUM(A1:A2)");
  await write(bob, "B1", "Ann's sum");
  const all = { A1: "4", A2: "6", A3: "10", B1: "Ann's sum" };
  await showsCells([ann, bob], all);
  await write(bob, "A1", "5");
  await showsCells([ann, bob], { ...all, A1: "5", A3: "11" });
  assert.equal(await sourceOf(bob, "A3"), "=SUM(A1:A2)");
  const cas = await person("Cas", "spreadsheet", "sheet-two");
  await ann.reload();
  await showsCells([ann, bob, cas], { ...all, A1: "5", A3: "11" });
  await write(cas, "A2", "");
  await showsCells([ann, bob, cas], { ...all, A1: "5", A2: "", A3: "5" });
});

test("faults are shown on both pages, and go when their reason goes", async () => {
  const [ann, bob] = await pair("sheet-faults");
  await write(ann, "A1", "=1/B1");
  await write(ann, "A2", "=A1+1");
  await write(ann, "A3", "=A4");
  await write(ann, "A4", "=A3");
  await write(ann, "A5", "=ZZ99");
  await write(ann, "A6", "=NOPE(1)");
  const faults = { A3: "#CYCLE!", A4: "#CYCLE!", A5: "#REF!", A6: "#NAME?" };
  await showsCells([ann, bob], { A1: "#DIV/0!", A2: "#DIV/0!", ...faults });
  await write(bob, "B1", "2");
  await write(bob, "A4", "3");
  await showsCells([ann, bob], { A1: "0.5", A2: "1.5", A3: "3", A4: "3" });
});

test("rows and columns come and go, and formulas mean the same cells on both pages", async () => {
  const [ann, bob] = await pair("sheet-lines");
  for (const [n, text] of ["1", "2", "3", "=SUM(A1:A3)"].entries()) await write(ann, `A${n + 1}`, text);
  await showsCells([bob], { A4: "6" });
  await cell(ann, "A2").click();
  await choose(ann, "row", "Insert row above");
  await showsCells([ann, bob], { A1: "1", A2: "", A3: "2", A5: "6" });
  await write(bob, "A2", "10");
  await showsCells([ann, bob], { A5: "16" });
  assert.equal(await sourceOf(bob, "A5"), "=SUM(A1:A4)");
  await cell(bob, "A1").click();
  await choose(bob, "column", "Insert column to the left");
  await showsCells([ann, bob], { A5: "", B5: "16" });
  await cell(ann, "B1").click();
  await choose(ann, "row", "Delete row");
  await showsCells([ann, bob], { B1: "10", B4: "15" });
  assert.equal(await sourceOf(bob, "B4"), "=SUM(B1:B3)");
  assert.equal(await ann.locator("#grid tbody tr").count(), 50);
  await ann.getByRole("button", { name: "Undo" }).click();
  await showsCells([ann, bob], { B1: "1", B5: "16" });
  await cell(bob, "B1").click();
  await choose(bob, "column", "Delete column");
  await showsCells([ann, bob], { A5: "", B5: "" });
});

test("both put a row in the same place at once, one of them far away: both have both", async () => {
  const [ann, bob] = await pair("sheet-lines-at-once");
  await write(ann, "A1", "first");
  await write(ann, "A2", "second");
  await showsCells([bob], { A2: "second" });
  await goAway(bob);
  for (const page of [ann, bob]) {
    await cell(page, "A2").click();
    await choose(page, "row", "Insert row above");
  }
  await write(ann, "A2", "Ann's");
  await write(bob, "A2", "Bob's");
  await comeBack(bob);
  await showsCells([ann, bob], { A1: "first", A4: "second" });
  const seen = await shownIn(ann, ["A2", "A3"]);
  assert.deepEqual(Object.values(seen).sort(), ["Ann's", "Bob's"]);
  await showsCells([bob], seen);
});

test("the keys go through the grid, write, and leave things as they were", async () => {
  const [ann, bob] = await pair("sheet-keys");
  const press = async (...keys) => {
    for (const key of keys) await ann.keyboard.press(key);
  };
  const isAt = (address) => eventually(async () => {
    assert.equal(await ann.locator("#address").textContent(), address);
    assert.equal(await cell(ann, address.split(":").at(-1)).evaluate((e) => e.tagName), "TD");
  });
  await cell(ann, "A1").click();
  assert.equal(await ann.locator("#grid td[tabindex='0']").count(), 1);
  await press("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp");
  await isAt("A2");
  await press("4", "2", "Enter");
  await isAt("A3");
  await press("x", "Tab", "y", "Shift+Tab");
  await isAt("A3");
  await showsCells([ann, bob], { A2: "42", A3: "x", B3: "y" });
  await press("F2", "z", "Enter");
  await press("q", "Escape");
  await isAt("A4");
  await showsCells([ann, bob], { A3: "xz", A4: "" });
  await press("ArrowUp", "Enter", "!", "Shift+Enter");
  await showsCells([ann, bob], { A3: "xz!" });
  await isAt("A2");
  assert.equal(await cell(ann, "A2").evaluate((e) => e === document.activeElement), true);
  await press("Shift+ArrowRight", "Shift+ArrowDown");
  await isAt("A2:B3");
  assert.equal(await ann.locator("#grid td[aria-selected=true]").count(), 4);
  await press("Delete");
  await showsCells([ann, bob], { A2: "", A3: "", B3: "" });
  await press("Control+Home", "End");
  await isAt("Z1");
  await press("Control+End", "PageUp");
  await isAt("Z35");
});

test("ranges are copied and put in elsewhere, formulas going along; other programs get text", async () => {
  const [ann, bob] = await pair("sheet-copy");
  for (const [address, text] of [["A1", "2"], ["A2", "'=evil"], ["B1", "=A1*2"], ["B2", 'a "b"']]) {
    await write(ann, address, text);
  }
  const from = cell(ann, "A1");
  await from.click();
  await cell(ann, "B2").click({ modifiers: ["Shift"] });
  await ann.evaluate(() => {
    document.addEventListener("copy", ({ clipboardData }) => (window.copied = clipboardData.getData("text/plain")));
  });
  await ann.keyboard.press("Control+c");
  assert.equal(await until(ann, () => window.copied), `2\t4\n'=evil\t"a ""b"""\n`);
  await cell(ann, "C3").click();
  await ann.keyboard.press("Control+v");
  await showsCells([ann, bob], { C3: "2", D3: "4", C4: "=evil", D4: 'a "b"' });
  assert.equal(await sourceOf(bob, "D3"), "=C3*2");
  for (const [address, form] of [["A1", "Euro"], ["B1", "Percent"], ["B1", "More digits"]]) {
    await cell(ann, address).click();
    await ann.locator("#format").click();
    await ann.getByRole("menu").getByText(form).click();
  }
  await showsCells([ann, bob], { A1: "€2.00", B1: "400.0%", C3: "2" });
  await cell(bob, "A1").click();
  await cell(bob, "B1").click({ modifiers: ["Shift"] });
  await bob.keyboard.press("Control+c");
  await cell(bob, "E1").click();
  await bob.keyboard.press("Control+v");
  await showsCells([ann, bob], { E1: "€2.00", F1: "400.0%" });
  await bob.locator("#sum", { hasText: "Sum €6.00" }).waitFor();
  await cell(bob, "E1").click();
  await bob.locator("#format").click();
  await bob.getByRole("menuitemradio", { name: "Euro", checked: true }).waitFor();
  await bob.getByRole("menuitemradio", { name: "Automatic" }).click();
  await showsCells([ann, bob], { E1: "2", F1: "400.0%" });
  await cell(bob, "A6").click();
  await bob.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "1\t2\r\n\"3\n4\"\t=A6+B6\r\n");
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  });
  await showsCells([ann, bob], { A6: "1", B6: "2", A7: "3\n4", B7: "3" });
});

test("a table comes in as CSV, makes room for itself, and goes out again", async () => {
  const [ann, bob] = await pair("sheet-csv");
  const many = Array.from({ length: 60 }, (_, n) => `row ${n + 1};${n + 1}`).join("\r\n");
  await cell(ann, "A1").click();
  await importCsv(ann, `\ufeffName;"Value; all"\r\n${many}\r\n'=text;=SUM(B2:B61)\r\n-5;"=""-""&B62"\r\n`);
  await showsCells([ann, bob], { A1: "Name", B1: "Value; all", B61: "60", A62: "=text", B62: "1830", B63: "-1830" });
  const waiting = bob.waitForEvent("download");
  await bob.locator("#export").click();
  const download = await waiting;
  assert.equal(download.suggestedFilename(), "sheet-csv.csv");
  const lines = (await readFile(await download.path(), "utf8")).split("\r\n");
  assert.deepEqual(lines.slice(0, 2), ["\ufeffName,Value; all", "row 1,1"]);
  assert.deepEqual(lines.slice(61), ["'=text,1830", "-5,'-1830", ""]);
  await cell(ann, "A1").click();
  await importCsv(ann, Array.from({ length: 230 }, () => "x").join("\n"));
  await ann.locator(".toast", { hasText: "200 rows" }).waitFor();
  await showsCells([ann, bob], { A200: "x" });
  for (const page of [ann, bob]) assert.equal(await page.locator("#grid tbody tr").count(), 200);
});

/** Where one sees the cursors of others, by their names. */
const cursorsOf = (page) => page.locator(".cursor:visible").evaluateAll((all) =>
  Object.fromEntries(all.map((e) => [e.textContent, e.dataset.cell])));

test("one sees which cell the other is on, until they go", async () => {
  const [ann, bob] = await pair("sheet-cursors");
  const sees = (page, cursors) => eventually(async () => assert.deepEqual(await cursorsOf(page), cursors));
  await cell(bob, "C4").click();
  await sees(ann, { Bob: "r4/C" });
  await cell(ann, "B2").click();
  await sees(bob, { Ann: "r2/B" });
  const [box, mark] = [await cell(ann, "C4").boundingBox(), await ann.locator(".cursor").boundingBox()];
  for (const side of ["x", "y", "width", "height"]) assert.ok(Math.abs(box[side] - mark[side]) < 2, side);
  const cas = await person("Cas", "spreadsheet", "sheet-cursors");
  await sees(cas, { Ann: "r2/B", Bob: "r4/C" });
  await cell(ann, "B2").click();
  await choose(ann, "row", "Insert row above");
  await eventually(async () => {
    const [there, marked] = [await cell(cas, "C5").boundingBox(), await cas.locator(".cursor", { hasText: "Bob" }).boundingBox()];
    assert.ok(Math.abs(there.y - marked.y) < 2);
  });
  await goAway(ann);
  await cell(bob, "A7").click();
  await comeBack(ann);
  await cell(bob, "A8").click();
  await sees(ann, { Bob: "r7/A", Cas: "r1/A" });
  await bob.close();
  await sees(ann, { Cas: "r1/A" });
});

const choice = (page) => page.locator("dialog", { hasText: "Two changes of A1" });

test("two write in one cell at once: the second sees both and chooses", async () => {
  const [ann, bob] = await pair("sheet-conflict");
  await write(ann, "A1", "old");
  await showsCells([bob], { A1: "old" });
  await cell(bob, "A1").dblclick();
  await bob.keyboard.type("er");
  await write(ann, "A1", "Ann's");
  await write(ann, "B1", "seen");
  await showsCells([bob], { B1: "seen" });
  await bob.keyboard.press("Enter");
  await choice(bob).locator(".theirs", { hasText: "Ann's" }).waitFor();
  await choice(bob).locator(".mine", { hasText: "older" }).waitFor();
  await choice(bob).getByText("Ann wrote in this cell").waitFor();
  await choice(bob).getByRole("button", { name: "Keep theirs" }).click();
  await showsCells([ann, bob], { A1: "Ann's" });
});

test("changes made far away come in; where both wrote, it is asked", async () => {
  const [ann, bob] = await pair("sheet-away");
  await write(ann, "A1", "1");
  await write(ann, "A2", "=A1*2");
  await showsCells([bob], { A2: "2" });
  await goAway(bob);
  await write(bob, "A1", "5");
  await write(bob, "B1", "Bob was away");
  await showsCells([bob], { A1: "5", A2: "10", B1: "Bob was away" });
  await write(ann, "A1", "7");
  await write(ann, "C1", "meanwhile");
  await showsCells([ann], { A1: "7", A2: "14", B1: "" });
  await comeBack(bob);
  await choice(bob).locator(".theirs", { hasText: "7" }).waitFor();
  await showsCells([ann, bob], { A1: "7", A2: "14", B1: "Bob was away", C1: "meanwhile" });
  await choice(bob).getByRole("button", { name: "Use mine" }).click();
  await showsCells([ann, bob], { A1: "5", A2: "10" });
});

test("the hub is killed: nothing is lost, and both go on", async () => {
  const [ann, bob] = await pair("sheet-killed");
  await write(ann, "A1", "1");
  await showsCells([bob], { A1: "1" });
  await cell(ann, "A1").click();
  await choose(ann, "row", "Insert row below");
  await killHub();
  await write(ann, "A2", "2");
  await write(bob, "B1", "=SUM(A1:A2)");
  await showsCells([ann, bob], { A1: "1", A2: "2", B1: "3" });
  const cas = await person("Cas", "spreadsheet", "sheet-killed");
  await showsCells([cas], { A1: "1", A2: "2", B1: "3" });
  assert.equal(await cas.locator("#grid tbody tr").count(), 51);
});

test("what someone writes is left alone while others change the sheet around it", async () => {
  const [ann, bob] = await pair("sheet-around");
  await write(bob, "C3", "before");
  await showsCells([ann], { C3: "before" });
  await cell(ann, "B2").click();
  await ann.keyboard.type("half");
  await cell(bob, "A1").click();
  await choose(bob, "row", "Insert row above");
  await choose(bob, "column", "Insert column to the left");
  await until(ann, () => document.querySelectorAll("#grid tbody tr").length === 51 && document.querySelectorAll("#grid thead th").length === 27);
  await ann.keyboard.type(" done");
  await ann.keyboard.press("Enter");
  await showsCells([ann, bob], { C3: "half done", D4: "before" });
  await cell(ann, "C3").click();
  await ann.keyboard.type("lost");
  await cell(bob, "C3").click();
  await choose(bob, "row", "Delete row");
  await ann.locator(".toast", { hasText: "was deleted" }).waitFor();
  await showsCells([ann, bob], { D3: "before" });
});
