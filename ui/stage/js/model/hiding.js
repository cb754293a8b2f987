/**
 * What hides what, as in levitor_core/motion/rendering.py: the nearer surface is seen, but for the object's support and for
 * what a person fixed.
 */

import { bilinear } from "./cutout.js";
import { depthFromDisparity, imageCenter, movedDepth, nearestDepth, STILL_VIEW, undisplace, unproject } from "./geometry.js";
import { isInside, nearestValue, valueAt } from "./masks.js";
import { remember } from "./memo.js";
import { ordersAt } from "./orders.js";
import { ownMask } from "./own_masks.js";
import { isLifted, originals, shapeOf, stillScene } from "./world.js";

/** @import { Frame, Layer } from "./frame.js" */
/** @import { Memo } from "./memo.js" */
/** @import { FloatMap, Mask, StageDocument, StageObject, View } from "./types.js" */
/** @import { World } from "./world.js" */

const NEVER_HIDES = 1;
const ALWAYS_HIDES = 2;
const ALWAYS_SEEN = -1000;
const NEVER_SEEN = 10000;
const FAVOUR = 1.004; // an object at rest is not hidden by the place it was lifted from
const BEFORE = 0.99; // of its depth, just before a still thing; further than FAVOUR reaches
const APART = 1e-4; // how much nearer, of its depth, one of two moving objects is made
const ROUNDS = 4;
const STEPS = 24; // along a line of sight, even in disparity

/** @type {Memo} */
const orders = new WeakMap();
/** @type {Memo} */
const hiders = new WeakMap();
/** @type {Memo} */
const ranges = new WeakMap();

/** Still pixels with a fixed order: 1 never hides the object, 2 always hides it. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} time @returns {Mask} */
function fixedOrder(doc, world, object, time) {
  const support = world.reliefs.get(object.mask)?.support ?? null;
  const rules = ordersAt(object, time);
  const own = ownMask(doc, world, object);
  const hole = isLifted(originals(doc).find(({ name }) => name === object.copy_of) ?? object) ? own : undefined;
  const ruled = (/** @type {"front" | "behind"} */ relation) => rules.filter((rule) => rule.relation === relation).flatMap((rule) => stillMask(doc, world, rule.name));
  const [before, behind, carried] = [ruled("front"), ruled("behind"), [...(support ? [support] : []), ...(object.copy_of && own ? [own] : [])]];
  const guess = world.guessed && !support; // the server has not answered yet, and a guess hides nothing that no one picked
  const picked = [...(support || guess ? originals(doc).filter((other) => other.id !== object.id && !isLifted(other)) : []), ...(guess ? doc.scenery : [])];
  const standing = picked.flatMap((thing) => ownMask(doc, world, thing) ?? []);
  const key = before.length + behind.length ? rules : carried.length ? (own ?? object) : world.masks; // what no one fixed is one for all
  return remember(orders, key, [world.version, guess, behind.length && hole, before.length, standing.length, ...carried, ...before, ...behind, ...standing], () => {
    const { width, height } = world.disparity;
    const data = new Uint8Array(width * height).fill(guess ? NEVER_HIDES : 0);
    const paint = (/** @type {Mask} */ mask, /** @type {number} */ order) => mask.data.forEach((inside, i) => inside && (data[i] = order));
    const outside = (/** @type {Mask} */ mask) => ({ ...mask, data: mask.data.map((inside, i) => (hole?.data[i] ? 0 : inside)) });
    for (const mask of carried) paint(mask, NEVER_HIDES);
    for (const mask of standing) if (mask !== own) paint(mask, 0); // what is picked and stands still is ordered by its depth
    for (const mask of before) paint(mask, NEVER_HIDES);
    for (const mask of behind) paint(outside(mask), ALWAYS_HIDES); // not its own hole
    return { width, height, data };
  });
}

/** The pixels of the still object or scenery of that name. @param {StageDocument} doc @param {World} world @param {string} name @returns {Mask[]} */
function stillMask(doc, world, name) {
  const object = doc.objects.find((candidate) => candidate.name === name);
  const thing = object ?? doc.scenery.find((candidate) => candidate.name === name);
  if (!thing || (object && isLifted(object))) return [];
  const mask = object ? ownMask(doc, world, object) : world.masks.get(thing.mask);
  return mask ? [mask] : [];
}

/**
 * The disparity from which on the object is seen before each still pixel, its fixed orders and its support included.
 * @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} time @returns {FloatMap}
 */
export function hiderOf(doc, world, object, time) {
  const { disparity } = stillScene(doc, world);
  const order = fixedOrder(doc, world, object, time);
  return remember(hiders, order, [disparity, doc.softness], () => {
    const level = (/** @type {number} */ value) => (Math.max(value, 1) + doc.softness) / FAVOUR - doc.softness;
    const data = disparity.data.map((value, i) => [level(value), ALWAYS_SEEN, NEVER_SEEN][order.data[i]]);
    return { ...disparity, data };
  });
}

/**
 * The place of the still scene that the camera sees at (u, v).
 * @param {StageDocument} doc @param {World} world @param {View} view @param {number} u @param {number} v @returns {[number, number]}
 */
