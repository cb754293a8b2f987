/**
 * What the document stands in: the photo's depth, the instances, each object's tamed depth and support, the revealed
 * background. Values derived from the document are cached by what they are derived from.
 */

import { carried, leaderOf } from "./follow.js";
import { depthFromDisparity, disparityFromDepth, imageCenter, MAX_DISPARITY, nearestDepth, STILL_VIEW } from "./geometry.js";
import { groundDepth } from "./ground.js";
import { isInside, medianInside, unionGrown, valueAt, withScenery } from "./masks.js";
import { remember } from "./memo.js";
import { ownMask } from "./own_masks.js";
import { cameraTrack, trajectory } from "./trajectory.js";

/** @import { Memo } from "./memo.js" */
/** @import { DepthStroke } from "./schema.js" */
/** @import { Trajectory } from "./trajectory.js" */
/** @import { FloatMap, LabelMap, Mask, PathPoint, StageDocument, StageObject, View } from "./types.js" */
/** @typedef {{anchor: [number, number], anchorZ: number, trajectory: Trajectory}} Plan */
/** @typedef {{tamed: FloatMap, support: Mask | null}} Relief */
/** @typedef {{mask: string, shift: number, flatten: boolean}} SceneryEdit */
/** @typedef {{lie: "outdoors" | "table" | "flat", horizon: number}} Ground  the horizon as a share of the height, from the upper edge down */
/**
 * @typedef {object} World
 * @property {FloatMap} disparity the still scene with everything in place
 * @property {FloatMap | null} filled the same with the objects of `lifted` taken out
 * @property {ReadonlySet<string>} lifted their mask ids
 * @property {readonly SceneryEdit[]} scenery what `disparity`, `filled` and the reliefs have in them already
 * @property {readonly DepthStroke[]} strokes over the depth that they have in them, too
 * @property {LabelMap | null} instances
 * @property {boolean} guessed whether the depth map is a guess, which hides nothing that no one picked
 * @property {Ground | null} ground what the guess takes the photo for
 * @property {boolean} pickable whether the instances are good enough to be taken as they are
 * @property {Map<string, Mask>} masks by mask id
 * @property {Map<string, Relief>} reliefs by mask id
 * @property {ImageBitmap | null} photo
 * @property {ImageBitmap | null} background
 * @property {number} version another one whenever anything here changes; no two worlds share one
 */

const FRINGE_PX = 2; // around what is lifted out, where depth and colour still mix with it

/** @param {StageObject} object */
export function moves(object) {
  return object.waypoints.length > 1 && !object.hidden;
}

/** Whether the object leaves a hole in the still scene. @param {StageObject} object */
export function isLifted(object) {
  return moves(object) || object.hidden;
}

/** Those whose pixels are their own. @param {StageDocument} doc */
export function originals({ objects }) {
  return objects.filter(({ copy_of }) => !copy_of);
}

/** @param {FloatMap} disparity @returns {World} */
export function newWorld(disparity) {
  const answered = { filled: null, lifted: new Set(), scenery: [], strokes: [], reliefs: new Map(), background: null };
  return { disparity, masks: new Map(), instances: null, photo: null, guessed: false, ground: null, pickable: false, version: freshVersion(), ...answered };
}

let versions = 0;

/** A version that no world has had. */
export function freshVersion() {
  return ++versions;
}

/** @type {Memo} */
const flatMaps = new WeakMap();
/** @type {Memo} */
const levels = new WeakMap();
/** @type {Memo} */
const depthMaps = new WeakMap();
/** @type {Memo} */
const plans = new WeakMap();
/** @type {Memo} */
const scenes = new WeakMap();
/** @type {Memo} */
const stills = new WeakMap();
/** @type {Memo} */
const shapes = new WeakMap();
/** @type {Memo} */
const tracks = new WeakMap();

