/** Strokes over the depth map that it does not show yet, and the brush that draws them. */

import { horizonOnScreen, pendingStrokes } from "../model/mending.js";
import { HALO } from "./overlay_masks.js";

/** @import { App } from "../model/app.js" */
/** @import { Viewport } from "../model/viewport.js" */

const TINTS = { nearer: "rgba(255, 238, 160, 0.5)", farther: "rgba(40, 30, 110, 0.5)", level: "rgba(80, 200, 220, 0.45)", smooth: "rgba(255, 255, 255, 0.4)" };

/** @param {CanvasRenderingContext2D} context @param {App} app @param {Viewport} viewport */
export function drawStrokes(context, app, viewport) {
  context.lineCap = context.lineJoin = "round";
  for (const { tool, points, radius } of pendingStrokes(app)) {
    context.strokeStyle = TINTS[tool];
    context.lineWidth = 2 * radius * viewport.scale;
    context.beginPath();
    points.forEach((point, i) => (i ? context.lineTo(...viewport.toScreen(point)) : context.moveTo(...viewport.toScreen(point))));
    if (points.length === 1) context.lineTo(...viewport.toScreen(points[0]));
    context.stroke();
  }
  const horizon = horizonOnScreen(app, viewport);
  if (horizon !== null) drawHorizon(context, viewport.toScreen([-0.5, 0])[0], viewport.toScreen([app.doc.size_hw[1] - 0.5, 0])[0], horizon);
  if (app.ui.tool === "depth" && app.ui.mend.area === undefined && app.ui.pointer) drawBrush(context, app.ui.pointer, app.ui.mend.radius * viewport.scale);
}

/** @param {CanvasRenderingContext2D} context @param {number} left @param {number} right @param {number} y */
function drawHorizon(context, left, right, y) {
  context.setLineDash([10, 6]);
  for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 4], ["#fff", 1.75]])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(right, y);
    context.stroke();
  }
  context.setLineDash([]);
  context.font = "500 12px system-ui, sans-serif";
  context.lineWidth = 3.5;
  context.strokeStyle = HALO;
  context.fillStyle = "#fff";
  context.strokeText("horizon", left + 8, y - 7);
  context.fillText("horizon", left + 8, y - 7);
}

/** @param {CanvasRenderingContext2D} context @param {readonly [number, number]} at @param {number} radius */
function drawBrush(context, [x, y], radius) {
  for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 3.5], ["#fff", 1.5]])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.stroke();
  }
}
