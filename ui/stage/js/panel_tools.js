/** Settings of the tools: the orbit that is being laid, the brush. */

import { h, slider, toggle } from "./dom.js";
import { applyOrbit } from "./tools/orbit.js";
import { Section } from "./section.js";

/** @typedef {import("./app.js").App} App */

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
