/** Keys, while the stage has focus and no field is being typed in. */

import { copyPath, deleteWaypoint, duplicateSelected, pastePath, removeKey } from "../model/actions.js";
import { chooseSide, crossingsOf } from "../model/crossings.js";
import { clamp, findObject, remove, round, setPath, updateWaypoint } from "../model/document.js";
import { removeKeys } from "../model/key_group.js";
import { moves } from "../model/world.js";

/** @import { App } from "../model/app.js" */
/** @import { Stage } from "../stage.js" */

const CURSOR_STEP = 4;
const OF_CONTROLS = ["Enter", "Tab", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "PageUp", "PageDown"];

/** @param {Stage} stage @param {HTMLElement} root */
export function listenToKeys(stage, root) {
  root.addEventListener("keydown", (event) => press(stage, event, true));
  root.addEventListener("keyup", (event) => press(stage, event, false));
  root.addEventListener("focusout", () => (stage.pointer.space = ""));
}

/** @param {Stage} stage @param {KeyboardEvent} event @param {boolean} down */
function press(stage, event, down) {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.matches("input[type=text]:not([readonly]), select, input[type=color]");
  const onControl = target.matches("button, input:not([readonly])");
  if (event.key === " " && !typing && !onControl) return pressSpace(stage, event, down);
  if (!down || typing) return;
  if (onControl && OF_CONTROLS.includes(event.key)) return;
  if (handleKey(stage, event)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Held, it lets a drag move the view; pressed alone, it plays. @param {Stage} stage @param {KeyboardEvent} event @param {boolean} down */
function pressSpace({ app, overlayCanvas, playback, pointer, viewport }, event, down) {
  event.preventDefault();
  const place = `${viewport.tx}, ${viewport.ty}`;
  if (!down && pointer.space === place && app.hasScene) playback.toggle();
  pointer.space = down ? pointer.space || place : "";
  overlayCanvas.style.cursor = down ? "grab" : "";
}

/** @param {Stage} stage @param {KeyboardEvent} event @returns {boolean} whether the key was ours */
function handleKey(stage, event) {
  const { app } = stage;
  if (event.key === "?") return stage.toggleHelp(), true;
  if (!app.hasScene) return false;
  if (event.ctrlKey || event.metaKey) return withControl(stage, event);
  const action = plainKeys(stage, event)[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return false;
  return action() !== false;
}

/** @param {Stage} stage @param {KeyboardEvent} event */
function withControl({ app }, event) {
  const key = event.key.toLowerCase();
  if (key === "z" && event.shiftKey) app.redo();
  else if (key === "z") app.undo();
  else if (key === "y") app.redo();
  else if (key === "d" && app.selected) duplicateSelected(app);
  else if (key === "c" && app.selected?.waypoints.length) copyPath(app);
  else if (key === "v" && app.copiedPath && app.selected) pastePath(app);
  else return false;
  return true;
}

/** @param {Stage} stage @param {KeyboardEvent} event @returns {Record<string, () => boolean | void>} */
function plainKeys(stage, event) {
  const { app, picking, playback } = stage;
  const step = event.shiftKey ? 10 : 1;
  return {
    v: () => stage.useTool("select"),
    p: () => stage.useTool("path"),
    b: () => stage.useTool("mask"),
    o: () => stage.useTool("orbit"),
    r: () => void picking.again(),
    c: () => void picking.cycle(),
    f: () => stage.fit(),
    l: () => app.set({ loop: !app.ui.loop }),
    d: () => stage.showDepth(!app.ui.depthView),
    x: () => changeSides(app),
    "[": () => app.set({ brush: Math.max(1, Math.round(app.ui.brush * 0.8)) }),
    "]": () => app.set({ brush: Math.min(80, Math.round(app.ui.brush * 1.25 + 0.5)) }),
    ",": () => playback.step(-1),
    ".": () => playback.step(1),
    Home: () => app.set({ time: 0, playing: false }),
    Enter: () => enter(stage, event.shiftKey),
    Escape: () => escape(stage),
    Delete: () => deleteSelected(stage, event.shiftKey),
    Backspace: () => deleteSelected(stage, event.shiftKey),
    ArrowLeft: () => arrow(stage, -step, 0),
    ArrowRight: () => arrow(stage, step, 0),
    ArrowUp: () => arrow(stage, 0, -step),
    ArrowDown: () => arrow(stage, 0, step),
    PageUp: () => nudgeDepth(stage, 0.02),
    PageDown: () => nudgeDepth(stage, -0.02),
    Tab: () => nextWaypoint(stage, event.shiftKey ? -1 : 1),
  };
}

/** Leave what is going on, the innermost first. @param {Stage} stage */
function escape(stage) {
  const { app, layout, picking } = stage;
  const { cameraKey, cursor, outline, refine, tool, waypoint } = app.ui;
  if (!layout.help.hidden) return stage.toggleHelp();
  if (app.stopDrag || app.draft) return app.abort();
  if (outline) return app.set({ outline: null });
  if (cursor) return app.point({ cursor: null, hover: null, pointer: null });
  if (app.ui.keys.length) return app.set({ keys: [] });
  if (cameraKey !== null) return app.set({ cameraKey: null });
  if (refine) return picking.done();
  if (waypoint !== null) return app.set({ waypoint: null });
  if (tool !== "select") return stage.useTool("select");
  app.selectObject(null);
}

/** The other side of the crossing nearest to the playhead. @param {App} app */
function changeSides(app) {
  const object = app.selected;
  if (!object || !moves(object) || app.draft) return false;
  const distance = (/** @type {{at: number}} */ { at }) => Math.abs(at - app.ui.time);
  const [nearest] = [...crossingsOf(app.doc, app.world, object)].sort((a, b) => distance(a) - distance(b));
  if (!nearest) return app.set({ error: `The path of ${object.name} crosses nothing that could hide it.` });
  const side = nearest.side === "front" ? "behind" : "front";
  chooseSide(app, object, nearest, side);
  app.set({ announcement: `${object.name} ${side === "front" ? "in front of" : "behind"} ${nearest.name}.` });
}

/** @param {Stage} stage @param {number} by of the slider's length */
function nudgeDepth({ app, pointer }, by) {
  const { waypoint } = app.ui;
  if (!waypoint || !app.selected) return false;
  pointer.wheel.nudgeDepth(waypoint, by);
}

/** @param {Stage} stage @param {boolean} whole */
function deleteSelected({ app, outlines }, whole) {
  const { object, outline, waypoint, cameraKey } = app.ui;
  if (outline) return outlines.dropCorner();
  if (app.ui.keys.length > 1) return app.commit(removeKeys(app.doc, app.ui.keys), { keys: [], waypoint: null, cameraKey: null });
  if (cameraKey !== null) return removeKey(app, cameraKey);
  if (object === null) return false;
  if (waypoint !== null && !whole) deleteWaypoint(app, object, waypoint);
  else if (whole || !findObject(app.doc, object)?.waypoints.length) app.commit(remove(app.doc, object), { refine: null });
  else app.commit(setPath(app.doc, object, []));
}

/** The cursor acts where there is one; else picking ends, or the clip plays. @param {Stage} stage @param {boolean} shift */
function enter({ app, outlines, pointer, picking, playback, viewport }, shift) {
  const { cursor, outline } = app.ui;
  if (outline) return void outlines.close();
  if (cursor) return pointer.tap(viewport.toScreen(cursor), shift);
  if (app.ui.refine) picking.done();
  else playback.toggle();
}

/** Arrows move the selected waypoint; without one, a cursor that stands for the mouse. @param {Stage} stage @param {number} dx @param {number} dy */
function arrow({ app, pointer, viewport }, dx, dy) {
  const { object, waypoint, cursor } = app.ui;
  const point = object !== null && waypoint !== null && !cursor ? findObject(app.doc, object)?.waypoints[waypoint] : null;
  if (point) return app.commit(updateWaypoint(app.doc, /** @type {string} */ (object), /** @type {number} */ (waypoint), { x: round(point.x + dx, 2), y: round(point.y + dy, 2) }));
  const [h, w] = app.doc.size_hw;
  const [x, y] = cursor ?? [w / 2 - CURSOR_STEP * dx, h / 2 - CURSOR_STEP * dy];
  const moved = /** @type {const} */ ([clamp(x + CURSOR_STEP * dx, 0, w - 1), clamp(y + CURSOR_STEP * dy, 0, h - 1)]);
  app.point({ cursor: moved });
  pointer.hover(viewport.toScreen(moved), "keyboard");
}

/** Tab walks the waypoints while the canvas has focus; past the ends it leaves the canvas. @param {Stage} stage @param {number} by */
function nextWaypoint({ app, overlayCanvas }, by) {
  const object = app.selected;
  if (document.activeElement !== overlayCanvas || !object || !moves(object)) return false;
  const next = app.ui.waypoint === null ? (by > 0 ? 0 : -1) : app.ui.waypoint + by;
  if (next < 0 || next >= object.waypoints.length) return false;
  app.selectWaypoint(next);
}
