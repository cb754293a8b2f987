/**
 * What is drawn over the picture: masks, the hovered instance, clicks, the path with its hidden stretches dashed,
 * waypoints, handles, brush. Colours come from the object and from the page's own variables.
 */

import { hiddenAt } from "./depth_order.js";
import { sliderOfDepth } from "./geometry.js";
import { curveOnScreen, handlesOnScreen, lens, waypointsOnScreen } from "./hit.js";
import { maskOfLabel, outline } from "./masks.js";
import { moves } from "./world.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./viewport.js").Viewport} Viewport */

const HALO = "rgba(8, 10, 20, 0.62)";
const WHITE = "rgba(255, 255, 255, 0.96)";

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @type {WeakMap<object, Path2D>} */
    this.outlines = new WeakMap();
    /** @type {WeakMap<object, Map<string, HTMLCanvasElement>>} */
    this.tints = new WeakMap();
    /** @type {Map<number, import("./types.js").Mask>} */
    this.labelMasks = new Map();
    /** @type {object | null} */
    this.labelsOf = null;
  }

  /** @param {App} app @param {Viewport} viewport @param {number} ratio */
  draw(app, viewport, ratio) {
    const { canvas, context } = this;
    const [width, height] = [Math.round(viewport.width * ratio), Math.round(viewport.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, viewport.width, viewport.height);
    if (!app.hasScene || app.ui.playing) return;
    this.drawMasks(app, viewport);
    if (app.ui.tool !== "mask") this.drawPath(app, viewport);
    this.drawOrbit(app, viewport);
    this.drawPrompts(app, viewport);
    this.drawBrush(app, viewport);
  }

  /** @param {App} app @param {Viewport} viewport */
  drawMasks(app, viewport) {
    const { ui, world, doc } = app;
    if (ui.hover !== null && world.instances && ui.tool === "select" && !ui.refine) {
      this.drawMask(this.labelMask(world.instances, ui.hover), viewport, "#ffffff", 0.22);
    }
    const pointedAt = ui.pointedAt && maskOf(app, ui.pointedAt, (label) => world.instances && this.labelMask(world.instances, label));
    if (pointedAt) this.drawMask(pointedAt, viewport, "#ffffff", 0.28);
    const object = app.selected;
    if (app.painting && object === undefined) this.drawMask(app.painting.mask, viewport, "#ffb703", 0.4);
    if (!object) return;
    const mask = app.painting?.mask ?? world.masks.get(object.mask);
    const still = !moves(object);
    if (mask && (ui.tool === "mask" || ui.refine)) this.drawMask(mask, viewport, object.colour, 0.38);
    else if (mask && still && !doc.camera.keys.length) this.drawMask(mask, viewport, object.colour, 0.12);
  }

  /** @param {import("./types.js").LabelMap} labels @param {number} label */
  labelMask(labels, label) {
    if (this.labelsOf !== labels) {
      this.labelsOf = labels;
      this.labelMasks.clear();
    }
    const mask = this.labelMasks.get(label) ?? maskOfLabel(labels, label);
    this.labelMasks.set(label, mask);
    return mask;
  }

  /** @param {import("./types.js").Mask} mask @param {Viewport} viewport @param {string} colour @param {number} opacity */
  drawMask(mask, viewport, colour, opacity) {
    const { context } = this;
    context.save();
    context.translate(viewport.tx, viewport.ty);
    context.scale(viewport.scale, viewport.scale);
    context.globalAlpha = opacity;
    context.drawImage(this.tint(mask, colour), 0, 0);
    context.globalAlpha = 1;
    context.translate(0.5, 0.5);
    const path = this.outlineOf(mask);
    context.lineWidth = 3.5 / viewport.scale;
    context.strokeStyle = HALO;
    context.stroke(path);
    context.lineWidth = 1.75 / viewport.scale;
    context.strokeStyle = colour;
    context.stroke(path);
    context.restore();
  }

  /** @param {import("./types.js").Mask} mask @param {string} colour */
  tint(mask, colour) {
    const known = this.tints.get(mask) ?? new Map();
    this.tints.set(mask, known);
    const made = known.get(colour) ?? tinted(mask, colour);
    known.set(colour, made);
    return made;
  }

  /** @param {import("./types.js").Mask} mask */
  outlineOf(mask) {
    const known = this.outlines.get(mask);
    if (known) return known;
    const path = new Path2D();
    const segments = outline(mask);
    for (let i = 0; i < segments.length; i += 4) {
      path.moveTo(segments[i], segments[i + 1]);
      path.lineTo(segments[i + 2], segments[i + 3]);
    }
    this.outlines.set(mask, path);
    return path;
  }

  /** @param {App} app @param {Viewport} viewport */
  drawPath(app, viewport) {
    const object = app.selected;
    if (!object || object.waypoints.length < 2) return;
    const curve = curveOnScreen(app, viewport);
    const hidden = curve.map(({ point }) => hiddenAt(app.doc, app.world, point) === true);
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

  /** Small ticks where the output frames fall: close together is slow. @param {App} app @param {Viewport} viewport @param {import("./types.js").StageObject} object */
  drawFrames(app, viewport, object) {
    const { context } = this;
    const { trajectory } = app.plan(object);
    const { toScreen } = lens(app, viewport);
    const frames = Math.min(app.doc.num_frames, 120);
    context.fillStyle = WHITE;
    for (let i = 0; i < frames; i++) {
      const [x, y] = toScreen(trajectory.at(i / Math.max(frames - 1, 1)));
      context.beginPath();
      context.arc(x, y, 1.6, 0, 7);
      context.fill();
    }
  }

  /** @param {App} app @param {import("./types.js").StageObject} object @param {[number, number]} at @param {number} index */
  drawWaypoint(app, object, [x, y], index) {
    const { context } = this;
    const selected = app.ui.waypoint === index;
    const level = sliderOfDepth(app.plan(object).trajectory.depths[index], app.doc.softness);
    const radius = (selected ? 7 : 5) + 4 * Math.min(Math.max(level, 0), 1);
    context.beginPath();
    if (index === 0) context.roundRect(x - radius, y - radius, 2 * radius, 2 * radius, 4);
    else context.arc(x, y, radius, 0, 7);
    context.shadowColor = "rgba(0, 0, 0, 0.5)";
    context.shadowBlur = 6;
    context.fillStyle = selected ? WHITE : object.colour;
    context.fill();
    context.shadowBlur = 0;
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
    if (!app.ui.orbit) return;
    const [x, y] = viewport.toScreen(app.ui.orbit.center);
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
    if (app.ui.tool !== "mask" || !app.ui.pointer) return;
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

/** @param {App} app @param {string} key of a thing (depth_order.js) @param {(label: number) => import("./types.js").Mask | null} ofLabel */
function maskOf({ doc, world }, key, ofLabel) {
  if (key.startsWith("#")) return ofLabel(Number(key.slice(1)));
  const item = [...doc.objects, ...doc.scenery].find((candidate) => candidate.id === key);
  return item ? world.masks.get(item.mask) ?? null : null;
}

/** @param {import("./types.js").Mask} mask @param {string} colour */
function tinted({ width, height, data }, colour) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height);
  const rgb = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  data.forEach((inside, i) => inside && image.data.set([rgb[0], rgb[1], rgb[2], 255], i * 4));
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}
