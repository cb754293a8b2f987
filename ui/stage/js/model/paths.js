/**
 * Shapes of paths: freehand lines made simple, orbits, camera presets, snapping.
 */

import { waypoint } from "./document.js";
import { depthOfNearness } from "./geometry.js";
import { MAX_NEARNESS } from "./schema.js";

/** @import { CameraKey, StageDocument, Waypoint } from "./types.js" */
/** @typedef {readonly [number, number]} Point */

const USUAL_TILT = 25; // degrees

/** Ramer-Douglas-Peucker: the points that a drawn line needs. @param {readonly Point[]} line @param {number} tolerance @returns {Point[]} */
export function simplify(line, tolerance) {
  if (line.length < 3) return [...line];
  const end = line.length - 1;
  let worst = 0;
  let split = 0;
  for (let i = 1; i < end; i++) {
    const distance = distanceToSegment(line[i], line[0], line[end])[0];
    if (distance > worst) [worst, split] = [distance, i];
  }
  if (worst <= tolerance) return [line[0], line[end]];
  return [...simplify(line.slice(0, split + 1), tolerance).slice(0, -1), ...simplify(line.slice(split), tolerance)];
}

/** Distance to a segment and where along it (0..1) the nearest point is. @param {Point} point @param {Point} a @param {Point} b @returns {[number, number]} */
export function distanceToSegment([x, y], [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const t = length === 0 ? 0 : Math.min(Math.max(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0), 1);
  return [Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)), t];
}

/**
 * An ellipse about a centre as ordinary waypoints, starting at the object. Depth swings between near and far as a
 * circle seen at `tilt` degrees would: the lower half of the ellipse is in front. The object's size swings with it, as
 * its own and not as the map's depths have it, and nowhere is it larger than `growth` times that at the start.
 * @param {{center: Point, start: Point, startNearness: number, centerNearness: number, softness: number, swing: number,
 *   tilt: number, turns: number, clockwise: boolean, growth: number, closed: boolean}} orbit  `swing` is half the range
 *   of nearness; `closed`: it ends at the depth of its start
 * @returns {Waypoint[]}
 */
export function orbit({ center, start, startNearness, centerNearness, softness, swing, tilt, turns, clockwise, growth, closed }) {
  const flat = Math.max(Math.sin((tilt * Math.PI) / 180), 0.02);
  const dx = start[0] - center[0];
  const dy = (start[1] - center[1]) / flat;
  const radius = Math.hypot(dx, dy);
  const phase = Math.atan2(dy, dx);
  const steps = Math.max(8, Math.round(Math.abs(turns) * 12));
  const sense = clockwise ? 1 : -1;
  const startZ = depthOfNearness(startNearness, softness);
  const half = Math.min(halfGrowth(centerNearness, swing, softness), growth ** (1 / Math.max(1 - Math.sin(phase), 1e-3)));
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = phase + (sense * turns * 2 * Math.PI * i) / steps;
    const x = center[0] + radius * Math.cos(angle);
    const y = center[1] + radius * flat * Math.sin(angle);
    if (i === 0) return waypoint(x, y);
    if (i === steps && closed) return waypoint(x, y, { nearness: startNearness });
    const nearness = Math.min(Math.max(centerNearness + swing * Math.sin(angle), 0), MAX_NEARNESS);
    const size = (half ** (Math.sin(angle) - Math.sin(phase)) * depthOfNearness(nearness, softness)) / startZ;
    return waypoint(x, y, { nearness, size });
  });
}

/** How much larger a thing is half way from an orbit's centre to its near point. @param {number} nearness of the centre @param {number} swing @param {number} softness */
function halfGrowth(nearness, swing, softness) {
  const [far, near] = [nearness - swing, nearness + swing].map((end) => depthOfNearness(Math.min(Math.max(end, 0), MAX_NEARNESS), softness));
  return Math.sqrt(far / near);
}

/** The tilt, from the usual one to a full circle, at which the ellipse stays within its room to either side. @param {Point} center @param {Point} start @param {number} room */
export function tiltWithin(center, start, room) {
  const [dx, dy] = [Math.abs(start[0] - center[0]), Math.abs(start[1] - center[1])];
  const flat = dy / Math.sqrt(Math.max(room ** 2 - dx ** 2, 1e-6));
  return Math.max(USUAL_TILT, Math.round((Math.asin(Math.min(flat, 1)) * 180) / Math.PI));
}

