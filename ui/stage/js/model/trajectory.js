/**
 * Waypoints -> where the object is at any moment; camera keys -> the view. The numbers of levitor_core/motion/trajectory.py.
 */

import { depthOfNearness, nearestDepth, STILL_VIEW } from "./geometry.js";
import { pchip, segmentOf } from "./pchip.js";

/** @import { CameraMove, Easing, PathPoint, Timing, View, Waypoint } from "./types.js" */
/** @typedef {{at: (time: number) => PathPoint, times: number[], depths: number[],
 *   along: (index: number) => PathPoint}} Trajectory */

const SAMPLES_PER_SEGMENT = 128;
const STILL_PX = 1e-3;
const DEPTH_WEIGHT = 0.25;

/**
 * A path as functions of time. `times` says when each waypoint is passed, `depths` how deep each is, and `along`
 * reads the curve at a fractional waypoint index.
 * @param {readonly Waypoint[]} waypoints at least one @param {number} anchorZ
 * @param {readonly [number, number]} sizeHW @param {number} softness
 * @param {Timing} timing @param {Easing} easing
 * @returns {Trajectory}
 */
export function trajectory(waypoints, anchorZ, sizeHW, softness, timing, easing) {
  const depths = waypointDepths(waypoints, anchorZ, softness);
  const along = curveOf(waypoints, depths);
  if (waypoints.length === 1) return { at: () => along(0), times: [0], depths, along };
  const fixed = withEnds(waypoints.map((point) => point.time));
  const clock = clockOf(along, fixed, timing, sizeHW);
  const pinned = fixed.filter((time) => time !== null);
  /** @param {number} time */
  const at = (time) => between(along, invert(clock, ease(time, pinned, easing)));
  const times = waypoints.map((_, i) => undoEase(clock[i * SAMPLES_PER_SEGMENT], pinned, easing));
  return { at, times, depths, along };
}

/**
 * The curve on the straight line between two dense samples, so that speed is even within a piece too.
 * @param {(index: number) => PathPoint} along @param {number} sample fractional @returns {PathPoint}
 */
function between(along, sample) {
  const whole = Math.floor(sample);
  const before = along(whole / SAMPLES_PER_SEGMENT);
  const part = sample - whole;
  if (part === 0) return before;
  const after = along((whole + 1) / SAMPLES_PER_SEGMENT);
  /** @param {number} a @param {number} b */
  const mix = (a, b) => a + part * (b - a);
  return {
    x: mix(before.x, after.x),
    y: mix(before.y, after.y),
    z: mix(before.z, after.z),
    size: mix(before.size, after.size),
    rotation: mix(before.rotation, after.rotation),
  };
}

/** @param {readonly Waypoint[]} waypoints @param {number} anchorZ @param {number} softness @returns {number[]} */
function waypointDepths(waypoints, anchorZ, softness) {
  const depths = [anchorZ];
  for (const point of waypoints.slice(1)) {
    const before = depths[depths.length - 1];
    depths.push(point.nearness === "same" ? before : depthOfNearness(point.nearness, softness));
  }
  return depths;
}

/** @param {readonly Waypoint[]} waypoints @param {readonly number[]} depths @returns {(index: number) => PathPoint} */
function curveOf(waypoints, depths) {
  const first = waypoints[0];
  const knots = waypoints.map((_, i) => i);
  const x = pchip(knots, waypoints.map((point) => point.x));
  const y = pchip(knots, waypoints.map((point) => point.y));
  const z = pchip(knots, depths);
  const size = pchip(knots, waypoints.map((point) => point.size / first.size));
  const rotation = pchip(knots, waypoints.map((point) => ((point.rotation - first.rotation) * Math.PI) / 180));
  return (index) => ({ x: x(index), y: y(index), z: z(index), size: size(index), rotation: rotation(index) });
}

/**
 * The moment at which each dense sample of the curve is passed.
 * @param {(index: number) => PathPoint} along @param {readonly (number | null)[]} fixed
 * @param {Timing} timing @param {readonly [number, number]} sizeHW @returns {Float64Array}
 */
function clockOf(along, fixed, timing, sizeHW) {
  const pieces = durations(along, fixed.length - 1, timing, sizeHW);
  const clock = new Float64Array(pieces.length + 1);
  const known = fixed.flatMap((time, index) => (time === null ? [] : [{ index, time }]));
  for (let k = 0; k + 1 < known.length; k++) {
    fillSection(clock, pieces, known[k], known[k + 1]);
  }
  return clock;
}

/**
 * @param {Float64Array} clock @param {Float64Array} pieces
 * @param {{index: number, time: number}} start @param {{index: number, time: number}} end
 */
function fillSection(clock, pieces, start, end) {
  const first = start.index * SAMPLES_PER_SEGMENT;
  const shares = withHolds(pieces.subarray(first, end.index * SAMPLES_PER_SEGMENT), end.index - start.index);
  const total = Math.max(shares.reduce((sum, share) => sum + share, 0), 1e-12);
  let passed = 0;
  clock[first] = start.time;
  shares.forEach((share, i) => {
    passed += share;
    clock[first + i + 1] = start.time + ((end.time - start.time) * passed) / total;
  });
}

