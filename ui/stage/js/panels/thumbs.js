/** Small pictures of what a mask holds, the rest of the photo dimmed. */

import { boundingBox } from "../model/masks.js";

/** @import { Box, Mask } from "../model/types.js" */

const [WIDTH, HEIGHT] = [56, 42];
const ROOM = 0.18; // around the mask, of its size
const DIM = [10, 12, 22, 165];

/** @type {WeakMap<ImageBitmap, WeakMap<Mask, string>>} */
const made = new WeakMap();

/** A data URL; none before the photo is there. @param {ImageBitmap | null} photo @param {Mask | undefined} mask */
export function thumbOf(photo, mask) {
  if (!photo || !mask) return "";
  const known = made.get(photo) ?? new WeakMap();
  made.set(photo, known);
  const url = known.get(mask) ?? draw(photo, mask);
  known.set(mask, url);
  return url;
}

/** @param {ImageBitmap} photo @param {Mask} mask */
function draw(photo, mask) {
  const [left, top, width, height] = framed(boundingBox(mask) ?? [0, 0, mask.width, mask.height]);
  const scale = photo.width / mask.width;
  const [canvas, shade] = [document.createElement("canvas"), document.createElement("canvas")];
  for (const item of [canvas, shade]) [item.width, item.height] = [WIDTH, HEIGHT];
  const context = canvas.getContext("2d");
  if (!context) return "";
  context.drawImage(photo, left * scale, top * scale, width * scale, height * scale, 0, 0, WIDTH, HEIGHT);
  const dimmed = new ImageData(WIDTH, HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const x = Math.floor(left + ((i % WIDTH) + 0.5) * (width / WIDTH));
    const y = Math.floor(top + (Math.floor(i / WIDTH) + 0.5) * (height / HEIGHT));
    const inside = x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask.data[y * mask.width + x];
    if (!inside) dimmed.data.set(DIM, i * 4);
  }
  shade.getContext("2d")?.putImageData(dimmed, 0, 0);
  context.drawImage(shade, 0, 0);
  return canvas.toDataURL("image/png");
}

/** The box with some room, in the picture's shape. @param {Box} box @returns {[number, number, number, number]} left, top, width, height */
function framed([x0, y0, x1, y1]) {
  const width = Math.max((x1 - x0) * (1 + 2 * ROOM), ((y1 - y0) * (1 + 2 * ROOM) * WIDTH) / HEIGHT, 8);
  const height = (width * HEIGHT) / WIDTH;
  return [(x0 + x1 - width) / 2, (y0 + y1 - height) / 2, width, height];
}
