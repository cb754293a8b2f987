/** Masks over the picture: the selected object's, the hovered instance, what a button points at, a stroke being painted. */

import { findItem } from "../model/document.js";
import { depthFromDisparity, imageCenter, nearestDepth, project } from "../model/geometry.js";
import { maskOfLabel, outline } from "../model/masks.js";
import { paintsPhoto } from "../model/mending.js";
import { levelInside, moves, stillScene, viewAt } from "../model/world.js";

/** @import { App } from "../model/app.js" */
/** @import { LabelMap, Mask } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */

export const HALO = "rgba(8, 10, 20, 0.62)"; // around lines, so that they are seen on any photo

export class MaskDrawing {
  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.context = context;
    /** @type {WeakMap<object, Path2D>} */
    this.outlines = new WeakMap();
    /** @type {WeakMap<object, Map<string, HTMLCanvasElement>>} */
    this.tints = new WeakMap();
    /** @type {Map<number, Mask>} */
    this.labelMasks = new Map();
    /** @type {object | null} */
    this.labelsOf = null;
  }

  /** @param {App} app @param {Viewport} viewport */
  draw(app, viewport) {
    const { ui, world } = app;
    if (ui.hover !== null && world.instances && ui.tool === "select" && !ui.refine) {
      this.drawMask(app, this.labelMask(world.instances, ui.hover), viewport, "#ffffff", 0.22);
    }
    const pointedAt = ui.pointedAt && maskOf(app, ui.pointedAt, (label) => world.instances && this.labelMask(world.instances, label));
    if (pointedAt) this.drawMask(app, pointedAt, viewport, "#ffffff", 0.28);
    const object = app.selected;
    if (app.painting && object === undefined) this.drawMask(app, app.painting.mask, viewport, "#ffb703", 0.4);
    if (!object) return;
    const mask = app.painting?.mask ?? world.masks.get(object.mask);
    const still = !moves(object);
    if (mask && (ui.tool === "mask" || ui.refine)) this.drawMask(app, mask, viewport, object.colour, 0.38);
    else if (mask && still && !object.hidden) this.drawMask(app, mask, viewport, object.colour, 0.12);
  }

  /** @param {LabelMap} labels @param {number} label */
  labelMask(labels, label) {
    if (this.labelsOf !== labels) {
      this.labelsOf = labels;
      this.labelMasks.clear();
    }
    const mask = this.labelMasks.get(label) ?? maskOfLabel(labels, label);
    this.labelMasks.set(label, mask);
    return mask;
  }

  /** A mask where the camera shows it, as if all of it had its median depth. @param {App} app @param {Mask} mask @param {Viewport} viewport @param {string} colour @param {number} opacity */
  drawMask(app, mask, viewport, colour, opacity) {
    const { context } = this;
    const [grown, dx, dy] = paintsPhoto(app.ui.tool) ? [1, 0, 0] : flatView(app, mask);
    const scale = viewport.scale * grown;
    context.save();
    context.translate(...viewport.toScreen([dx, dy]));
    context.scale(scale, scale);
    context.globalAlpha = opacity;
    context.drawImage(this.tint(mask, colour), -0.5, -0.5);
    context.globalAlpha = 1;
    const path = this.outlineOf(mask);
    context.lineWidth = 3.5 / scale;
    context.strokeStyle = HALO;
    context.stroke(path);
    context.lineWidth = 1.75 / scale;
    context.strokeStyle = colour;
    context.stroke(path);
    context.restore();
  }

  /** @param {Mask} mask @param {string} colour */
  tint(mask, colour) {
    const known = this.tints.get(mask) ?? new Map();
    this.tints.set(mask, known);
    const made = known.get(colour) ?? fillMask(mask, colour);
    known.set(colour, made);
    return made;
  }

  /** @param {Mask} mask */
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
}

/** Scale and shift, in working pixels, that the camera of this moment gives to a still mask. @param {App} app @param {Mask} mask @returns {[number, number, number]} */
function flatView({ doc, world, shownTime }, mask) {
  const z = depthFromDisparity(levelInside(stillScene(doc, world).disparity, mask), doc.softness);
  const lens = /** @type {const} */ ([z, viewAt(doc, shownTime), imageCenter(doc.size_hw), nearestDepth(doc.softness)]);
  const [x, y] = project(0, 0, ...lens);
  return [project(1, 0, ...lens)[0] - x, x, y];
}

/** @param {App} app @param {string} key of a thing (depth_order.js) @param {(label: number) => Mask | null} ofLabel */
function maskOf({ doc, world }, key, ofLabel) {
  if (key.startsWith("#")) return ofLabel(Number(key.slice(1)));
  const item = findItem(doc, key);
  return item ? world.masks.get(item.mask) ?? null : null;
}

/** @param {Mask} mask @param {string} colour */
function fillMask({ width, height, data }, colour) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height);
  const rgb = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  data.forEach((inside, i) => inside && image.data.set([rgb[0], rgb[1], rgb[2], 255], i * 4));
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}
