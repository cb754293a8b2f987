/** What a screen reader is told: the selection when it changes, what is under the keyboard's cursor, undo and redo. */

import { sizeThere } from "../model/actions.js";
import { orderInWords, thingAt } from "../model/depth_order.js";
import { findObject } from "../model/document.js";
import { sceneAt, objectAt } from "../model/hit.js";
import { moves } from "../model/world.js";
import { sizeText } from "./waypoint.js";
import { html, noChange } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { Viewport } from "../model/viewport.js" */

/** What is new; nothing while something is dragged or plays. @param {App} app @param {Viewport} viewport */
export function announcer(app, viewport) {
  const quiet = !app.hasScene || app.draft || app.ui.playing;
  const words = () => `${app.ui.announcement} ${app.ui.cursor ? cursorInWords(app, viewport, app.ui.cursor) : selectionInWords(app)}`.trim();
  return html`<div class="lv-spoken" role="status" aria-live="polite">${quiet ? noChange : words()}</div>`;
}

/** @param {App} app */
function selectionInWords(app) {
  const object = app.selected;
  const { waypoint: index, cameraKey } = app.ui;
  if (cameraKey !== null) return `Camera key ${cameraKey + 1} of ${app.doc.camera.keys.length}.`;
  if (!object) return app.doc.objects.length ? "Nothing selected." : "";
  if (index === null) return `${object.name} selected, ${moves(object) ? `${object.waypoints.length} waypoints` : "still"}.`;
  const { trajectory } = app.plan(object);
  const order = orderInWords(app.doc, app.world, object, trajectory.along(index), trajectory.times[index]);
  return `${object.name}, waypoint ${index + 1} of ${object.waypoints.length}, size ${sizeText(sizeThere(app, object, index))}, ${order}.`;
}

/** @param {App} app @param {Viewport} viewport @param {readonly [number, number]} cursor */
function cursorInWords(app, viewport, cursor) {
  const [x, y] = sceneAt(app, viewport, viewport.toScreen(cursor));
  const name = findObject(app.doc, objectAt(app, x, y))?.name ?? thingAt(app.doc, app.world, "", x, y)?.name ?? "the background";
  return `${name}, at ${Math.round(cursor[0])}, ${Math.round(cursor[1])}.`;
}
