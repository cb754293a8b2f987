/** What is written over the picture: hint, mistake, read-out, what picking does, and what covers it while there is nothing to see. */

import { sceneAt } from "../model/hit.js";
import { valueAt } from "../model/masks.js";
import { OPENED } from "../model/schema.js";
import { moves, stillScene } from "../model/world.js";
import { button, html, nothing } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Stage } from "../stage.js" */
/** @import { InputEvent } from "./widgets.js" */

/** The live regions stay on the page, so that what they say next is announced. @param {Stage} stage */
export function notes(stage) {
  const { app } = stage;
  const { error, playing } = app.ui;
  const hint = hintText(app);
  const save = () => stage.host.emit("save", {});
  return html`${readout(stage)}
    <div class="lv-unkept" role="status" ?hidden=${app.ui.kept || !app.hasScene}>This browser cannot keep your work.
      <button class="lv-chip" type="button" @click=${save}>Save a project file</button></div>
    <div class="lv-hint" role="status" aria-live="polite" ?hidden=${!hint || error || !app.hasScene || playing}>${hint}</div>
    <div class="lv-alert" role="alert" ?hidden=${!error || !app.hasScene}>${error}</div>
    ${refineChip(stage)}`;
}

/** While an object is being picked: what clicks do, the candidates, done. @param {Stage} stage */
function refineChip(stage) {
  const { app, picking } = stage;
  const { refine, tool } = app.ui;
  if (!refine || tool !== "select") return nothing;
  const several = refine.candidates.length > 1 ? ` · guess ${refine.chosen + 1} of ${refine.candidates.length}` : "";
  return html`<div class="lv-chipbar ${refine.busy ? "lv-busy" : ""}" role="group" aria-label="Picking">
    <span>${refine.busy ? "Finding its edge…" : `Click adds, Shift-click takes away${several}`}</span>
    ${button("next", "Next candidate mask", () => picking.cycle(), { key: "C", text: "Another guess", disabled: refine.busy })}
    ${button("path", "Draw its path", () => stage.useTool("path"), { key: "P", text: "Draw its path", kind: "lv-primary" })}
    ${button("close", "Done picking", () => picking.done(), { key: "Enter" })}</div>`;
}

/** @param {Stage} stage */
export function cover(stage) {
  const { hasScene, ui } = stage.app;
  if (hasScene && !ui.busy) return nothing;
  const content = ui.busy ? html`<div class="lv-spinner" role="status"><i></i><p>${`${ui.busy}…`}</p></div>` : invitation(stage);
  return html`<div class="lv-cover ${hasScene ? "lv-light" : ""}">${content}</div>`;
}

/** @param {Stage} stage */
function invitation(stage) {
  const { error } = stage.app.ui;
  const choose = (/** @type {InputEvent} */ { currentTarget }) => void stage.openPhoto(currentTarget.files?.[0]);
  return html`<div class="lv-empty">${error ? html`<p class="lv-problem" role="alert">${error}</p>` : nothing}${
    stage.host.upload
      ? html`<label class="lv-drop"><input type="file" accept=${OPENED.join()} aria-label="Choose a photo" @change=${choose}>
          <strong>Drop a photo here, or choose one</strong><p>Pick an object, drag its path, watch it fly.</p></label>`
      : html`<strong>Choose a photo to begin</strong><p>It appears here, ready to be picked apart.</p>`
  }</div>`;
}

/** @param {App} app */
function hintText(app) {
  const { ui, doc } = app;
  const object = app.selected;
  if (ui.status && !doc.objects.length) return ui.status;
  if (ui.cursor) return "Enter clicks here, Shift + Enter takes away; Escape leaves the cursor.";
  if (ui.tool === "mask") return object ? `Paint over ${object.name}; hold Alt to take away. [ and ] change the brush.` : "Paint over a thing to pick it.";
  if (ui.orbit) return "Tilt, turns and direction are on the panel; click elsewhere for another centre.";
  if (ui.tool === "orbit") return object ? `Click what ${object.name} should circle.` : "Pick the object that should circle first (V).";
  if (ui.tool === "path") return pathHint(object);
  if (ui.refine) return "";
  if (doc.objects.length === 0) return "Click a thing to pick it, or drag a box around it. Include its shadow.";
  if (object && !moves(object)) return `Drag ${object.name} to where it should go.`;
  return ui.waypoint ? "Turn the wheel over the waypoint for depth; the ring sizes and turns." : "";
}

/** @param {StageObject | undefined} object */
function pathHint(object) {
  if (!object) return "Click the object that should move.";
  return moves(object) ? "Click to go on, click the line to insert, drag to draw." : `Click where ${object.name} goes next, or draw its path.`;
}

/** How near the scene is under the pointer. @param {Stage} stage */
function readout({ app, viewport }) {
  const { playing, pointer } = app.ui;
  if (!pointer || !app.hasScene || playing) return nothing;
  const [x, y] = sceneAt(app, viewport, pointer);
  const value = valueAt(stillScene(app.doc, app.world).disparity, x, y);
  return value === null ? nothing : html`<div class="lv-readout" aria-hidden="true">${`nearness ${Math.round((100 * value) / 255)} %`}</div>`;
}
