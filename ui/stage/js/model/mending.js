/** Strokes that mend the depth map: what the document holds of them. What they make of it the server answers. */

import { simplify } from "./paths.js";
import { round } from "./document.js";
import { MAX_STROKE_POINTS, MAX_STROKES } from "./schema.js";

/** @import { DepthStroke } from "./schema.js" */
/** @import { App, Tool } from "./app.js" */
/** @import { StageDocument } from "./types.js" */
/** @import { Viewport } from "./viewport.js" */
/** @typedef {DepthStroke["tool"]} MendTool */
/** @typedef {{tool: MendTool, radius: number, amount: number, area: string | null | undefined}} MendBrush
 *   working pixels, disparity; `area`: instead of brushing, clicks choose one: its scenery, null before the first, undefined while brushing */

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

/** Where the horizon of a guess lies on the screen, while it can be dragged; null where there is none. @param {App} app @param {Viewport} viewport */
export function horizonOnScreen({ doc, ui, world }, viewport) {
  if (ui.tool !== "depth" || !world.ground || world.ground.lie === "flat") return null;
  return viewport.toScreen([0, (ui.horizon ?? world.ground.horizon) * (doc.size_hw[0] - 1)])[1];
}

/** Strokes that the map does not show yet: being drawn, or asked about. @param {App} app */
export function pendingStrokes({ doc, world }) {
  return doc.depth_strokes.filter((stroke) => !world.strokes.includes(stroke));
}
