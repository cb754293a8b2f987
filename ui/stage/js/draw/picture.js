/** The picture of the moment, by WebGL or flat where there is none; coarser while things move on a slow machine. */

import { frameAt, isAway } from "../model/frame.js";
import { STILL_VIEW } from "../model/geometry.js";
import { paintsPhoto } from "../model/mending.js";
import { ownMask } from "../model/own_masks.js";
import { FlatRenderer } from "./render_2d.js";
import { GlRenderer } from "./render_gl.js";
import { Sprites } from "./sprites.js";

/** @import { App } from "../model/app.js" */
/** @import { Frame, Layer } from "../model/frame.js" */
/** @import { StageDocument } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @import { World } from "../model/world.js" */
/** @import { Sprite } from "./sprites.js" */
/** @typedef {{doc: StageDocument, world: World, frame: Frame,
 *   sprite: (layer: Layer) => Sprite | null, scale: number, tx: number, ty: number,
 *   width: number, height: number, ratio: number, depthView: boolean}} Drawing  what a renderer is told */

const SLOW_MS = 45; // frames that take longer are drawn coarser while things move
const COARSEST = 0.4;

export class Picture {
  /** @param {App} app @param {Viewport} viewport @param {HTMLCanvasElement} canvas */
  constructor(app, viewport, canvas) {
    this.app = app;
    this.viewport = viewport;
    this.renderer = makeRenderer(canvas, () => app.invalidate());
    this.sprites = new Sprites((object) => ownMask(app.doc, app.world, object));
    this.quality = 1;
    this.frameMs = 16;
    this.drawnAt = 0;
  }

  get ratio() {
    return Math.min(window.devicePixelRatio || 1, 2);
  }

  /** Slow machines keep their frame rate at a coarser picture; at rest it is sharp again. @param {number} now */
  adapt(now) {
    const passed = now - this.drawnAt;
    this.drawnAt = now;
    if (!this.app.ui.playing && !this.app.draft) return void (this.quality = 1);
    if (passed > 500) return;
    this.frameMs += 0.25 * (passed - this.frameMs);
    if (this.frameMs < SLOW_MS) return;
    this.quality = Math.max(this.quality * 0.8, COARSEST);
    this.frameMs = 0.6 * SLOW_MS;
  }

  /** Where everything is at a time of the clip. @param {number} time @param {string | null} [onion] the object with ghosts at its waypoints */
  frame(time, onion = null) {
    return frameAt(this.app.doc, this.app.world, time, onion);
  }

  draw() {
    const { app, viewport } = this;
    app.stale = false;
    if (!app.hasScene) return;
    const { doc, world, ui } = app;
    const onion = ui.onion && !ui.playing && !paintsPhoto(ui.tool) ? ui.object : null;
    const moment = this.frame(app.shownTime, onion);
    const frame = paintsPhoto(ui.tool) ? { ...moment, view: STILL_VIEW } : moment; // what is painted is painted on the photo itself
    const sprite = (/** @type {Layer} */ { object, pose }) => this.sprites.of(world, object, isAway(pose) ? object.feather : 0);
    const { scale, tx, ty, width, height } = viewport;
    this.renderer.draw({ doc, world, frame, sprite, scale, tx, ty, width, height, ratio: this.ratio * this.quality, depthView: ui.depthView });
  }
}

/** @param {HTMLCanvasElement} canvas @param {() => void} redraw */
function makeRenderer(canvas, redraw) {
  try {
    return new GlRenderer(canvas, redraw);
  } catch (error) {
    console.info(`LeviTor draws without WebGL: ${error}`);
    return new FlatRenderer(canvas);
  }
}
