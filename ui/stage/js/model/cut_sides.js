/** Where the photo's edge cuts an object off, and how that side softens in view: levitor_core/motion/cut_sides.py. */

import { frameAt } from "./frame.js";
import { depthFromDisparity, displace, project, STILL_VIEW } from "./geometry.js";
import { nearestValue } from "./masks.js";
import { remember } from "./memo.js";
import { ownMask } from "./own_masks.js";
import { shapeOf } from "./world.js";

/** @import { Frame, Layer } from "./frame.js" */
/** @import { Memo } from "./memo.js" */
/** @import { Mask, StageDocument, StageObject } from "./types.js" */
/** @import { World } from "./world.js" */
/** @typedef {{side: number, middle: number, half: number, rounded: number, faded: number}} CutSide
 *   `side`: top, bottom, left, right of the photo, 0 to 3; how deep it is rounded and faded, in pixels */
/** @typedef {readonly [number, number, number, number]} Softened  middle, half, and how deep it is rounded and faded now */

const LEAST_CUT = 4; // pixels
const [HAND, NEAR] = [2, 0.015]; // pixels, or of the picture's side, from its edge
const STRAIGHT = 0.6; // of what the object measures a tenth of itself further in
const ROUNDED = 0.4; // of the object's extent from that side
const FADED = 0.18;
const SEEN = 0.5; // of how deep it fades
/** @type {Softened} */
const WHOLE = [0, 1, 0, 0];

/** @type {Memo} */
const known = new WeakMap();

/** The sides of the photo on which an object ends. @param {Mask} mask @returns {CutSide[]} */
function cutSides(mask) {
  return remember(known, mask, [], () => {
    const { width, height, data } = mask;
    const row = (/** @type {number} */ y) => Array.from({ length: width }, (_, x) => x).filter((x) => data[y * width + x]);
    const column = (/** @type {number} */ x) => Array.from({ length: height }, (_, y) => y).filter((y) => data[y * width + x]);
    const rows = Array.from({ length: height }, (_, y) => row(y));
    const columns = Array.from({ length: width }, (_, x) => column(x));
    return [rows, rows.toReversed(), columns, columns.toReversed()].flatMap((inward, side) => {
      const at = cutLine(inward);
      if (at.length < LEAST_CUT) return [];
      const extent = inward.filter((line) => line.length).length;
      const [first, last] = [at[0], at[at.length - 1]];
      const half = (last - first + 1) / 2;
      return [{ side, middle: (first + last) / 2, half, rounded: Math.min(half, ROUNDED * extent), faded: FADED * extent }];
    });
  });
}

/** Where an object ends at the side on which the lines begin; nowhere if it is not cut off there. Near it is still, where it ends straight. @param {number[][]} inward the places that it takes, line by line @returns {number[]} */
function cutLine(inward) {
  const first = inward.findIndex((line) => line.length);
  if (first < 0 || first > Math.max(HAND, NEAR * inward.length)) return [];
  const extent = inward.filter((line) => line.length).length;
  const deeper = inward[Math.min(first + Math.max(Math.floor(extent / 10), 1), inward.length - 1)];
  return first === 0 || inward[first].length >= STRAIGHT * deeper.length ? inward[first] : [];
}

/** How each side of the photo on which a layer's object ends looks now, for the shader; as it is where none is in view. @param {StageDocument} doc @param {World} world @param {Frame} frame @param {Layer} layer @returns {Softened[]} */
export function softened(doc, world, frame, layer) {
  const mask = ownMask(doc, world, layer.object);
  const sides = /** @type {Softened[]} */ ([WHOLE, WHOLE, WHOLE, WHOLE]);
  for (const cut of mask ? cutSides(mask) : []) {
    const share = Math.min(insidePicture(cut, world, frame, layer, doc.size_hw) / cut.faded, 1);
    if (share > 0) sides[cut.side] = [cut.middle, cut.half, share * cut.rounded, share * cut.faded];
  }
  return sides;
}

/** Whether a moving object shows where the photo's edge cut it off. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} time */
export function isCutInView(doc, world, object, time) {
  const mask = ownMask(doc, world, object);
  const frame = frameAt(doc, world, time);
  const layer = frame.layers.find((candidate) => candidate.object === object);
  return Boolean(layer && mask) && cutSides(/** @type {Mask} */ (mask)).some((cut) => insidePicture(cut, world, frame, /** @type {Layer} */ (layer), doc.size_hw) > SEEN * cut.faded);
}

/** How many pixels a side has come into the picture. @param {CutSide} cut @param {World} world @param {Frame} frame @param {Layer} layer @param {readonly [number, number]} sizeHW */
function insidePicture({ side, middle, half }, world, { view, center, near, softness }, { object, pose }, [height, width]) {
  const shape = shapeOf(world, object, pose.anchorZ, softness);
  const across = [0, height - 1, 0, width - 1][side];
  const seen = [middle - half + 0.5, middle, middle + half - 0.5].map((along) => {
    const [x, y] = side < 2 ? [along, across] : [across, along];
    const moved = displace(x, y, depthFromDisparity(nearestValue(shape, x, y), softness), pose, center, near);
    const [u, v] = project(...moved, object.pinned_to_screen ? STILL_VIEW : view, center, near);
    return Math.min(u, width - 1 - u, v, height - 1 - v);
  });
  return Math.max(...seen, 0);
}
