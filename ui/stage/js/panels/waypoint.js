/** The selected waypoint: its depth in order and in numbers, size, rotation and time. */

import { deleteWaypoint, sizeThere, withDepth, withPicked } from "../model/actions.js";
import { areaMask } from "../model/areas.js";
import { depthBeside, orderInWords, sceneDepthAt, thingsFor } from "../model/depth_order.js";
import { duplicateWaypoint, findItem, findObject, round, setTime, updateObject, updateWaypoint } from "../model/document.js";
import { depthOfSlider, sliderOfDepth } from "../model/geometry.js";
import { moves } from "../model/world.js";
import { thumbOf } from "./thumbs.js";
import { button, chip, html, nothing, repeat, section, slider } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { Thing } from "../model/depth_order.js" */
/** @import { StageObject, Waypoint } from "../model/types.js" */

/** @param {number} factor */
export const sizeText = (factor) => `×${factor < 10 ? factor.toFixed(factor < 1 ? 2 : 1) : Math.round(factor)}`;

/** @param {App} app */
export function waypointSection(app) {
  const object = app.selected;
  const index = app.ui.waypoint;
  if (!object || index === null || !moves(object) || !object.waypoints[index]) return nothing;
  return section("Waypoint", [
    head(app, object, index),
    index === 0 ? html`<p class="lv-note">The object starts here, at its own depth and size.</p>` : [depthControls(app, object, index), shapeSliders(app, object, index)],
    timeSlider(app, object, index),
  ]);
}

/** @param {App} app @param {StageObject} object @param {number} index */
function head(app, object, index) {
  const last = object.waypoints.length - 1;
  const title = index === 0 ? "Start" : index === last ? `End · ${index + 1} of ${last + 1}` : `${index + 1} of ${last + 1}`;
  const rest = () => app.commit(duplicateWaypoint(app.doc, object.id, index), { waypoint: index + 1 });
  return html`<div class="lv-row lv-between"><span>${title}</span><div class="lv-row">
    ${button("previous", "Previous waypoint", () => app.selectWaypoint(Math.max(index - 1, 0)), { key: "Shift+Tab", disabled: index === 0 })}
    ${button("next", "Next waypoint", () => app.selectWaypoint(Math.min(index + 1, last)), { key: "Tab", disabled: index === last })}
    ${button("copy", "Rest here: a second waypoint in this place", rest, { key: "Ctrl+D" })}
    ${button("remove", "Delete this waypoint", () => deleteWaypoint(app, object.id, index), { key: "Delete", disabled: index === 0 })}</div></div>`;
}

/** @param {App} app @param {StageObject} object @param {number} index */
function depthControls(app, object, index) {
  const { doc, world } = app;
  const { anchorZ, trajectory } = app.plan(object);
  const deep = (/** @type {number} */ level) => withDepth(app, index, depthOfSlider(level, doc.softness, anchorZ));
  return [
    slider({
      label: "Depth", min: 0, max: 1, step: 0.002, value: sliderOfDepth(trajectory.depths[index], doc.softness, anchorZ), kind: "lv-depth",
      text: sizeText(sizeThere(app, object, index)), disabled: object.on_ground,
      preview: (level) => app.preview(deep(level)),
      commit: (level) => app.commit(deep(level)),
      help: "Left is far, right is near; the number is the size the object will have",
    }),
    html`<div class="lv-ends" aria-hidden="true"><span>far</span><span>near</span></div>
      <p class="lv-words">Here it passes ${orderInWords(doc, world, object, trajectory.along(index), trajectory.times[index])}.</p>`,
    orderButtons(app, object, index),
  ];
}

