/* paint.ts - strokes on a canvas: curves through the middles between points */

import { HEIGHT, isPressed, PAPER, type Point, type Stroke, WIDTH } from "./strokes.js";

export type Look = Pick<Stroke, "colour" | "size" | "points">;

export function paint(to: CanvasRenderingContext2D, stroke: Look): void {
  const { points, colour, size } = stroke;
  const first = points[0];
  if (!first) return;
  to.lineCap = to.lineJoin = "round";
  to.strokeStyle = colour;
  to.lineWidth = size;
  if (isPressed(points)) return paintPressed(to, points, size);
  to.beginPath();
  to.moveTo(first.x, first.y);
  for (let at = 1; at < points.length - 1; at++) curve(to, points[at]!, points[at + 1]!);
  const last = points[points.length - 1]!;
  to.lineTo(last.x, last.y); // one point alone: a dot
  to.stroke();
}

/** Each piece is as wide as the pen was pressed there. */
function paintPressed(to: CanvasRenderingContext2D, points: readonly Point[], size: number): void {
  let from: { x: number; y: number } = points[0]!;
  for (const [at, point] of points.entries()) {
    const next = points[at + 1];
    const end = next ? middle(point, next) : point;
    to.lineWidth = Math.max(0.5, size * (0.3 + 1.4 * point.pressure));
    to.beginPath();
    to.moveTo(from.x, from.y);
    to.quadraticCurveTo(point.x, point.y, end.x, end.y);
    to.stroke();
    from = end;
  }
}

function curve(to: CanvasRenderingContext2D, point: Point, next: Point): void {
  const { x, y } = middle(point, next);
  to.quadraticCurveTo(point.x, point.y, x, y);
}

function middle(a: Point, b: Point): { x: number; y: number } {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** The paper with all of these, as a file. */
export function picture(strokes: Iterable<Look>, scale = 2): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * scale;
  canvas.height = HEIGHT * scale;
  const to = canvas.getContext("2d")!;
  to.scale(scale, scale);
  to.fillStyle = PAPER;
  to.fillRect(0, 0, WIDTH, HEIGHT);
  for (const stroke of strokes) paint(to, stroke);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
