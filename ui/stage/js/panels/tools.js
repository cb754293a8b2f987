/** Settings of the orbit that is being laid. */

import { applyOrbit } from "../model/orbit.js";
import { html, nothing, section, slider, toggle } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { OrbitSettings } from "../model/orbit.js" */

/** @param {App} app */
export function orbitSection(app) {
  const { orbit, tool } = app.ui;
  if (tool !== "orbit" || !app.selected) return nothing;
  return section("Orbit", orbit ? orbitSettings(app, orbit) : html`<p class="lv-note">Choose in the picture what the object should circle.</p>`);
}

/** @param {App} app @param {OrbitSettings} orbit */
function orbitSettings(app, orbit) {
  const part = (/** @type {string} */ label, /** @type {"tilt" | "swing" | "growth" | "turns"} */ name, /** @type {[number, number, number]} */ [min, max, step], /** @type {string} */ text) =>
    slider({
      label, min, max, step, value: orbit[name], text,
      preview: (value) => applyOrbit(app, { ...orbit, [name]: value }, false),
      commit: (value) => applyOrbit(app, { ...orbit, [name]: value }, true),
    });
  return [
    part("Tilt", "tilt", [0, 90, 1], `${orbit.tilt}°`),
    part("Near and far", "swing", [0, 0.5, 0.01], `±${Math.round(orbit.swing * 100)} %`),
    part("Largest", "growth", [1, 4, 0.1], `×${orbit.growth.toFixed(1)}`),
    part("Turns", "turns", [0.25, 4, 0.25], String(orbit.turns)),
    toggle("Closes", orbit.closed, (closed) => applyOrbit(app, { ...orbit, closed, turns: closed ? Math.max(1, Math.round(orbit.turns)) : orbit.turns }, true), "Whole turns that end as they began, for a video that loops"),
    toggle("Clockwise", orbit.clockwise, (clockwise) => applyOrbit(app, { ...orbit, clockwise }, true)),
  ];
}
