/** What is written over the picture: read-out, a warning, and what covers it while there is nothing to see. */

import { sceneAt } from "../model/hit.js";
import { valueAt } from "../model/masks.js";
import { OPENED } from "../model/schema.js";
import { stillScene } from "../model/world.js";
import { html, nothing } from "./widgets.js";

/** @import { Stage } from "../stage.js" */
/** @import { InputEvent } from "./widgets.js" */

/** @param {Stage} stage */
export function notes(stage) {
  const { app } = stage;
  const save = () => stage.host.emit("save", {});
  return html`${readout(stage)}
    <div class="lv-unkept" role="status" ?hidden=${app.ui.kept || !app.hasScene}>This browser cannot keep your work.
      <button class="lv-chip" type="button" @click=${save}>Save a project file</button></div>`;
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

/** How near the scene is under the pointer. @param {Stage} stage */
function readout({ app, viewport }) {
  const { playing, pointer } = app.ui;
  if (!pointer || !app.hasScene || playing) return nothing;
  const [x, y] = sceneAt(app, viewport, pointer);
  const value = valueAt(stillScene(app.doc, app.world).disparity, x, y);
  return value === null ? nothing : html`<div class="lv-readout" aria-hidden="true">${`nearness ${Math.round((100 * value) / 255)} %`}</div>`;
}
