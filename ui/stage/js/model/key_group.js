/** Several keys of the timeline at once, of any objects and the camera: moved in time together, deleted together. */

import { clamp, findObject, round, setPath, updateCamera } from "./document.js";

/** @import { StageDocument, Waypoint } from "./types.js" */
/** @typedef {{of: string, index: number}} KeyRef  `of`: an object's id, or CAMERA */

export const CAMERA = "camera";
const APART = 0.01; // of the clip, between camera keys

/** @param {readonly KeyRef[]} keys @param {KeyRef} key */
export function hasKey(keys, key) {
  return keys.some(({ of, index }) => of === key.of && index === key.index);
}

/** With the key if it was not among them, else without it. @param {readonly KeyRef[]} keys @param {KeyRef} key @returns {KeyRef[]} */
export function toggleKey(keys, key) {
  return hasKey(keys, key) ? keys.filter(({ of, index }) => of !== key.of || index !== key.index) : [...keys, key];
}

/** Those that are still there. @param {StageDocument} doc @param {readonly KeyRef[]} keys @returns {KeyRef[]} */
export function presentKeys(doc, keys) {
  return keys.filter(({ of, index }) => index < (of === CAMERA ? doc.camera.keys.length : (findObject(doc, of)?.waypoints.length ?? 0)));
}

/**
 * All of them later by `by` (earlier, if less than 0), as far as the others and the clip leave room.
 * @param {StageDocument} doc @param {readonly KeyRef[]} keys @param {number} by
 * @param {(id: string) => readonly number[]} timesOf when an object passes its waypoints @returns {StageDocument}
 */
export function shiftKeys(doc, keys, by, timesOf) {
  const groups = [...new Set(keys.map(({ of }) => of))].map((of) => {
    const chosen = new Set(keys.filter((key) => key.of === of).map(({ index }) => index));
    const times = of === CAMERA ? doc.camera.keys.map(({ time }) => time) : timesOf(of);
    const fixed = times.map((time, i) => (chosen.has(i) || (of !== CAMERA && findObject(doc, of)?.waypoints[i].time === null) ? null : time));
    return { of, chosen, times, fixed };
  });
  const room = groups.flatMap(({ of, chosen, times, fixed }) => [...chosen].map((i) => roomOf(times, fixed, i, of === CAMERA ? APART : 0)));
  const low = Math.max(...room.map(([from]) => from));
  const high = Math.min(...room.map(([, to]) => to));
  const moved = low > high ? 0 : clamp(by, low, high);
  return groups.reduce((made, { of, chosen, times }) => {
    const at = (/** @type {number} */ i) => clamp(round(times[i] + moved, 4), 0, 1);
    if (of === CAMERA) return updateCamera(made, { keys: made.camera.keys.map((key, i) => (chosen.has(i) ? { ...key, time: at(i) } : key)) });
    const path = findObject(made, of)?.waypoints ?? [];
    return setPath(made, of, path.map((point, i) => (chosen.has(i) ? { ...point, time: at(i) } : point)));
  }, doc);
}

/** How far a key can go either way. @param {readonly number[]} times @param {readonly (number | null)[]} fixed those of the keys that stay @param {number} index @param {number} apart @returns {[number, number]} */
function roomOf(times, fixed, index, apart) {
  const before = fixed.slice(0, index).findLast((time) => time !== null);
  const after = fixed.slice(index + 1).find((time) => time !== null);
  const low = before === undefined || before === null ? 0 : before + apart;
  const high = after === undefined || after === null ? 1 : after - apart;
  return [low - times[index], high - times[index]];
}

/** Without them; a path's start stays on its object. @param {StageDocument} doc @param {readonly KeyRef[]} keys @returns {StageDocument} */
export function removeKeys(doc, keys) {
  const left = (/** @type {string} */ of) => (/** @type {unknown} */ _, /** @type {number} */ index) => (of !== CAMERA && index === 0) || !hasKey(keys, { of, index });
  const camera = updateCamera(doc, { keys: doc.camera.keys.filter(left(CAMERA)) });
  return doc.objects.reduce((made, { id, waypoints }) => {
    const rest = waypoints.filter(left(id));
    return rest.length === waypoints.length ? made : setPath(made, id, rest.length < 2 ? [] : rest);
  }, camera);
}

/** The object's waypoints that are among them, moved on the picture. @param {readonly Waypoint[]} path @param {readonly number[]} chosen @param {number} dx @param {number} dy */
export function movePoints(path, chosen, dx, dy) {
  return path.map((point, i) => (chosen.includes(i) ? { ...point, x: round(point.x + dx, 2), y: round(point.y + dy, 2) } : point));
}
