/** The line under the picture, which covers nothing: what a click does now, what went wrong, what picking offers. */

import { isCutInView } from "../model/cut_sides.js";
import { moves } from "../model/world.js";
import { depthHint } from "./depth_brush.js";
import { maskBar, maskHint } from "./mask_tools.js";
import { thumbOf } from "./thumbs.js";
import { button, chip, html, nothing } from "./widgets.js";

/** @import { App, Refine } from "../model/app.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Stage } from "../stage.js" */

/** The live regions stay on the page, so that what they say next is announced. @param {Stage} stage */
export function dock(stage) {
  const { app } = stage;
  const { error: wrong, playing, silence } = app.ui;
  const error = silence || wrong;
  const hint = hintText(app);
  return html`<div class="lv-dock" ?hidden=${!app.hasScene}>
    <div class="lv-hint" role="status" aria-live="polite" ?hidden=${!hint || Boolean(error) || playing}>${hint}</div>
    <div class="lv-alert" role="alert" ?hidden=${!error || !app.hasScene}>${error}</div>
    ${pickingBar(stage)}${maskBar(stage)}</div>`;
}

/** While an object is being picked: what clicks do, the guesses, done. @param {Stage} stage */
function pickingBar(stage) {
  const { app, picking } = stage;
  const { refine, tool } = app.ui;
  if (!refine || tool !== "select") return nothing;
  const use = (/** @type {boolean} */ takes) => () => app.set({ refine: { ...refine, takes } });
  return html`<div class="lv-chipbar" role="group" aria-label="Picking" aria-busy=${refine.busy}>
    ${chip("+ Add", use(false), "Clicks add to the object", !refine.takes)}
    ${chip("− Take away", use(true), "Clicks take away from the object", refine.takes)}
    ${picking.shadowed ? chip("With its shadow", () => picking.takeShadow(), "The shadow that it casts belongs to it") : nothing}
    ${guesses(stage, refine)}
    ${button("next", "Next candidate mask", () => picking.cycle(), { key: "C", text: refine.candidates.length > 1 ? undefined : "Another guess", disabled: refine.busy })}
    ${button("path", "Draw its path", () => stage.useTool("path"), { key: "P", text: "Draw its path", kind: "lv-primary" })}
    ${button("close", "Done picking", () => picking.done(), { key: "Enter" })}</div>`;
}

/** @param {Stage} stage @param {Refine} refine */
function guesses({ app, picking }, refine) {
  const { candidates, chosen, busy } = refine;
  if (candidates.length < 2) return nothing;
  const { masks, photo } = app.world;
  return html`<span class="lv-guesses" role="group" aria-label="guess ${chosen + 1} of ${candidates.length}">${candidates.map(
    (id, i) => html`<button class="lv-thumb" type="button" title="Guess ${i + 1}" aria-label="Guess ${i + 1}" aria-pressed=${i === chosen} ?disabled=${busy}
      @click=${() => picking.show({ ...refine, chosen: i })}><img alt="" src=${thumbOf(photo, masks.get(id))}></button>`,
  )}</span>`;
}

/** What to do next, for a mouse or for fingers. @param {App} app */
function hintText(app) {
  const { ui, doc } = app;
  const object = app.selected;
  const say = (/** @type {string} */ mouse, /** @type {string} */ fingers) => (ui.fingers ? fingers : mouse);
  if (ui.status && !doc.objects.length) return ui.status;
  if (ui.cursor) return "Enter clicks here, Shift + Enter takes away; Escape leaves the cursor.";
  if (ui.orbit) return say("Tilt, turns and direction are on the panel; click elsewhere for another centre.", "Tilt, turns and direction are below; tap elsewhere for another centre.");
  if (ui.tool === "orbit") return object ? say(`Click what ${object.name} should circle.`, `Tap what ${object.name} should circle.`) : "Pick the object that should circle first.";
  if (ui.tool === "path") return pathHint(object, say);
  if (ui.refine) return refineHint(ui.refine, say);
  if (ui.tool === "mask") return maskHint(app);
  if (ui.tool === "depth") return depthHint(app, say);
  if (doc.objects.length === 0) return say("Click a thing to pick it, or drag a box around it.", "Tap a thing to pick it, or draw a box around it with a finger.");
  if (object && !moves(object)) return `Drag ${object.name} to where it should go.`;
  if (object && isCutInView(doc, app.world, object, ui.time)) return `${object.name} is cut off by the photo’s edge; that side fades where it comes into view.`;
  return ui.waypoint ? say("Turn the wheel over the waypoint for depth; the ring sizes and turns.", "The slider beside the waypoint sets its depth; the ring sizes and turns.") : "";
}

/** @typedef {(mouse: string, fingers: string) => string} Say */

/** @param {StageObject | undefined} object @param {Say} say */
function pathHint(object, say) {
  if (!object) return say("Click the object that should move.", "Tap the object that should move.");
  if (moves(object)) return say("Click to go on, click the line to insert, drag to draw.", "Tap to go on, tap the line to insert, or draw.");
  return say(`Click where ${object.name} goes next, or draw its path.`, `Tap where ${object.name} goes next, or draw its path.`);
}

/** @param {Refine} refine @param {Say} say */
function refineHint({ busy, takes }, say) {
  if (busy) return "Finding its edge…";
  if (takes) return say("Click what does not belong to it.", "Tap what does not belong to it.");
  return say("Click adds, Shift-click takes away.", "Tap what is missing; “Take away” for what is too much.");
}
