/** The camera's row: presets with amount and easing, keys with pan, zoom and push. */

import { button, choice, h, slider } from "./dom.js";
import { round, updateCamera } from "./document.js";
import { nearestDepth } from "./geometry.js";
import { CAMERA_PRESETS, cameraPreset, presetOf } from "./paths.js";
import { EASINGS } from "./panel_path.js";
import { Section } from "./section.js";
import { cameraTrack } from "./trajectory.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./types.js").CameraKey} CameraKey */

/** @param {App} app */
export function cameraSection(app) {
  const memory = { amount: 0.35 }; // of the next preset
  const key = () => {
    const { keys, easing } = app.doc.camera;
    const preset = presetOf(keys, app.doc.size_hw)?.id;
    return app.hasScene ? [keys.length, easing, app.ui.cameraKey, preset].join("/") : null;
  };
  return new Section("Camera", key, (_, sync) => buildCamera(app, memory, sync));
}

/** @param {App} app @param {{amount: number}} memory @param {((app: App) => void)[]} sync */
function buildCamera(app, memory, sync) {
  const { keys, easing } = app.doc.camera;
  const current = () => presetOf(app.doc.camera.keys, app.doc.size_hw);
  const made = current();
  const preset = (/** @type {string} */ id) => updateCamera(app.history.present, { keys: cameraPreset(id, memory.amount, app.doc.size_hw) });
  const presets = CAMERA_PRESETS.map(({ id, label, hint }) => {
    const pick = () => app.commit(preset(id), { cameraKey: null });
    return h("button.lv-chip", { type: "button", title: hint, "aria-pressed": String(made?.id === id), onclick: pick }, label);
  });
  const withAmount = (/** @type {number} */ value) => ((memory.amount = value), preset(made?.id ?? ""));
  const amount = slider({
    label: "Amount", min: 0.02, max: 1, step: 0.01, value: made?.amount ?? memory.amount, text: (value) => `${Math.round(value * 100)} %`,
    preview: (value) => app.preview(withAmount(value)),
    commit: (value) => app.commit(withAmount(value), { cameraKey: null }),
  });
  sync.push(() => amount.set(current()?.amount ?? memory.amount));
  const ease = choice("Easing", EASINGS, easing, (value) => app.commit(updateCamera(app.doc, { easing: /** @type {any} */ (value) })));
  const still = button("remove", "Camera stands still", () => app.commit(updateCamera(app.doc, { keys: [] }), { cameraKey: null }), { text: "Still", kind: "lv-quiet" });
  const add = button("plus", "Add a camera key at the playhead", () => addKey(app), { text: "Key here", kind: "lv-quiet" });
  return [
    h("div.lv-row.lv-wrap", {}, ...presets),
    made && amount.element,
    keys.length > 0 && ease,
    h("div.lv-row", {}, add, keys.length > 0 && still),
    ...(app.ui.cameraKey === null ? [] : keySliders(app, app.ui.cameraKey, sync)),
  ];
}

/** @param {App} app @param {number} index */
export function removeKey(app, index) {
  app.commit(updateCamera(app.doc, { keys: app.doc.camera.keys.filter((_, i) => i !== index) }), { cameraKey: null });
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
  const head = h("div.lv-row.lv-between", {}, h("span", {}, `Key ${index + 1}`), button("remove", "Delete this camera key", () => removeKey(app, index), { key: "Delete" }));
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