/** @param {readonly (number | null)[]} times @returns {(number | null)[]} */
function withEnds(times) {
  return times.map((time, i) => time ?? (i === 0 ? 0 : i === times.length - 1 ? 1 : null));
}

/**
 * @param {(index: number) => PathPoint} along @param {number} segments
 * @param {Timing} timing @param {readonly [number, number]} sizeHW
 */
function durations(along, segments, timing, [h, w]) {
  const weight = DEPTH_WEIGHT * Math.hypot(h, w);
  const lengths = new Float64Array(segments * SAMPLES_PER_SEGMENT);
  let before = along(0);
  for (let i = 0; i < lengths.length; i++) {
    const after = along((i + 1) / SAMPLES_PER_SEGMENT);
    const flat = Math.hypot(after.x - before.x, after.y - before.y) + weight * Math.abs(Math.log(after.z / before.z));
    const turned = Math.abs(after.rotation - before.rotation) / Math.PI;
    lengths[i] = Math.max(flat, weight * Math.max(Math.abs(Math.log(after.size / before.size)), turned));
    before = after;
  }
  return timing === "even" ? lengths : lengths.map((_, i) => (segmentMoves(lengths, i) ? 1 : 0));
}

/** @param {Float64Array} lengths @param {number} sample */
function segmentMoves(lengths, sample) {
  const start = sample - (sample % SAMPLES_PER_SEGMENT);
  return lengths.subarray(start, start + SAMPLES_PER_SEGMENT).reduce((sum, length) => sum + length, 0) > STILL_PX;
}

/** Give every segment that stands still its 1 / segments share. @param {Float64Array} pieces @param {number} segments */
function withHolds(pieces, segments) {
  const moving = Array.from({ length: segments }, (_, k) => segmentMoves(pieces, k * SAMPLES_PER_SEGMENT));
  const count = moving.filter(Boolean).length;
  if (count === 0) return pieces.map(() => 1);
  const total = pieces.reduce((sum, piece) => sum + piece, 0);
  const hold = 1 / (segments * SAMPLES_PER_SEGMENT);
  return pieces.map((piece, i) =>
    moving[Math.floor(i / SAMPLES_PER_SEGMENT)] ? (piece / total) * (count / segments) : hold,
  );
}

/** The fractional sample at which the clock shows `time`. @param {Float64Array} clock @param {number} time */
function invert(clock, time) {
  const last = clock.length - 1;
  if (time < clock[0]) return 0;
  if (time >= clock[last]) return last;
  const k = segmentOf(clock, time);
  const width = clock[k + 1] - clock[k];
  return width > 0 ? k + (time - clock[k]) / width : k;
}

/**
 * Bend time so that a path starts gently, ends gently or both; pinned moments stay.
 * @param {number} time @param {readonly number[]} pinned @param {Easing} easing
 */
function ease(time, pinned, easing) {
  const last = pinned.length - 1;
  if (easing === "none" || last < 1) return time;
  if (last === 1 && easing === "both") return bend(time, pinned[0], pinned[1], (t) => t * t * (3 - 2 * t));
  let bent = time;
  if (easing !== "out") bent = bend(bent, pinned[0], pinned[1], (t) => t * t);
  if (easing !== "in") bent = bend(bent, pinned[last - 1], pinned[last], (t) => t * (2 - t));
  return bent;
}

/** @param {number} time @param {number} start @param {number} end @param {(t: number) => number} curve */
function bend(time, start, end, curve) {
  if (time <= start || time >= end) return time;
  return start + (end - start) * curve((time - start) / (end - start));
}

/** The inverse of `ease`. @param {number} moment @param {readonly number[]} pinned @param {Easing} easing */
function undoEase(moment, pinned, easing) {
  if (easing === "none" || pinned.includes(moment)) return moment;
  let low = 0;
  let high = 1;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (ease(middle, pinned, easing) < moment) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The camera as a function of time; before its first and after its last key it holds. Of keys at one time, which the
 * engine refuses to render, the last is shown.
 * @param {CameraMove} move @param {number} softness
 * @returns {(time: number) => View}
 */
export function cameraTrack(move, softness) {
  const sorted = [...move.keys].sort((a, b) => a.time - b.time);
  const keys = sorted.filter(({ time }, i) => time !== sorted[i + 1]?.time);
  if (keys.length === 0) return () => STILL_VIEW;
  const times = keys.map((key) => key.time);
  const panX = pchip(times, keys.map((key) => key.pan[0]));
  const panY = pchip(times, keys.map((key) => key.pan[1]));
  const zoom = pchip(times, keys.map((key) => Math.log(key.zoom)));
  const push = pchip(times, keys.map((key) => key.push * nearestDepth(softness)));
  return (time) => {
    const at = ease(time, times, move.easing);
    return { pan: [panX(at), panY(at)], zoom: Math.exp(zoom(at)), push: push(at) };
  };
}
