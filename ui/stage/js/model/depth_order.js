/**
 * People think in order, not numbers: what a path passes, and the depth that puts an object just behind, just in
 * front of, or level with something.
 */

import { areaName } from "./areas.js";
import { bilinear } from "./cutout.js";
import { findItem } from "./document.js";
import { poseAt } from "./frame.js";
import { depthFromDisparity, sliderOfDepth } from "./geometry.js";
import { hiderOf } from "./hiding.js";
import { isInside, valueAt } from "./masks.js";
import { ownMask } from "./own_masks.js";
import { moves, planOf, shapeOf, stillScene } from "./world.js";

/** @import { FloatMap, LabelMap, StageDocument, StageObject } from "./types.js" */
/** @import { World } from "./world.js" */
/** @typedef {{key: string, name: string}} Thing */

const GAP = 0.012; // of z, between surfaces that just pass each other

/** The things an object can be ordered against: other objects, scenery, the instance under a point. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} x @param {number} y @returns {Thing[]} */
export function thingsFor(doc, world, object, x, y) {
  const others = doc.objects.filter((other) => other.id !== object.id && !other.hidden);
  const named = [...others, ...doc.scenery].map(({ id, name }) => ({ key: id, name }));
  const here = thingAt(doc, world, object.id, x, y);
  if (!here) return named;
  return [here, ...named.filter((thing) => thing.key !== here.key)];
}

/** What stands still at a point of the scene, the object itself aside. @param {StageDocument} doc @param {World} world @param {string} except @param {number} x @param {number} y @returns {Thing | null} */
export function thingAt(doc, world, except, x, y) {
  const still = [...doc.objects.filter((object) => !moves(object) && !object.hidden), ...doc.scenery];
  const found = still.find((item) => {
    const mask = maskOf(doc, world, item);
    return item.id !== except && mask && isInside(mask, x, y);
  });
  if (found) return { key: found.id, name: found.name };
  const label = world.instances && valueAt(world.instances, x, y);
  if (!label || isPicked(doc, world, x, y)) return null;
  return { key: `#${label}`, name: areaName(/** @type {LabelMap} */ (world.instances), label) };
}

/** The pixels of an object or of scenery. @param {StageDocument} doc @param {World} world @param {{id: string, mask: string}} item */
export function maskOf(doc, world, item) {
  return doc.scenery.some((thing) => thing.id === item.id) ? world.masks.get(item.mask) : ownMask(doc, world, item);
}

/** @param {StageDocument} doc @param {World} world @param {number} x @param {number} y */
function isPicked(doc, world, x, y) {
  return doc.objects.some((object) => {
    const mask = ownMask(doc, world, object);
    return mask && isInside(mask, x, y);
  });
}

/**
 * Depth for a waypoint that puts the object wholly behind, or wholly in front of, a thing near (x, y) at that time.
 * @param {StageDocument} doc @param {World} world @param {StageObject} object @param {string} key
 * @param {"behind" | "front"} side @param {number} x @param {number} y @param {number} time @returns {number | null} z
 */
export function depthBeside(doc, world, object, key, side, x, y, time) {
  const range = depthRangeOf(doc, world, key, x, y, time);
  if (!range) return null;
  const { anchorZ } = planOf(doc, world, object);
  const own = ownRange(doc, world, object, anchorZ);
  if (side === "behind") return range[1] * (1 + GAP) + (anchorZ - own[0]);
  return Math.max(range[0] * (1 - GAP) - (own[1] - anchorZ), range[0] * 0.5);
}

/** Nearest and farthest z of the object's own pixels. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} anchorZ @returns {[number, number]} */
function ownRange(doc, world, object, anchorZ) {
  const mask = ownMask(doc, world, object);
  const values = shapeOf(world, object, anchorZ, doc.softness).data.filter((_, i) => mask?.data[i]).sort();
  return depthsOf(values, doc.softness, 0.02);
}

