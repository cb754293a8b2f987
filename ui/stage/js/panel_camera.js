/** The camera's row: presets with amount and easing, keys with pan, zoom and push. */

import { button, choice, h, slider } from "./dom.js";
import { round, updateCamera } from "./document.js";
import { nearestDepth } from "./geometry.js";
import { CAMERA_PRESETS, cameraPreset } from "./paths.js";
import { EASINGS } from "./panel_motion.js";
import { Section } from "./section.js";
import { cameraTrack } from "./trajectory.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").CameraKey} CameraKey */

/** @param {App} app */
export function cameraSection(app) {
  const memory = { preset: "", amount: 0.35 };
  const key = () => {
    const { keys, easing } = app.doc.camera;
    return app.hasScene ? [keys.length, keys.map((k) => (app.draft ? "" : k.time)).join(), easing, app.ui.cameraKey, memory.preset].join("/") : null;
  };
  return new Section("Camera", key, (_, sync) => buildCamera(app, memory, sync));
}

/** @param {App} app @param {{preset: string, amount: number}} memory @param {((app: App) => void)[]} sync */
function buildCamera(app, memory, sync) {
  const { keys, easing } = app.doc.camera;
  const apply = (/** @type {boolean} */ final) => {
    const doc = updateCamera(app.history.present, { keys: cameraPreset(memory.preset, memory.amount, app.doc.size_hw) });
    if (final) app.commit(doc, { cameraKey: null });
    else app.preview(doc);
  };
  const presets = CAMERA_PRESETS.map(({ id, label, hint }) => {
    const pick = () => ((memory.preset = id), apply(true));
    return h("button.lv-chip", { type: "button", title: hint, "aria-pressed": String(memory.preset === id && keys.length > 0), onclick: pick }, label);
  });
  const amount = slider({
    label: "Amount", min: 0.02, max: 1, step: 0.01, value: memory.amount, text: (value) => `${Math.round(value * 100)} %`,
    preview: (value) => ((memory.amount = value), apply(false)),
    commit: (value) => ((memory.amount = value), apply(true)),
  });
  const ease = choice("Easing", EASINGS, easing, (value) => app.commit(updateCamera(app.doc, { easing: /** @type {any} */ (value) })));
  const still = button("remove", "Camera stands still", () => ((memory.preset = ""), app.commit(updateCamera(app.doc, { keys: [] }), { cameraKey: null })), { text: "Still", kind: "lv-quiet" });
  const add = button("plus", "Add a camera key at the playhead", () => addKey(app), { text: "Key here", kind: "lv-quiet" });
  return [
    h("div.lv-row.lv-wrap", {}, ...presets),
    keys.length > 0 && memory.preset !== "" && amount.element,
    keys.length > 0 && ease,
    h("div.lv-row", {}, add, keys.length > 0 && still),
    ...(app.ui.cameraKey === null ? [] : keySliders(app, app.ui.cameraKey, sync)),
  ];
}

/** @param {App} app */
export function addKey(app) {
  const { doc, ui } = app;
  const view = cameraTrack(doc.camera, doc.softness)(ui.time);
  const key = {
    time: round(ui.time, 4),
    pan: /** @type {[number, number]} */ ([round(view.pan[0], 2), round(view.pan[1], 2)]),
    zoom: round(view.zoom, 4),
    push: round(view.push / nearestDepth(doc.softness), 4),
  };
  const others = doc.camera.keys.filter((other) => Math.abs(other.time - key.time) > 0.002);
  const keys = [...others, key].sort((a, b) => a.time - b.time);
  app.commit(updateCamera(doc, { keys }), { cameraKey: keys.indexOf(key), waypoint: null });
}

/** @param {App} app @param {number} index @param {((app: App) => void)[]} sync */
function keySliders(app, index, sync) {
  const [h_, w] = app.doc.size_hw;
  const current = () => app.doc.camera.keys[index];
  if (!current()) return [];
  const change = (/** @type {Partial<CameraKey>} */ changes) =>
    updateCamera(app.doc, { keys: app.doc.camera.keys.map((key, i) => (i === index ? { ...key, ...changes } : key)) });
  /** @type {[string, number, number, number, (key: CameraKey) => number, (value: number) => Partial<CameraKey>, (value: number) => string][]} */
  const parts = [
    ["Pan across", -w, w, 1, (key) => key.pan[0], (value) => ({ pan: [value, current().pan[1]] }), (value) => `${Math.round(value)} px`],
    ["Pan down", -h_, h_, 1, (key) => key.pan[1], (value) => ({ pan: [current().pan[0], value] }), (value) => `${Math.round(value)} px`],
    ["Zoom", Math.log(0.25), Math.log(4), 0.01, (key) => Math.log(key.zoom), (value) => ({ zoom: round(Math.exp(value), 4) }), (value) => `×${Math.exp(value).toFixed(2)}`],
    ["Push in", -8, 0.75, 0.01, (key) => key.push, (value) => ({ push: value }), (value) => value.toFixed(2)],
  ];
  const remove = () => app.commit(updateCamera(app.doc, { keys: app.doc.camera.keys.filter((_, i) => i !== index) }), { cameraKey: null });
  const head = h("div.lv-row.lv-between", {}, h("span", {}, `Key ${index + 1}`), button("remove", "Delete this camera key", remove));
  const sliders = parts.map(([label, min, max, step, get, set, text]) => {
    const made = slider({
      label, min, max, step, value: get(current()), text,
      preview: (value) => app.preview(change(set(value))),
      commit: (value) => app.commit(change(set(value))),
    });
    sync.push(() => current() && made.set(get(current())));
    return made.element;
  });
  return [head, ...sliders];
}
