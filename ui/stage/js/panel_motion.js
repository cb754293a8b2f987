/** The selected object's path and its selected waypoint: depth in order and in numbers, size, rotation, time, timing. */

import { button, choice, h, slider, toggle } from "./dom.js";
import { duplicateWaypoint, findObject, pathFrom, removeWaypoint, repeatPath, reversePath, round, setOrder, setPath, setTime, updateObject, updateWaypoint } from "./document.js";
import { depthBeside, orderInWords, sceneDepthAt, thingsFor } from "./depth_order.js";
import { depthOfSlider, nearnessOfDepth, sliderOfDepth } from "./geometry.js";
import { startOf } from "./tools/drag.js";
import { applyOrbit } from "./tools/orbit.js";
import { Section } from "./section.js";
import { moves } from "./world.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").StageObject} StageObject */

/** @param {App} app @param {StageObject} object @param {number} index */
export function sizeThere(app, object, index) {
  const { anchorZ, trajectory } = app.plan(object);
  const point = trajectory.along(index);
  return (point.size * anchorZ) / point.z;
}

/** @param {number} factor */
export const sizeText = (factor) => `×${factor < 10 ? factor.toFixed(factor < 1 ? 2 : 1) : Math.round(factor)}`;

/** Set a waypoint's depth. @param {App} app @param {number} index @param {number} z */
export function withDepth(app, index, z) {
  const { softness } = app.doc;
  const bounded = depthOfSlider(sliderOfDepth(z, softness), softness);
  const nearness = round(nearnessOfDepth(bounded, softness), 5);
  const id = /** @type {string} */ (app.ui.object);
  return updateWaypoint(updateObject(app.doc, id, { on_ground: false }), id, index, { nearness });
}

/** @param {App} app */
export function waypointSection(app) {
  const key = () => {
    const object = app.selected;
    const index = app.ui.waypoint;
    if (!object || index === null || !moves(object) || !object.waypoints[index]) return null;
    const names = app.doc.objects.map((other) => other.name).join("|");
    const spot = app.draft ? "" : `${object.waypoints[index].x},${object.waypoints[index].y}`;
    return [object.id, index, object.waypoints.length, names, object.on_ground, app.world.version, spot].join("/");
  };
  return new Section("Waypoint", key, (_, sync) => buildWaypoint(app, sync));
}

/** @param {App} app @param {((app: App) => void)[]} sync */
function buildWaypoint(app, sync) {
  const object = /** @type {StageObject} */ (app.selected);
  const index = /** @type {number} */ (app.ui.waypoint);
  const last = object.waypoints.length - 1;
  const title = h("span", {}, index === 0 ? "Start" : index === last ? `End · ${index + 1} of ${last + 1}` : `${index + 1} of ${last + 1}`);
  const to = (/** @type {number} */ next) => app.selectWaypoint(next);
  const head = h("div.lv-row.lv-between", {}, title, h("div.lv-row", {},
    button("previous", "Previous waypoint", () => to(Math.max(index - 1, 0)), { key: "Shift+Tab", disabled: index === 0 }),
    button("next", "Next waypoint", () => to(Math.min(index + 1, last)), { key: "Tab", disabled: index === last }),
    button("copy", "Rest here: a second waypoint in this place", () => app.commit(duplicateWaypoint(app.doc, object.id, index), { waypoint: index + 1 }), { key: "Ctrl+D" }),
    button("remove", "Delete this waypoint", () => app.commit(removeWaypoint(app.doc, object.id, index)), { key: "Delete" })));
  if (index === 0) return [head, h("p.lv-note", {}, "The object starts here, at its own depth and size."), timeSlider(app, object, index, sync)];
  return [head, ...depthControls(app, object, index, sync), ...shapeSliders(app, object, index, sync), timeSlider(app, object, index, sync)];
}

