/**
 * Mouse, pen and touch on the canvas: what a press begins depends on the tool and on what lies under it.
 */

import { startOf } from "../model/actions.js";
import { round, setPath, waypoint } from "../model/document.js";
import { hitTest, instanceAt, placeAt, sceneAt } from "../model/hit.js";
import { paintsPhoto } from "../model/mending.js";
import { placeOrbit } from "../model/orbit.js";
import { moves } from "../model/world.js";
import { between, dragInserted, dragObject, dragPath, dragRotation, dragSize, dragWaypoint, drawPath } from "./drag.js";
import { chooseMask } from "./mask_gestures.js";
import { chooseMending } from "./mending.js";
import { Wheel } from "./wheel.js";

/** @import { App } from "../model/app.js" */
/** @import { Hit } from "../model/hit.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @import { GroundGuess } from "../server/ground.js" */
/** @import { Outlines } from "../server/outlines.js" */
/** @import { Picking } from "../server/picking.js" */
/** @import { Drag } from "./drag.js" */
/** @typedef {readonly [number, number]} Point */
/** @typedef {{shiftKey: boolean, altKey: boolean, button: number, pointerType: string}} Press */

const CLICK_SLACK = 5;
const FINGER_SLACK = 8;
const PEN_ERASER = 5;

export class PointerInput {
  /** @param {App} app @param {Viewport} viewport @param {{picking: Picking, outlines: Outlines, ground: GroundGuess}} asking @param {HTMLElement} surface @param {(from: Point, to: Point) => void} showBox */
  constructor(app, viewport, { picking, outlines, ground }, surface, showBox) {
    this.app = app;
    this.viewport = viewport;
    this.picking = picking;
    this.outlines = outlines;
    this.ground = ground;
    this.surface = surface;
    this.showBox = showBox;
    this.space = ""; // while it is held: where the view was
    /** @type {Map<number, Point>} fingers and pens that are down */
    this.down = new Map();
    /** @type {{from: Point, drag: Drag | null, begin: (() => Drag | null) | null, click: (() => void) | null, moved: boolean} | null} */
    this.gesture = null;
    this.wheel = new Wheel(app, viewport);
    this.listen();
  }

