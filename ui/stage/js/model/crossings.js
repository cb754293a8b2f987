/**
 * Where the path of an object crosses what may hide it: from when to when, where, and which of the two is in front. What
 * a person chooses there holds for that crossing alone.
 */

import { withArea } from "./actions.js";
import { areaName } from "./areas.js";
import { setOrder } from "./document.js";
import { poseAt } from "./frame.js";
import { hiderOf } from "./hiding.js";
import { isInside, valueAt } from "./masks.js";
import { remember } from "./memo.js";
import { ordersAt } from "./orders.js";
import { ownMask } from "./own_masks.js";
import { isLifted, moves } from "./world.js";

/** @import { App } from "./app.js" */
/** @import { Memo } from "./memo.js" */
/** @import { LabelMap, Mask, Pose, StageDocument, StageObject } from "./types.js" */
/** @import { World } from "./world.js" */
/** @typedef {"front" | "behind"} Side */
/** @typedef {{key: string, name: string, area: number, moving: StageObject | null}} Thing  key as in depth_order.js, area in pixels */
/** @typedef {{things: Thing[], owner: Uint16Array}} Standing  `owner` is a thing's place in the list, counted from 1 */
/** @typedef {{thing: Thing, start: number, end: number, at: number, share: number}} Meeting
 *   times; `at` is when most of the object is there, and `share` how much of it, or of the thing, is the more */
/** @typedef {{key: string, name: string, start: number, end: number, at: number, side: Side, chosen: boolean,
 *   pose: Pose}} Crossing  `start` and `end` are how long a choice holds: halfway to the next crossing with the same thing */

const MOMENTS = 72;
const POINTS = 110; // of an object, which stand for all of it
const LEAST_SHARE = 0.03;
const LEAST_OF_AREA = 0.3; // an area that nobody picked is asked about where it could hide so much, or would all be hidden
const MOST_AREAS = 3;
const LARGEST_AREA = 0.3; // of the picture; what is larger is sky, wall or ground
const WIDE = 0.45; // of the picture's edge, from which on an area is sky or ground
const SLOPE = 12; // disparity across an area, from which on a guess takes it for ground: what stands is guessed flat
const CARRIED = 0.5;
const REMNANT = 0.5; // of a thing: what is left of it where the rest was taken out hides nothing
const APART = 2; // moments between two crossings with one thing

/** @type {Memo} */
const standing = new WeakMap();
/** @type {Memo} */
const crossings = new WeakMap();

/** The crossings of a moving object, in time. @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {Crossing[]} */
export function crossingsOf(doc, world, object) {
  return remember(crossings, object, [doc.objects, doc.scenery, doc.softness, world.version], () => {
    const meetings = askedAbout(meetingsOf(doc, world, object));
    return meetings.map((meeting) => crossing(doc, world, object, meeting, meetings)).sort((a, b) => a.at - b.at);
  });
}

/**
 * Put the object in front or behind at a crossing. What the others with the same thing show is chosen with it, for what
 * is picked may hide by its depth from now on.
 * @param {App} app @param {StageObject} object @param {Crossing} chosen @param {Side} side
 */
export function chooseSide(app, object, chosen, side) {
  const { doc, world } = app;
  const picked = chosen.key.startsWith("#") ? withArea(app, doc, chosen.key) : doc;
  const added = picked.scenery.length > doc.scenery.length;
  if (chosen.key.startsWith("#") && !added) return app.set({ error: "There is no room for more scenery; delete some of it first." });
  const name = added ? picked.scenery[picked.scenery.length - 1].name : chosen.name;
  const same = crossingsOf(doc, world, object).filter(({ key }) => key === chosen.key);
  const sides = same.map((one) => ({ ...one, side: one.at === chosen.at ? side : one.side }));
  const alike = sides.every((one) => one.side === side);
  const ruled = alike ? setOrder(picked, object.id, name, side) : sides.reduce((made, one) => setOrder(made, object.id, name, one.side, one.start, one.end), picked);
  const other = doc.objects.find(({ id }) => id === chosen.key);
  app.commit(other ? setOrder(ruled, other.id, object.name, null, chosen.start, chosen.end) : ruled);
}

/** @param {StageDocument} doc @param {World} world @param {StageObject} object @param {Meeting} meeting @param {readonly Meeting[]} all @returns {Crossing} */
function crossing(doc, world, object, { thing, start, end, at }, all) {
  const same = all.filter((other) => other.thing === thing);
  const before = same.findLast((other) => other.end < start);
  const after = same.find((other) => other.start > end);
  const pose = poseAt(doc, world, object, at);
  const rule = ruleOf(object, thing, at);
  return {
    key: thing.key, name: thing.name, at, pose,
    start: before ? (before.end + start) / 2 : 0,
    end: after ? (end + after.start) / 2 : 1,
    chosen: rule !== null,
    side: rule ?? (thing.moving ? nearerOf(doc, world, object, thing.moving, at) : sideByDepth(doc, world, object, thing, pose, at)),
  };
}

