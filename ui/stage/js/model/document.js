/**
 * The person's work as an immutable value, and the actions that make a new one. Nothing here touches the page.
 */

import { COLOURS, DEFAULTS, MAX_NAME, MAX_NEARNESS, MAX_OBJECTS, MAX_ORDERS, MAX_SCENERY, MAX_WAYPOINTS } from "./schema.js";

/** @import { CameraMove, OrderOverride, StageDocument, StageObject, Waypoint } from "./types.js" */

export const MIN_SIZE = 0.05;
export const MAX_SIZE = 20;
const KEYS_APART = 0.01; // of the clip

/** @param {readonly [number, number]} sizeHW @param {Partial<StageDocument>} [values] @returns {StageDocument} */
export function emptyDocument(sizeHW, values = {}) {
  const camera = { keys: [], easing: /** @type {const} */ ("both") };
  const { softness } = DEFAULTS.Document;
  const settings = { ...DEFAULTS.GenerationSettings };
  return { size_hw: sizeHW, settings, renderers: {}, softness, objects: [], scenery: [], depth_strokes: [], camera, ...values };
}

/** @param {number} x @param {number} y @param {Partial<Waypoint>} [values] @returns {Waypoint} */
export function waypoint(x, y, values = {}) {
  return { ...DEFAULTS.Waypoint, x, y, ...values };
}

/** @param {StageDocument} doc @param {string | null} id @returns {StageObject | undefined} */
export function findObject(doc, id) {
  return doc.objects.find((object) => object.id === id);
}

/** An object, or scenery. @param {StageDocument} doc @param {string} id */
export function findItem(doc, id) {
  return [...doc.objects, ...doc.scenery].find((item) => item.id === id);
}

/** Why there can be no further object; "" when there can. @param {StageDocument} doc */
export function whyFull(doc) {
  return doc.objects.length < MAX_OBJECTS ? "" : `A project holds at most ${MAX_OBJECTS} objects; delete one first.`;
}

/** @param {StageDocument} doc */
function freshId(doc) {
  const used = new Set([...doc.objects, ...doc.scenery].map((item) => item.id));
  let n = 1;
  while (used.has(`o${n}`)) n += 1;
  return `o${n}`;
}

/** A name nobody has yet. @param {StageDocument} doc @param {string} wanted @param {string} [except] an id that may keep it */
function freshName(doc, wanted, except) {
  const taken = new Set([...doc.objects, ...doc.scenery].filter((item) => item.id !== except).map((item) => item.name));
  const clean = wanted.trim().slice(0, MAX_NAME) || "Object";
  if (!taken.has(clean)) return clean;
  const stem = clean.replace(/ \d+$/, "").slice(0, MAX_NAME - 5);
  let n = 2;
  while (taken.has(`${stem} ${n}`)) n += 1;
  return `${stem} ${n}`;
}

/** @param {StageDocument} doc @param {string} mask @param {string} [name] @returns {[StageDocument, string]} */
export function addObject(doc, mask, name) {
  const id = freshId(doc);
  const used = new Set(doc.objects.map((object) => object.colour));
  const colour = COLOURS.find((candidate) => !used.has(candidate)) ?? COLOURS[doc.objects.length % COLOURS.length];
  const named = freshName(doc, name ?? `Object ${doc.objects.length + 1}`);
  const object = { ...DEFAULTS.SceneObject, id, name: named, colour, mask };
  return [{ ...doc, objects: [...doc.objects, object] }, id];
}

/** @param {StageDocument} doc @param {string} id @param {Partial<StageObject>} changes @returns {StageDocument} */
export function updateObject(doc, id, changes) {
  return { ...doc, objects: doc.objects.map((object) => (object.id === id ? { ...object, ...changes } : object)) };
}

/** The name of the object whose pixels one shows: its own, or that of which it is a copy. @param {StageObject} object */
function rootOf({ name, copy_of }) {
  return copy_of ?? name;
}

/** Another outline, of what shows the same pixels too. @param {StageDocument} doc @param {string} id @param {string} mask @returns {StageDocument} */
export function setMask(doc, id, mask) {
  const changed = findObject(doc, id);
  if (!changed) return doc;
  return { ...doc, objects: doc.objects.map((object) => (rootOf(object) === rootOf(changed) ? { ...object, mask } : object)) };
}

/** The same pixels once more, with a path of their own, at first the same. @param {StageDocument} doc @param {string} id @returns {[StageDocument, string]} */
export function duplicateObject(doc, id) {
  const object = findObject(doc, id);
  if (!object) return [doc, id];
  const [made, added] = addObject(doc, object.mask, object.name);
  const { name, colour } = /** @type {StageObject} */ (findObject(made, added));
  return [updateObject(made, added, { ...object, id: added, name, colour, copy_of: rootOf(object) }), added];
}

