/**
 * What is drawn over the picture: masks, clicks, the path with its hidden stretches dashed, waypoints, handles, brush,
 * the keyboard's cursor.
 */

import { hiddenAt } from "../model/depth_order.js";
import { sliderOfDepth } from "../model/geometry.js";
import { curveOnScreen, handlesOnScreen, lens, waypointsOnScreen } from "../model/hit.js";
import { paintsPhoto } from "../model/mending.js";
import { drawCrop } from "./overlay_crop.js";
import { HALO, MaskDrawing } from "./overlay_masks.js";
import { drawGuides, drawOutline } from "./overlay_outline.js";
import { drawStrokes } from "./overlay_strokes.js";

/** @import { App } from "../model/app.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */

const WHITE = "rgba(255, 255, 255, 0.96)";

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    // The processor draws a few lines faster than software GL does; a real GPU takes them as one picture a frame.
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    this.masks = new MaskDrawing(this.context);
  }

  /** @param {App} app @param {Viewport} viewport @param {number} ratio */
  draw(app, viewport, ratio) {
    const { canvas, context } = this;
    const [width, height] = [Math.round(viewport.width * ratio), Math.round(viewport.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, viewport.width, viewport.height);
    if (app.hasScene) drawCrop(context, app, viewport);
    if (!app.hasScene || app.ui.playing) return;
    this.masks.draw(app, viewport);
    if (!paintsPhoto(app.ui.tool)) this.drawPath(app, viewport);
    this.drawOrbit(app, viewport);
    this.drawPrompts(app, viewport);
    this.drawBrush(app, viewport);
    drawOutline(context, app, viewport);
    drawGuides(context, app, viewport);
    drawStrokes(this.context, app, viewport);
    if (app.ui.cursor) this.drawCross(viewport.toScreen(app.ui.cursor));
  }

  /** @param {App} app @param {Viewport} viewport */
  drawPath(app, viewport) {
    const object = app.selected;
    if (!object || object.waypoints.length < 2) return;
    const curve = curveOnScreen(app, viewport);
    const hidden = curve.map(({ point, time }) => hiddenAt(app.doc, app.world, object, point, time) === true);
    this.strokeCurve(curve, hidden, object.hidden ? "#9aa0ad" : object.colour);
    this.drawFrames(app, viewport, object);
    waypointsOnScreen(app, viewport).forEach((at, index) => this.drawWaypoint(app, object, at, index));
    this.drawHandles(app, viewport, object.colour);
  }

  /** @param {{screen: [number, number]}[]} curve @param {boolean[]} hidden @param {string} colour */
  strokeCurve(curve, hidden, colour) {
    const { context } = this;
    context.lineCap = "round";
    for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 5], [colour, 2.5]])) {
      context.strokeStyle = style;
      for (let i = 0; i + 1 < curve.length; ) {
        const behind = hidden[i];
        context.beginPath();
        context.moveTo(...curve[i].screen);
        while (i + 1 < curve.length && hidden[i] === behind) context.lineTo(...curve[++i].screen);
        context.lineWidth = behind ? width * 0.7 : width;
        context.setLineDash(behind ? [2, 7] : []);
        context.stroke();
      }
    }
    context.setLineDash([]);
  }

  /** Small ticks where the output frames fall: close together is slow. @param {App} app @param {Viewport} viewport @param {StageObject} object */
  drawFrames(app, viewport, object) {
    const { context } = this;
    const { trajectory } = app.plan(object);
    const { toScreen } = lens(app, viewport);
    const frames = Math.min(app.clip.num_frames, 120);
    context.fillStyle = WHITE;
    for (let i = 0; i < frames; i++) {
      const [x, y] = toScreen(trajectory.at(i / Math.max(frames - 1, 1)));
      context.beginPath();
      context.arc(x, y, 1.6, 0, 7);
      context.fill();
    }
  }

  /** @param {App} app @param {StageObject} object @param {[number, number]} at @param {number} index */
  drawWaypoint(app, object, [x, y], index) {
    const { context } = this;
    const selected = app.ui.waypoint === index;
    const { anchorZ, trajectory } = app.plan(object);
    const level = sliderOfDepth(trajectory.depths[index], app.doc.softness, anchorZ);
    const radius = (selected ? 7 : 5) + 4 * Math.min(Math.max(level, 0), 1);
    context.beginPath();
    if (index === 0) context.roundRect(x - radius, y - radius, 2 * radius, 2 * radius, 4);
    else context.arc(x, y, radius, 0, 7);
    context.lineWidth = selected ? 6.5 : 4.5; // a halo; a blurred shadow costs a slow machine its frame rate
    context.strokeStyle = HALO;
    context.stroke();
    context.fillStyle = selected ? WHITE : object.colour;
    context.fill();
    context.lineWidth = selected ? 3.5 : 2;
    context.strokeStyle = selected ? object.colour : WHITE;
    context.stroke();
  }

  /** @param {App} app @param {Viewport} viewport @param {string} colour */
  drawHandles(app, viewport, colour) {
    const handles = app.ui.tool === "select" || app.ui.tool === "path" ? handlesOnScreen(app, viewport) : null;
    if (!handles) return;
    const { context } = this;
    const { center, rotation, size } = handles;
    for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 3], [WHITE, 1.25]])) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.arc(center[0], center[1], Math.hypot(rotation[0] - center[0], rotation[1] - center[1]), 0, 7);
      context.stroke();
    }
    this.drawKnob(rotation, colour, true);
    this.drawKnob(size, colour, false);
  }

  /** @param {[number, number]} at @param {string} colour @param {boolean} round */
  drawKnob([x, y], colour, round) {
    const { context } = this;
    context.beginPath();
    if (round) context.arc(x, y, 6, 0, 7);
    else context.rect(x - 5, y - 5, 10, 10);
    context.fillStyle = WHITE;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
  }

  /** @param {App} app @param {Viewport} viewport */
  drawOrbit(app, viewport) {
    if (app.ui.orbit) this.drawCross(viewport.toScreen(app.ui.orbit.center));
  }

  /** @param {[number, number]} at */
  drawCross([x, y]) {
    const { context } = this;
    for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 4], [WHITE, 1.75]])) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, 9, 0, 7);
      context.moveTo(x - 15, y);
      context.lineTo(x + 15, y);
      context.moveTo(x, y - 15);
      context.lineTo(x, y + 15);
      context.stroke();
    }
  }

  /** @param {App} app @param {Viewport} viewport */
  drawPrompts(app, viewport) {
    const { refine } = app.ui;
    if (!refine) return;
    const { context } = this;
    for (const [px, py, inside] of refine.points) {
      const [x, y] = viewport.toScreen([px, py]);
      context.beginPath();
      context.arc(x, y, 8, 0, 7);
      context.fillStyle = inside ? "#128a4a" : "#c62839";
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = WHITE;
      context.stroke();
      context.beginPath();
      context.moveTo(x - 4, y);
      context.lineTo(x + 4, y);
      if (inside) context.moveTo(x, y - 4);
      if (inside) context.lineTo(x, y + 4);
      context.stroke();
    }
    if (refine.box) this.drawBox(viewport.toScreen([refine.box[0], refine.box[1]]), viewport.toScreen([refine.box[2], refine.box[3]]));
  }

  /** @param {[number, number]} from @param {[number, number]} to */
  drawBox(from, to) {
    const { context } = this;
    for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 4], [WHITE, 1.75]])) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.setLineDash([6, 5]);
      context.strokeRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
    }
    context.setLineDash([]);
  }

  /** @param {App} app @param {Viewport} viewport */
  drawBrush(app, viewport) {
    if (app.ui.tool !== "mask" || app.ui.shape !== "brush" || !app.ui.pointer) return;
    const { context } = this;
    const [x, y] = app.ui.pointer;
    for (const [style, width] of /** @type {[string, number][]} */ ([[HALO, 3.5], [app.ui.erase ? "#ff8a80" : WHITE, 1.5]])) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, app.ui.brush * viewport.scale, 0, 7);
      context.stroke();
    }
  }
}
