/** What lies under the pointer: waypoints and their handles, paths, moving cut-outs. Coordinates are CSS pixels. */

import { imageCenter, nearestDepth, project, STILL_VIEW, undisplace, unproject } from "./geometry.js";
import { isInside, valueAt } from "./masks.js";
import { poseAt } from "./frame.js";
import { distanceToSegment } from "./paths.js";
import { sceneDepthAt } from "./depth_order.js";
import { hiderOf, moves, viewAt } from "./world.js";
import { objectAt } from "./picking.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {{kind: "waypoint", index: number} | {kind: "size"} | {kind: "rotation"} | {kind: "path", index: number} |
 *   {kind: "object", id: string} | {kind: "nothing"}} Hit */

export const WAYPOINT_REACH = 13;
export const RING = 40;
const CURVE_REACH = 8;
const CURVE_STEPS = 16;
const SCENE_ROUNDS = 4;

/** Scene -> screen and back under the camera of this moment, for one object. @param {App} app @param {Viewport} viewport @param {import("./types.js").StageObject} [object] */
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
  const view = viewAt(doc, app.shownTime);
  if (app.ui.tool === "mask" || view === STILL_VIEW) return [u, v];
  const center = imageCenter(doc.size_hw);
  const near = nearestDepth(doc.softness);
  let found = /** @type {[number, number]} */ ([u, v]);
  for (let i = 0; i < SCENE_ROUNDS; i++) found = unproject(u, v, sceneDepthAt(doc, world, ...found), view, center, near);
  return found;
}

/** Where a path goes on to: the place under the pointer at the depth that it ends with, before the camera. @param {App} app @param {Viewport} viewport @param {readonly [number, number]} at @param {import("./types.js").StageObject} object @returns {[number, number]} */
export function placeAt(app, viewport, at, object) {
  if (object.waypoints.length === 0) return sceneAt(app, viewport, at);
  const { depths } = app.plan(object).trajectory;
  return lens(app, viewport, object).toScene(at, depths[depths.length - 1]);
}

/** The selected object's path on the screen: points, their fractional waypoint index and depth. @param {App} app @param {Viewport} viewport */
export function curveOnScreen(app, viewport) {
  const object = app.selected;
  if (!object || object.waypoints.length < 2) return [];
  const { trajectory } = app.plan(object);
  const { toScreen } = lens(app, viewport);
  const count = (object.waypoints.length - 1) * CURVE_STEPS;
  return Array.from({ length: count + 1 }, (_, i) => {
    const point = trajectory.along(i / CURVE_STEPS);
    return { screen: toScreen(point), index: i / CURVE_STEPS, point };
  });
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
  const near = nearestDepth(doc.softness);
  const center = imageCenter(doc.size_hw);
  const [x, y] = sceneAt(app, viewport, at);
  const moving = doc.objects.filter(moves).map((object) => ({ object, pose: poseAt(doc, world, object, app.shownTime) }));
  for (const { object, pose } of moving.sort((a, b) => a.pose.z - b.pose.z)) {
    const [u, v] = lens(app, viewport, object).toScene(at, pose.z);
    const mask = world.masks.get(object.mask);
    if (!mask || !isInside(mask, ...undisplace(u, v, pose.anchorZ, pose, center, near))) continue;
    const hider = valueAt(hiderOf(doc, world, object), x, y);
    if (hider === null || 1 / pose.z - doc.softness >= hider) return { kind: "object", id: object.id };
  }
  const id = objectAt(app, x, y, doc.objects.filter((object) => !moves(object)));
  return id ? { kind: "object", id } : { kind: "nothing" };
}
