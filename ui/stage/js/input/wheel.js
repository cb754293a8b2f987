/**
 * Wheel and page keys: Ctrl or pinch zooms; over the selected waypoint the wheel is depth; elsewhere the page scrolls.
 */

import { withDepth } from "../model/actions.js";
import { depthOfSlider, sliderOfDepth } from "../model/geometry.js";
import { hitTest } from "../model/hit.js";

/** @import { App } from "../model/app.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */

const COMMIT_MS = 350;
const ZOOM_SPEED = 0.002;
const DEPTH_SPEED = 0.0006;

export class Wheel {
  /** @param {App} app @param {Viewport} viewport */
  constructor(app, viewport) {
    this.app = app;
    this.viewport = viewport;
    this.timer = 0;
  }

  /** @param {WheelEvent} event @param {readonly [number, number]} at */
  turn(event, at) {
    const { app, viewport } = this;
    if (!app.hasScene) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      viewport.zoomAt(at[0], at[1], Math.exp(-event.deltaY * ZOOM_SPEED));
      return app.invalidate();
    }
    const hit = hitTest(app, viewport, at);
    if (hit.kind !== "waypoint" || !hit.index || hit.index !== app.ui.waypoint) return;
    event.preventDefault();
    this.nudgeDepth(hit.index, -event.deltaY * DEPTH_SPEED);
  }

  /** @param {number} index @param {number} by of the slider's length */
  nudgeDepth(index, by) {
    const { app } = this;
    const object = /** @type {StageObject} */ (app.selected);
    if (object.on_ground) return app.set({ error: `The depth of ${object.name} follows the ground; untick On ground to set it.` });
    const { softness } = app.doc;
    const { anchorZ, trajectory } = app.plan(object);
    const level = sliderOfDepth(trajectory.depths[index], softness, anchorZ) + by;
    app.preview(withDepth(app, index, depthOfSlider(level, softness, anchorZ)));
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.finish(), COMMIT_MS);
  }

  /** Turns in quick succession are one step of the history. */
  finish() {
    clearTimeout(this.timer);
    if (this.timer && this.app.draft) this.app.commit(this.app.draft);
    this.timer = 0;
  }
}
