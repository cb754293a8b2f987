/**
 * The orbit tool: click a centre and the selected object circles it, as ordinary waypoints that can be edited after.
 */

import { startOf, withPicked } from "./actions.js";
import { sceneDepthAt, thingAt } from "./depth_order.js";
import { setPath } from "./document.js";
import { poseAt } from "./frame.js";
import { nearnessOfDepth } from "./geometry.js";
import { objectAt } from "./hit.js";
import { anchorOf } from "./masks.js";
import { ownMask } from "./own_masks.js";
import { orbit } from "./paths.js";
import { depthAtAnchor, moves } from "./world.js";

/** @typedef {{center: [number, number], centerNearness: number, tilt: number, swing: number, turns: number, clockwise: boolean}} OrbitSettings */
/** @import { App } from "./app.js" */
/** @import { StageDocument, StageObject } from "./types.js" */

const MAX_GROWTH = 1.5; // of the object's size, at the near point
const MIN_SWING = 0.02; // it still passes before the centre and behind it

/** @param {App} app @param {number} x @param {number} y */
export function placeOrbit(app, x, y) {
  const object = app.selected;
  if (!object) return app.set({ error: "Pick the object that should circle first, then click what it circles." });
  const target = objectAt(app, x, y);
  const other = target && target !== object.id ? app.doc.objects.find((item) => item.id === target) : undefined;
  const mask = other && ownMask(app.doc, app.world, other);
  const center = mask ? anchorOf(mask) : /** @type {[number, number]} */ ([x, y]);
  const centerZ = other && moves(other) ? poseAt(app.doc, app.world, other, 0).z : sceneDepthAt(app.doc, app.world, ...center);
  const centerNearness = nearnessOfDepth(centerZ, app.doc.softness);
  const swing = believableSwing(app, object, centerNearness);
  const settings = { center, centerNearness, tilt: 25, swing, turns: 1, clockwise: true };
  const around = target ? null : thingAt(app.doc, app.world, object.id, x, y);
  applyOrbit(app, settings, true, withPicked(app, app.history.present, around?.key ?? ""));
}

/** How far the nearness swings: less where the object would grow more than `MAX_GROWTH`. @param {App} app @param {StageObject} object @param {number} centerNearness */
function believableSwing(app, object, centerNearness) {
  const { softness } = app.doc;
  const z = depthAtAnchor(app.world, object, startOf(app, object), softness, ownMask(app.doc, app.world, object));
  const usual = Math.min(0.18, Math.max(0.05, Math.min(centerNearness, 1 - centerNearness)));
  return Math.min(usual, Math.max(nearnessOfDepth(z / MAX_GROWTH, softness) - centerNearness, MIN_SWING));
}

/** @param {App} app @param {OrbitSettings} settings @param {boolean} final whether to commit @param {StageDocument} [before] what gets the path */
export function applyOrbit(app, settings, final, before = app.history.present) {
  const object = app.selected;
  if (!object) return;
  const start = object.waypoints.length > 1 ? startOf(app, object, [object.waypoints[0].x, object.waypoints[0].y]) : startOf(app, object);
  const z = depthAtAnchor(app.world, object, start, app.doc.softness, ownMask(app.doc, app.world, object));
  const path = orbit({ ...settings, start, startNearness: nearnessOfDepth(z, app.doc.softness) });
  const doc = setPath(before, object.id, path);
  Object.assign(app.ui, { orbit: settings, waypoint: null, refine: null });
  if (final) app.commit(doc);
  else app.preview(doc);
}
