/**
 * Document + world + moment -> what to draw. Both renderers and the overlay read this and nothing else.
 */

import { imageCenter, nearestDepth } from "./geometry.js";
import { moves, planOf, viewAt } from "./world.js";

/** @typedef {import("./types.js").StageDocument} StageDocument */
/** @typedef {import("./types.js").Pose} Pose */
/** @typedef {import("./world.js").World} World */
/** @typedef {{object: import("./types.js").StageObject, pose: Pose, ghost: boolean}} Layer */
/** @typedef {{view: import("./types.js").View, center: [number, number], near: number, softness: number, layers: Layer[],
 *   over: [string, string][]}} Frame  `over` lists (upper, lower) ids of moving objects with a fixed order */

/** @param {StageDocument} doc @param {World} world @param {number} time @param {string | null} onionOf an object id @returns {Frame} */
export function frameAt(doc, world, time, onionOf = null) {
  const view = viewAt(doc, time);
  const moving = doc.objects.filter(moves);
  const layers = moving.map((object) => ({ object, pose: poseAt(doc, world, object, time), ghost: false }));
  const ghosts = moving.filter((object) => object.id === onionOf).flatMap((object) => onion(doc, world, object, time));
  const base = { view, center: imageCenter(doc.size_hw), near: nearestDepth(doc.softness), softness: doc.softness };
  return { ...base, layers: [...drawingOrder(layers), ...ghosts], over: fixedPairs(moving) };
}

/** @param {StageDocument} doc @param {World} world @param {import("./types.js").StageObject} object @param {number} time @returns {Pose} */
export function poseAt(doc, world, object, time) {
  const { anchor, anchorZ, trajectory } = planOf(doc, world, object);
  return { anchor, anchorZ, ...trajectory.at(time) };
}

/** The object at each of its waypoints, at most twelve, without the one that it stands on now. @param {StageDocument} doc @param {World} world @param {import("./types.js").StageObject} object @param {number} now @returns {Layer[]} */
function onion(doc, world, object, now) {
  const { anchor, anchorZ, trajectory } = planOf(doc, world, object);
  const every = Math.ceil(trajectory.times.length / 12);
  return trajectory.times.flatMap((time, i) => {
    if (Math.abs(time - now) < 0.02 || i % every) return [];
    return [{ object, pose: { anchor, anchorZ, ...trajectory.along(i) }, ghost: true }];
  });
}

/** @param {readonly import("./types.js").StageObject[]} moving @returns {[string, string][]} */
function fixedPairs(moving) {
  return moving.flatMap((object) =>
    object.order_overrides.flatMap((rule) => {
      const other = moving.find((candidate) => candidate.name === rule.name);
      if (!other) return [];
      const pair = rule.relation === "front" ? [object.id, other.id] : [other.id, object.id];
      return [/** @type {[string, string]} */ (pair)];
    }),
  );
}

/** Lower ones of a fixed order come first. @param {Layer[]} layers @returns {Layer[]} */
function drawingOrder(layers) {
  const pairs = fixedPairs(layers.map((layer) => layer.object));
  if (pairs.length === 0) return layers;
  const left = [...layers];
  const sorted = [];
  while (left.length) {
    const free = left.findIndex(({ object }) =>
      pairs.every(([upper, lower]) => upper !== object.id || !left.some((layer) => layer.object.id === lower)),
    );
    sorted.push(...left.splice(Math.max(free, 0), 1));
  }
  return sorted;
}
