/** The chips at a path's crossings, over the picture: in front of what it crosses, or behind; one click chooses. */

import { chooseSide, crossingsOf } from "../model/crossings.js";
import { handlesOnScreen, lens, waypointsOnScreen } from "../model/hit.js";
import { moves } from "../model/world.js";
import { controlBox } from "./depth_control.js";
import { html, nothing, repeat } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { Crossing, Side } from "../model/crossings.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @typedef {readonly [number, number]} Point */
/** @typedef {readonly [number, number, number, number]} Box  left, top, width, height */

const WIDTH = 104;
const HEIGHT = 24; // the name shows above while the chip is pointed at
const MARGIN = 4;
const GAP = 18; // from the crossing to the chip's nearest edge
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
  const places = placed(points, taken(app, viewport), controlBox(app, viewport), viewport);
  return repeat(found, ({ key, at }) => `${key} ${at}`, (crossing, i) => chip(app, object, crossing, points[i], places[i]));
}

/** @param {App} app @param {StageObject} object @param {Crossing} crossing @param {Point} point @param {Point} place */
function chip(app, object, crossing, [x, y], [left, top]) {
  const { key, name, side } = crossing;
  const point = (/** @type {string | null} */ pointedAt) => () => app.point({ pointedAt });
  const choose = (/** @type {Side} */ to) => () => chooseSide(app, object, crossing, to);
  const words = (/** @type {Side} */ to) => `${object.name} ${to === "front" ? "in front of" : "behind"} ${name}`;
  return html`<i class="lv-meeting" style="transform: translate(${x}px, ${y}px)" aria-hidden="true"></i>
    <div class="lv-crossing" role="group" aria-label="${object.name} crosses ${name}" style="transform: translate(${left}px, ${top}px)"
      @pointerenter=${point(key)} @pointerleave=${point(null)} @focusin=${point(key)} @focusout=${point(null)}><span>${name}</span>
      ${SIDES.map(([to, text]) => html`<button type="button" title=${words(to)} aria-label=${words(to)} aria-pressed=${side === to} @click=${choose(to)}>${text}</button>`)}</div>`;
}

/** What chips keep off: waypoints and handles, as circles. @param {App} app @param {Viewport} viewport @returns {[number, number, number][]} */
function taken(app, viewport) {
  const handles = handlesOnScreen(app, viewport);
  const points = waypointsOnScreen(app, viewport).map(([x, y]) => /** @type {[number, number, number]} */ ([x, y, WAYPOINT]));
  return handles ? [...points, [...handles.center, RING]] : points;
}

/** The upper left corner of each chip: beside its crossing where it covers least, inside the view. @param {readonly Point[]} points @param {readonly [number, number, number][]} circles @param {Box | null} control @param {Viewport} viewport */
function placed(points, circles, control, { width, height }) {
  const places = /** @type {[number, number][]} */ ([]);
  const boxes = /** @type {Box[]} */ (control ? [control] : []);
  const clamped = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, MARGIN), Math.max(most, MARGIN));
  for (const [x, y] of points) {
    const offers = around(x, y).map(([left, top], rank) => {
      const at = /** @type {[number, number]} */ ([clamped(left, width - WIDTH - MARGIN), clamped(top, height - HEIGHT - MARGIN)]);
      const moved = Math.hypot(at[0] - left, at[1] - top);
      return { at, cost: 40 * covered(at, circles, boxes) + moved + rank };
    });
    const { at } = offers.reduce((best, offer) => (offer.cost < best.cost ? offer : best));
    places.push(at);
    boxes.push([...at, WIDTH, HEIGHT]);
  }
  return places;
}

/** @param {number} x @param {number} y @returns {[number, number][]} */
function around(x, y) {
  const [middle, centre] = [x - WIDTH / 2, y - HEIGHT / 2];
  const [right, left, below, above] = [x + GAP, x - GAP - WIDTH, y + GAP, y - GAP - HEIGHT];
  const near = /** @type {[number, number][]} */ ([[middle, above], [middle, below], [right, centre], [left, centre], [right, above], [left, above], [right, below], [left, below]]);
  const far = /** @type {[number, number][]} */ ([2, 4].flatMap((steps) => [[middle, above - steps * HEIGHT], [middle, below + steps * HEIGHT], [right + (steps * WIDTH) / 4, centre], [left - (steps * WIDTH) / 4, centre]]));
  return [...near, ...far];
}

/** How many circles and boxes a chip there would cover. @param {Point} at @param {readonly [number, number, number][]} circles @param {readonly Box[]} boxes */
function covered([left, top], circles, boxes) {
  const beyond = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ size) => Math.max(low - value, 0, value - low - size);
  const over = circles.filter(([x, y, radius]) => Math.hypot(beyond(x, left, WIDTH), beyond(y, top, HEIGHT)) < radius);
  const besides = boxes.filter(([x, y, width, height]) => left < x + width + MARGIN && x < left + WIDTH + MARGIN && top < y + height + MARGIN && y < top + HEIGHT + MARGIN);
  return over.length + besides.length;
}