/** What depended on what is gone: the first of its copies takes its place, and who rode on it goes the same way alone. @param {readonly StageObject[]} objects @param {string} gone @returns {StageObject[]} */
function passOn(objects, gone) {
  const heir = objects.find((object) => object.copy_of === gone);
  const freed = (/** @type {StageObject} */ object) => (object.follows === gone ? { ...object, follows: null } : object);
  return objects.map((object) => (object.copy_of !== gone ? freed(object) : { ...freed(object), copy_of: object === heir ? null : (heir?.name ?? null) }));
}

/** Other objects' order overrides follow the new name. @param {StageDocument} doc @param {string} id @param {string} wanted */
export function rename(doc, id, wanted) {
  const item = findItem(doc, id);
  if (!item) return doc;
  const name = freshName(doc, wanted, id);
  const objects = doc.objects.map((object) => ({
    ...object,
    name: object.id === id ? name : object.name,
    copy_of: object.copy_of === item.name ? name : object.copy_of,
    follows: object.follows === item.name ? name : object.follows,
    order_overrides: object.order_overrides.map((rule) => (rule.name === item.name ? { ...rule, name } : rule)),
  }));
  const scenery = doc.scenery.map((thing) => (thing.id === id ? { ...thing, name } : thing));
  return { ...doc, objects, scenery };
}

/** @param {StageDocument} doc @param {string} id @returns {StageDocument} */
export function remove(doc, id) {
  const gone = findItem(doc, id);
  if (!gone) return doc;
  const objects = doc.objects
    .filter((object) => object.id !== id)
    .map((object) => ({ ...object, order_overrides: object.order_overrides.filter((rule) => rule.name !== gone.name) }));
  return { ...doc, objects: passOn(objects, gone.name), scenery: doc.scenery.filter((thing) => thing.id !== id) };
}

/** An object becomes scenery: still, with a depth that can be shifted. @param {StageDocument} doc @param {string} id */
export function toScenery(doc, id) {
  const object = findObject(doc, id);
  if (!object || doc.scenery.length >= MAX_SCENERY) return doc;
  const thing = { ...DEFAULTS.Scenery, id, name: object.name, mask: object.mask };
  return { ...doc, objects: passOn(doc.objects.filter((other) => other.id !== id), object.name), scenery: [...doc.scenery, thing] };
}

/** @param {StageDocument} doc @param {string} mask @param {string} name */
export function addScenery(doc, mask, name) {
  if (doc.scenery.length >= MAX_SCENERY) return doc;
  const thing = { ...DEFAULTS.Scenery, id: freshId(doc), name: freshName(doc, name), mask };
  return { ...doc, scenery: [...doc.scenery, thing] };
}

/** @param {StageDocument} doc @param {string} id @param {{shift?: number, flatten?: boolean}} changes */
export function updateScenery(doc, id, changes) {
  return { ...doc, scenery: doc.scenery.map((thing) => (thing.id === id ? { ...thing, ...changes } : thing)) };
}

/**
 * In front of or behind another for a stretch of the clip, or as depth has it.
 * @param {StageDocument} doc @param {string} id @param {string} name @param {"front" | "behind" | null} relation @param {number} [start] @param {number} [end]
 */
export function setOrder(doc, id, name, relation, start = 0, end = 1) {
  const object = findObject(doc, id);
  if (!object) return doc;
  const kept = object.order_overrides.flatMap((rule) => (rule.name === name ? outside(rule, start, end) : [rule]));
  const added = relation ? [{ name, relation, start, end }] : [];
  return updateObject(doc, id, { order_overrides: [...kept, ...added].slice(-MAX_ORDERS) });
}

/** What an order has before and after a stretch of the clip. @param {OrderOverride} rule @param {number} start @param {number} end @returns {OrderOverride[]} */
function outside(rule, start, end) {
  const before = rule.start < start ? [{ ...rule, end: Math.min(rule.end, start) }] : [];
  return rule.end > end ? [...before, { ...rule, start: Math.max(rule.start, end) }] : before;
}

/** Put an object elsewhere in the list: always in front of those it now stands above, always behind those it went below. @param {StageDocument} doc @param {string} id @param {number} to its new place @returns {StageDocument} */
export function reorder(doc, id, to) {
  const from = doc.objects.findIndex((object) => object.id === id);
  const place = clamp(to, 0, doc.objects.length - 1);
  if (from < 0 || from === place) return doc;
  const moved = doc.objects[from];
  const passed = doc.objects.slice(Math.min(from, place), Math.max(from, place) + 1).filter((object) => object !== moved);
  const others = doc.objects.filter((object) => object !== moved);
  /** @type {StageDocument} */
  const listed = { ...doc, objects: [...others.slice(0, place), moved, ...others.slice(place)] };
  const freed = passed.reduce((made, object) => setOrder(made, object.id, moved.name, null), listed);
  return passed.reduce((made, { name }) => setOrder(made, id, name, place < from ? "front" : "behind"), freed);
}

/** @param {StageDocument} doc @param {string} id @param {readonly Waypoint[]} waypoints */
export function setPath(doc, id, waypoints) {
  return updateObject(doc, id, { waypoints: waypoints.slice(0, MAX_WAYPOINTS) });
}

