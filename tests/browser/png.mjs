/* png.mjs - a screenshot as a small PNG: at most 256 colours, packed tightly
 *
 * SPDX-License-Identifier: MIT
 */
import { deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

const crcs = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcs[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** In a page: a picture's pixels as indices into its own 256 colours, those that are there most. */
async function reduce(base64) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const { width, height, data } = await createImageBitmap(new Blob([bytes])).then((image) => {
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  });
  const near = new Map(); // by five bits of each part: the shades of letters' edges are as one
  const keys = new Uint16Array(width * height);
  for (let at = 0; at < keys.length; at++) {
    const [r, g, b] = data.subarray(at * 4, at * 4 + 3);
    const key = ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);
    keys[at] = key;
    const group = near.get(key) ?? near.set(key, { count: 0, colours: new Map() }).get(key);
    const colour = (r << 16) | (g << 8) | b;
    group.count++;
    group.colours.set(colour, (group.colours.get(colour) ?? 0) + 1);
  }
  const most = (colours) => [...colours].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  for (const group of near.values()) group.colour = most(group.colours);
  const palette = [...near.values()].sort((a, b) => b.count - a.count).slice(0, 256);
  const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const distance = (a, b) => a.reduce((sum, part, n) => sum + (part - b[n]) ** 2, 0);
  const colours = palette.map(({ colour }) => parts(colour));
  const index = new Map();
  for (const [key, { colour }] of near) {
    const own = parts(colour);
    let best = 0;
    for (let n = 1; n < colours.length; n++)
      if (distance(own, colours[n]) < distance(own, colours[best])) best = n;
    index.set(key, best);
  }
  const indices = Array.from(keys, (key) => String.fromCharCode(index.get(key))).join("");
  return { width, height, colours, indices: btoa(indices) };
}

/** The same picture with fewer bytes; `page` is any page of a browser. */
export async function shrink(page, png) {
  const { width, height, colours, indices } = await page.evaluate(reduce, png.toString("base64"));
  const pixels = Buffer.from(indices, "base64");
  const rows = Buffer.alloc((width + 1) * height); // each row begins with its filter: none
  for (let y = 0; y < height; y++) {
    pixels.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8); // eight bits of a palette
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", head),
    chunk("PLTE", Buffer.from(colours.flat())),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
