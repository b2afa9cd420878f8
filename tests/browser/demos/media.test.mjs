/* media.test.mjs - the gallery: what two people see of it, over breaks and restarts
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { comeBack, eventually, goAway, killHub, person, PHONE, texts } from "../harness.mjs";
import { addPictures, painted, pngOf, tile } from "../pictures.mjs";

const NEAR = 12; // WebP is not exact

async function sees(page, title, { width, height, middle }) {
  const seen = await painted(page, tile(page, title));
  assert.deepEqual([seen.width, seen.height], [width, height], title);
  for (const [i, value] of middle.entries()) {
    assert.ok(Math.abs(seen.middle[i] - value) <= NEAR, `${title}: ${seen.middle} for ${middle}`);
  }
}

/** Until this is read out to who cannot see it. */
async function hears(page, text) {
  await page.locator("#said", { hasText: text }).waitFor({ state: "attached" });
}

const RED = { colour: "#c83232", width: 64, height: 48, middle: [200, 50, 50] };
const BLUE = { colour: "#3246c8", width: 30, height: 90, middle: [50, 70, 200] };
const GREEN = { colour: "#32a046", width: 50, height: 50, middle: [50, 160, 70] };

test("a picture is seen by the other, by who comes later, and after a reload", async () => {
  const ann = await person("Ann", "media", "media-two");
  const bob = await person("Bob", "media", "media-two", PHONE);
  await addPictures(ann, { name: "red_house.png", ...RED }, { name: "Blue.png", ...BLUE });
  for (const page of [ann, bob]) {
    await sees(page, "red house", RED);
    await sees(page, "Blue", BLUE);
  }
  await hears(bob, "Ann put in Blue");
  assert.deepEqual(await texts(bob, ".tile .title"), ["Blue", "red house"]);
  await ann.reload();
  const cas = await person("Cas", "media", "media-two");
  for (const page of [ann, cas]) await sees(page, "red house", RED);
});

async function rename(page, from, title, description = "") {
  await tile(page, from).locator(".open").click();
  await page.locator("#title").fill(title);
  await page.locator("#description").fill(description);
  await page.locator("#save").click();
}

test("a new title is seen by the other, who is told; taking away takes it from both", async () => {
  const ann = await person("Ann", "media", "media-edit");
  const bob = await person("Bob", "media", "media-edit");
  await addPictures(ann, { name: "one.png", ...RED });
  await sees(bob, "one", RED);
  await rename(bob, "one", "The house", "Built in 1911");
  await tile(ann, "The house").waitFor();
  await hears(ann, "Bob named a picture The house");
  await tile(ann, "The house").locator(".open").click();
  assert.equal(await ann.locator("#description").inputValue(), "Built in 1911");
  await ann.locator("#remove").click();
  await ann.locator("dialog").last().getByRole("button", { name: "Remove" }).click();
  for (const page of [ann, bob]) await page.locator(".tile").waitFor({ state: "detached" });
  await bob.locator(".toast", { hasText: "taken away" }).waitFor();
});

test("two name a picture at once: the second sees both words and decides", async () => {
  const ann = await person("Ann", "media", "media-conflict");
  const bob = await person("Bob", "media", "media-conflict");
  await addPictures(ann, { name: "one.png", ...RED });
  await sees(bob, "one", RED);
  await goAway(bob);
  await rename(bob, "one", "Bob's words");
  await rename(ann, "one", "Ann's words");
  await ann.locator(".toast", { hasText: "Saved" }).waitFor();
  await comeBack(bob);
  await bob.locator("dialog .notice", { hasText: "Ann's words" }).waitFor();
  assert.equal(await bob.locator("#title").inputValue(), "Bob's words");
  await bob.locator("#save").click();
  await tile(ann, "Bob's words").waitFor();
});

