/** The selected waypoint: its depth in order and in numbers, size, rotation and time. */

import { button, chip, h, slider } from "./dom.js";
import { duplicateWaypoint, findObject, removeWaypoint, round, setTime, updateObject, updateWaypoint } from "./document.js";
import { depthBeside, orderInWords, sceneDepthAt, thingsFor } from "./depth_order.js";
import { depthOfSlider, nearnessOfDepth, sliderOfDepth } from "./geometry.js";
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
    const kept = findObject(app.history.present, object.id)?.waypoints[index]; // a drag in progress rebuilds nothing
    const spot = kept && `${kept.x},${kept.y},${kept.time === null}`;
    return [object.id, index, object.waypoints.length, names, object.on_ground, app.world.instances !== null, spot].join("/");
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
    button("remove", "Delete this waypoint", () => deleteWaypoint(app, object.id, index), { key: "Delete", disabled: index === 0 })));
  if (index === 0) return [head, h("p.lv-note", {}, "The object starts here, at its own depth and size."), timeSlider(app, object, index, sync)];
  return [head, ...depthControls(app, object, index, sync), ...shapeSliders(app, object, index, sync), timeSlider(app, object, index, sync)];
}

/** @param {App} app @param {string} id @param {number} index */
export function deleteWaypoint(app, id, index) {
  if (index === 0) return app.set({ error: "A path starts at its object; clear the path to let the object rest." });
  app.commit(removeWaypoint(app.doc, id, index));
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
  const seconds = app.clip.num_frames / app.clip.fps;
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
