/**
 * The live picture without WebGL: flat cut-outs, far to near, hidden by each other but not by the scene.
 */

import { project } from "../model/geometry.js";
import { FLATNESS, SHADOW_REACH, shadowOf } from "../model/shadow.js";
import { stillScene } from "../model/world.js";

/** @import { Layer } from "../model/frame.js" */
/** @import { Mask } from "../model/types.js" */
/** @import { Shadow } from "../model/shadow.js" */
/** @import { Drawing } from "./picture.js" */

const GHOST_OPACITY = 0.32;

export class FlatRenderer {
  kind = "2d";

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.patch = document.createElement("canvas");
    /** @type {object | null} */
    this.patchOf = null;
  }

  /** @param {Drawing} picture */
  draw(picture) {
    const { context, canvas } = this;
    const { world, doc, frame, scale, tx, ty, ratio } = picture;
    [canvas.width, canvas.height] = [Math.round(picture.width * ratio), Math.round(picture.height * ratio)];
    if (!world.photo) return;
    const [h, w] = doc.size_hw;
    context.setTransform(scale * ratio, 0, 0, scale * ratio, (tx + 0.5 * scale) * ratio, (ty + 0.5 * scale) * ratio);
    context.beginPath();
    context.rect(-0.5, -0.5, w, h);
    context.clip();
    this.drawScene(picture);
    for (const layer of backToFront(frame.layers)) this.drawLayer(picture, layer);
  }

  /** @param {Drawing} picture */
  drawScene({ world, doc, frame }) {
    const { context } = this;
    const [h, w] = doc.size_hw;
    const [cx, cy] = frame.center;
    context.save();
    context.translate(cx + frame.view.pan[0], cy + frame.view.pan[1]);
    context.scale(frame.view.zoom, frame.view.zoom);
    context.translate(-cx, -cy);
    context.drawImage(/** @type {ImageBitmap} */ (world.photo), -0.5, -0.5, w, h);
    const { removed } = stillScene(doc, world);
    if (world.background) context.drawImage(this.patchFor(world.background, removed), -0.5, -0.5, w, h);
    context.restore();
  }

  /** The background where something was lifted out. @param {ImageBitmap} background @param {Mask} removed */
  patchFor(background, removed) {
    if (this.patchOf === removed) return this.patch;
    this.patchOf = removed;
    [this.patch.width, this.patch.height] = [removed.width, removed.height];
    const context = /** @type {CanvasRenderingContext2D} */ (this.patch.getContext("2d"));
    const image = new ImageData(removed.width, removed.height);
    removed.data.forEach((inside, i) => (image.data[i * 4 + 3] = inside * 255));
    context.putImageData(image, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.drawImage(background, 0, 0, removed.width, removed.height);
    context.globalCompositeOperation = "source-over";
    return this.patch;
  }

  /** @param {Drawing} picture @param {Layer} layer */
  drawLayer({ doc, frame, sprite, world }, layer) {
    const { object, pose, ghost } = layer;
    const own = sprite(layer);
    if (!own) return;
    const { context } = this;
    const pinned = object.pinned_to_screen;
    const [x, y, z] = pinned ? [pose.x, pose.y, pose.z] : project(pose.x, pose.y, pose.z, frame.view, frame.center, frame.near);
    const grown = ((pose.size * pose.anchorZ) / z) * (pinned ? 1 : frame.view.zoom);
    const shadow = shadowOf(doc, world, layer);
    const [x0, y0, x1, y1] = own.box;
    context.save();
    context.globalAlpha = ghost ? GHOST_OPACITY : 1;
    context.translate(x, y);
    context.rotate(pose.rotation);
    context.scale(grown, grown);
    if (shadow) this.drawShadow(shadow, pose.anchor);
    context.drawImage(own.canvas, x0 - 0.5 - pose.anchor[0], y0 - 0.5 - pose.anchor[1], x1 - x0, y1 - y0);
    context.restore();
  }

  /** @param {Shadow} shadow @param {readonly [number, number]} anchor */
  drawShadow({ x, y, radius, dark }, anchor) {
    const { context } = this;
    context.save();
    context.translate(x - anchor[0], y - anchor[1]);
    context.scale(radius, FLATNESS * radius);
    const gradient = context.createRadialGradient(0, 0, 0, 0, 0, SHADOW_REACH);
    for (let share = 0; share <= 1; share += 0.125) gradient.addColorStop(share, `rgba(0, 0, 0, ${dark * Math.exp(-((share * SHADOW_REACH) ** 2))})`);
    context.fillStyle = gradient;
    context.fillRect(-SHADOW_REACH, -SHADOW_REACH, 2 * SHADOW_REACH, 2 * SHADOW_REACH);
    context.restore();
  }
}

/** The farther first, but for what is fixed between two; ghosts last. @param {readonly Layer[]} layers */
function backToFront(layers) {
  const left = [...layers].sort((a, b) => Number(a.ghost) - Number(b.ghost) || b.pose.z - a.pose.z);
  const covers = (/** @type {Layer} */ upper, /** @type {Layer} */ lower) =>
    !lower.ghost && (upper.before.includes(lower.object.id) || lower.behind.includes(upper.object.id));
  const sorted = [];
  while (left.length) {
    const free = left.findIndex((layer) => !left.some((other) => other !== layer && covers(layer, other)));
    sorted.push(...left.splice(Math.max(free, 0), 1));
  }
  return sorted;
}