/** The object's disparity with stray depth removed; its median until the server has answered. @param {World} world @param {StageObject} object @returns {FloatMap} */
function tamedOf(world, object) {
  const known = world.reliefs.get(object.mask);
  if (known) return known.tamed;
  const mask = world.masks.get(object.mask);
  return remember(flatMaps, mask ?? world, [world.version], () => flatMap(world, mask));
}

/**
 * The object's disparity with its own share of relief: of the depths' differences from its anchor's.
 * @param {World} world @param {StageObject} object @param {number} anchorZ @param {number} softness @returns {FloatMap}
 */
export function shapeOf(world, object, anchorZ, softness) {
  const tamed = tamedOf(world, object);
  const { relief } = object;
  if (relief === 1) return tamed;
  const level = (/** @type {number} */ value) => 1 / (anchorZ + relief * (depthFromDisparity(value, softness) - anchorZ)) - softness;
  return remember(shapes, tamed, [relief, anchorZ, softness], () => ({ ...tamed, data: tamed.data.map(level) }));
}

/** @param {World} world @param {Mask | undefined} mask @returns {FloatMap} */
function flatMap({ disparity }, mask) {
  const { width, height } = disparity;
  return { width, height, data: new Float32Array(width * height).fill(mask ? levelInside(disparity, mask) : 0) };
}

/** The median inside a mask, found once. @param {FloatMap} map @param {Mask} mask */
export function levelInside(map, mask) {
  return remember(levels, map, [mask], () => medianInside(map, mask));
}

/** A disparity map as depth. @param {FloatMap} map @param {number} softness @returns {FloatMap} */
function depthMap(map, softness) {
  return remember(depthMaps, map, [softness], () => ({ ...map, data: map.data.map((value) => depthFromDisparity(value, softness)) }));
}

/** Where an object that has waypoints goes. @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {Plan} */
export function planOf(doc, world, object) {
  const mask = ownMask(doc, world, object);
  const ground = object.on_ground && mask ? stillScene(doc, world).disparity : null;
  const leader = leaderOf(doc, object);
  const carrier = leader ? planOf(doc, world, leader) : null;
  const shape = [doc.softness, ...doc.size_hw];
  return remember(plans, object, [world.version, mask, ground, carrier, ...shape], () => {
    return carrier ? carriedPlan(doc, world, object, mask, carrier) : makePlan(doc, world, object, mask, ground);
  });
}

/** @param {StageDocument} doc @param {World} world @param {StageObject} object @param {Mask | undefined} mask @param {Plan} carrier @returns {Plan} */
function carriedPlan({ size_hw, softness }, world, object, mask, carrier) {
  const anchor = /** @type {[number, number]} */ ([object.waypoints[0].x, object.waypoints[0].y]);
  const anchorZ = depthAtAnchor(world, object, anchor, softness, mask);
  return { anchor, anchorZ, trajectory: carried(carrier, anchor, anchorZ, imageCenter(size_hw), nearestDepth(softness)) };
}