/** @param {StageDocument} doc @param {string} id @param {number} index @param {Partial<Waypoint>} changes */
export function updateWaypoint(doc, id, index, changes) {
  const object = findObject(doc, id);
  if (!object) return doc;
  return setPath(doc, id, object.waypoints.map((point, i) => (i === index ? { ...point, ...changes } : point)));
}

/** @param {StageDocument} doc @param {string} id @param {number} index @param {Waypoint} point */
export function insertWaypoint(doc, id, index, point) {
  const path = findObject(doc, id)?.waypoints;
  if (!path || path.length >= MAX_WAYPOINTS) return doc;
  return setPath(doc, id, [...path.slice(0, index), point, ...path.slice(index)]);
}

/** A path of one waypoint is no path: removing down to the start clears it. @param {StageDocument} doc @param {string} id @param {number} index */
export function removeWaypoint(doc, id, index) {
  const path = findObject(doc, id)?.waypoints ?? [];
  const rest = path.filter((_, i) => i !== index);
  return setPath(doc, id, rest.length < 2 ? [] : rest);
}

/** @param {StageDocument} doc @param {string} id @param {number} dx @param {number} dy */
export function movePath(doc, id, dx, dy) {
  return setPath(doc, id, shift(findObject(doc, id)?.waypoints ?? [], dx, dy));
}

/**
 * The same way backwards. The object still starts where it stands: the path is shifted so that its first point is the
 * old first one, and depths are mirrored about it.
 * @param {StageDocument} doc @param {string} id @param {readonly number[]} nearness of every waypoint
 */
export function reversePath(doc, id, nearness) {
  const path = findObject(doc, id)?.waypoints ?? [];
  if (path.length < 2) return doc;
  const last = path[path.length - 1];
  const turned = path.map((_, i) => {
    const from = path[path.length - 1 - i];
    const time = from.time === null ? null : 1 - from.time;
    const x = from.x - last.x + path[0].x;
    const y = from.y - last.y + path[0].y;
    const near = nearness[path.length - 1 - i] - nearness[path.length - 1] + nearness[0];
    return { ...from, x, y, time, nearness: i === 0 ? /** @type {const} */ ("same") : clamp(near, 0, MAX_NEARNESS) };
  });
  return setPath(doc, id, turned);
}

/** The path of one object given to another, starting at `start`. @param {readonly Waypoint[]} path @param {readonly [number, number]} start */
export function pathFrom(path, start) {
  return shift(path, start[0] - path[0].x, start[1] - path[0].y);
}

/** @param {readonly Waypoint[]} path @param {number} dx @param {number} dy */
function shift(path, dx, dy) {
  return path.map((point) => ({ ...point, x: point.x + dx, y: point.y + dy }));
}

/** A second waypoint in the same place: the object rests there. @param {StageDocument} doc @param {string} id @param {number} index */
export function duplicateWaypoint(doc, id, index) {
  const point = findObject(doc, id)?.waypoints[index];
  return point ? insertWaypoint(doc, id, index + 1, { ...point, nearness: "same", time: null }) : doc;
}

/** The same way once more, from where the path ends. @param {StageDocument} doc @param {string} id */
export function repeatPath(doc, id) {
  const path = findObject(doc, id)?.waypoints ?? [];
  if (path.length < 2 || path.length * 2 - 1 > MAX_WAYPOINTS) return doc;
  const last = path[path.length - 1];
  const again = pathFrom(path, [last.x, last.y]).slice(1);
  return setPath(doc, id, [...path, ...again].map((point) => ({ ...point, time: null })));
}

/**
 * Time a waypoint; neighbours that have times of their own bound it.
 * @param {StageDocument} doc @param {string} id @param {number} index @param {number} time @param {readonly number[]} times of all waypoints
 */
export function setTime(doc, id, index, time, times) {
  const path = findObject(doc, id)?.waypoints ?? [];
  const low = path.slice(0, index).findLast((point) => point.time !== null)?.time ?? 0;
  const high = path.slice(index + 1).find((point) => point.time !== null)?.time ?? 1;
  const bounded = clamp(time, low, high);
  return times.length ? updateWaypoint(doc, id, index, { time: round(bounded, 4) }) : doc;
}

/** @param {StageDocument} doc @param {Partial<CameraMove>} changes @returns {StageDocument} */
export function updateCamera(doc, changes) {
  return { ...doc, camera: { ...doc.camera, ...changes } };
}

/** Time a camera key between its neighbours; where they leave no room it stays. @param {StageDocument} doc @param {number} index @param {number} time */
export function setKeyTime(doc, index, time) {
  const { keys } = doc.camera;
  const low = index > 0 ? keys[index - 1].time + KEYS_APART : 0;
  const high = index + 1 < keys.length ? keys[index + 1].time - KEYS_APART : 1;
  if (low > high) return doc;
  const moved = round(clamp(time, low, high), 4);
  return updateCamera(doc, { keys: keys.map((key, i) => (i === index ? { ...key, time: moved } : key)) });
}

/** @param {number} value @param {number} low @param {number} high */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** @param {number} value @param {number} digits */
export function round(value, digits) {
  return Number(value.toFixed(digits));
}
