/* draw.test.mjs - the drawing page: what one draws, everyone has on their sheet
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { choose, colourAt, line, screenAt, showsColour, showsStrokes } from "../drawing.mjs";
import { comeBack, eventually, goAway, killHub, person, PHONE } from "../harness.mjs";

const BLACK = "#22241f";
const RED = "#d23c32";
const BLUE = "#2f6fce";

test("a stroke is on both sheets while it is drawn and after; a late one and a reload have it too", async () => {
  const ann = await person("Ann", "draw", "strokes");
  const bob = await person("Bob", "draw", "strokes", PHONE);
  await choose(ann, "size", "40");
  await choose(ann, "colour", RED);
  await line(ann, [[300, 300], [900, 300], [900, 800]], { hold: true });
  await showsColour([ann, bob], [600, 300], RED, "live");
  await showsStrokes([ann, bob], 0);
  await ann.mouse.up();
  await showsStrokes([ann, bob], 1);
  await showsColour([ann, bob], [600, 300], RED);
  await showsColour([ann, bob], [900, 700], RED);
  assert.equal(await colourAt(bob, [600, 300], "live"), "");
  const late = await person("Late", "draw", "strokes");
  await showsColour([late], [900, 700], RED);
  await bob.reload();
  await showsColour([bob], [600, 300], RED);
  await showsStrokes([ann, bob, late], 1);
});

test("who joins meanwhile sees who is drawing, and the pointer has its name", async () => {
  const ann = await person("Ann", "draw", "pointers");
  const bob = await person("Bob", "draw", "pointers");
  await bob.mouse.move(...(await screenAt(bob, [800, 600])));
  const name = ann.locator(".cursor span", { hasText: "Bob" });
  await name.waitFor();
  const [x, y] = await screenAt(ann, [800, 600]);
  await eventually(async () => {
    const box = await name.boundingBox();
    assert.ok(Math.abs(box.x - x) < 30 && Math.abs(box.y - y) < 30, JSON.stringify(box));
  });
  await bob.mouse.move(2, 2);
  await name.waitFor({ state: "detached" });
  await bob.mouse.move(...(await screenAt(bob, [500, 500])));
  await name.waitFor();
  await bob.close();
  await name.waitFor({ state: "detached" });
});

test("one undoes and redoes one's own strokes alone, also after a reload; clearing asks first", async () => {
  const ann = await person("Ann", "draw", "undo");
  const bob = await person("Bob", "draw", "undo");
  for (const page of [ann, bob]) await choose(page, "size", "40");
  await line(ann, [[200, 200], [400, 200]]);
  await choose(bob, "colour", BLUE);
  await line(bob, [[200, 400], [400, 400]]);
  await showsStrokes([ann, bob], 2);
  await ann.reload();
  await showsStrokes([ann], 2);
  await ann.locator("#undo").click();
  await showsStrokes([ann, bob], 1);
  await showsColour([ann, bob], [300, 200], "");
  await showsColour([ann, bob], [300, 400], BLUE);
  assert.equal(await ann.locator("#undo").isDisabled(), true, "Bob's is not Ann's to undo");
  await ann.keyboard.press("Control+Shift+z");
  await showsStrokes([ann, bob], 2);
  await showsColour([ann, bob], [300, 200], BLACK);
  await bob.locator("#clear").click();
  await bob.getByRole("button", { name: "Cancel" }).click();
  await bob.locator("#clear").click();
  await showsStrokes([ann, bob], 2);
  await bob.locator("dialog .danger").click();
  await showsStrokes([ann, bob], 0);
  await showsColour([ann, bob], [300, 400], "");
  await ann.locator("#hint").waitFor();
});

test("the eraser takes away what is under it, and what is saved is what is seen", async () => {
  const ann = await person("Ann", "draw", "eraser");
  await choose(ann, "size", "40");
  await choose(ann, "colour", RED);
  await line(ann, [[200, 600], [1400, 600]]);
  await ann.keyboard.press("e");
  await line(ann, [[800, 300], [800, 900]]);
  await showsColour([ann], [800, 600], "#ffffff");
  await showsColour([ann], [400, 600], RED);
  const saving = ann.waitForEvent("download");
  await ann.locator("#export").click();
  const saved = await saving;
  assert.equal(saved.suggestedFilename(), "eraser.png");
  const png = await readFile(await saved.path());
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [3200, 2400]);
});

test("what is drawn without a connection is on all sheets after it; a killed hub loses none", async () => {
  const ann = await person("Ann", "draw", "away");
  const bob = await person("Bob", "draw", "away");
  for (const page of [ann, bob]) await choose(page, "size", "40");
  await goAway(bob);
  await choose(bob, "colour", BLUE);
  await line(bob, [[200, 200], [600, 200]]);
  await line(bob, [[200, 300], [600, 300]]);
  await bob.locator("#undo").click();
  await line(ann, [[200, 500], [600, 500]]);
  await showsStrokes([ann], 1);
  await showsStrokes([bob], 1);
  await comeBack(bob);
  await showsStrokes([ann, bob], 2);
  await showsColour([ann, bob], [400, 200], BLUE);
  await showsColour([ann, bob], [400, 500], BLACK);
  await killHub();
  await line(bob, [[200, 900], [600, 900]]);
  await showsStrokes([ann, bob], 3);
  await showsColour([ann, bob], [400, 900], BLUE);
  const late = await person("Late", "draw", "away");
  await showsStrokes([late], 3);
  await showsColour([late], [400, 200], BLUE);
});

test("the keys draw: from where the pen is put down to where it is lifted", async () => {
  const ann = await person("Ann", "draw", "keys");
  const bob = await person("Bob", "draw", "keys");
  await ann.locator("#stage").focus();
  for (const key of ["3", "]", "]", "Space"]) await ann.keyboard.press(key);
  await ann.locator("#said", { hasText: "Pen down" }).waitFor({ state: "attached" });
  for (let at = 0; at < 12; at++) await ann.keyboard.press("ArrowRight");
  await ann.keyboard.press("Space");
  await showsStrokes([ann, bob], 1);
  await showsColour([bob], [880, 600], RED);
  await ann.keyboard.press("Space");
  await ann.keyboard.press("ArrowUp");
  await ann.keyboard.press("Escape");
  await ann.keyboard.press("Control+z");
  await showsStrokes([ann, bob], 0);
});

/** Touches of a phone's screen, each with the places of its fingers. */
async function touch(page, ...steps) {
  const session = await page.context().newCDPSession(page);
  for (const [type, ...fingers] of steps) {
    const touchPoints = fingers.map(([x, y], id) => ({ x, y, id }));
    await session.send("Input.dispatchTouchEvent", { type, touchPoints });
  }
}

