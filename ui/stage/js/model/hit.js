/** What lies under the pointer: waypoints and their handles, paths, moving cut-outs. Coordinates are CSS pixels. */

import { frameAt } from "./frame.js";
import { imageCenter, nearestDepth, project, unproject } from "./geometry.js";
import { scenePlace, seenAt } from "./hiding.js";
import { isInside, valueAt } from "./masks.js";
import { paintsPhoto } from "./mending.js";
import { ownMask } from "./own_masks.js";
import { distanceToSegment } from "./paths.js";
import { moves, viewAt } from "./world.js";

/** @import { App } from "./app.js" */
/** @import { StageObject } from "./types.js" */
/** @import { Viewport } from "./viewport.js" */
/** @typedef {{kind: "waypoint", index: number} | {kind: "size"} | {kind: "rotation"} | {kind: "path", index: number} |
 *   {kind: "object", id: string} | {kind: "nothing"}} Hit */

const WAYPOINT_REACH = 13;
const RING = 40;
const CURVE_REACH = 8;
const CURVE_STEPS = 16;

/** Scene -> screen and back under the camera of this moment, for one object. @param {App} app @param {Viewport} viewport @param {StageObject} [object] */
export function lens(app, viewport, object = app.selected) {
  const { doc } = app;
  const view = viewAt(doc, app.shownTime);
  const center = imageCenter(doc.size_hw);
  const near = nearestDepth(doc.softness);
  const pinned = object?.pinned_to_screen ?? false;
  return {
    /** @param {{x: number, y: number, z: number}} point @returns {[number, number]} */
    toScreen({ x, y, z }) {
      if (pinned) return viewport.toScreen([x, y]);
      const [u, v] = project(x, y, z, view, center, near);
      return viewport.toScreen([u, v]);
    },
    /** @param {readonly [number, number]} screen @param {number} z @returns {[number, number]} */
    toScene(screen, z) {
      const [u, v] = viewport.toImage(screen);
      return pinned ? [u, v] : unproject(u, v, z, view, center, near);
    },
  };
}

/** The pixel of the still scene that is seen at a place on the screen. @param {App} app @param {Viewport} viewport @param {readonly [number, number]} at @returns {[number, number]} */
export function sceneAt(app, viewport, at) {
  const { doc, world } = app;
  const [u, v] = viewport.toImage(at);
  return paintsPhoto(app.ui.tool) ? [u, v] : scenePlace(doc, world, viewAt(doc, app.shownTime), u, v);
}

/** Where a path goes on to: the place under the pointer at the depth that it ends with, before the camera. @param {App} app @param {Viewport} viewport @param {readonly [number, number]} at @param {StageObject} object @returns {[number, number]} */
export function placeAt(app, viewport, at, object) {
  if (object.waypoints.length === 0) return sceneAt(app, viewport, at);
  const { depths } = app.plan(object).trajectory;
  return lens(app, viewport, object).toScene(at, depths[depths.length - 1]);
}

/** The selected object's path on the screen: points, their fractional waypoint index, depth and time. @param {App} app @param {Viewport} viewport */
export function curveOnScreen(app, viewport) {
  const object = app.selected;
  if (!object || object.waypoints.length < 2) return [];
  const { trajectory } = app.plan(object);
  const { toScreen } = lens(app, viewport);
  const count = (object.waypoints.length - 1) * CURVE_STEPS;
  return Array.from({ length: count + 1 }, (_, i) => {
    const point = trajectory.along(i / CURVE_STEPS);
    return { screen: toScreen(point), index: i / CURVE_STEPS, point, time: timeAlong(trajectory.times, i / CURVE_STEPS) };
  });
}

/** About when an object is between two waypoints. @param {readonly number[]} times of all waypoints @param {number} index */
function timeAlong(times, index) {
  const before = Math.floor(index);
  return times[before] + (index - before) * ((times[before + 1] ?? 1) - times[before]);
}

