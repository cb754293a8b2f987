/** Objects that stand on the scene: their depth follows the ground beneath them. The numbers of levitor_core/motion/animation.py. */

import { bilinear } from "./cutout.js";

/** @import { FloatMap, Mask, PathPoint } from "./types.js" */

const GROUND_STEPS = 8;
const SETTLED = 1e-6;

/**
 * Depth of an object with its anchor at a point of its path: its own, times how much farther the ground under it is.
 * The nearer the object, the larger it is and the lower it stands; a few rounds find where that agrees.
 * @param {FloatMap} z the scene's depth without what is lifted out @param {Mask} mask the object's
 * @param {readonly [number, number]} anchor @param {number} anchorZ @returns {(point: PathPoint) => number}
 */
export function groundDepth(z, mask, anchor, anchorZ) {
  const contact = contactPoint(mask);
  const beneath = (/** @type {number} */ x, /** @type {number} */ y) => bilinear(z.data, z, x, y);
  const [armX, armY] = [contact[0] - anchor[0], contact[1] - anchor[1]];
  const own = beneath(contact[0], contact[1]);
  return ({ x, y, size, rotation }) => {
    const cos = size * Math.cos(rotation);
    const sin = size * Math.sin(rotation);
    let depth = anchorZ;
    for (let i = 0; i < GROUND_STEPS; i++) {
      const grow = anchorZ / depth;
      const found = (anchorZ * beneath(x + (armX * cos - armY * sin) * grow, y + (armX * sin + armY * cos) * grow)) / own;
      if (Math.abs(found - depth) <= SETTLED * depth) break;
      depth = found;
    }
    return depth;
  };
}

/** Where the object stands: the middle of its mask's lowest eighth, on its lowest row. @param {Mask} mask @returns {[number, number]} */
export function contactPoint(mask) {
  const columns = lowestColumns(mask);
  if (columns.length === 0) return [mask.width / 2, mask.height / 2];
  return [columns.reduce((sum, x) => sum + x, 0) / columns.length, Math.floor(mask.data.lastIndexOf(1) / mask.width)];
}

/** How wide it stands, in pixels. @param {Mask} mask */
export function footWidth(mask) {
  const columns = lowestColumns(mask);
  return columns.reduce((most, x) => Math.max(most, x), 0) - columns.reduce((least, x) => Math.min(least, x), mask.width) + 1;
}

/** The columns of the pixels in a mask's lowest eighth. @param {Mask} mask @returns {number[]} */
function lowestColumns({ width, data }) {
  const [first, last] = [data.indexOf(1), data.lastIndexOf(1)].map((i) => Math.floor(i / width));
  if (first < 0) return [];
  const top = (last - Math.floor((last - first) / 8)) * width;
  return Array.from(data.subarray(top, (last + 1) * width).entries()).flatMap(([i, inside]) => (inside ? [i % width] : []));
}
