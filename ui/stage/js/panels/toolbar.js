/** The bar above the picture: tools, undo and redo, what is shown, zoom, help. */

import { STEPS, stepList } from "./steps.js";
import { button, html } from "./widgets.js";

/** @import { Tool } from "../model/app.js" */
/** @import { Stage } from "../stage.js" */

/** @type {[Tool, string, string][]} */
const TOOLS = [["select", "Select", "V"], ["path", "Path", "P"], ["mask", "Mask", "B"], ["orbit", "Orbit", "O"]];

/** @param {Stage} stage */
export function toolbar(stage) {
  const { app, viewport } = stage;
  const { history, ui } = app;
  const group = (/** @type {string} */ label, /** @type {unknown} */ items) => html`<div class="lv-group" role="group" aria-label=${label}>${items}</div>`;
  return html`<div class="lv-bar" role="toolbar" aria-label="Stage tools">
    ${group("Tools", TOOLS.map((tool) => toolButton(stage, tool)))}
    ${group("History", [
      button("undo", "Undo", () => app.undo(), { key: "Ctrl+Z", says: app.lastStep, disabled: !history.past.length && !app.draft }),
      button("redo", "Redo", () => app.redo(), { key: "Ctrl+Shift+Z", says: app.nextStep, disabled: !history.future.length }),
      button("steps", "All steps", () => {}, { opens: STEPS, disabled: !history.past.length && !history.future.length }),
    ])}
    <span class="lv-spacer"></span>
    ${group("View", [
      button("onion", "Ghosts at the waypoints", () => app.set({ onion: !ui.onion }), { pressed: ui.onion }),
      button("depth", "Show depth", () => stage.showDepth(!ui.depthView), { key: "D", pressed: ui.depthView }),
    ])}
    ${group("Zoom", [
      button("minus", "Make the view smaller", () => stage.zoom(1 / 1.25)),
      html`<span class="lv-zoom">${`${Math.round(viewport.scale * 100)} %`}</span>`,
      button("plus", "Make the view larger", () => stage.zoom(1.25)),
      button("fit", "Fit to the view", () => stage.fit(), { key: "F" }),
    ])}
    ${group("Help", button("help", "Keys and gestures", () => stage.toggleHelp(), { key: "?" }))}
    ${stepList(app)}</div>`;
}

/** @param {Stage} stage @param {[Tool, string, string]} tool */
function toolButton(stage, [name, text, key]) {
  const { hasScene, ui } = stage.app;
  const use = () => (stage.useTool(name), stage.overlayCanvas.focus());
  return button(name, text, use, { key, text, pressed: ui.tool === name, disabled: !hasScene });
}
