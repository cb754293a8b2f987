/** What panels, keys and the timeline do to the document, whichever of them is asked. */

import { areaName } from "./areas.js";
import { addScenery, duplicateObject, duplicateWaypoint, pathFrom, removeWaypoint, reversePath, round, setPath, updateCamera, updateObject, updateWaypoint, whyFull } from "./document.js";
import { nearestDepth, nearnessOfDepth } from "./geometry.js";
import { anchorOf, maskOfLabel, nearestInside } from "./masks.js";
import { ownMask } from "./own_masks.js";
import { MAX_CAMERA_KEYS } from "./schema.js";
import { cameraTrack } from "./trajectory.js";

/** @import { App } from "./app.js" */
/** @import { StageDocument, StageObject } from "./types.js" */

/** The size an object has at a waypoint, against the photo. @param {App} app @param {StageObject} object @param {number} index */
export function sizeThere(app, object, index) {
  const { anchorZ, trajectory } = app.plan(object);
  const point = trajectory.along(index);
  return (point.size * anchorZ) / point.z;
}

/** The document with another depth of the selected object's waypoint. @param {App} app @param {number} index @param {number} z @returns {StageDocument} */
export function withDepth(app, index, z) {
  const { softness } = app.doc;
  const nearness = round(nearnessOfDepth(z, softness), 5);
  const id = /** @type {string} */ (app.ui.object);
  return updateWaypoint(updateObject(app.doc, id, { on_ground: false }), id, index, { nearness });
}

/** Guessed depth hides nothing that no one picked: whoever orders an object against an area picks it, as scenery. @param {App} app @param {StageDocument} doc @param {string} key of a thing (depth_order.js) */
export function withPicked(app, doc, key) {
  return app.world.guessed && key.startsWith("#") ? withArea(app, doc, key) : doc;
}

/** The document with an area picked, as scenery; as it is where there is no room. @param {App} app @param {StageDocument} doc @param {string} key of the area */
export function withArea(app, doc, key) {
  const { instances } = app.world;
  if (!instances) return doc;
  const label = Number(key.slice(1));
  const name = areaName(instances, label).replace("the ", "");
  return addScenery(doc, app.keepMask(maskOfLabel(instances, label)), name[0].toUpperCase() + name.slice(1));
}

/** @param {App} app @param {string} id @param {number} index */
export function deleteWaypoint(app, id, index) {
  if (index === 0) return app.set({ error: "A path starts at its object; clear the path to let the object rest." });
  app.commit(removeWaypoint(app.doc, id, index));
}

/** A second waypoint in the selected one's place; without one, the object once more, with its path. @param {App} app */
export function duplicateSelected(app) {
  const { object: id, waypoint } = app.ui;
  if (id === null) return;
  if (waypoint !== null) return app.commit(duplicateWaypoint(app.doc, id, waypoint), { waypoint: waypoint + 1 });
  if (whyFull(app.doc)) return app.set({ error: whyFull(app.doc) });
  const [doc, object] = duplicateObject(app.doc, id);
  app.commit(doc, { object, refine: null });
}

/** @param {App} app */
export function copyPath(app) {
  app.copiedPath = app.selected?.waypoints.length ? app.selected.waypoints : app.copiedPath;
  app.invalidate();
}

/** @param {App} app */
export function pastePath(app) {
  const object = app.selected;
  if (!object || !app.copiedPath) return;
  const start = startOf(app, object, object.waypoints.length ? [object.waypoints[0].x, object.waypoints[0].y] : undefined);
  app.commit(setPath(app.doc, object.id, pathFrom(app.copiedPath, start)), { waypoint: null, refine: null });
}

/** @param {App} app @param {StageObject} object */
export function reverse(app, object) {
  const nearness = app.plan(object).trajectory.depths.map((z) => nearnessOfDepth(z, app.doc.softness));
  app.commit(reversePath(app.doc, object.id, nearness));
}

/** Turn an object so that it points along its path. @param {App} app @param {StageObject} object */
export function turnAlong(app, object) {
  const { along } = app.plan(object).trajectory;
  const last = object.waypoints.length - 1;
  const heading = (/** @type {number} */ i) => {
    const [a, b] = [along(Math.max(i - 0.05, 0)), along(Math.min(i + 0.05, last))];
    return (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI;
  };
  let turned = 0;
  let before = heading(0);
  const path = object.waypoints.map((point, i) => {
    const now = heading(i);
    turned += ((now - before + 540) % 360) - 180;
    before = now;
    return { ...point, rotation: round(turned, 1) };
  });
  app.commit(setPath(app.doc, object.id, path));
}

/** A camera key at the playhead, of what the camera shows there. @param {App} app */
export function addKey(app) {
  const { doc, ui } = app;
  const view = cameraTrack(doc.camera, doc.softness)(ui.time);
  const key = {
    time: round(ui.time, 4),
    pan: /** @type {[number, number]} */ ([round(view.pan[0], 2), round(view.pan[1], 2)]),
    zoom: round(view.zoom, 4),
    push: round(view.push / nearestDepth(doc.softness), 4),
  };
  const others = doc.camera.keys.filter((other) => Math.abs(other.time - key.time) > 0.002);
  if (others.length >= MAX_CAMERA_KEYS) return app.set({ error: `A camera takes at most ${MAX_CAMERA_KEYS} keys; delete one first.` });
  const keys = [...others, key].sort((a, b) => a.time - b.time);
  app.commit(updateCamera(doc, { keys }), { cameraKey: keys.indexOf(key), waypoint: null });
}

/** @param {App} app @param {number} index */
export function removeKey(app, index) {
  app.commit(updateCamera(app.doc, { keys: app.doc.camera.keys.filter((_, i) => i !== index) }), { cameraKey: null });
}

/** Where an object's path starts: the place it was grabbed or clicked, if that is on it. @param {App} app @param {StageObject} object @param {readonly [number, number]} [wanted] @returns {readonly [number, number]} */
export function startOf(app, object, wanted) {
  const mask = ownMask(app.doc, app.world, object);
  if (!mask) return wanted ?? [0, 0];
  const center = anchorOf(mask);
  if (!wanted) return center;
  return nearestInside(mask, wanted[0], wanted[1]);
}
