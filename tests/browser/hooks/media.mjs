/* hooks/media.mjs - what tests of every page must know of the gallery
 *
 * SPDX-License-Identifier: MIT
 */
import { addPictures, painted, tile } from "../pictures.mjs";

export async function post(page, text) {
  await addPictures(page, { name: `${text.replaceAll("/", "\u2215")}.png`, colour: "#123456" });
  await page.locator("#gallery .tile.loaded .open").first().click();
  await page.locator("#title").fill(text);
  await page.locator("#description").fill(text);
  await page.locator("#save").click();
  await page.locator(".toast", { hasText: "Saved" }).waitFor();
  await page.keyboard.press("Escape");
  await shown(page, text);
}

export async function shown(page, text) {
  await page.locator(".tile .title", { hasText: text }).first().waitFor();
}

export function says(text) {
  return [
    { type: "new_media", media: { id: text, title: text, url: text } },
    { type: "media_updated", mediaId: text, metadata: { title: text, description: text } },
    { type: "new_media", media: text },
  ];
}

export function keeps(text) {
  const item = { title: text, description: text, by: text, user: text, from: text, at: 1 };
  const picture = { type: "image/png", bytes: 1, width: 4, height: 3, pieces: 1 };
  return [
    { key: "m/stranger", value: { ...item, ...picture } },
    { key: "c/stranger/000", value: text },
    { key: "m/wrong", value: text },
    { key: "m/svg", value: { ...item, ...picture, type: "image/svg+xml" } },
  ];
}

const SCENES = [
  ["Sunrise", ["#f6d5b8", "#e88e6b", "#7a4b73"], 640, 420],
  ["The lake at noon", ["#bfe3ef", "#5aa7c7", "#2d6b5a"], 480, 600],
  ["Field", ["#f3edc0", "#c9b24a", "#6d7b2c"], 640, 380],
  ["Evening", ["#3b3663", "#a3577c", "#f2a65a"], 560, 560],
  ["Snow", ["#eef3f7", "#c5d3de", "#8fa2b3"], 640, 460],
  ["Forest path", ["#cfe0c3", "#6f9a63", "#2e4a36"], 460, 620],
];

export async function scene(ann, bob) {
  for (const [n, [name, colours, width, height]] of SCENES.entries()) {
    await addPictures(n % 2 ? bob : ann, { name: `${name}.png`, colours, width, height });
    for (const page of [ann, bob]) await painted(page, tile(page, name));
  }
}
