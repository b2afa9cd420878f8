/* pictures.mjs - files for the gallery, made in the browser, and what is seen of them
 *
 * SPDX-License-Identifier: MIT
 */

/** A PNG file, painted in the page: one colour, or a landscape of three. */
export async function pngOf(page, { colour, colours = [colour], width = 64, height = 48 }) {
  const base64 = await page.evaluate(
    ([tones, w, h]) => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: w, height: h });
      const context = canvas.getContext("2d");
      const [sky, middle = sky, ground = sky] = tones;
      const fade = context.createLinearGradient(0, 0, 0, h);
      fade.addColorStop(0, sky);
      fade.addColorStop(1, middle);
      context.fillStyle = fade;
      context.fillRect(0, 0, w, h);
      context.fillStyle = ground;
      context.beginPath();
      context.moveTo(0, h);
      if (tones.length > 1) {
        for (let x = 0; x <= w; x += 4) context.lineTo(x, h * (0.7 + 0.08 * Math.sin(x / (w / 9))));
        context.lineTo(w, h);
      }
      context.fill();
      return canvas.toDataURL("image/png").split(",")[1];
    },
    [colours, width, height],
  );
  return Buffer.from(base64, "base64");
}

/** Chooses pictures in the page's file dialog: `{name, colour, width, height}`, or `{name, buffer}`. */
export async function addPictures(page, ...pictures) {
  const files = [];
  for (const picture of pictures) {
    const buffer = picture.buffer ?? (await pngOf(page, picture));
    files.push({ name: picture.name, mimeType: picture.mimeType ?? "image/png", buffer });
  }
  await page.locator("#files").setInputFiles(files);
}

/** The place of the picture with this title. */
export function tile(page, title) {
  return page.locator("#gallery .tile").filter({ has: page.locator(".title", { hasText: title }) });
}

/** Until a picture is seen; comes back with its size and the colour in its middle. */
export async function painted(page, where) {
  await where.locator("xpath=self::*[contains(@class, 'loaded')]").waitFor();
  return where.locator("img").evaluate(async (image) => {
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const middle = [...context.getImageData(width >> 1, height >> 1, 1, 1).data].slice(0, 3);
    return { width, height, middle };
  });
}
