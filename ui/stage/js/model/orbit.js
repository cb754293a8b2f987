/**
 * The orbit tool: click a centre and the selected object circles it, as ordinary waypoints that can be edited after.
 */

import { startOf, withPicked } from "./actions.js";
import { sceneDepthAt, thingAt } from "./depth_order.js";
import { setPath, updateScenery } from "./document.js";
import { poseAt } from "./frame.js";
import { depthFromDisparity, nearnessOfDepth } from "./geometry.js";
import { objectAt } from "./hit.js";
import { anchorOf } from "./masks.js";
import { ownMask } from "./own_masks.js";
import { orbit, tiltWithin } from "./paths.js";
import { depthAtAnchor, levelInside, moves, stillScene } from "./world.js";

/** @typedef {{center: [number, number], centerNearness: number, tilt: number, swing: number, turns: number, clockwise: boolean, growth: number, closed: boolean}} OrbitSettings */
/** @import { App } from "./app.js" */
/** @import { StageDocument, StageObject } from "./types.js" */

const MAX_GROWTH = 1.5; // of the object's size, at the near point, unless someone asks for more
const LEAST_ROOM = 0.2; // of the picture's width, to either side of the centre

/** @param {App} app @param {number} x @param {number} y */
export function placeOrbit(app, x, y) {
  const object = app.selected;
  if (!object) return app.set({ error: "Pick the object that should circle first, then what it circles." });
  const target = objectAt(app, x, y);
  const other = target && target !== object.id ? app.doc.objects.find((item) => item.id === target) : undefined;
  const mask = other && ownMask(app.doc, app.world, other);
  const center = mask ? anchorOf(mask) : /** @type {[number, number]} */ ([x, y]);
  const around = target ? null : thingAt(app.doc, app.world, object.id, x, y);
  const before = withFlat(app, around?.key ?? "");
  const centerZ = other && moves(other) ? poseAt(app.doc, app.world, other, 0).z : depthAround(app, object, before, other ?? around, center);
  const centerNearness = nearnessOfDepth(centerZ, app.doc.softness);
  const [, width] = app.doc.size_hw;
  const room = Math.max(Math.min(center[0], width - center[0]), LEAST_ROOM * width);
  const tilt = tiltWithin(center, startOf(app, object), room);
  const swing = Math.min(0.18, Math.max(0.05, Math.min(centerNearness, 1 - centerNearness)));
  applyOrbit(app, { center, centerNearness, tilt, swing, turns: 1, clockwise: true, growth: MAX_GROWTH, closed: false }, true, before);
}

/** The document with the area that is circled picked, where depth is guessed, and of one depth: the guess within it must not decide what is seen. @param {App} app @param {string} key of a thing (depth_order.js) */
function withFlat(app, key) {
  const doc = app.history.present;
  const picked = withPicked(app, doc, key);
  const added = picked === doc ? undefined : picked.scenery[picked.scenery.length - 1];
  return added ? updateScenery(picked, added.id, { flatten: true }) : picked;
}

/** Depth of what is circled; where a guess has nothing there that was picked, the object's own. @param {App} app @param {StageObject} object @param {StageDocument} before @param {unknown} thing @param {[number, number]} center */
function depthAround(app, object, before, thing, center) {
  const { doc, world } = app;
  const added = before.scenery.length > doc.scenery.length ? world.masks.get(before.scenery[before.scenery.length - 1].mask) : undefined;
  if (added) return depthFromDisparity(levelInside(stillScene(doc, world).disparity, added), doc.softness);
  if (thing || !world.guessed) return sceneDepthAt(doc, world, ...center);
  return depthAtAnchor(world, object, startOf(app, object), doc.softness, ownMask(doc, world, object));
}

/** @param {App} app @param {OrbitSettings} settings @param {boolean} final whether to commit @param {StageDocument} [before] what gets the path */
export function applyOrbit(app, settings, final, before = app.history.present) {
  const object = app.selected;
  if (!object) return;
  const start = object.waypoints.length > 1 ? startOf(app, object, [object.waypoints[0].x, object.waypoints[0].y]) : startOf(app, object);
  const z = depthAtAnchor(app.world, object, start, app.doc.softness, ownMask(app.doc, app.world, object));
  const { softness } = app.doc;
  const path = orbit({ ...settings, softness, start, startNearness: nearnessOfDepth(z, softness) });
  const doc = setPath(before, object.id, path);
  Object.assign(app.ui, { orbit: settings, waypoint: null, refine: null });
  if (final) app.commit(doc);
  else app.preview(doc);
}
