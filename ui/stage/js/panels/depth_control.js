/** The depth slider beside the selected waypoint, over the picture. */

import { sizeThere, withDepth } from "../model/actions.js";
import { orderInWords } from "../model/depth_order.js";
import { depthOfSlider, sliderOfDepth } from "../model/geometry.js";
import { waypointsOnScreen } from "../model/hit.js";
import { moves } from "../model/world.js";
import { sizeText } from "./waypoint.js";
import { html, live, nothing, to } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { Viewport } from "../model/viewport.js" */

const WIDTH = 88;
const HEIGHT = 196;
const NARROW = { view: 480, height: 150 }; // a phone's view, where the words stand in the panel alone
const BESIDE = 60; // its ring of handles

/** What the slider covers: left, top, width, height; null while there is none. @param {App} app @param {Viewport} viewport @returns {[number, number, number, number] | null} */
export function controlBox(app, viewport) {
  const { waypoint: index, tool, playing } = app.ui;
  if (!index || !app.selected || !moves(app.selected) || playing || tool !== "select") return null;
  const height = isNarrow(viewport) ? NARROW.height : HEIGHT;
  return [...place(app, viewport, index, height), WIDTH, height];
}

/** @param {Viewport} viewport */
const isNarrow = (viewport) => viewport.width < NARROW.view;

/** @param {App} app @param {Viewport} viewport */
export function depthControl(app, viewport) {
  const { waypoint: index } = app.ui;
  const object = app.selected;
  const box = controlBox(app, viewport);
  if (!index || !object || !box) return nothing;
  const { doc, world } = app;
  const { anchorZ, trajectory } = app.plan(object);
  const size = sizeText(sizeThere(app, object, index));
  const words = orderInWords(doc, world, object, trajectory.along(index), trajectory.times[index]);
  const deep = (/** @type {number} */ level) => withDepth(app, index, depthOfSlider(level, doc.softness, anchorZ));
  return html`<div class="lv-pop" style="transform: translate(${box[0]}px, ${box[1]}px)"><small>near</small>
    <input type="range" min="0" max="1" step="0.002" aria-label="Depth of the selected waypoint" aria-orientation="vertical"
      aria-valuetext="${size}, ${words}" .value=${live(String(sliderOfDepth(trajectory.depths[index], doc.softness, anchorZ)))} ?disabled=${object.on_ground}
      @input=${to((level) => app.preview(deep(level)))} @change=${to((level) => app.commit(deep(level)))}>
    <small>far</small><strong>${size}</strong>${isNarrow(viewport) ? nothing : html`<span>${words}</span>`}</div>`;
}

/** Beside the waypoint, away from where the path comes from, inside the view. @param {App} app @param {Viewport} viewport @param {number} index @param {number} height @returns {[number, number]} */
function place(app, viewport, index, height) {
  const points = waypointsOnScreen(app, viewport);
  const [x, y] = points[index] ?? [0, 0];
  const before = points[index - 1]?.[0] ?? x;
  const leftwards = (before > x || x + BESIDE + WIDTH + 2 > viewport.width) && x > BESIDE + WIDTH + 2;
  const left = leftwards ? x - BESIDE - WIDTH : x + BESIDE;
  return [Math.max(4, Math.min(left, viewport.width - WIDTH - 4)), Math.max(4, Math.min(y - 84, viewport.height - height - 4))];
}