/** @param {App} app @param {StageObject} object @param {number} index @param {((app: App) => void)[]} sync */
function depthControls(app, object, index, sync) {
  const { softness } = app.doc;
  const level = () => sliderOfDepth(app.plan(/** @type {StageObject} */ (app.selected)).trajectory.depths[index], softness);
  const depth = slider({
    label: "Depth",
    min: 0,
    max: 1,
    step: 0.002,
    value: level(),
    disabled: object.on_ground,
    text: () => sizeText(sizeThere(app, /** @type {StageObject} */ (app.selected), index)),
    preview: (value) => app.preview(withDepth(app, index, depthOfSlider(value, softness))),
    commit: (value) => app.commit(withDepth(app, index, depthOfSlider(value, softness))),
    help: "Left is far, right is near; the number is the size the object will have",
  });
  depth.element.classList.add("lv-depth");
  const words = h("p.lv-words", {});
  sync.push((now) => {
    if (!now.selected?.waypoints[index]) return;
    depth.set(level());
    words.textContent = `Here it passes ${orderInWords(now.doc, now.world, now.selected, now.plan(now.selected).trajectory.along(index))}.`;
  });
  const ends = h("div.lv-ends", { "aria-hidden": "true" }, h("span", {}, "far"), h("span", {}, "near"));
  return [depth.element, ends, words, ...orderButtons(app, object, index)];
}

/** @param {App} app @param {StageObject} object @param {number} index */
function orderButtons(app, object, index) {
  const { x, y } = object.waypoints[index];
  const time = app.plan(object).trajectory.times[index];
  const things = thingsFor(app.doc, app.world, object, x, y).slice(0, 4);
  const place = (/** @type {string} */ key, /** @type {"behind" | "front"} */ side) => {
    const z = depthBeside(app.doc, app.world, object, key, side, x, y, time);
    if (z === null) app.set({ error: "That thing has no place in the picture." });
    else app.commit(withDepth(app, index, z));
  };
  const level = () => app.commit(withDepth(app, index, sceneDepthAt(app.doc, app.world, x, y)));
  const onGround = () => app.commit(updateObject(app.doc, object.id, { on_ground: !object.on_ground }));
  const ground = /** @type {HTMLElement} */ (chip("On ground", onGround, "Its depth follows the ground under its feet, along the whole path"));
  ground.setAttribute("aria-pressed", String(object.on_ground));
  return [
    ...things.map(({ key, name }) =>
      h("div.lv-order", { onpointerenter: () => app.set({ pointedAt: key }), onpointerleave: () => app.set({ pointedAt: null }) }, h("span.lv-order-name", { title: name }, name),
        chip("just behind", () => place(key, "behind"), `Just behind ${name}`),
        chip("in front", () => place(key, "front"), `Just in front of ${name}`))),
    h("div.lv-row", {}, chip("Match the scene here", level, "The depth of what is under this waypoint"), ground),
  ];
}

/** @param {string} text @param {() => void} onclick @param {string} label */
function chip(text, onclick, label) {
  return h("button.lv-chip", { type: "button", onclick, title: label, "aria-label": label }, text);
}

/** @param {App} app @param {StageObject} object @param {number} index @param {((app: App) => void)[]} sync */
function shapeSliders(app, object, index, sync) {
  const id = object.id;
  const current = () => /** @type {import("./types.js").Waypoint} */ (app.selected?.waypoints[index] ?? object.waypoints[index]);
  const set = (/** @type {Partial<import("./types.js").Waypoint>} */ changes) => updateWaypoint(app.doc, id, index, changes);
  const size = slider({
    label: "Size",
    min: Math.log(0.1),
    max: Math.log(5),
    step: 0.005,
    value: Math.log(current().size),
    text: (value) => `${Math.round(100 * Math.exp(value))} %`,
    preview: (value) => app.preview(set({ size: round(Math.exp(value), 3) })),
    commit: (value) => app.commit(set({ size: round(Math.exp(value), 3) })),
    help: "Grown or shrunk on top of what its depth does",
  });
  const turn = slider({
    label: "Turn",
    min: -360,
    max: 360,
    step: 1,
    value: current().rotation,
    text: (value) => `${Math.round(value)}°`,
    preview: (value) => app.preview(set({ rotation: value })),
    commit: (value) => app.commit(set({ rotation: value })),
  });
  sync.push(() => (size.set(Math.log(current().size)), turn.set(current().rotation)));
  return [size.element, turn.element];
}

