/** An object that rides on another, as a part of it would: levitor_core/motion/animation.py. */

import { findObject, updateObject } from "./document.js";
import { closestDepth, displace } from "./geometry.js";

/** @import { PathPoint, StageDocument, StageObject, Waypoint } from "./types.js" */
/** @import { Trajectory } from "./trajectory.js" */
/** @typedef {{anchor: readonly [number, number], anchorZ: number, trajectory: Trajectory}} Carrier */

/** What an object rides on; nothing where it goes its own way, as on what rides itself. @param {StageDocument} doc @param {StageObject} object @returns {StageObject | undefined} */
export function leaderOf({ objects }, { follows, name }) {
  if (!follows || follows === name) return undefined;
  return objects.find((other) => other.name === follows && !other.follows && !other.hidden && other.waypoints.length > 1);
}

/** Those on which an object may ride. @param {StageDocument} doc @param {StageObject} object */
export function possibleLeaders({ objects }, object) {
  if (objects.some(({ follows }) => follows === object.name)) return [];
  return objects.filter((other) => other.id !== object.id && !other.follows && !other.hidden && other.waypoints.length > 1);
}

/** The document in which an object rides on another from where it starts; null: it goes the way that it has by itself. @param {StageDocument} doc @param {string} id @param {string | null} name @param {readonly [number, number]} start */
export function ride(doc, id, name, start) {
  if (name === null) return updateObject(doc, id, { follows: null });
  const leader = doc.objects.find((other) => other.name === name);
  return leader ? updateObject(doc, id, { follows: name, waypoints: shiftedTo(leader.waypoints, start) }) : doc;
}

/** Whoever rides, and has a path, has a waypoint for each of its leader's. @param {StageDocument} doc @returns {StageDocument} */
export function withRiders(doc) {
  return doc.objects.reduce((made, { id }) => {
    const object = /** @type {StageObject} */ (findObject(made, id));
    const leader = leaderOf(made, object);
    if (!leader || object.waypoints.length < 2) return made;
    const waypoints = shiftedTo(leader.waypoints, [object.waypoints[0].x, object.waypoints[0].y]);
    return JSON.stringify(waypoints) === JSON.stringify(object.waypoints) ? made : updateObject(made, id, { waypoints });
  }, doc);
}

/** @param {readonly Waypoint[]} path @param {readonly [number, number]} start */
function shiftedTo(path, [x, y]) {
  return path.map((point) => ({ ...point, x: x + point.x - path[0].x, y: y + point.y - path[0].y }));
}

/**
 * The way of a point of the photo, of depth z, that rides on what goes another: as if it were on it, whatever the depths of
 * the two, and nearer and farther by as much.
 * @param {Carrier} carrier @param {readonly [number, number]} start @param {number} z
 * @param {readonly [number, number]} center @param {number} near @returns {Trajectory}
 */
export function carried({ anchor, anchorZ, trajectory }, start, z, center, near) {
  const moved = (/** @type {PathPoint} */ point) => {
    const [x, y] = displace(start[0], start[1], anchorZ, { anchor, anchorZ, ...point }, center, near);
    return { ...point, x, y, z: Math.max((point.z * z) / anchorZ, closestDepth(near)) };
  };
  const along = (/** @type {number} */ index) => moved(trajectory.along(index));
  return { at: (time) => moved(trajectory.at(time)), along, times: trajectory.times, depths: trajectory.depths.map((_, i) => along(i).z) };
}