test("one finger draws, two move and enlarge the sheet; a pen's pressure is kept", async () => {
  const ann = await person("Ann", "draw", "touch", PHONE);
  const bob = await person("Bob", "draw", "touch");
  await choose(ann, "size", "40");
  const [from, to] = [await screenAt(ann, [200, 600]), await screenAt(ann, [1200, 600])];
  await touch(ann, ["touchStart", from], ["touchMove", to], ["touchEnd"]);
  await showsStrokes([ann, bob], 1);
  await showsColour([ann, bob], [600, 600], BLACK);
  const [x, y] = await screenAt(ann, [800, 300]);
  const apart = (by) => [[x - by, y], [x + by, y]];
  const pinch = [["touchStart", [x - 20, y]], ["touchStart", ...apart(20)], ["touchMove", ...apart(60)]];
  await touch(ann, ...pinch, ["touchEnd"]);
  await ann.locator("#fit").click();
  await showsStrokes([ann, bob], 1);
  await choose(bob, "size", "40");
  await pen(bob, [[400, 900, 0.2], [700, 900, 0.2], [1000, 900, 1], [1200, 900, 1]]);
  await showsStrokes([ann, bob], 2);
  for (const page of [ann, bob]) {
    await showsColour([page], [450, 900], BLACK);
    await showsColour([page], [1150, 924], BLACK);
    assert.equal(await colourAt(page, [450, 924]), "", "thin where it was pressed lightly");
  }
});

/** A pen's way, with its pressure. */
async function pen(page, places) {
  const session = await page.context().newCDPSession(page);
  for (const [at, [unitX, unitY, force]] of places.entries()) {
    const [x, y] = await screenAt(page, [unitX, unitY]);
    const type = at === 0 ? "mousePressed" : at === places.length - 1 ? "mouseReleased" : "mouseMoved";
    const event = { type, x, y, force, pointerType: "pen", button: "left", buttons: 1, clickCount: 1 };
    if (type !== "mouseReleased") await session.send("Input.dispatchMouseEvent", event);
    else {
      await session.send("Input.dispatchMouseEvent", { ...event, type: "mouseMoved" });
      await session.send("Input.dispatchMouseEvent", { ...event, buttons: 0 });
    }
  }
}

/** In the page: as a drawing page that only sends messages. */
async function speak(messages) {
  const { connect } = await import("/static/atrium-client.mjs");
  const client = connect({ nickname: "Base", rooms: ["base"] });
  const room = await client.join("base").ready;
  for (const [type, body] of messages) await room.publish(type, body);
  client.close();
}

test("a page that only sends messages is seen too, and what it clears is cleared", async () => {
  const ann = await person("Ann", "draw", "base");
  const base = await person("Base", "chat", "elsewhere");
  await choose(ann, "size", "40");
  await line(ann, [[200, 200], [600, 200]]);
  await showsStrokes([ann], 1);
  const piece = { fromX: 300, fromY: 800, toX: 700, toY: 800, color: "#00ff00", size: 20 };
  await base.evaluate(speak, [["draw", piece]]);
  await showsColour([ann], [500, 800], "#00ff00");
  const late = await person("Late", "draw", "base");
  await showsColour([late], [500, 800], "#00ff00");
  await base.evaluate(speak, [["clear", {}]]);
  await showsColour([ann, late], [500, 800], "");
  await showsStrokes([ann, late], 0);
});

/** A wave with many points, which takes some place. */
const wave = (y) => Array.from({ length: 60 }, (_, at) => [200 + at * 20, y + (at % 2) * 60]);

test("a sheet that is full says so, and what was not kept is on no sheet", async () => {
  const ann = await person("Ann", "draw", "small-sheet");
  const bob = await person("Bob", "draw", "small-sheet");
  await line(ann, wave(300), { steps: 1 });
  await showsStrokes([ann, bob], 1);
  await line(ann, wave(500), { steps: 1 });
  await line(ann, wave(700), { steps: 1 });
  await ann.locator(".toast.wrong", { hasText: "The sheet is full" }).first().waitFor();
  await ann.locator("#undo").click();
  await showsStrokes([ann, bob], 0);
  await line(ann, [[200, 900], [300, 900]]);
  await showsStrokes([ann, bob], 1);
});
