/** What a screen reader is told: the selection when it changes, what is under the keyboard's cursor, undo and redo. */

import { h } from "./dom.js";
import { orderInWords, thingAt } from "./depth_order.js";
import { findObject } from "./document.js";
import { sceneAt } from "./hit.js";
import { objectAt } from "./picking.js";
import { sizeText, sizeThere } from "./panel_waypoint.js";
import { moves } from "./world.js";

/** @typedef {import("./app.js").App} App */

export class Spoken {
  /** @param {App} app @param {import("./viewport.js").Viewport} viewport */
  constructor(app, viewport) {
    this.app = app;
    this.viewport = viewport;
    this.element = h("div.lv-spoken", { role: "status", "aria-live": "polite" });
  }

  /** Say what is new; nothing while something is dragged or plays. */
  update() {
    const { app, element } = this;
    if (!app.hasScene || app.draft || app.ui.playing) return;
    const words = app.ui.cursor ? cursorInWords(app, this.viewport) : selectionInWords(app);
    const line = `${app.ui.told} ${words}`.trim();
    if (element.textContent !== line) element.textContent = line;
  }
}

/** @param {App} app */
function selectionInWords(app) {
  const object = app.selected;
  const { waypoint: index, cameraKey } = app.ui;
  if (cameraKey !== null) return `Camera key ${cameraKey + 1} of ${app.doc.camera.keys.length}.`;
  if (!object) return app.doc.objects.length ? "Nothing selected." : "";
  if (index === null) return `${object.name} selected, ${moves(object) ? `${object.waypoints.length} waypoints` : "still"}.`;
  const place = app.plan(object).trajectory.along(index);
  const order = orderInWords(app.doc, app.world, object, place);
  return `${object.name}, waypoint ${index + 1} of ${object.waypoints.length}, size ${sizeText(sizeThere(app, object, index))}, ${order}.`;
}

/** @param {App} app @param {import("./viewport.js").Viewport} viewport */
function cursorInWords(app, viewport) {
  const cursor = /** @type {readonly [number, number]} */ (app.ui.cursor);
  const [x, y] = sceneAt(app, viewport, viewport.toScreen(cursor));
  const name = findObject(app.doc, objectAt(app, x, y))?.name ?? thingAt(app.doc, app.world, "", x, y)?.name ?? "the background";
  return `${name}, at ${Math.round(cursor[0])}, ${Math.round(cursor[1])}.`;
}
