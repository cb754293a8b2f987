/** The selected object's path as a whole: timing, what it rides on, its way, its fixed orders. */

import { chip, choice, h, toggle } from "./dom.js";
import { pathFrom, repeatPath, reversePath, round, setOrder, setPath, updateObject } from "./document.js";
import { nearnessOfDepth } from "./geometry.js";
import { startOf } from "./tools/drag.js";
import { Section } from "./section.js";
import { moves } from "./world.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").StageObject} StageObject */

/** @param {App} app */
export function pathSection(app) {
  const key = () => {
    const object = app.selected;
    if (!object) return null;
    const names = [...app.doc.objects, ...app.doc.scenery].map((item) => item.name).join("|");
    const flags = [object.timing, object.easing, object.on_ground, object.pinned_to_screen, Boolean(app.copiedPath)].join();
    return [object.id, moves(object), flags, JSON.stringify(object.order_overrides), names].join("/");
  };
  return new Section("Path", key, () => buildPath(app, /** @type {StageObject} */ (app.selected)));
}

/** @param {App} app @param {StageObject} object */
function buildPath(app, object) {
  const update = (/** @type {Partial<StageObject>} */ changes) => app.commit(updateObject(app.doc, object.id, changes));
  const paste = app.copiedPath && chip("Paste path", () => pastePath(app), "Give this object the copied path");
  if (!moves(object)) {
    const note = "Drag the object to where it shall go, or choose Path (P) and click the places it passes.";
    return [h("p.lv-note", {}, note), paste && h("div.lv-row", {}, paste)];
  }
  return [
    choice("Speed", [["even", "even"], ["per-click", "same time per stretch"]], object.timing, (timing) => update({ timing: /** @type {any} */ (timing) })),
    choice("Easing", EASINGS, object.easing, (easing) => update({ easing: /** @type {any} */ (easing) })),
    toggle("On ground", object.on_ground, (on_ground) => update({ on_ground }), "Depth is read from the scene under its feet"),
    toggle("Pinned to the screen", object.pinned_to_screen, (pinned_to_screen) => update({ pinned_to_screen }), "The camera does not move it"),
    h("div.lv-row", {},
      chip("Reverse", () => app.commit(reversePath(app.doc, object.id, nearnessAlong(app, object))), "The same way backwards"),
      chip("Turn along", () => app.commit(orientToPath(app, object)), "Turn the object so that it points along its path"),
      chip("Once more", () => app.commit(repeatPath(app.doc, object.id), { waypoint: null }), "Go the same way again from where the path ends"),
      chip("Copy path", () => copyPath(app), "Copy this path for another object"),
      paste,
      chip("Clear", () => app.commit(setPath(app.doc, object.id, []), { waypoint: null }), "Remove the path; the object stays")),
    ...orderRules(app, object),
  ];
}

/** @type {[string, string][]} */
export const EASINGS = [["none", "none"], ["in", "gentle start"], ["out", "gentle end"], ["both", "gentle both ends"]];

/** @param {App} app @param {StageObject} object */
function nearnessAlong(app, object) {
  return app.plan(object).trajectory.depths.map((z) => nearnessOfDepth(z, app.doc.softness));
}

/** @param {App} app */
export function copyPath(app) {
  app.copiedPath = app.selected?.waypoints.length ? app.selected.waypoints : app.copiedPath;
  app.invalidate();
}

/** @param {App} app */
export function pastePath(app) {
  const object = app.selected;
  if (!object || !app.copiedPath) return;
  const start = startOf(app, object, object.waypoints.length ? [object.waypoints[0].x, object.waypoints[0].y] : undefined);
  app.commit(setPath(app.doc, object.id, pathFrom(app.copiedPath, start)), { waypoint: null, refine: null });
}

/** @param {App} app @param {StageObject} object */
function orientToPath(app, object) {
  const { along } = app.plan(object).trajectory;
  const last = object.waypoints.length - 1;
  const heading = (/** @type {number} */ i) => {
    const [a, b] = [along(Math.max(i - 0.05, 0)), along(Math.min(i + 0.05, last))];
    return (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI;
  };
  let turned = 0;
  let before = heading(0);
  const path = object.waypoints.map((point, i) => {
    const now = heading(i);
    turned += ((now - before + 540) % 360) - 180;
    before = now;
    return { ...point, rotation: round(turned, 1) };
  });
  return setPath(app.doc, object.id, path);
}

/** Always in front of, always behind. @param {App} app @param {StageObject} object */
function orderRules(app, object) {
  const others = [...app.doc.objects.filter((other) => other.id !== object.id), ...app.doc.scenery];
  return others.map(({ name }) => {
    const rule = object.order_overrides.find((candidate) => candidate.name === name);
    const set = (/** @type {string} */ value) =>
      app.commit(setOrder(app.doc, object.id, name, value === "depth" ? null : /** @type {"front" | "behind"} */ (value)));
    const options = /** @type {[string, string][]} */ ([["depth", "as depth says"], ["front", "always in front"], ["behind", "always behind"]]);
    return choice(`And ${name}`, options, rule?.relation ?? "depth", set);
  });
}
