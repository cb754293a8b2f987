/** The camera's row: presets with amount and easing, keys with pan, zoom and push. */

import { addKey, removeKey } from "../model/actions.js";
import { round, updateCamera } from "../model/document.js";
import { CAMERA_PRESETS, cameraPreset, presetOf } from "../model/paths.js";
import { EASINGS } from "./path.js";
import { button, choice, html, nothing, section, slider } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { CameraKey } from "../model/types.js" */

/** @param {App} app */
export function cameraSection(app) {
  if (!app.hasScene) return nothing;
  const { keys, easing } = app.doc.camera;
  const made = presetOf(keys, app.doc.size_hw);
  const { cameraKey } = app.ui;
  const still = () => app.commit(updateCamera(app.doc, { keys: [] }), { cameraKey: null });
  return section("Camera", [
    html`<div class="lv-row">${CAMERA_PRESETS.map((preset) => presetChip(app, preset, made?.id === preset.id))}</div>`,
    made ? amountSlider(app, made) : nothing,
    keys.length ? choice("Easing", EASINGS, easing, (value) => app.commit(updateCamera(app.doc, { easing: value }))) : nothing,
    html`<div class="lv-row">
      ${button("plus", "Add a camera key at the playhead", () => addKey(app), { text: "Key here", kind: "lv-quiet" })}
      ${keys.length ? button("remove", "Camera stands still", still, { text: "Still", kind: "lv-quiet" }) : nothing}</div>`,
    cameraKey === null || !keys[cameraKey] ? nothing : keySettings(app, cameraKey, keys[cameraKey]),
  ]);
}

/** @param {App} app @param {string} id of a preset @param {number} amount */
function withPreset(app, id, amount) {
  return updateCamera(app.history.present, { keys: cameraPreset(id, amount, app.doc.size_hw) });
}

/** @param {App} app @param {{id: string, label: string, hint: string}} preset @param {boolean} chosen */
function presetChip(app, { id, label, hint }, chosen) {
  const choose = () => app.commit(withPreset(app, id, app.ui.cameraAmount), { cameraKey: null });
  return html`<button class="lv-chip" type="button" title=${hint} aria-pressed=${chosen} @click=${choose}>${label}</button>`;
}

/** @param {App} app @param {{id: string, amount: number}} made */
function amountSlider(app, { id, amount }) {
  return slider({
    label: "Amount", min: 0.02, max: 1, step: 0.01, value: amount, text: `${Math.round(amount * 100)} %`,
    preview: (value) => ((app.ui.cameraAmount = value), app.preview(withPreset(app, id, value))),
    commit: (value) => app.commit(withPreset(app, id, value), { cameraKey: null, cameraAmount: value }),
  });
}

/** @param {App} app @param {number} index @param {CameraKey} key */
function keySettings(app, index, key) {
  const [height, width] = app.doc.size_hw;
  const change = (/** @type {Partial<CameraKey>} */ changes) =>
    updateCamera(app.doc, { keys: app.doc.camera.keys.map((old, i) => (i === index ? { ...old, ...changes } : old)) });
  const part = (/** @type {string} */ label, /** @type {[number, number, number]} */ [min, max, step], /** @type {number} */ value, /** @type {string} */ text, /** @type {(value: number) => Partial<CameraKey>} */ set) =>
    slider({
      label, min, max, step, value, text,
      preview: (at) => app.preview(change(set(at))),
      commit: (at) => app.commit(change(set(at))),
    });
  const { pan: [across, down], zoom, push } = key;
  return [
    html`<div class="lv-row lv-between"><span>Key ${index + 1}</span>${button("remove", "Delete this camera key", () => removeKey(app, index), { key: "Delete" })}</div>`,
    part("Pan across", [-width, width, 1], across, `${Math.round(across)} px`, (at) => ({ pan: [at, down] })),
    part("Pan down", [-height, height, 1], down, `${Math.round(down)} px`, (at) => ({ pan: [across, at] })),
    part("Zoom", [Math.log(0.25), Math.log(4), 0.01], Math.log(zoom), `×${zoom.toFixed(2)}`, (at) => ({ zoom: round(Math.exp(at), 4) })),
    part("Push in", [-8, 0.75, 0.01], push, push.toFixed(2), (at) => ({ push: at })),
  ];
}
