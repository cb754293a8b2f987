/** The soft shadow under what goes on ground, as levitor_core/renderers/preview/layers.py casts it. */

import { contactPoint, footWidth } from "./ground.js";
import { remember } from "./memo.js";
import { ownMask } from "./own_masks.js";

/** @import { Layer } from "./frame.js" */
/** @import { Memo } from "./memo.js" */
/** @import { StageDocument } from "./types.js" */
/** @import { World } from "./world.js" */
/** @typedef {{x: number, y: number, radius: number}} Foot  in working pixels of the photo */
/** @typedef {Foot & {dark: number}} Shadow  dark: 0..1 in the middle */

const RADIUS = 0.6; // of the foot's width
export const FLATNESS = 0.3; // of a shadow's width, its depth on the ground
export const SHADOW_REACH = 2.2; // of its radius, beyond which nothing of it is seen

/** @type {Memo} */
const feet = new WeakMap();

/** What a layer casts now; nothing in the air, nor where it starts, as the photo has its own there. @param {StageDocument} doc @param {World} world @param {Layer} layer @returns {Shadow | null} */
export function shadowOf(doc, world, { object, pose, ghost }) {
  const mask = ownMask(doc, world, object);
  if (ghost || !object.on_ground || !object.shadow || !mask) return null;
  const foot = remember(feet, mask, [], () => {
    const [x, y] = contactPoint(mask);
    return { x, y, radius: RADIUS * footWidth(mask) };
  });
  const left = Math.hypot(pose.x - pose.anchor[0], pose.y - pose.anchor[1]) / (2 * foot.radius);
  return { ...foot, dark: object.shadow * Math.min(left, 1) };
}