test("what is put in without a connection comes when there is one", async () => {
  const ann = await person("Ann", "media", "media-away");
  const bob = await person("Bob", "media", "media-away");
  await goAway(ann);
  await addPictures(ann, { name: "away.png", ...GREEN });
  await tile(ann, "away").waitFor();
  assert.equal(await bob.locator(".tile").count(), 0);
  await comeBack(ann);
  for (const page of [ann, bob]) await sees(page, "away", GREEN);
});

/** Noise does not compress: it is made smaller until it is small enough, in several pieces. */
async function noise(page, width, height) {
  const base64 = await page.evaluate(
    ([w, h]) => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: w, height: h });
      const context = canvas.getContext("2d");
      const image = context.createImageData(w, h);
      let seed = 1;
      for (let i = 0; i < image.data.length; i++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        image.data[i] = i % 4 === 3 ? 255 : seed >> 16;
      }
      context.putImageData(image, 0, 0);
      return canvas.toDataURL("image/png").split(",")[1];
    },
    [width, height],
  );
  return Buffer.from(base64, "base64");
}

test("a large picture comes in pieces, and the hub is killed while it does", async () => {
  const ann = await person("Ann", "media", "media-killed");
  const bob = await person("Bob", "media", "media-killed");
  const files = [];
  for (const name of ["n1", "n2", "n3"]) files.push({ name, buffer: await noise(ann, 900, 700) });
  await addPictures(ann, ...files);
  await tile(bob, "n1").waitFor();
  await killHub();
  for (const page of [ann, bob]) {
    for (const name of ["n1", "n2", "n3"]) {
      const { width, height } = await painted(page, tile(page, name));
      assert.ok(width <= 900 && Math.abs(width / height - 9 / 7) < 0.02, `${width} x ${height}`);
    }
  }
  const cas = await person("Cas", "media", "media-killed");
  await painted(cas, tile(cas, "n3"));
});

test("who is gone in the middle leaves something that can be taken away", async () => {
  const ann = await person("Ann", "media", "media-broken");
  const bob = await person("Bob", "media", "media-broken");
  await ann.evaluate(() => {
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (text) {
      if (!/"c\/\w+\/001"/.test(text)) send.call(this, text); // the second piece never goes
    };
  });
  await addPictures(ann, { name: "n", buffer: await noise(ann, 700, 700) });
  await bob.locator(".coming:visible progress[value='1']").waitFor();
  await ann.close();
  await bob.locator(".coming", { hasText: "was gone" }).waitFor();
  await bob.locator(".coming button").click();
  await bob.locator(".tile:not(.whole)").waitFor({ state: "detached" });
});

test("what is no picture, or damaged, is refused with a word, and the next one is put in", async () => {
  const ann = await person("Ann", "media", "media-wrong");
  const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
  const broken = (await pngOf(ann, RED)).subarray(0, 60);
  await addPictures(
    ann,
    { name: "drawing.svg", mimeType: "image/png", buffer: svg },
    { name: "broken.png", buffer: broken },
    { name: "good.png", ...RED },
  );
  await ann.locator(".toast", { hasText: "drawing.svg is not a PNG, JPEG, WebP or GIF" }).waitFor();
  await ann.locator(".toast", { hasText: "broken.png is damaged" }).waitFor();
  await sees(ann, "good", RED);
  assert.equal(await ann.locator(".tile").count(), 1);
});

test("pictures are gone through with the arrow keys", async () => {
  const ann = await person("Ann", "media", "media-keys");
  await addPictures(ann, { name: "a", ...RED }, { name: "b", ...BLUE });
  await sees(ann, "a", RED);
  await sees(ann, "b", BLUE);
  await tile(ann, "b").locator(".open").press("Enter");
  const title = () => ann.locator("#title").inputValue();
  await eventually(async () => assert.equal(await title(), "b"));
  await ann.keyboard.press("ArrowRight");
  await eventually(async () => assert.equal(await title(), "a"));
  await ann.keyboard.press("ArrowRight");
  await eventually(async () => assert.equal(await title(), "b"));
  await ann.keyboard.press("Escape");
  await ann.locator("dialog").waitFor({ state: "detached" });
});
