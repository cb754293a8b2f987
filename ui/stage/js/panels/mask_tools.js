/** The mask tool's settings: what a drag draws, and what changes a whole outline at once. */

import { updateObject } from "../model/document.js";
import { chip, html, nothing, section, slider, toggle } from "./widgets.js";

/** @import { App, MaskShape } from "../model/app.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Stage } from "../stage.js" */

/** @type {[MaskShape, string, string][]} */
const SHAPES = [
  ["brush", "Brush", "Paint over the object"],
  ["lasso", "Lasso", "Draw around what belongs to it"],
  ["magnetic", "Magnetic lasso", "Click corners around it: the line between them follows edges"],
  ["scribble", "Scribble", "A quick stroke across it; its edge is found"],
];

/** In the line under the picture. @param {Stage} stage */
export function maskBar({ app, outlines }) {
  const { erase, outline, shape, tool } = app.ui;
  if (tool !== "mask") return nothing;
  const use = (/** @type {MaskShape} */ name) => () => app.set({ shape: name, outline: null });
  return html`<div class="lv-chipbar" role="group" aria-label="Mask tools">
    ${SHAPES.map(([name, text, hint]) => chip(text, use(name), hint, shape === name))}
    ${chip("− Take away", () => app.set({ erase: !erase }), "What is drawn is taken away from the object", erase)}
    ${outline && outline.corners.length > 2 ? chip("Close it", () => void outlines.close(), "Join the last corner to the first") : nothing}</div>`;
}

/** In the side panel. @param {Stage} stage */
export function maskSection({ app, outlines, picking }) {
  const { amount, brush, erase, shape, tool } = app.ui;
  if (tool !== "mask") return nothing;
  const size = (/** @type {number} */ value) => app.set({ brush: value });
  const by = (/** @type {number} */ value) => app.set({ amount: value });
  const whole = (/** @type {"grow" | "smooth" | "fill" | "shadow"} */ name, pixels = 0) => () => void outlines.apply({ tool: name, pixels });
  return section("Mask", [
    shape === "brush" ? slider({ label: "Radius", min: 1, max: 80, step: 1, value: brush, text: `${brush} px`, preview: size, commit: size }) : nothing,
    toggle("Take away", erase, (on) => app.set({ erase: on }), "Or hold Alt or Shift, or use the right button"),
    app.selected
      ? [
          slider({ label: "Amount", spoken: "Pixels by which the whole outline changes", min: 1, max: 40, step: 1, value: amount, text: `${amount} px`, preview: by, commit: by }),
          html`<div class="lv-row">
            ${chip("Grow", whole("grow", amount), "Grow the outline by so many pixels")}
            ${chip("Shrink", whole("grow", -amount), "Shrink the outline by so many pixels")}
            ${chip("Smooth", whole("smooth", amount), "Without corners and specks of that size")}
            ${chip("Fill holes", whole("fill"), "What the outline surrounds belongs to it")}
            ${chip("Add its shadow", whole("shadow"), "The shadow that it casts belongs to it")}
            ${chip(app.ui.fingers ? "Refine by taps" : "Refine by clicks", () => void picking.again(), "Show what is missing or too much")}</div>`,
          feather(app, app.selected),
        ]
      : html`<p class="lv-note">Draw over or around a thing to pick it, its shadow included.</p>`,
  ]);
}

/** Over how many pixels its edge fades. @param {App} app @param {StageObject} object */
function feather(app, { id, name, feather: pixels }) {
  const faded = (/** @type {number} */ value) => updateObject(app.doc, id, { feather: value });
  return slider({
    label: "Feather", spoken: `Feather of ${name}`, min: 0, max: 40, step: 0.5, value: pixels, text: pixels === 0 ? "none" : `${pixels} px`,
    preview: (value) => app.preview(faded(value)),
    commit: (value) => app.commit(faded(value)),
    help: "Over how many pixels inside its outline it fades, in the video too",
  });
}

/** What to do next. @param {App} app */
export function maskHint({ selected, ui }) {
  const { fingers, outline, shape } = ui;
  const take = fingers ? "“Take away” for what is too much" : "hold Alt to take away";
  const name = selected?.name ?? "a thing";
  if (shape === "lasso") return `Draw around what belongs to ${name}; ${take}.`;
  if (shape === "scribble") return `Stroke across what belongs to ${name}; ${take}.`;
  if (shape === "magnetic" && outline) return fingers ? "Tap on along its edge; the first corner closes it." : "Click on along its edge; the first corner or Enter closes it, Delete takes a corner back.";
  if (shape === "magnetic") return fingers ? `Tap along the edge of ${name}.` : `Click along the edge of ${name}; ${take}.`;
  if (!selected) return "Paint over a thing to pick it.";
  return fingers ? `Paint over ${name}; ${take}.` : `Paint over ${name}; ${take}. [ and ] change the brush.`;
}