/** @param {Float32Array} sorted disparities @param {number} softness @param {number} margin share cut at both ends @returns {[number, number]} */
function depthsOf(sorted, softness, margin) {
  const pick = (/** @type {number} */ share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return [depthFromDisparity(pick(1 - margin), softness), depthFromDisparity(pick(margin), softness)];
}

/** @param {StageDocument} doc @param {World} world @param {string} key @param {number} x @param {number} y @param {number} time @returns {[number, number] | null} */
function depthRangeOf(doc, world, key, x, y, time) {
  const mover = doc.objects.find((other) => other.id === key && moves(other));
  if (mover) {
    const pose = poseAt(doc, world, mover, time);
    const own = ownRange(doc, world, mover, pose.anchorZ);
    return [own[0] + pose.z - pose.anchorZ, own[1] + pose.z - pose.anchorZ];
  }
  const inside = insideOf(doc, world, key);
  if (!inside) return null;
  const values = nearby(stillScene(doc, world).disparity, inside, x, y);
  return values.length ? depthsOf(values, doc.softness, 0.05) : null;
}

/** @param {StageDocument} doc @param {World} world @param {string} key @returns {((i: number) => boolean) | null} */
function insideOf(doc, world, key) {
  const { instances } = world;
  if (key.startsWith("#")) return instances ? (i) => instances.data[i] === Number(key.slice(1)) : null;
  const item = findItem(doc, key);
  const mask = item && maskOf(doc, world, item);
  return mask ? (i) => mask.data[i] === 1 : null;
}

/** Sorted disparities of a thing around a point: within a sixth of the picture, or all of it. @param {FloatMap} map @param {(i: number) => boolean} inside @param {number} x @param {number} y */
function nearby({ width, height, data }, inside, x, y) {
  const reach = Math.max(width, height) / 6;
  const close = data.filter((_, i) => inside(i) && Math.hypot((i % width) - x, Math.floor(i / width) - y) < reach);
  return (close.length ? close : data.filter((_, i) => inside(i))).sort();
}

/** Depth of the still scene under a point. @param {StageDocument} doc @param {World} world @param {number} x @param {number} y */
export function sceneDepthAt(doc, world, x, y) {
  const { disparity } = stillScene(doc, world);
  return depthFromDisparity(bilinear(disparity.data, disparity, x, y), doc.softness);
}

/** Whether something still hides the object's anchor there, fixed orders included; null outside the picture. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {{x: number, y: number, z: number}} point @param {number} time */
export function hiddenAt(doc, world, object, { x, y, z }, time) {
  const hider = valueAt(hiderOf(doc, world, object, time), x, y);
  return hider === null ? null : 1 / z - doc.softness < hider;
}

/** In words: what the object passes here. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {{x: number, y: number, z: number}} point @param {number} time */
export function orderInWords(doc, world, object, point, time) {
  const hidden = hiddenAt(doc, world, object, point, time);
  if (hidden === null) return "outside the picture";
  const thing = thingAt(doc, world, object.id, point.x, point.y);
  const name = thing?.name ?? "the background";
  return hidden ? `behind ${name}` : `in front of ${name}`;
}

/**
 * Named stretches of the path: from, to (times), the thing's nearest and farthest slider position there.
 * @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} samples
 * @returns {{key: string, name: string, from: number, to: number, low: number, high: number}[]}
 */
export function bandsOf(doc, world, object, samples = 96) {
  const bands = [];
  const { anchorZ } = planOf(doc, world, object);
  /** @type {{key: string, name: string, from: number, to: number, low: number, high: number} | null} */
  let open = null;
  for (let i = 0; i <= samples; i++) {
    const time = i / samples;
    const { x, y } = poseAt(doc, world, object, time);
    const thing = thingAt(doc, world, object.id, x, y);
    if (open && open.key !== thing?.key) open = null;
    if (!thing) continue;
    const level = sliderOfDepth(sceneDepthAt(doc, world, x, y), doc.softness, anchorZ);
    if (!open) bands.push((open = { ...thing, from: time, to: time, low: level, high: level }));
    open.to = time;
    open.low = Math.min(open.low, level);
    open.high = Math.max(open.high, level);
  }
  return bands.filter((band) => band.to > band.from);
}