/** @param {StageDocument} doc @param {World} world @param {StageObject} object @param {Mask | undefined} mask @param {FloatMap | null} ground @returns {Plan} */
function makePlan({ softness, size_hw }, world, object, mask, ground) {
  const first = object.waypoints[0];
  const anchor = /** @type {[number, number]} */ ([first.x, first.y]);
  const anchorZ = depthAtAnchor(world, object, anchor, softness, mask);
  const shape = /** @type {const} */ ([size_hw, softness, object.timing, object.easing]);
  const path = trajectory(object.waypoints, anchorZ, ...shape);
  if (!ground || !mask) return { anchor, anchorZ, trajectory: path };
  const depthAlong = groundDepth(depthMap(ground, softness), mask, anchor, anchorZ);
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

/** @param {PathPoint} point @param {(point: PathPoint) => number} depthAlong @returns {PathPoint} */
function withDepth(point, depthAlong) {
  return { ...point, z: depthAlong(point) };
}

/**
 * The object's depth at its anchor, or its median depth when that lies outside its mask.
 * @param {World} world @param {StageObject} object @param {readonly [number, number]} anchor @param {number} softness @param {Mask} [mask] its own pixels
 */
export function depthAtAnchor(world, object, anchor, softness, mask = world.masks.get(object.mask)) {
  const z = depthMap(tamedOf(world, object), softness);
  if (!mask) return depthFromDisparity(0, softness);
  const inside = isInside(mask, anchor[0], anchor[1]) ? valueAt(z, anchor[0], anchor[1]) : null;
  return inside ?? levelInside(z, mask);
}

/** The camera at a moment of the clip. @param {StageDocument} doc @param {number} time @returns {View} */
export function viewAt(doc, time) {
  if (doc.camera.keys.length === 0) return STILL_VIEW;
  return remember(tracks, doc.camera, [doc.softness], () => cameraTrack(doc.camera, doc.softness))(time);
}

/**
 * The still scene as the moving objects leave it: which pixels are lifted out, and the depth that remains.
 * @param {StageDocument} doc @param {World} world @returns {{removed: Mask, disparity: FloatMap}}
 */
export function stillScene(doc, world) {
  return remember(stills, doc, [world.version], () => {
    const own = originals(doc).map((object) => ownMask(doc, world, object));
    const out = originals(doc).map(isLifted);
    const key = [world.version, JSON.stringify(editsOf(doc, world)), ...own, ...out];
    return remember(scenes, world, key, () => makeStillScene(doc, world));
  });
}

/** @param {StageDocument} doc @param {World} world @returns {{removed: Mask, disparity: FloatMap}} */
function makeStillScene(doc, world) {
  const { width, height } = world.disparity;
  const masksOf = (/** @type {readonly StageObject[]} */ objects) => objects.flatMap((object) => ownMask(doc, world, object) ?? []);
  const out = originals(doc).filter(isLifted);
  const removed = unionGrown(world.background ? masksOf(out) : [], width, height, FRINGE_PX);
  const { filled } = world;
  if (!filled) return { removed, disparity: withEdits(world.disparity, doc, world) };
  const without = withEdits(filled, doc, world);
  if (out.length === world.lifted.size && out.every((object) => world.lifted.has(object.mask))) return { removed, disparity: without };
  const whole = withEdits(world.disparity, doc, world);
  const hole = unionGrown(masksOf(out), width, height, FRINGE_PX);
  const still = unionGrown(masksOf(originals(doc).filter((object) => !isLifted(object))), width, height, 0);
  const data = whole.data.map((value, i) => (hole.data[i] && !still.data[i] ? without.data[i] : value));
  return { removed, disparity: { width, height, data } };
}

/** @param {StageDocument} doc @param {World} world @returns {SceneryEdit[]} */
function editsOf(doc, world) {
  return doc.scenery.filter((thing) => world.masks.has(thing.mask)).map(({ mask, shift, flatten }) => ({ mask, shift, flatten }));
}

/**
 * A map with the document's scenery instead of what the server made it with: exactly once the two are the same, and
 * near enough while a slider is dragged.
 * @param {FloatMap} map @param {StageDocument} doc @param {World} world @returns {FloatMap}
 */
function withEdits(map, doc, world) {
  const edits = editsOf(doc, world);
  if (JSON.stringify(edits) === JSON.stringify(world.scenery)) return map;
  const after = withScenery(map, withMasks(edits, world));
  if (world.scenery.length === 0) return after;
  const before = withScenery(map, withMasks(world.scenery, world));
  const data = map.data.map((value, i) => Math.min(Math.max(value + after.data[i] - before.data[i], 0), MAX_DISPARITY));
  return { ...map, data };
}

/** @param {readonly SceneryEdit[]} edits @param {World} world */
function withMasks(edits, world) {
  return edits.map(({ mask, shift, flatten }) => ({ mask: /** @type {Mask} */ (world.masks.get(mask)), shift, flatten }));
}