/** What was fixed between the two, by either. @param {StageObject} object @param {Thing} thing @param {number} time @returns {Side | null} */
function ruleOf(object, thing, time) {
  const own = ordersAt(object, time).findLast((rule) => rule.name === thing.name);
  if (own) return own.relation;
  const others = thing.moving && ordersAt(thing.moving, time).findLast((rule) => rule.name === object.name);
  return others ? (others.relation === "front" ? "behind" : "front") : null;
}

/** The nearer is in front; on a tie the later in the list. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {StageObject} other @param {number} time @returns {Side} */
function nearerOf(doc, world, object, other, time) {
  const farther = poseAt(doc, world, object, time).z - poseAt(doc, world, other, time).z || doc.objects.indexOf(other) - doc.objects.indexOf(object);
  return farther > 0 ? "behind" : "front";
}

/** Whether most of what lies over the thing is hidden by it. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {Thing} thing @param {Pose} pose @param {number} time @returns {Side} */
function sideByDepth(doc, world, object, thing, pose, time) {
  const { things, owner } = standingThings(doc, world, object);
  const hider = hiderOf(doc, world, object, time);
  const over = pointsOf(doc, world, object).map((point) => placed(pose, point)).filter(([x, y]) => things[ownerAt(owner, hider, x, y) - 1]?.key === thing.key);
  const hidden = over.filter(([x, y]) => 1 / pose.z - doc.softness < Number(valueAt(hider, x, y)));
  return 2 * hidden.length > over.length ? "behind" : "front";
}

/** All that was picked, and of the areas that nobody picked the few that matter. @param {readonly Meeting[]} meetings */
function askedAbout(meetings) {
  const areas = meetings.filter(({ thing, share }) => thing.key.startsWith("#") && share >= LEAST_OF_AREA).sort((a, b) => b.share - a.share);
  return [...meetings.filter(({ thing }) => !thing.key.startsWith("#")), ...areas.slice(0, MOST_AREAS)].sort((a, b) => a.start - b.start);
}

/** @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {Meeting[]} */
function meetingsOf(doc, world, object) {
  const still = standingThings(doc, world, object);
  const others = doc.objects.filter((other) => other !== object && moves(other) && ownMask(doc, world, other));
  const things = [...still.things, ...others.map((other) => ({ key: other.id, name: other.name, area: Infinity, moving: other }))];
  const points = pointsOf(doc, world, object);
  const size = ownMask(doc, world, object)?.data.reduce((sum, inside) => sum + inside, 0) ?? 0;
  const counts = things.map(() => new Uint16Array(MOMENTS + 1));
  for (let moment = 0; moment <= MOMENTS; moment++) {
    const time = moment / MOMENTS;
    const pose = poseAt(doc, world, object, time);
    const places = points.map((point) => placed(pose, point));
    for (const [x, y] of places) {
      const number = ownerAt(still.owner, world.disparity, x, y);
      if (number) counts[number - 1][moment] += 1;
    }
    others.forEach((other, i) => (counts[still.things.length + i][moment] = coveredBy(doc, world, other, time, places)));
  }
  return things.flatMap((thing, i) => stretches(counts[i], (count) => Math.max(count / points.length, (count / points.length) * (size / thing.area))).map((found) => ({ thing, ...found })));
}

/** When a thing is crossed. @param {Uint16Array} counts of points over it, by moment @param {(count: number) => number} shareOf */
function stretches(counts, shareOf) {
  const found = /** @type {{start: number, end: number, at: number, share: number}[]} */ ([]);
  counts.forEach((count, moment) => {
    const share = shareOf(count);
    if (share < LEAST_SHARE) return;
    const time = moment / MOMENTS;
    const open = found[found.length - 1];
    if (!open || time - open.end > (APART + 0.5) / MOMENTS) return void found.push({ start: time, end: time, at: time, share });
    open.end = time;
    if (share > open.share) Object.assign(open, { at: time, share });
  });
  return found;
}

/** How many places lie on another moving object. @param {StageDocument} doc @param {World} world @param {StageObject} other @param {number} time @param {readonly (readonly [number, number])[]} places */
function coveredBy(doc, world, other, time, places) {
  const pose = poseAt(doc, world, other, time);
  const mask = /** @type {Mask} */ (ownMask(doc, world, other));
  return places.filter(([x, y]) => isInside(mask, ...unplaced(pose, x, y))).length;
}

/** Some of the object's own pixels, evenly. @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {[number, number][]} */
function pointsOf(doc, world, object) {
  const mask = ownMask(doc, world, object);
  if (!mask) return [];
  const inside = Array.from(mask.data.keys()).filter((i) => mask.data[i]);
  const step = Math.max(inside.length / POINTS, 1);
  return Array.from({ length: Math.min(POINTS, inside.length) }, (_, n) => inside[Math.floor((n + 0.5) * step)] ?? inside[0]).map((i) => [i % mask.width, Math.floor(i / mask.width)]);
}

/** Where a pixel of the object is, taken as a card. @param {Pose} pose @param {readonly [number, number]} point @returns {[number, number]} */
function placed({ anchor, anchorZ, x, y, z, size, rotation }, [px, py]) {
  const grown = (size * anchorZ) / z;
  const [cos, sin] = [grown * Math.cos(rotation), grown * Math.sin(rotation)];
  const [dx, dy] = [px - anchor[0], py - anchor[1]];
  return [x + cos * dx - sin * dy, y + sin * dx + cos * dy];
}