  listen() {
    const { surface } = this;
    surface.addEventListener("pointerdown", (event) => this.press(event));
    surface.addEventListener("pointermove", (event) => this.move(event));
    surface.addEventListener("pointerup", (event) => this.release(event, true));
    surface.addEventListener("pointercancel", (event) => this.release(event, false));
    surface.addEventListener("pointerleave", () => this.app.point({ hover: null, pointer: null }));
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
    surface.addEventListener("wheel", (event) => this.wheel.turn(event, this.at(event)), { passive: false });
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  at(event) {
    const box = this.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (!this.app.hasScene) return;
    this.wheel.finish();
    this.surface.focus({ preventScroll: true });
    this.surface.setPointerCapture(event.pointerId);
    const at = this.at(event);
    this.down.set(event.pointerId, at);
    this.app.set({ playing: false, error: "", cursor: null, fingers: event.pointerType === "touch" });
    if (this.down.size === 2) return this.beginPinch();
    if (this.down.size > 2) return;
    const panning = this.space !== "" || event.button === 1;
    const begun = panning ? { begin: () => this.panDrag(), click: null } : this.choose(event, at);
    this.gesture = { from: at, drag: null, moved: false, ...begun };
    this.app.stopDrag = () => this.stop();
    if (panning) event.preventDefault();
  }

  beginPinch() {
    this.app.abort();
    this.gesture = { from: [0, 0], drag: null, moved: true, begin: null, click: null };
  }

  stop() {
    this.gesture = null;
    this.app.painting = null;
    this.showBox([0, 0], [0, 0]);
  }

  /** What this press may become. @param {Press} event @param {Point} at @returns {{begin: (() => Drag | null) | null, click: (() => void) | null}} */
  choose(event, at) {
    const { app, viewport } = this;
    const outside = event.shiftKey || event.button === 2 || Boolean(app.ui.refine?.takes);
    const erasing = outside || event.altKey || event.button === PEN_ERASER || app.ui.erase;
    if (app.ui.tool === "mask") return chooseMask(app, viewport, this.outlines, at, !erasing);
    if (app.ui.tool === "depth") return chooseMending(app, viewport, this.ground, at, outside || event.altKey);
    if (app.ui.tool === "orbit") return { begin: null, click: () => placeOrbit(app, ...sceneAt(app, viewport, at)) };
    const hit = hitTest(app, viewport, at, event.pointerType === "touch" ? FINGER_SLACK : 0);
    if (hit.kind === "size") return { begin: () => dragSize(app, viewport), click: null };
    if (hit.kind === "rotation") return { begin: () => dragRotation(app, viewport, at), click: null };
    if (hit.kind === "waypoint") return this.chooseWaypoint(hit.index, at);
    if (app.ui.tool === "path") return this.choosePath(hit, at);
    return this.chooseSelect(hit, at, outside);
  }

  /** @param {number} index @param {Point} at */
  chooseWaypoint(index, at) {
    const { app, viewport } = this;
    const { keys, object } = app.ui;
    if (!keys.some((key) => key.of === object && key.index === index)) app.selectWaypoint(index);
    return { begin: () => dragWaypoint(app, viewport, index, at), click: () => app.selectWaypoint(index) };
  }

  /** @param {Hit} hit @param {Point} at */
  choosePath(hit, at) {
    const { app, viewport } = this;
    if (!app.selected) return { begin: null, click: () => this.selectForPath(hit) };
    if (hit.kind === "path") {
      const index = hit.index;
      return { begin: () => dragInserted(app, viewport, index, at), click: () => this.insert(index) };
    }
    return { begin: () => drawPath(app, viewport, at), click: () => this.append(at) };
  }

  /** @param {Hit} hit */
  selectForPath(hit) {
    if (hit.kind === "object") this.app.selectObject(hit.id);
    else this.app.set({ error: "Pick an object first, with Select." });
  }

  /** @param {Hit} hit @param {Point} at @param {boolean} outside */
  chooseSelect(hit, at, outside) {
    const { app, viewport, picking } = this;
    const [x, y] = sceneAt(app, viewport, at);
    if (hit.kind === "path") return { begin: () => dragPath(app, viewport, at), click: null };
    const refining = app.ui.refine !== null;
    if (hit.kind === "object" && !outside && !(refining && hit.id !== app.ui.refine?.object)) {
      const id = hit.id;
      const click = () => (refining ? picking.click(x, y, true) : app.selectObject(id));
      return { begin: () => this.grab(id, at), click: () => void click() };
    }
    return { begin: () => this.boxDrag(at), click: () => void picking.click(x, y, !outside) };
  }

  /** Pull an object: a still one gets a path, a moving one a waypoint at this moment. @param {string} id @param {Point} at */
  grab(id, at) {
    const { app, viewport } = this;
    app.selectObject(id);
    const object = /** @type {StageObject} */ (app.selected);
    if (!moves(object)) return dragObject(app, viewport, at);
    const { times } = app.plan(object).trajectory;
    const close = times.findIndex((time, i) => i > 0 && Math.abs(time - app.ui.time) < 0.03);
    if (close > 0) {
      app.selectWaypoint(close);
      return dragWaypoint(app, viewport, close, at);
    }
    if (app.ui.time < 0.03) return dragPath(app, viewport, at);
    const after = times.findIndex((time) => time > app.ui.time);
    if (after < 1) return dragWaypoint(app, viewport, times.length - 1, at);
    const index = after - 1 + (app.ui.time - times[after - 1]) / (times[after] - times[after - 1]);
    return dragInserted(app, viewport, index, at);
  }

  /** @param {number} index */
  insert(index) {
    const { app } = this;
    const object = /** @type {StageObject} */ (app.selected);
    const at = Math.min(Math.max(Math.ceil(index), 1), object.waypoints.length - 1);
    const path = [...object.waypoints.slice(0, at), between(app, object, index), ...object.waypoints.slice(at)];
    app.commit(setPath(app.doc, object.id, path), { waypoint: at });
    app.selectWaypoint(at);
  }

  /** @param {Point} at */
  append(at) {
    const { app, viewport } = this;
    const object = /** @type {StageObject} */ (app.selected);
    const [x, y] = placeAt(app, viewport, at, object).map((value) => round(value, 2));
    const clicked = app.ui.refine?.points.find((point) => point[2]);
    const start = startOf(app, object, clicked && [clicked[0], clicked[1]]).map((value) => round(value, 2));
    const head = object.waypoints.length > 1 ? object.waypoints : [waypoint(start[0], start[1])];
    app.commit(setPath(app.doc, object.id, [...head, waypoint(x, y)]), { refine: null, waypoint: head.length });
    app.selectWaypoint(head.length);
  }

  /** @param {Point} from @returns {Drag} */
  boxDrag(from) {
    /** @type {Point} */
    let to = from;
    return {
      move: (at) => this.showBox(from, (to = at)),
      end: () => {
        this.showBox(from, from);
        const [a, b] = [from, to].map((corner) => sceneAt(this.app, this.viewport, corner));
        const [h, w] = this.app.doc.size_hw;
        const clip = (/** @type {number} */ value, /** @type {number} */ size) => Math.min(Math.max(value, 0), size - 1);
        const xs = [clip(a[0], w), clip(b[0], w)].sort((p, q) => p - q);
        const ys = [clip(a[1], h), clip(b[1], h)].sort((p, q) => p - q);
        if (xs[1] - xs[0] < 3 || ys[1] - ys[0] < 3) return;
        if (this.app.ui.refine) this.picking.done();
        void this.picking.box([xs[0], ys[0], xs[1], ys[1]]);
      },
    };
  }

  /** @returns {Drag} */
  panDrag() {
    /** @type {Point} */
    let last = this.gesture?.from ?? [0, 0];
    return {
      move: (at) => {
        this.viewport.pan(at[0] - last[0], at[1] - last[1]);
        last = at;
        this.app.invalidate();
      },
      end: () => {},
    };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const at = this.at(event);
    const before = this.down.get(event.pointerId);
    if (before && this.down.size === 2) this.pinch(event.pointerId, before, at);
    if (before) this.down.set(event.pointerId, at);
    const { gesture } = this;
    if (!gesture || !before) return this.hover(at, event.pointerType);
    const distance = Math.hypot(at[0] - gesture.from[0], at[1] - gesture.from[1]);
    const slack = paintsPhoto(this.app.ui.tool) ? 0 : CLICK_SLACK;
    if (!gesture.moved && distance > slack && gesture.begin) {
      gesture.moved = true;
      gesture.drag = gesture.begin();
    }
    this.app.ui.pointer = at;
    gesture.drag?.move(at, event.shiftKey, event.altKey);
  }

  /** @param {number} id @param {Point} before @param {Point} at */
  pinch(id, before, at) {
    const other = [...this.down].find(([key]) => key !== id)?.[1] ?? at;
    const spread = (/** @type {Point} */ point) => Math.max(Math.hypot(point[0] - other[0], point[1] - other[1]), 1);
    this.viewport.zoomAt((at[0] + other[0]) / 2, (at[1] + other[1]) / 2, spread(at) / spread(before));
    this.viewport.pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    this.app.invalidate();
  }

  /** @param {PointerEvent} event @param {boolean} finished */
  release(event, finished) {
    if (!this.down.delete(event.pointerId) || this.down.size > 0) return;
    const { gesture } = this;
    if (!gesture) return;
    if (!finished) return this.app.abort();
    this.gesture = this.app.stopDrag = null;
    if (gesture.drag) gesture.drag.end();
    else if (!gesture.moved) gesture.click?.();
  }

  /** A press without a pointer: the keyboard's cursor. @param {Point} at @param {boolean} shiftKey */
  tap(at, shiftKey) {
    this.choose({ shiftKey, altKey: false, button: 0, pointerType: "keyboard" }, at).click?.();
  }

  /** @param {Point} at @param {string} kind of pointer */
  hover(at, kind) {
    const { app, viewport } = this;
    if (!app.hasScene) return;
    const [x, y] = sceneAt(app, viewport, at);
    const hit = hitTest(app, viewport, at);
    const label = instanceAt(app, x, y);
    const free = app.ui.tool === "select" && hit.kind === "nothing" && !app.ui.refine && kind !== "touch";
    app.point({ pointer: at, hover: free && label ? label : null });
    if (app.ui.outline && app.ui.shape === "magnetic") void this.outlines.lead(viewport.toImage(at));
    this.surface.style.cursor = this.cursor(hit);
  }

  /** @param {Hit} hit */
  cursor(hit) {
    const { tool } = this.app.ui;
    if (this.space) return "grab";
    if (paintsPhoto(tool)) return tool === "mask" && this.app.ui.shape !== "brush" ? "crosshair" : "none";
    if (hit.kind === "waypoint") return "move";
    if (hit.kind === "size") return "nesw-resize";
    if (hit.kind === "rotation") return "grab";
    if (hit.kind === "path") return tool === "path" ? "copy" : "move";
    if (tool !== "select") return "crosshair";
    return hit.kind === "object" ? "grab" : "pointer";
  }
}
