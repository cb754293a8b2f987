/** The depth view's part of the side panel: the brush that mends the map. */

import { updateScenery } from "../model/document.js";
import { chip, html, nothing, section, slider } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { MendTool } from "../model/mending.js" */
/** @import { Ground } from "../model/world.js" */
/** @import { Stage } from "../stage.js" */

/** @type {[MendTool, string, string][]} */
const BRUSHES = [
  ["nearer", "Nearer", "Brush it nearer; with Alt farther"],
  ["farther", "Farther", "Brush it farther; with Alt nearer"],
  ["level", "Same as here", "All that the stroke reaches gets the depth at which it begins"],
  ["smooth", "Smooth", "Brush steps and specks away"],
];

/** @type {[Ground["lie"], string, string][]} */
const LIES = [
  ["outdoors", "Outdoors", "Ground that comes nearer from a horizon down"],
  ["table", "Table", "Things on a table that the camera looks down at"],
  ["flat", "Wall, flat lay", "A wall, or things that lie under the camera: all equally far"],
];

/** What a guess takes the photo for. @param {Stage} stage */
function groundPart({ app, ground }) {
  const known = app.world.ground;
  if (!known) return nothing;
  const { lie } = known;
  const horizon = app.ui.horizon ?? known.horizon;
  return [
    html`<div class="lv-row" role="group" aria-label="What the photo shows">${LIES.map(([name, text, help]) => chip(text, () => void ground.ask(name), help, lie === name))}</div>`,
    lie === "flat"
      ? nothing
      : slider({
          label: "Horizon", min: -1.5, max: 0.95, step: 0.01, value: horizon, text: horizon < 0 ? "above" : `${Math.round(100 * horizon)} %`,
          preview: (value) => app.point({ horizon: value }),
          commit: (value) => void ground.ask(lie, value),
          help: "Where ground would meet the sky, from the upper edge down; above the picture for a camera that looks down",
        }),
  ];
}

/** The depth of the area that was clicked. @param {App} app @param {string} id of its scenery */
function areaPart(app, id) {
  const thing = app.doc.scenery.find((item) => item.id === id);
  if (!thing) return html`<p class="lv-note">Choose an area in the picture.</p>`;
  const shifted = (/** @type {number} */ shift) => updateScenery(app.doc, id, { shift });
  return slider({
    label: "Depth", spoken: `Depth of ${thing.name}`, min: -120, max: 120, step: 1, value: thing.shift,
    text: thing.shift === 0 ? "as it is" : `${thing.shift > 0 ? "+" : "−"}${Math.abs(thing.shift)}`,
    preview: (shift) => app.preview(shifted(shift)),
    commit: (shift) => app.commit(shifted(shift)),
    help: `${thing.name}: left is farther, right is nearer`,
  });
}

/** @param {Stage} stage */
export function depthSection(stage) {
  const { app } = stage;
  const { depthView, mend, tool } = app.ui;
  if (!depthView) return nothing;
  const choosing = tool === "depth" && mend.area !== undefined;
  const brushing = tool === "depth" && !choosing;
  const set = (/** @type {Partial<typeof mend>} */ changes) => app.set({ mend: { ...mend, ...changes } });
  const take = (/** @type {MendTool} */ name) => () => (stage.useTool("depth"), set({ tool: name, area: undefined }), stage.overlayCanvas.focus());
  const choose = () => (stage.useTool("depth"), set({ area: null }), stage.overlayCanvas.focus());
  const strokes = app.doc.depth_strokes.length;
  const clear = () => app.commit({ ...app.doc, depth_strokes: [] });
  return section("Depth", [
    html`<p class="lv-note">${app.world.guessed ? "A guess: bright is near. Brush it right; a stroke fills to the outline." : "Bright is near. Brush what is wrong; a stroke fills to the outline."}</p>`,
    groundPart(stage),
    html`<div class="lv-row" role="group" aria-label="Depth brush">${BRUSHES.map(([name, text, help]) => chip(text, take(name), help, brushing && mend.tool === name))}
      ${chip("An area", choose, "Click an area to make all of it nearer or farther", choosing)}</div>`,
    choosing ? areaPart(app, mend.area ?? "") : nothing,
    brushing ? slider({ label: "Radius", min: 3, max: 120, step: 1, value: mend.radius, text: `${mend.radius} px`, preview: (radius) => set({ radius }), commit: (radius) => set({ radius }) }) : nothing,
    brushing && (mend.tool === "nearer" || mend.tool === "farther")
      ? slider({ label: "By", min: 5, max: 120, step: 5, value: mend.amount, text: `${Math.round(mend.amount / 2.55)} %`, preview: (amount) => set({ amount }), commit: (amount) => set({ amount }) })
      : nothing,
    strokes ? html`<div class="lv-row">${chip("Clear all strokes", clear, "The map as it was read")}<span class="lv-note">${strokes === 1 ? "1 stroke" : `${strokes} strokes`}</span></div>` : nothing,
  ]);
}

/** What to do next. @param {App} app @param {(mouse: string, fingers: string) => string} say */
export function depthHint({ ui: { mend } }, say) {
  if (mend.area !== undefined) return say("Click an area, then make it nearer or farther on the panel.", "Tap an area, then make it nearer or farther below.");
  if (mend.tool === "level") return "Begin where the depth is right and draw over what should have it.";
  if (mend.tool === "smooth") return "Draw over steps and specks.";
  return say(`Draw over what should be ${mend.tool}; Alt turns it round.`, `Draw over what should be ${mend.tool}.`);
}
