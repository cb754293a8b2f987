/**
 * What the document stands in: the photo's depth, the instances, each object's tamed depth and support, the revealed
 * background. Values derived from the document are cached by the identity of what they are derived from.
 */

import { depthFromDisparity, disparityFromDepth, MAX_DISPARITY, STILL_VIEW } from "./geometry.js";
import { bilinear } from "./cutout.js";
import { isInside, medianInside, unionGrown, valueAt, withScenery } from "./masks.js";
import { cameraTrack, trajectory } from "./trajectory.js";

/** @typedef {import("./types.js").Mask} Mask */
/** @typedef {import("./types.js").FloatMap} FloatMap */
/** @typedef {import("./types.js").StageDocument} StageDocument */
/** @typedef {import("./types.js").StageObject} StageObject */
/** @typedef {{anchor: [number, number], anchorZ: number, trajectory: import("./trajectory.js").Trajectory}} Plan */
/** @typedef {{tamed: FloatMap, support: Mask | null}} Relief */
/**
 * @typedef {object} World
 * @property {FloatMap} disparity the still scene with everything in place
 * @property {FloatMap | null} filled the same with every picked object lifted out
 * @property {import("./types.js").LabelMap | null} instances
 * @property {boolean} pickable whether the instances are good enough to be taken as they are
 * @property {Map<string, Mask>} masks by mask id
 * @property {Map<string, Relief>} reliefs by mask id
 * @property {ImageBitmap | null} photo
 * @property {ImageBitmap | null} background
 * @property {number} version another one whenever anything here changes; no two worlds share one
 */

const GROUND_STEPS = 8;

/** @param {StageObject} object */
export function moves(object) {
  return object.waypoints.length > 1 && !object.hidden;
}

/** @param {FloatMap} disparity @returns {World} */
export function newWorld(disparity) {
  const empty = { filled: null, instances: null, photo: null, background: null, pickable: false, version: freshVersion() };
  return { disparity, masks: new Map(), reliefs: new Map(), ...empty };
}

let versions = 0;

/** A version that no world has had. */
export function freshVersion() {
  return ++versions;
}

/** The object's disparity with stray depth removed; its median until the server has answered. @param {World} world @param {StageObject} object @returns {FloatMap} */
export function tamedOf(world, object) {
  const known = world.reliefs.get(object.mask);
  if (known) return known.tamed;
  const mask = world.masks.get(object.mask);
  return remember(flatMaps, mask ?? world, world.version, () => flatMap(world, mask));
}

/** @param {World} world @param {Mask | undefined} mask @returns {FloatMap} */
function flatMap({ disparity }, mask) {
  const { width, height } = disparity;
  return { width, height, data: new Float32Array(width * height).fill(mask ? levelInside(disparity, mask) : 0) };
}

/** The median inside a mask, found once. @param {FloatMap} map @param {Mask} mask */
export function levelInside(map, mask) {
  return remember(levels, map, mask, () => medianInside(map, mask));
}

/** @type {WeakMap<object, {version: unknown, value: any}>} */
const flatMaps = new WeakMap();
/** @type {WeakMap<object, {version: unknown, value: any}>} */
const levels = new WeakMap();
/** @type {WeakMap<object, {version: unknown, value: any}>} */
const plans = new WeakMap();
/** @type {WeakMap<object, {version: unknown, value: any}>} */
const scenes = new WeakMap();
/** @type {WeakMap<object, {version: unknown, value: any}>} */
const stills = new WeakMap();
/** @type {WeakMap<object, {version: unknown, value: any}>} */
const tracks = new WeakMap();

/** @template T @param {WeakMap<object, {version: unknown, value: any}>} cache @param {object} key @param {unknown} version @param {() => T} make @returns {T} */
function remember(cache, key, version, make) {
  const known = cache.get(key);
  if (known && known.version === version) return known.value;
  const value = make();
  cache.set(key, { version, value });
  return value;
}

/** Where an object that has waypoints goes. @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {Plan} */
export function planOf(doc, world, object) {
  const version = `${world.version}/${doc.softness}/${doc.size_hw}`;
  return remember(plans, object, version, () => makePlan(doc, world, object));
}