export function scenePlace(doc, world, view, u, v) {
  if (view === STILL_VIEW) return [u, v];
  const { softness } = doc;
  const { disparity } = stillScene(doc, world);
  const lens = /** @type {const} */ ([view, imageCenter(doc.size_hw), nearestDepth(softness)]);
  const placeOf = (/** @type {number} */ z) => unproject(u, v, z, ...lens);
  if (view.push === 0) return placeOf(1);
  const [nearest, farthest] = depthsInside(disparity, null, softness);
  const met = firstMet(nearest, farthest, (z) => depthFromDisparity(bilinear(disparity.data, disparity, ...placeOf(z)), softness));
  return placeOf(met.next().value ?? farthest);
}

/**
 * The moving object that is seen at (u, v), in pixels of the working picture; null where it is the still scene.
 * @param {StageDocument} doc @param {World} world @param {Frame} frame @param {number} u @param {number} v @returns {StageObject | null}
 */
export function seenAt(doc, world, frame, u, v) {
  const layers = frame.layers.filter((layer) => !layer.ghost);
  const place = scenePlace(doc, world, frame.view, u, v);
  const scene = sceneDepth(doc, world, place);
  const depths = layers.map((layer) => againstScene(doc, world, layer, layerDepth(doc, world, frame, layer, u, v), scene, place));
  layers.forEach((layer, own) => (depths[own] = againstOthers(layers, depths, layer, own)));
  let [best, seen] = [scene * FAVOUR, -1];
  depths.forEach((z, i) => z < Infinity && z <= best && ([best, seen] = [z, i]));
  return seen < 0 ? null : layers[seen].object;
}

/** Depth of the still scene's pixel; infinite outside the photo. @param {StageDocument} doc @param {World} world @param {[number, number]} place */
function sceneDepth(doc, world, place) {
  const level = valueAt(stillScene(doc, world).disparity, ...place);
  return level === null ? Infinity : depthFromDisparity(level, doc.softness);
}

/**
 * Depth of a moved object's surface at (u, v), before the camera's push: the nearest that the line of sight meets;
 * infinite where there is none.
 * @param {StageDocument} doc @param {World} world @param {Frame} frame @param {Layer} layer @param {number} u @param {number} v
 */
function layerDepth(doc, world, { view, center, near, softness }, { object, pose }, u, v) {
  const mask = ownMask(doc, world, object);
  if (!mask) return Infinity;
  const shape = shapeOf(world, object, pose.anchorZ, softness);
  const [nearest, farthest] = depthsInside(shape, mask, softness);
  const lens = object.pinned_to_screen ? STILL_VIEW : view;
  const moved = (/** @type {number} */ z) => movedDepth(z, pose, near);
  const placeOf = (/** @type {number} */ z) => undisplace(...unproject(u, v, moved(z), lens, center, near), z, pose, center, near);
  for (const z of firstMet(nearest, farthest, (depth) => depthFromDisparity(nearestValue(shape, ...placeOf(depth)), softness))) {
    if (isInside(mask, ...placeOf(z))) return moved(z);
  }
  return Infinity;
}

/**
 * The depths, nearest first, at which a line of sight meets a surface.
 * @param {number} nearest @param {number} farthest depths that the surface has @param {(z: number) => number} surface its depth where the line is at depth z
 */
function* firstMet(nearest, farthest, surface) {
  const at = (/** @type {number} */ step) => 1 / (1 / nearest + ((1 / farthest - 1 / nearest) * step) / STEPS);
  for (let step = 0, before = false; step <= STEPS; step++) {
    let [low, z] = [at(Math.max(step - 1, 0)), at(step)];
    const behind = surface(z) <= z * (1 + 1e-9);
    for (let round = 0; behind && !before && round < ROUNDS; round++) {
      const middle = (low + z) / 2;
      if (surface(middle) <= middle) z = middle;
      else low = middle;
    }
    if (behind && !before) yield z;
    before = behind;
  }
}

/** Nearest and farthest depth of a map, within a mask. @param {FloatMap} map @param {Mask | null} mask @param {number} softness @returns {[number, number]} */
function depthsInside(map, mask, softness) {
  return remember(ranges, map, [mask, softness], () => {
    let [low, high] = [Infinity, -Infinity];
    map.data.forEach((value, i) => (!mask || mask.data[i]) && ([low, high] = [Math.min(low, value), Math.max(high, value)]));
    return [depthFromDisparity(high, softness), depthFromDisparity(low, softness)];
  });
}

/** @param {StageDocument} doc @param {World} world @param {Layer} layer @param {number} z @param {number} scene @param {[number, number]} place */
function againstScene(doc, world, { object, time }, z, scene, place) {
  if (z === Infinity || scene === Infinity) return z;
  const order = valueAt(fixedOrder(doc, world, object, time), ...place);
  if (order === NEVER_HIDES) return Math.min(z, scene * (1 - (1 - BEFORE) * Math.min(scene / z, 1)));
  return order === ALWAYS_HIDES ? Math.max(z, scene / BEFORE) : z;
}

/** What is fixed between moving objects, in the order in which the engine goes about it. @param {readonly Layer[]} layers @param {readonly number[]} depths @param {Layer} layer @param {number} own */
function againstOthers(layers, depths, layer, own) {
  const of = (/** @type {readonly string[]} */ ids) => layers.flatMap(({ object }, i) => (ids.includes(object.id) && depths[i] < Infinity ? [depths[i]] : []));
  if (depths[own] === Infinity) return Infinity;
  const before = Math.min(depths[own], ...of(layer.before).map((z) => z * (1 - APART)));
  return Math.max(before, ...of(layer.behind).map((z) => z * (1 + APART)));
}
