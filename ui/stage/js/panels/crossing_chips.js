/** The chips at a path's crossings, over the picture: in front of what it crosses, or behind; one click chooses. */

import { placed } from "../model/chip_places.js";
import { chooseSide, crossingsOf } from "../model/crossings.js";
import { handlesOnScreen, lens, waypointsOnScreen } from "../model/hit.js";
import { moves } from "../model/world.js";
import { controlBox } from "./depth_control.js";
import { html, nothing, repeat } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { Box } from "../model/chip_places.js" */
/** @import { Crossing, Side } from "../model/crossings.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @typedef {readonly [number, number]} Point */

const HEIGHT = { mouse: 24, fingers: 34 }; // the name shows above while the chip is pointed at
const WAYPOINT = 16;
const RING = 50; // of handles
/** @type {[Side, string][]} */
const SIDES = [["front", "Front"], ["behind", "Behind"]];

/** @param {App} app @param {Viewport} viewport */
export function crossingChips(app, viewport) {
  const { playing, refine, tool } = app.ui;
  const object = app.selected;
  if (!object || !moves(object) || app.draft || playing || refine || !["select", "path"].includes(tool)) return nothing;
  const found = crossingsOf(app.doc, app.world, object);
  const { toScreen } = lens(app, viewport);
  const points = found.map(({ pose }) => toScreen(pose));
  const height = HEIGHT[app.ui.fingers ? "fingers" : "mouse"];
  const boxes = placed(points, taken(app, viewport), controlBox(app, viewport), viewport, height);
  return repeat(found, ({ key, at }) => `${key} ${at}`, (crossing, i) => chip(app, object, crossing, points[i], boxes[i]));
}

/** @param {App} app @param {StageObject} object @param {Crossing} crossing @param {Point} point @param {Box} box */
function chip(app, object, crossing, [x, y], [left, top, width, height]) {
  const { key, name, side } = crossing;
  const point = (/** @type {string | null} */ pointedAt) => () => app.point({ pointedAt });
  const choose = (/** @type {Side} */ to) => () => chooseSide(app, object, crossing, to);
  const words = (/** @type {Side} */ to) => `${object.name} ${to === "front" ? "in front of" : "behind"} ${name}`;
  return html`<i class="lv-meeting" style="transform: translate(${x}px, ${y}px)" aria-hidden="true"></i>
    <div class="lv-crossing" role="group" aria-label="${object.name} crosses ${name}" style="transform: translate(${left}px, ${top}px); width: ${width}px; height: ${height}px"
      @pointerenter=${point(key)} @pointerleave=${point(null)} @focusin=${point(key)} @focusout=${point(null)}><span>${name}</span>
      ${SIDES.map(([to, text]) => html`<button type="button" title=${words(to)} aria-label=${words(to)} aria-pressed=${side === to} @click=${choose(to)}>${text}</button>`)}</div>`;
}

/** What chips keep off: waypoints and handles, as circles. @param {App} app @param {Viewport} viewport @returns {[number, number, number][]} */
function taken(app, viewport) {
  const handles = handlesOnScreen(app, viewport);
  const points = waypointsOnScreen(app, viewport).map(([x, y]) => /** @type {[number, number, number]} */ ([x, y, WAYPOINT]));
  return handles ? [...points, [...handles.center, RING], [...handles.size, WAYPOINT], [...handles.rotation, WAYPOINT]] : points;
}