/** @param {App} app @param {StageObject} object @param {number} index */
function orderButtons(app, object, index) {
  const { x, y } = committedWaypoint(app, object, index);
  const things = thingsFor(app.doc, app.world, object, x, y).slice(0, 4);
  const level = () => app.commit(withDepth(app, index, sceneDepthAt(app.doc, app.world, x, y)));
  const ground = () => app.commit(updateObject(app.doc, object.id, { on_ground: !object.on_ground }));
  return [
    repeat(things, ({ key }) => key, (thing) => orderRow(app, object, index, thing)),
    html`<div class="lv-row">
      ${chip("Match the scene here", level, "The depth of what is under this waypoint")}
      ${chip("On ground", ground, "Its depth follows the ground under its feet, along the whole path", object.on_ground)}</div>`,
  ];
}

/** The waypoint as no drag has it: what is offered must not change under the pointer. @param {App} app @param {StageObject} object @param {number} index */
function committedWaypoint(app, object, index) {
  return findObject(app.history.present, object.id)?.waypoints[index] ?? object.waypoints[index];
}

/** @param {App} app @param {StageObject} object @param {number} index @param {Thing} thing */
function orderRow(app, object, index, { key, name }) {
  const place = (/** @type {"behind" | "front"} */ side) => {
    const { x, y } = object.waypoints[index];
    const z = depthBeside(app.doc, app.world, object, key, side, x, y, app.plan(object).trajectory.times[index]);
    if (z === null) app.set({ error: "That thing has no place in the picture." });
    else app.commit(withPicked(app, withDepth(app, index, z), key));
  };
  const point = (/** @type {string | null} */ pointedAt) => () => app.set({ pointedAt });
  return html`<div class="lv-order" @pointerenter=${point(key)} @pointerleave=${point(null)}><img alt="" src=${thumbOf(app.world.photo, maskOfThing(app, key))}><span class="lv-order-name" title=${name}>${name}</span>
    ${chip("behind", () => place("behind"), `Just behind ${name}`)}
    ${chip("in front", () => place("front"), `Just in front of ${name}`)}</div>`;
}

/** @param {App} app @param {string} key of a thing (depth_order.js) */
function maskOfThing({ doc, world }, key) {
  if (key.startsWith("#")) return world.instances ? areaMask(world.instances, Number(key.slice(1))) : undefined;
  const item = findItem(doc, key);
  return item && world.masks.get(item.mask);
}

/** @param {App} app @param {StageObject} object @param {number} index */
function shapeSliders(app, object, index) {
  const { size, rotation } = object.waypoints[index];
  const set = (/** @type {Partial<Waypoint>} */ changes) => updateWaypoint(app.doc, object.id, index, changes);
  const sized = (/** @type {number} */ value) => set({ size: round(Math.exp(value), 3) });
  return [
    slider({
      label: "Size", min: Math.log(0.1), max: Math.log(5), step: 0.005, value: Math.log(size), text: `${Math.round(100 * size)} %`,
      preview: (value) => app.preview(sized(value)),
      commit: (value) => app.commit(sized(value)),
      help: "Grown or shrunk on top of what its depth does",
    }),
    slider({
      label: "Turn", min: -360, max: 360, step: 1, value: rotation, text: `${Math.round(rotation)}°`,
      preview: (value) => app.preview(set({ rotation: value })),
      commit: (value) => app.commit(set({ rotation: value })),
    }),
  ];
}

/** @param {App} app @param {StageObject} object @param {number} index */
function timeSlider(app, object, index) {
  const { times } = app.plan(object).trajectory;
  const seconds = app.clip.num_frames / app.clip.fps;
  const at = (/** @type {number} */ time) => setTime(app.history.present, object.id, index, time, times);
  const free = () => app.commit(updateWaypoint(app.doc, object.id, index, { time: null }));
  return html`<div>
    ${slider({
      label: "Time", min: 0, max: 1, step: 0.001, value: times[index], text: `${(times[index] * seconds).toFixed(1)} s`,
      preview: (time) => ((app.ui.time = time), app.preview(at(time))),
      commit: (time) => app.commit(at(time)),
    })}
    ${committedWaypoint(app, object, index).time === null ? nothing : chip("Free its time", free, "Let even speed decide when this waypoint is passed")}</div>`;
}