/** @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {Plan} */
function makePlan(doc, world, object) {
  const { softness, size_hw } = doc;
  const first = object.waypoints[0];
  const anchor = /** @type {[number, number]} */ ([first.x, first.y]);
  const anchorZ = depthAtAnchor(world, object, anchor, softness);
  const shape = /** @type {const} */ ([size_hw, softness, object.timing, object.easing]);
  const path = trajectory(object.waypoints, anchorZ, ...shape);
  if (!object.on_ground || !world.masks.has(object.mask)) return { anchor, anchorZ, trajectory: path };
  const depthAlong = ground(doc, world, object, anchorZ);
  const placed = object.waypoints.map((point, i) => {
    const nearness = disparityFromDepth(depthAlong(path.along(i)), softness) / MAX_DISPARITY;
    return { ...point, nearness };
  });
  const grounded = trajectory(placed, anchorZ, ...shape);
  const at = (/** @type {number} */ time) => withDepth(grounded.at(time), depthAlong);
  const along = (/** @type {number} */ index) => withDepth(grounded.along(index), depthAlong);
  const depths = placed.map((_, i) => along(i).z);
  return { anchor, anchorZ, trajectory: { at, along, times: grounded.times, depths } };
}

/** @typedef {import("./types.js").PathPoint} PathPoint */
/** @param {PathPoint} point @param {(point: PathPoint) => number} depthAlong @returns {PathPoint} */
function withDepth(point, depthAlong) {
  return { ...point, z: depthAlong(point) };
}

/** @param {World} world @param {StageObject} object @param {readonly [number, number]} anchor @param {number} softness */
export function depthAtAnchor(world, object, anchor, softness) {
  const tamed = tamedOf(world, object);
  const mask = world.masks.get(object.mask);
  const inside = mask && isInside(mask, anchor[0], anchor[1]);
  const disparity = inside ? valueAt(tamed, anchor[0], anchor[1]) : mask ? levelInside(tamed, mask) : 0;
  return depthFromDisparity(disparity ?? 0, softness);
}

/**
 * Depth of an object that stands on the scene: its own, times how much farther the ground under it is. The nearer the
 * object, the larger it is and the lower it stands; a few rounds find where that agrees.
 * @param {StageDocument} doc @param {World} world @param {StageObject} object @param {number} anchorZ
 * @returns {(point: PathPoint) => number}
 */
function ground(doc, world, object, anchorZ) {
  const map = world.filled ?? world.disparity;
  const mask = /** @type {Mask} */ (world.masks.get(object.mask));
  const contact = contactPoint(mask);
  const z = remember(scenes, map, doc.softness, () => map.data.map((value) => depthFromDisparity(value, doc.softness)));
  const beneath = (/** @type {number} */ x, /** @type {number} */ y) => bilinear(z, map, x, y);
  const armX = contact[0] - object.waypoints[0].x;
  const armY = contact[1] - object.waypoints[0].y;
  const own = beneath(contact[0], contact[1]);
  return ({ x, y, size, rotation }) => {
    const cos = size * Math.cos(rotation);
    const sin = size * Math.sin(rotation);
    let depth = anchorZ;
    for (let i = 0; i < GROUND_STEPS; i++) {
      const grow = anchorZ / depth;
      depth = (anchorZ * beneath(x + (armX * cos - armY * sin) * grow, y + (armX * sin + armY * cos) * grow)) / own;
    }
    return depth;
  };
}

/** Where the object stands: the middle of its mask's lowest eighth, on its lowest row. @param {Mask} mask @returns {[number, number]} */
export function contactPoint({ width, height, data }) {
  const rows = [];
  for (let y = 0; y < height; y++) if (data.subarray(y * width, (y + 1) * width).includes(1)) rows.push(y);
  if (rows.length === 0) return [width / 2, height / 2];
  const last = rows[rows.length - 1];
  const top = last - Math.floor((last - rows[0]) / 8);
  let [sum, count] = [0, 0];
  for (let i = top * width; i < (last + 1) * width; i++) {
    if (data[i]) [sum, count] = [sum + (i % width), count + 1];
  }
  return [sum / count, last];
}

/**
 * The still scene as the moving objects leave it: which pixels are lifted out, and the depth that remains.
 * @param {StageDocument} doc @param {World} world @returns {{removed: Mask, disparity: FloatMap}}
 */
