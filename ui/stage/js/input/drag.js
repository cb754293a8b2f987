/**
 * What a drag does once it has begun. Each returns handlers in CSS pixels; `move` previews, `end` commits once,
 * so that a drag is one step of the history and sends nothing before it ends.
 */

import { startOf } from "../model/actions.js";
import { clamp, findObject, insertWaypoint, MAX_SIZE, MIN_SIZE, movePath, round, setMask, setPath, updateWaypoint, waypoint } from "../model/document.js";
import { nearnessOfDepth } from "../model/geometry.js";
import { movePoints } from "../model/key_group.js";
import { handlesOnScreen, lens, placeAt, sceneAt } from "../model/hit.js";
import { boundingBox, brush, emptyMask } from "../model/masks.js";
import { alignments, constrain, simplify, snap } from "../model/paths.js";

/** @import { App } from "../model/app.js" */
/** @import { Mask, StageObject } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @typedef {readonly [number, number]} Point */
/** @typedef {{move: (at: Point, shift: boolean, free?: boolean) => void, end: () => void}} Drag */

const GUIDE_PX = 5;

/** @param {number} value */
const pixel = (value) => round(value, 2);

/** @param {App} app @param {Viewport} viewport @param {number} index @param {Point} from @returns {Drag} */
export function dragWaypoint(app, viewport, index, from) {
  const object = /** @type {StageObject} */ (app.selected);
  const before = app.doc;
  const start = object.waypoints[index];
  const z = app.plan(object).trajectory.depths[index];
  const origin = lens(app, viewport).toScene(from, z);
  const chosen = app.ui.keys.filter(({ of }) => of === object.id).map((key) => key.index);
  const together = chosen.includes(index) ? chosen : [index];
  const align = aligner(app, viewport, alignments(before, object.id, together));
  return {
    move(at, shift, free) {
      const now = lens(app, viewport).toScene(at, z);
      const target = /** @type {Point} */ ([start.x + now[0] - origin[0], start.y + now[1] - origin[1]]);
      const [x, y] = shift ? constrain([start.x, start.y], target) : align(target, free);
      app.preview(setPath(before, object.id, movePoints(object.waypoints, together, x - start.x, y - start.y)));
      if (app.ui.waypoint === index) app.ui.time = app.plan(/** @type {any} */ (app.selected)).trajectory.times[index];
    },
    end: () => app.draft && app.commit(app.draft),
  };
}

/** Brings a place level with others that are close, and shows with which. @param {App} app @param {Viewport} viewport @param {{xs: number[], ys: number[]}} others @returns {(place: Point, free?: boolean) => Point} */
function aligner(app, viewport, { xs, ys }) {
  return ([x, y], free = false) => {
    const reach = free ? -1 : GUIDE_PX / viewport.scale;
    const snapped = /** @type {const} */ ([snap(x, xs, reach), snap(y, ys, reach)]);
    app.ui.guides = [xs.includes(snapped[0]) ? snapped[0] : null, ys.includes(snapped[1]) ? snapped[1] : null];
    return snapped;
  };
}

/** The whole path but its start, which stays on the object. @param {App} app @param {Viewport} viewport @param {Point} from @returns {Drag} */
export function dragPath(app, viewport, from) {
  const object = /** @type {StageObject} */ (app.selected);
  const before = app.doc;
  return {
    move(at, shift) {
      const to = shift ? constrain(from, at) : at;
      const [dx, dy] = [(to[0] - from[0]) / viewport.scale, (to[1] - from[1]) / viewport.scale];
      const moved = findObject(movePath(before, object.id, pixel(dx), pixel(dy)), object.id)?.waypoints ?? [];
      app.preview(setPath(before, object.id, [object.waypoints[0], ...moved.slice(1)]));
    },
    end: () => app.draft && app.commit(app.draft),
  };
}

/** Pull a still object to where it should go: a path of two waypoints. @param {App} app @param {Viewport} viewport @param {Point} from @returns {Drag} */
export function dragObject(app, viewport, from) {
  const object = /** @type {StageObject} */ (app.selected);
  const before = app.doc;
  const start = startOf(app, object, sceneAt(app, viewport, from));
  const align = aligner(app, viewport, alignments(before, object.id, [0, 1]));
  return {
    move(at, shift, free) {
      const target = placeAt(app, viewport, at, /** @type {StageObject} */ (app.selected));
      const [x, y] = shift ? constrain(start, target) : align(target, free);
      const path = [waypoint(pixel(start[0]), pixel(start[1])), waypoint(pixel(x), pixel(y))];
      Object.assign(app.ui, { time: 1, waypoint: 1, refine: null });
      app.preview(setPath(before, object.id, path));
    },
    end: () => app.draft && app.commit(app.draft, { waypoint: 1, refine: null }),
  };
}

/** A new waypoint at this moment, dragged at once. @param {App} app @param {Viewport} viewport @param {number} index along the path @param {Point} from @returns {Drag} */
export function dragInserted(app, viewport, index, from) {
  const object = /** @type {StageObject} */ (app.selected);
  const at = clamp(Math.ceil(index), 1, object.waypoints.length - 1);
  const before = app.doc;
  app.preview(insertWaypoint(before, object.id, at, between(app, object, index)));
  app.selectWaypoint(at);
  const drag = dragWaypoint(app, viewport, at, from);
  return { move: drag.move, end: () => app.draft && app.commit(app.draft, { waypoint: at }) };
}