/** The other way. @param {Pose} pose @param {number} u @param {number} v @returns {[number, number]} */
function unplaced({ anchor, anchorZ, x, y, z, size, rotation }, u, v) {
  const grown = (size * anchorZ) / z;
  const [cos, sin] = [Math.cos(rotation) / grown, Math.sin(rotation) / grown];
  const [dx, dy] = [u - x, v - y];
  return [anchor[0] + cos * dx + sin * dy, anchor[1] - sin * dx + cos * dy];
}

/** @param {Uint16Array} owner @param {{width: number, height: number}} size @param {number} x @param {number} y */
function ownerAt(owner, { width, height }, x, y) {
  return valueAt({ width, height, data: owner }, x, y) ?? 0;
}

/** What stands still and may hide the object: neither what carries it nor sky and ground. @param {StageDocument} doc @param {World} world @param {StageObject} object @returns {Standing} */
function standingThings(doc, world, object) {
  return remember(standing, object, [doc.objects, doc.scenery, world.version], () => {
    const picked = doc.objects.filter((other) => !isLifted(other) && other.id !== object.id);
    const named = [...doc.scenery.map((thing) => ({ ...thing, pixels: world.masks.get(thing.mask) })), ...picked.map((other) => ({ ...other, pixels: ownMask(doc, world, other) }))];
    const areas = areasOf(world);
    const owner = Uint16Array.from(world.instances?.data ?? new Uint16Array(world.disparity.data.length), (label) => areas.get(label) ?? 0);
    const things = Array.from(areas.keys(), (label) => ({ key: `#${label}`, name: areaName(/** @type {LabelMap} */ (world.instances), label), area: 0, moving: null }));
    for (const { id, name, pixels } of named) {
      things.push({ key: id, name, area: 0, moving: null });
      pixels?.data.forEach((inside, i) => inside && (owner[i] = things.length));
    }
    const whole = countEach(owner, things.length);
    for (const gone of doc.objects.filter(isLifted)) ownMask(doc, world, gone)?.data.forEach((inside, i) => inside && (owner[i] = 0));
    const areaOf = countEach(owner, things.length);
    things.forEach((thing, i) => (thing.area = areaOf[i + 1]));
    const carrying = carriers(doc, world, object, owner, things.length);
    return { things, owner: owner.map((number) => (carrying[number] || areaOf[number] < REMNANT * whole[number] ? 0 : number)) };
  });
}

/** The areas that could hide something, numbered from 1, by their label. @param {World} world @returns {Map<number, number>} */
function areasOf({ disparity, guessed, instances }) {
  if (!instances) return new Map();
  const { width, height, data } = instances;
  const area = countEach(data, 65535);
  const wide = [data.subarray(0, width), data.subarray((height - 1) * width)].map((row) => countEach(row, 65535));
  const standing = (/** @type {number} */ label) => !guessed || rangeOf(disparity.data.filter((_, i) => data[i] === label)) < SLOPE;
  const labels = [...new Set(data)].filter((label) => label && area[label] < LARGEST_AREA * data.length && wide.every((row) => row[label] < WIDE * width) && standing(label));
  return new Map(labels.map((label, i) => [label, i + 1]));
}

/** How far the middle of the values goes. @param {Float32Array} values */
function rangeOf(values) {
  const sorted = values.sort();
  return sorted[Math.floor(0.8 * sorted.length)] - sorted[Math.floor(0.2 * sorted.length)];
}

/** @param {ArrayLike<number>} values @param {number} largest */
function countEach(values, largest) {
  const counts = new Uint32Array(largest + 1);
  for (let i = 0; i < values.length; i++) counts[values[i]] += 1;
  return counts;
}

/** Which things carry the object: those that lie right under its lowest pixels, or are mostly its support. @param {StageDocument} doc @param {World} world @param {StageObject} object @param {Uint16Array} owner @param {number} most @returns {boolean[]} */
function carriers(doc, world, object, owner, most) {
  const area = countEach(owner, most);
  const support = world.guessed ? null : world.reliefs.get(object.mask)?.support;
  const held = countEach(support ? owner.filter((_, i) => support.data[i]) : [], most);
  const under = undersideOf(ownMask(doc, world, object), owner);
  const below = countEach(under, most);
  return Array.from(area, (count, number) => number > 0 && (held[number] > CARRIED * count || below[number] > CARRIED * under.length));
}

/** Whose the pixels are two rows under an object's lowest. @param {Mask | undefined} mask @param {Uint16Array} owner @returns {number[]} */
function undersideOf(mask, owner) {
  if (!mask) return [];
  const { width, height, data } = mask;
  const lowest = Math.floor(data.lastIndexOf(1) / width);
  if (lowest < 0 || lowest + 2 >= height) return [];
  const columns = Array.from({ length: width }, (_, x) => x).filter((x) => data[lowest * width + x] || data[(lowest - 1) * width + x]);
  return columns.map((x) => owner[(lowest + 2) * width + x]);
}