/** @param {App} app @param {StageObject} object @param {number} index @param {((app: App) => void)[]} sync */
function timeSlider(app, object, index, sync) {
  const times = () => app.plan(/** @type {StageObject} */ (findObject(app.doc, object.id))).trajectory.times;
  const seconds = app.doc.num_frames / app.doc.fps;
  const place = (/** @type {number} */ value) => setTime(app.history.present, object.id, index, value, times());
  const time = slider({
    label: "Time",
    min: 0,
    max: 1,
    step: 0.001,
    value: times()[index],
    text: (value) => `${(value * seconds).toFixed(1)} s`,
    preview: (value) => (app.preview(place(value)), void (app.ui.time = value)),
    commit: (value) => app.commit(place(value)),
  });
  sync.push((now) => now.selected?.waypoints[index] && time.set(times()[index]));
  const free = () => app.commit(updateWaypoint(app.doc, object.id, index, { time: null }));
  const pinned = object.waypoints[index].time !== null;
  return h("div", {}, time.element, pinned ? chip("Free its time", free, "Let even speed decide when this waypoint is passed") : "");
}

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
export const EASINGS = [["none", "none"], ["in", "starts gently"], ["out", "ends gently"], ["both", "starts and ends gently"]];

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

/** @param {App} app */
export function orbitSection(app) {
  const key = () => (app.ui.tool === "orbit" && app.selected ? `${app.selected.id}/${app.ui.orbit ? "set" : "new"}` : null);
  return new Section("Orbit", key, () => buildOrbit(app));
}

/** @param {App} app */
function buildOrbit(app) {
  const { orbit } = app.ui;
  if (!orbit) return [h("p.lv-note", {}, "Click what the object shall circle.")];
  const change = (/** @type {object} */ changes, /** @type {boolean} */ final) =>
    applyOrbit(app, { .../** @type {any} */ (app.ui.orbit), ...changes }, final);
  const part = (/** @type {string} */ label, /** @type {"tilt" | "swing" | "turns"} */ name, /** @type {[number, number, number]} */ range, /** @type {(v: number) => string} */ text) =>
    slider({
      label, min: range[0], max: range[1], step: range[2], value: orbit[name], text,
      preview: (value) => change({ [name]: value }, false),
      commit: (value) => change({ [name]: value }, true),
    }).element;
  return [
    part("Tilt", "tilt", [0, 90, 1], (value) => `${value}°`),
    part("Near and far", "swing", [0, 0.5, 0.01], (value) => `±${Math.round(value * 100)} %`),
    part("Turns", "turns", [0.25, 4, 0.25], String),
    toggle("Clockwise", orbit.clockwise, (clockwise) => change({ clockwise }, true)),
  ];
}

/** @param {App} app */
export function brushSection(app) {
  const key = () => (app.ui.tool === "mask" ? `${app.ui.erase}` : null);
  return new Section("Brush", key, (_, sync) => {
    const set = (/** @type {number} */ brush) => app.set({ brush });
    const size = slider({ label: "Radius", min: 1, max: 80, step: 1, value: app.ui.brush, text: (value) => `${value} px`, preview: set, commit: set });
    sync.push((now) => size.set(now.ui.brush));
    const erase = toggle("Take away", app.ui.erase, (on) => app.set({ erase: on }), "Or hold Alt or Shift, or use the right button");
    return [size.element, erase, h("p.lv-note", {}, "Paint over the object, its shadow included.")];
  });
}