/** A waypoint that leaves the curve as it is. @param {App} app @param {StageObject} object @param {number} index */
export function between(app, object, index) {
  const { x, y, z, size, rotation } = app.plan(object).trajectory.along(index);
  const first = object.waypoints[0];
  const nearness = round(nearnessOfDepth(z, app.doc.softness), 5);
  const turned = round((rotation * 180) / Math.PI + first.rotation, 2);
  return waypoint(pixel(x), pixel(y), { nearness, size: round(size * first.size, 4), rotation: turned });
}

/** A drawn line becomes waypoints. @param {App} app @param {Viewport} viewport @param {Point} from @returns {Drag} */
export function drawPath(app, viewport, from) {
  const object = /** @type {StageObject} */ (app.selected);
  const before = app.doc;
  const begun = object.waypoints.length > 1 ? object.waypoints : null;
  const start = startOf(app, object, sceneAt(app, viewport, from));
  const line = begun ? [placeAt(app, viewport, from, object)] : [start];
  const head = begun ?? [waypoint(pixel(start[0]), pixel(start[1]))];
  const build = (/** @type {number} */ tolerance) => {
    const points = simplify(line, tolerance / viewport.scale).slice(begun ? 0 : 1);
    return [...head, ...points.map(([x, y]) => waypoint(pixel(x), pixel(y)))];
  };
  return {
    move(at, shift) {
      const point = placeAt(app, viewport, at, object);
      const last = line[line.length - 1];
      if (shift) line.splice(1, line.length - 1, constrain(line[0], point));
      else if (Math.hypot(point[0] - last[0], point[1] - last[1]) * viewport.scale > 3) line.push(point);
      const path = build(2);
      Object.assign(app.ui, { time: 1, waypoint: null });
      if (path.length > 1) app.preview(setPath(before, object.id, path));
    },
    end() {
      const path = build(7);
      if (path.length < 2) return app.cancel();
      app.commit(setPath(before, object.id, path), { waypoint: path.length - 1, time: 1, refine: null });
    },
  };
}

/** @param {App} app @param {Viewport} viewport @returns {Drag} */
export function dragSize(app, viewport) {
  const object = /** @type {StageObject} */ (app.selected);
  const index = /** @type {number} */ (app.ui.waypoint);
  const before = app.doc;
  const handles = handlesOnScreen(app, viewport);
  const center = handles?.center ?? [0, 0];
  const reach = handles ? Math.hypot(handles.size[0] - center[0], handles.size[1] - center[1]) : 1;
  const start = object.waypoints[index].size;
  return {
    move(at) {
      const size = (start * Math.hypot(at[0] - center[0], at[1] - center[1])) / reach;
      app.preview(updateWaypoint(before, object.id, index, { size: round(clamp(size, MIN_SIZE, MAX_SIZE), 3) }));
    },
    end: () => app.draft && app.commit(app.draft),
  };
}

/** @param {App} app @param {Viewport} viewport @param {Point} from @returns {Drag} */
export function dragRotation(app, viewport, from) {
  const object = /** @type {StageObject} */ (app.selected);
  const index = /** @type {number} */ (app.ui.waypoint);
  const before = app.doc;
  const center = handlesOnScreen(app, viewport)?.center ?? [0, 0];
  const angle = (/** @type {Point} */ at) => (Math.atan2(at[1] - center[1], at[0] - center[0]) * 180) / Math.PI;
  let rotation = object.waypoints[index].rotation;
  let last = angle(from);
  return {
    move(at, shift) {
      const now = angle(at);
      rotation += ((now - last + 540) % 360) - 180;
      last = now;
      const shown = shift ? Math.round(rotation / 15) * 15 : round(rotation, 1);
      app.preview(updateWaypoint(before, object.id, index, { rotation: shown }));
    },
    end: () => app.draft && app.commit(app.draft),
  };
}

/** Paint into, or out of, the selected object's mask. @param {App} app @param {Viewport} viewport @param {Point} from @param {boolean} add @param {(mask: Mask) => string} place the object to paint on, made when there is none @returns {Drag} */
export function paint(app, viewport, from, add, place) {
  const [h, w] = app.doc.size_hw;
  const known = app.selected && app.world.masks.get(app.selected.mask);
  let last = viewport.toImage(from);
  let mask = brush(known ?? emptyMask(w, h), last, last, app.ui.brush, add);
  const shown = { mask, add };
  app.painting = shown;
  app.invalidate();
  return {
    move(at) {
      const now = viewport.toImage(at);
      mask = brush(mask, last, now, app.ui.brush, add);
      last = now;
      shown.mask = mask;
      app.painting = { ...shown };
      app.invalidate();
    },
    end() {
      app.painting = null;
      if (!boundingBox(mask)) return app.set({ error: "A mask must keep at least one pixel; delete the object instead." });
      const id = place(mask);
      if (id) app.commit(setMask(app.doc, id, app.keepMask(mask)), { refine: null });
    },
  };
}