/** Waypoints of the selected object on the screen. @param {App} app @param {Viewport} viewport @returns {[number, number][]} */
export function waypointsOnScreen(app, viewport) {
  const object = app.selected;
  if (!object || object.waypoints.length < 2) return [];
  const { trajectory } = app.plan(object);
  const { toScreen } = lens(app, viewport);
  return object.waypoints.map((_, i) => toScreen(trajectory.along(i)));
}

/** Where the selected waypoint's size and rotation handles are. @param {App} app @param {Viewport} viewport */
export function handlesOnScreen(app, viewport) {
  const { waypoint } = app.ui;
  const object = app.selected;
  if (waypoint === null || waypoint === 0 || !object?.waypoints[waypoint]) return null;
  const [x, y] = waypointsOnScreen(app, viewport)[waypoint] ?? [0, 0];
  const angle = ((object.waypoints[waypoint].rotation - 90) * Math.PI) / 180;
  const diagonal = RING * Math.SQRT1_2;
  return {
    center: /** @type {[number, number]} */ ([x, y]),
    rotation: /** @type {[number, number]} */ ([x + RING * Math.cos(angle), y + RING * Math.sin(angle)]),
    size: /** @type {[number, number]} */ ([x - diagonal, y + diagonal]),
  };
}

/** @param {App} app @param {Viewport} viewport @param {readonly [number, number]} at @param {number} [slack] for fingers @returns {Hit} */
export function hitTest(app, viewport, at, slack = 0) {
  const close = (/** @type {readonly [number, number]} */ point, /** @type {number} */ reach) =>
    Math.hypot(point[0] - at[0], point[1] - at[1]) <= reach + slack;
  const handles = app.ui.tool === "select" ? handlesOnScreen(app, viewport) : null;
  if (handles && close(handles.rotation, 9)) return { kind: "rotation" };
  if (handles && close(handles.size, 9)) return { kind: "size" };
  const points = waypointsOnScreen(app, viewport);
  const order = points.map((_, i) => i).sort((a, b) => Number(b === app.ui.waypoint) - Number(a === app.ui.waypoint) || b - a);
  const index = order.find((i) => close(points[i], WAYPOINT_REACH));
  if (index !== undefined) return { kind: "waypoint", index };
  const along = pathHit(app, viewport, at, slack);
  if (along !== null) return { kind: "path", index: along };
  return bodyHit(app, viewport, at);
}

/** @param {App} app @param {Viewport} viewport @param {readonly [number, number]} at @param {number} slack */
function pathHit(app, viewport, at, slack) {
  const curve = curveOnScreen(app, viewport);
  let best = CURVE_REACH + slack;
  let found = null;
  for (let i = 0; i + 1 < curve.length; i++) {
    const [distance, t] = distanceToSegment(at, curve[i].screen, curve[i + 1].screen);
    if (distance < best) [best, found] = [distance, curve[i].index + t * (curve[i + 1].index - curve[i].index)];
  }
  return found;
}

/** @param {App} app @param {Viewport} viewport @param {readonly [number, number]} at @returns {Hit} */
function bodyHit(app, viewport, at) {
  const { doc, world } = app;
  const moving = seenAt(doc, world, frameAt(doc, world, app.shownTime), ...viewport.toImage(at));
  const id = moving?.id ?? objectAt(app, ...sceneAt(app, viewport, at), doc.objects.filter((object) => !moves(object)));
  return id ? { kind: "object", id } : { kind: "nothing" };
}

/** The object whose own pixel, where it was picked, a point falls on. @param {App} app @param {number} x @param {number} y @param {readonly StageObject[]} [among] @returns {string | null} */
export function objectAt({ doc, world }, x, y, among = doc.objects) {
  const found = among.find((object) => {
    const mask = ownMask(doc, world, object);
    return !object.hidden && mask && isInside(mask, x, y);
  });
  return found?.id ?? null;
}

/** The automatic mask that a click would take; 0 is none. @param {App} app @param {number} x @param {number} y */
export function instanceAt({ world }, x, y) {
  return world.instances && world.pickable ? (valueAt(world.instances, x, y) ?? 0) : 0;
}
