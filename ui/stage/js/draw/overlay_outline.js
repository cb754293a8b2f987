/** The lasso or the scribble that is being drawn, and what a dragged waypoint is level with. */

import { HALO } from "./overlay_masks.js";

/** @import { App } from "../model/app.js" */
/** @import { Viewport } from "../model/viewport.js" */

const CORNER = 4.5;
const [ADDS, TAKES, GUIDE] = ["#ffffff", "#ff8a80", "#ff3dbb"];

/** @param {CanvasRenderingContext2D} context @param {App} app @param {Viewport} viewport */
export function drawOutline(context, { ui }, viewport) {
  const { live, outline, pointer, shape } = ui;
  if (!outline) return;
  const places = outline.points.map((point) => viewport.toScreen(point));
  const colour = outline.add ? ADDS : TAKES;
  const led = live?.from === outline.points[outline.points.length - 1] ? live.points.map((point) => viewport.toScreen(point)) : [];
  if (shape === "magnetic" && pointer) strokeLine(context, [places[places.length - 1], ...led, [...pointer]], colour, [4, 5]);
  strokeLine(context, places, colour, []);
  for (const index of outline.corners) {
    const [x, y] = places[index];
    context.beginPath();
    context.arc(x, y, CORNER + (index === 0 ? 1.5 : 0), 0, 7);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = HALO;
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {App} app @param {Viewport} viewport */
export function drawGuides(context, { draft, ui }, viewport) {
  const [x, y] = ui.guides;
  if (!draft) return;
  if (x !== null) strokeLine(context, [[viewport.toScreen([x, 0])[0], 0], [viewport.toScreen([x, 0])[0], viewport.height]], GUIDE, [6, 4]);
  if (y !== null) strokeLine(context, [[0, viewport.toScreen([0, y])[1]], [viewport.width, viewport.toScreen([0, y])[1]]], GUIDE, [6, 4]);
}

/** @param {CanvasRenderingContext2D} context @param {(readonly number[])[]} places @param {string} colour @param {number[]} dashes */
function strokeLine(context, places, colour, dashes) {
  for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 4], [colour, 1.75]])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.setLineDash(dashes);
    context.beginPath();
    for (const [x, y] of places) context.lineTo(x, y);
    context.stroke();
  }
  context.setLineDash([]);
}