export function stillScene(doc, world) {
  return remember(stills, doc, world.version, () => {
    const lifted = doc.objects.filter((object) => moves(object) || object.hidden);
    const key = [world.version, ...lifted.map((object) => object.mask), JSON.stringify(doc.scenery)].join("/");
    return remember(scenes, world, key, () => makeStillScene(doc, world, lifted));
  });
}

/** The camera at a moment of the clip. @param {StageDocument} doc @param {number} time @returns {import("./types.js").View} */
export function viewAt(doc, time) {
  if (doc.camera.keys.length === 0) return STILL_VIEW;
  return remember(tracks, doc.camera, doc.softness, () => cameraTrack(doc.camera, doc.softness))(time);
}

/** @param {StageDocument} doc @param {World} world @param {readonly StageObject[]} lifted */
function makeStillScene(doc, world, lifted) {
  const { width, height } = world.disparity;
  const masks = lifted.flatMap((object) => world.masks.get(object.mask) ?? []);
  const { background, filled } = world;
  const removed = unionGrown(background ? masks : [], width, height, 2);
  const scenery = doc.scenery.flatMap((thing) => {
    const mask = world.masks.get(thing.mask);
    return mask ? [{ mask, shift: thing.shift, flatten: thing.flatten }] : [];
  });
  const whole = withScenery(world.disparity, scenery);
  if (!filled) return { removed, disparity: whole };
  const without = withScenery(filled, scenery);
  const lower = unionGrown(masks, width, height, 0);
  const data = whole.data.map((value, i) => (lower.data[i] ? without.data[i] : value));
  return { removed, disparity: { width, height, data } };
}

const ALWAYS_SEEN = -1000;
const NEVER_SEEN = 10000;
const FAVOUR = 1.004; // an object at rest is not hidden by the place it was lifted from

/**
 * The disparity from which on the object is seen before each still pixel, its fixed orders and its support included.
 * @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {FloatMap}
 */
export function hiderOf(doc, world, object) {
  /** @type {WeakMap<object, FloatMap>} */
  const known = remember(hidersOfDocument, doc, world.version, () => new WeakMap());
  const hider = known.get(object) ?? findHider(doc, world, object);
  known.set(object, hider);
  return hider;
}

/** @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {FloatMap} */
function findHider(doc, world, object) {
  const { disparity } = stillScene(doc, world);
  const key = [world.version, object.mask, JSON.stringify(object.order_overrides), doc.softness];
  const others = object.order_overrides.length ? doc.objects.map((o) => `${o.name}:${o.mask}:${moves(o)}`) : [];
  const byKey = remember(hiders, disparity, world, () => new Map());
  const full = [...key, ...others].join("/");
  const known = byKey.get(full);
  if (known) return known;
  if (byKey.size > 48) byKey.clear();
  const order = makeFixedOrder(doc, world, object);
  const level = (/** @type {number} */ value) => (Math.max(value, 1) + doc.softness) / FAVOUR - doc.softness;
  const data = disparity.data.map((value, i) => [level(value), ALWAYS_SEEN, NEVER_SEEN][order.data[i]]);
  const made = { width: disparity.width, height: disparity.height, data };
  byKey.set(full, made);
  return made;
}

/** @type {WeakMap<object, {version: unknown, value: any}>} */
const hiders = new WeakMap();
/** @type {WeakMap<object, {version: unknown, value: any}>} */
const hidersOfDocument = new WeakMap();

/** Still pixels with a fixed order: 1 never hides the object, 2 always hides it. @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {Mask} */
function makeFixedOrder(doc, world, object) {
  const { width, height } = world.disparity;
  const data = new Uint8Array(width * height);
  const support = world.reliefs.get(object.mask)?.support;
  if (support) support.data.forEach((inside, i) => inside && (data[i] = 1));
  for (const rule of object.order_overrides) {
    const other = [...doc.objects.filter((o) => !moves(o)), ...doc.scenery].find((item) => item.name === rule.name);
    const mask = other && world.masks.get(other.mask);
    mask?.data.forEach((inside, i) => inside && (data[i] = rule.relation === "front" ? 1 : 2));
  }
  return { width, height, data };
}
