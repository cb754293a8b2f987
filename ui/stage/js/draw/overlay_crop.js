/** What a cropped video leaves out, dimmed, while it plays too. */

import { cropOf } from "../model/crop.js";

/** @import { App } from "../model/app.js" */
/** @import { Viewport } from "../model/viewport.js" */

/** @param {CanvasRenderingContext2D} context @param {App} app @param {Viewport} viewport */
export function drawCrop(context, app, viewport) {
  const crop = cropOf(app);
  if (!crop) return;
  const [h, w] = app.doc.size_hw;
  const corner = (/** @type {number} */ x, /** @type {number} */ y) => viewport.toScreen([x - 0.5, y - 0.5]);
  const [[x0, y0], [x1, y1], [left, top], [right, bottom]] = [corner(0, 0), corner(w, h), corner(crop[0], crop[1]), corner(crop[2], crop[3])];
  context.fillStyle = "rgba(8, 10, 20, 0.55)";
  context.beginPath();
  context.rect(x0, y0, x1 - x0, y1 - y0);
  context.rect(left, top, right - left, bottom - top);
  context.fill("evenodd");
  context.strokeStyle = "rgba(255, 255, 255, 0.9)";
  context.lineWidth = 1.25;
  context.strokeRect(left, top, right - left, bottom - top);
}
