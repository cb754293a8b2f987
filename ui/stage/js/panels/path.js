/** The selected object's path as a whole: timing, what it rides on, its way, its fixed orders. */

import { copyPath, pastePath, reverse, startOf, turnAlong } from "../model/actions.js";
import { repeatPath, setOrder, setPath, updateObject } from "../model/document.js";
import { leaderOf, possibleLeaders, ride } from "../model/follow.js";
import { reads } from "../model/settings.js";
import { moves } from "../model/world.js";
import { chip, choice, html, nothing, repeat, section, slider, toggle } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Stage } from "../stage.js" */

/** @type {[string, string][]} */
export const EASINGS = [["none", "none"], ["in", "gentle start"], ["out", "gentle end"], ["both", "gentle both ends"]];
/** @type {[string, string][]} */
const TIMINGS = [["even", "even"], ["per-click", "same time per stretch"]];
/** @type {[string, string][]} */
const ORDERS = [["depth", "as depth says"], ["front", "always in front"], ["behind", "always behind"]];
/** @type {readonly [string, string]} */
const MIXED = ["mixed", "by its crossings"];

/** @param {Stage} stage */
export function pathSection(stage) {
  const { app, host } = stage;
  const object = app.selected;
  if (!object) return nothing;
  const read = host.upload ? chip("From a file …", () => stage.chooseTracks(), "A path from tracked points: .npy, points as JSON, or CSV") : nothing;
  const paste = app.copiedPath ? chip("Paste path", () => pastePath(app), "Give this object the copied path") : nothing;
  if (moves(object)) return section("Path", pathSettings(app, object, [paste, read]));
  return section("Path", [
    html`<p class="lv-note">Drag the object to where it should go, or choose Path and mark the places it passes.</p>`,
    ridesOn(app, object),
    html`<div class="lv-row">${paste}${read}</div>`,
  ]);
}

/** @param {App} app @param {StageObject} object @param {unknown} paste */
function pathSettings(app, object, paste) {
  const { id, name, timing, easing, on_ground, pinned_to_screen, relief, shadow } = object;
  const tied = leaderOf(app.doc, object);
  const update = (/** @type {Partial<StageObject>} */ changes) => app.commit(updateObject(app.doc, id, changes));
  const shape = slider({
    label: "Relief", spoken: `Relief of ${name}`, min: 0, max: 1, step: 0.05, value: relief,
    text: relief === 0 ? "a card" : `${Math.round(relief * 100)} %`,
    preview: (value) => app.preview(updateObject(app.doc, id, { relief: value })),
    commit: (value) => update({ relief: value }),
  });
  const cast = slider({
    label: "Shadow", spoken: `Shadow of ${name}`, min: 0, max: 1, step: 0.05, value: shadow, text: `${Math.round(shadow * 100)} %`,
    preview: (value) => app.preview(updateObject(app.doc, id, { shadow: value })),
    commit: (value) => update({ shadow: value }),
    help: "Soft and under its feet, in the video; where it starts the photo has its own",
  });
  if (tied) return [ridesOn(app, object), html`<p class="lv-note">It goes with ${tied.name}, as a part of it would.</p>`, shape, orderRules(app, object)];
  return [
    ridesOn(app, object),
    choice("Speed", TIMINGS, timing, (value) => update({ timing: value })),
    choice("Easing", EASINGS, easing, (value) => update({ easing: value })),
    toggle("On ground", on_ground, (on) => update({ on_ground: on }), "Depth is read from the scene under its feet"),
    on_ground ? cast : nothing,
    toggle("Pinned to the screen", pinned_to_screen, (on) => update({ pinned_to_screen: on }), "The camera does not move it"),
    shape,
    reads(app.doc, app.offered, "anchor") ? holdSlider(app, object) : nothing,
    html`<div class="lv-row">
      ${chip("Reverse path", () => reverse(app, object), "The same way backwards")}
      ${chip("Turn along", () => turnAlong(app, object), "Turn the object so that it points along its path")}
      ${chip("Once more", () => app.commit(repeatPath(app.doc, id), { waypoint: null }), "Go the same way again from where the path ends")}
      ${chip("Copy path", () => copyPath(app), "Copy this path for another object")}
      ${paste}
      ${chip("Clear", () => app.commit(setPath(app.doc, id, []), { waypoint: null }), "Remove the path; the object stays")}</div>`,
    orderRules(app, object),
  ];
}

/** How firmly a video model keeps it to Preview, twice as firm a step. @param {App} app @param {StageObject} object */
function holdSlider(app, { id, name, hold }) {
  const change = (/** @type {number} */ power) => updateObject(app.doc, id, { hold: Math.round(2 ** power * 100) / 100 });
  return slider({
    label: "Hold", spoken: `Hold of ${name}`, min: -3, max: 3, step: 0.5, value: Math.log2(hold),
    text: hold === 1 ? "usual" : `× ${hold}`,
    preview: (power) => app.preview(change(power)),
    commit: (power) => app.commit(change(power)),
    help: "How firmly the video model keeps it to Preview: less for what lives, more for what is rigid",
  });
}

/** @param {App} app @param {StageObject} object */
function orderRules(app, object) {
  return repeat(othersOf(app, object), (other) => other.id, ({ name }) => orderRule(app, object, name));
}

/** Its own path, or that of another object on which it rides. @param {App} app @param {StageObject} object */
function ridesOn(app, object) {
  const leaders = possibleLeaders(app.doc, object);
  if (!leaders.length && !object.follows) return nothing;
  /** @type {[string, string][]} */
  const options = [["", "its own path"], ...leaders.map(({ name }) => /** @type {[string, string]} */ ([name, `rides on ${name}`]))];
  const start = object.waypoints.length ? /** @type {const} */ ([object.waypoints[0].x, object.waypoints[0].y]) : startOf(app, object);
  return choice("Goes", options, object.follows ?? "", (name) => app.commit(ride(app.doc, object.id, name || null, start), { waypoint: null }));
}

/** @param {App} app @param {StageObject} object @returns {{id: string, name: string}[]} */
function othersOf({ doc }, object) {
  return [...doc.objects.filter((other) => other.id !== object.id), ...doc.scenery];
}

/** Always in front of, always behind. @param {App} app @param {StageObject} object @param {string} name of another */
function orderRule(app, object, name) {
  const rules = object.order_overrides.filter((candidate) => candidate.name === name);
  const whole = rules.length === 1 && rules[0].start === 0 && rules[0].end === 1;
  const set = (/** @type {"mixed" | "depth" | "front" | "behind"} */ value) => value !== "mixed" && app.commit(setOrder(app.doc, object.id, name, value === "depth" ? null : value));
  const options = rules.length && !whole ? [...ORDERS, MIXED] : ORDERS;
  return choice(`And ${name}`, options, whole ? rules[0].relation : rules.length ? MIXED[0] : "depth", set);
}