/** Keep a drag on the nearest of eight directions from where it began. @param {Point} from @param {Point} to @returns {[number, number]} */
export function constrain(from, to) {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const angle = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * Math.PI) / 4;
  const length = dx * Math.cos(angle) + dy * Math.sin(angle);
  return [from[0] + length * Math.cos(angle), from[1] + length * Math.sin(angle)];
}

/** The nearest target within reach, else the value. @param {number} value @param {readonly number[]} targets @param {number} reach */
export function snap(value, targets, reach) {
  let best = value;
  let distance = reach;
  for (const target of targets) {
    if (Math.abs(target - value) <= distance) [best, distance] = [target, Math.abs(target - value)];
  }
  return best;
}

/**
 * The places that a waypoint is aligned with: other waypoints, its own path's among them, and the picture's middle.
 * @param {StageDocument} doc @param {string} id of the object whose waypoints move @param {readonly number[]} moving their indices @returns {{xs: number[], ys: number[]}}
 */
export function alignments({ objects, size_hw: [h, w] }, id, moving) {
  const points = objects.flatMap(({ id: of, waypoints, hidden }) => (hidden ? [] : waypoints.filter((_, i) => of !== id || !moving.includes(i))));
  return { xs: [(w - 1) / 2, ...points.map(({ x }) => x)], ys: [(h - 1) / 2, ...points.map(({ y }) => y)] };
}

export const CAMERA_PRESETS = /** @type {const} */ ([
  { id: "push", label: "Push in", hint: "Towards the scene: near things grow faster" },
  { id: "pull", label: "Pull out", hint: "Away from the scene" },
  { id: "zoom", label: "Zoom in", hint: "Everything grows alike" },
  { id: "left", label: "Pan left", hint: "Look to the left" },
  { id: "right", label: "Pan right", hint: "Look to the right" },
  { id: "up", label: "Tilt up", hint: "Look up" },
]);

/**
 * Two camera keys for a preset; amount is 0..1.
 * @param {string} id @param {number} amount @param {readonly [number, number]} sizeHW
 * @returns {CameraKey[]}
 */
export function cameraPreset(id, amount, [h, w]) {
  const still = { time: 0, pan: /** @type {[number, number]} */ ([0, 0]), zoom: 1, push: 0 };
  const zoomed = { ...still, zoom: 1 + amount };
  /** @type {Record<string, [CameraKey, CameraKey]>} */
  const ends = {
    push: [still, { ...still, push: 0.75 * amount }],
    pull: [{ ...still, zoom: 1 + 0.5 * amount, push: 0.6 * amount }, still],
    zoom: [still, zoomed],
    left: [zoomForPan(amount, 0, still), zoomForPan(amount, amount * 0.4 * w, still)],
    right: [zoomForPan(amount, 0, still), zoomForPan(amount, -amount * 0.4 * w, still)],
    up: [zoomForPan(amount, 0, still), { ...zoomForPan(amount, 0, still), pan: [0, amount * 0.4 * h] }],
  };
  const [from, to] = ends[id] ?? [still, still];
  return [from, { ...to, time: 1 }];
}

/** Which preset made these keys, and how much of it; null when a person made them. @param {readonly CameraKey[]} keys @param {readonly [number, number]} sizeHW @returns {{id: string, amount: number} | null} */
export function presetOf(keys, sizeHW) {
  if (keys.length !== 2) return null;
  const [from, to] = keys;
  /** @type {Record<string, number>} */
  const amounts = { push: to.push / 0.75, pull: from.push / 0.6, zoom: to.zoom - 1 };
  for (const { id } of CAMERA_PRESETS) {
    const amount = amounts[id] ?? (from.zoom - 1) / 0.85;
    if (amount > 0 && cameraPreset(id, amount, sizeHW).every((key, i) => sameKey(key, keys[i]))) return { id, amount };
  }
  return null;
}

/** @param {CameraKey} a @param {CameraKey} b */
function sameKey(a, b) {
  const numbers = (/** @type {CameraKey} */ key) => [key.time, ...key.pan, key.zoom, key.push];
  const others = numbers(b);
  return numbers(a).every((value, i) => Math.abs(value - others[i]) < 1e-4);
}

/** Zoomed in enough that a pan shows no edge. @param {number} amount @param {number} x @param {CameraKey} still */
function zoomForPan(amount, x, still) {
  return { ...still, zoom: 1 + 0.85 * amount, pan: /** @type {[number, number]} */ ([x, 0]) };
}
