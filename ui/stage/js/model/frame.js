/**
 * Document + world + moment -> what to draw. Both renderers and the overlay read this and nothing else.
 */

import { imageCenter, nearestDepth } from "./geometry.js";
import { ordersAt } from "./orders.js";
import { moves, planOf, viewAt } from "./world.js";

/** @import { Pose, StageDocument, StageObject, View } from "./types.js" */
/** @import { World } from "./world.js" */
/** @typedef {{object: StageObject, pose: Pose, time: number, ghost: boolean, before: string[], behind: string[]}} Layer
 *   `before` and `behind` are ids of moving objects that it is always in front of, or always behind */
/** @typedef {{view: View, center: [number, number], near: number, softness: number, layers: Layer[]}} Frame
 *   layers in the order of the list, ghosts last */

const STIRRED = 0.5; // pixels

/** @param {StageDocument} doc @param {World} world @param {number} time @param {string | null} onionOf an object id @returns {Frame} */
export function frameAt(doc, world, time, onionOf = null) {
  const moving = doc.objects.filter(moves);
  const layers = moving.map((object) => ({ object, pose: poseAt(doc, world, object, time), time, ghost: false, ...orderOf(moving, object, time) }));
  const ghosts = moving.filter((object) => object.id === onionOf).flatMap((object) => onion(doc, world, object, time));
  const lens = { view: viewAt(doc, time), center: imageCenter(doc.size_hw), near: nearestDepth(doc.softness) };
  return { ...lens, softness: doc.softness, layers: [...layers, ...ghosts] };
}

/** @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} time @returns {Pose} */
export function poseAt(doc, world, object, time) {
  const { anchor, anchorZ, trajectory } = planOf(doc, world, object);
  return { anchor, anchorZ, ...trajectory.at(time) };
}

/** Whether an object has left its first place, where it is the photo's own and covers its hole. @param {Pose} pose */
export function isAway({ anchor, anchorZ, x, y, z, size, rotation }) {
  return Math.hypot(x - anchor[0], y - anchor[1]) > STIRRED || Math.abs((size * anchorZ) / z - 1) + Math.abs(rotation) > STIRRED / 10;
}

/** The object at each of its waypoints, at most twelve, without the one that it stands on now. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} now @returns {Layer[]} */
function onion(doc, world, object, now) {
  const { anchor, anchorZ, trajectory } = planOf(doc, world, object);
  const every = Math.ceil(trajectory.times.length / 12);
  return trajectory.times.flatMap((time, i) => {
    if (Math.abs(time - now) < 0.02 || i % every) return [];
    return [{ object, pose: { anchor, anchorZ, ...trajectory.along(i) }, time, ghost: true, before: [], behind: [] }];
  });
}

/** @param {readonly StageObject[]} moving @param {StageObject} object @param {number} time */
function orderOf(moving, object, time) {
  const held = ordersAt(object, time);
  const others = (/** @type {"front" | "behind"} */ relation) => {
    const names = held.filter((rule) => rule.relation === relation).map((rule) => rule.name);
    return moving.filter((other) => other !== object && names.includes(other.name)).map((other) => other.id);
  };
  return { before: others("front"), behind: others("behind") };
}
