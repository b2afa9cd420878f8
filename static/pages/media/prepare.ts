/* prepare.ts - makes of a file what a room can keep: its type checked, no larger than it need be */

import { HEAD, kindOf, type Kind } from "./kind.js";

export const MOST_BYTES = 20 * 1024 * 1024;
/** Of what is decoded: a small file can be a very large picture. */
const MOST_PIXELS = 60_000_000;
const SIDE = 1600;
/** What a picture may take in the room's state, before base64. */
const KEPT_BYTES = 160 * 1024;
const QUALITIES = [0.86, 0.74, 0.6];
const SMALLER = 0.75;

export interface Picture {
  base64: string;
  bytes: number;
  type: Kind;
  width: number;
  height: number;
}

/** Says to who chose the file what is wrong with it. */
export class BadFile extends Error {}

export async function prepare(file: File): Promise<Picture> {
  if (file.size > MOST_BYTES) throw new BadFile("is larger than 20 MB");
  const kind = kindOf(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  if (!kind) throw new BadFile("is not a PNG, JPEG, WebP or GIF picture");
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new BadFile("is damaged: it cannot be shown");
  });
  try {
    const { width, height } = bitmap;
    if (width * height > MOST_PIXELS) throw new BadFile("has too many pixels");
    // a small GIF may move, and tells nothing of a camera or a place
    if (kind === "image/gif" && file.size <= KEPT_BYTES) {
      return { base64: await base64Of(file), bytes: file.size, type: kind, width, height };
    }
    return await shrink(bitmap);
  } finally {
    bitmap.close();
  }
}

/** Drawn anew: what cameras write beside a picture, such as where it was taken, is not in it. */
async function shrink(bitmap: ImageBitmap): Promise<Picture> {
  let scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  for (;;) {
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d")!;
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    for (const quality of QUALITIES) {
      const blob = await encode(canvas, context, quality);
      if (blob.size > KEPT_BYTES) continue;
      const type = blob.type as Kind;
      return { base64: await base64Of(blob), bytes: blob.size, type, width, height };
    }
    scale *= SMALLER;
  }
}

/** WebP, or JPEG on white in a browser that writes no WebP. */
async function encode(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  quality: number,
): Promise<Blob> {
  const webp = await blobOf(canvas, "image/webp", quality);
  if (webp.type === "image/webp") return webp;
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return blobOf(canvas, "image/jpeg", quality);
}

function blobOf(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const take = (blob: Blob | null): void =>
      blob ? resolve(blob) : reject(new BadFile("is too large for this browser"));
    canvas.toBlob(take, type, quality);
  });
}

function base64Of(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).split(",")[1] ?? "");
    reader.onerror = () => reject(new BadFile("cannot be read"));
    reader.readAsDataURL(blob);
  });
}
