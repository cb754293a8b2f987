/** Strokes that mend the depth map: what the document holds of them. What they make of it the server answers. */

import { simplify } from "./paths.js";
import { round } from "./document.js";
import { MAX_STROKE_POINTS, MAX_STROKES } from "./schema.js";

/** @import { DepthStroke } from "./schema.js" */
/** @import { App, Tool } from "./app.js" */
/** @import { StageDocument } from "./types.js" */
/** @typedef {DepthStroke["tool"]} MendTool */
/** @typedef {{tool: MendTool, radius: number, amount: number}} MendBrush  working pixels, disparity */

const FINE = 0.08; // of the radius, by which a stroke's line may be simplified

/** Whether a tool paints on the photo itself, which the camera then does not move. @param {Tool} tool */
export function paintsPhoto(tool) {
  return tool === "mask" || tool === "depth";
}

/** Why there can be no further stroke; "" when there can. @param {StageDocument} doc */
export function whyNoStroke(doc) {
  return doc.depth_strokes.length < MAX_STROKES ? "" : `A depth map takes at most ${MAX_STROKES} strokes; undo some, or clear them.`;
}

/** @param {StageDocument} doc @param {MendBrush} brush @param {readonly (readonly [number, number])[]} line working pixels @returns {StageDocument} */
export function addStroke(doc, { tool, radius, amount }, line) {
  const points = fewer(line, radius * FINE).map(([x, y]) => /** @type {const} */ ([round(x, 1), round(y, 1)]));
  return { ...doc, depth_strokes: [...doc.depth_strokes, { tool, points, radius, amount }] };
}

/** @param {readonly (readonly [number, number])[]} line @param {number} tolerance @returns {readonly (readonly [number, number])[]} */
function fewer(line, tolerance) {
  const points = simplify([...line], tolerance);
  return points.length > MAX_STROKE_POINTS ? fewer(points, tolerance * 2) : points;
}

/** Strokes that the map does not show yet: being drawn, or asked about. @param {App} app */
export function pendingStrokes({ doc, world }) {
  return doc.depth_strokes.filter((stroke) => !world.strokes.includes(stroke));
}
