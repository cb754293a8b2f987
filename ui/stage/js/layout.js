/** The elements of the stage and what they show: toolbar, view, side panel, timeline, dialogs. */

import { button, h, keepFocus, press } from "./dom.js";
import { depthOfSlider, sliderOfDepth } from "./geometry.js";
import { orderInWords } from "./depth_order.js";
import { sceneAt, waypointsOnScreen } from "./hit.js";
import { valueAt } from "./masks.js";
import { cameraSection } from "./panel_camera.js";
import { objectsSection } from "./panel_objects.js";
import { pathSection } from "./panel_path.js";
import { brushSection, orbitSection } from "./panel_tools.js";
import { sizeText, sizeThere, waypointSection, withDepth } from "./panel_waypoint.js";
import { helpDialog } from "./shortcuts.js";
import { Spoken } from "./spoken.js";
import { moves, stillScene } from "./world.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./app.js").App} App */

/** What the engine reads, as a file dialog asks for it. */
export const OPENED = ".png,.jpg,.jpeg,.jfif,.webp,.avif,.heic,.heif,.hif,.tif,.tiff,.bmp,.gif,.levitor";
const TAP_MS = 50; // from a finger's leaving to its click

/** @param {Stage} stage @param {HTMLElement} root */
export function buildLayout(stage, root) {
  const { app } = stage;
  root.classList.add("lv-stage");
  const picture = /** @type {HTMLCanvasElement} */ (h("canvas.lv-picture", { "aria-hidden": "true" }));
  const overlay = /** @type {HTMLCanvasElement} */ (
    h("canvas.lv-overlay", { tabindex: "0", role: "application", "aria-label": "Stage: the photo with its objects and paths. Press question mark for keys." })
  );
  const box = h("div.lv-box", { hidden: true });
  const hint = h("div.lv-hint", { role: "status", "aria-live": "polite" });
  const alert = h("div.lv-alert", { role: "alert", hidden: true });
  const readout = h("div.lv-readout", { "aria-hidden": "true" });
  const depth = depthControl(app);
  const refine = refineChip(stage);
  const cover = h("div.lv-cover");
  const spoken = new Spoken(app, stage.viewport);
  const help = helpDialog(() => stage.toggleHelp());
  const view = h("div.lv-view", {}, picture, overlay, box, readout, depth.element, refine.element, hint, alert, spoken.element, cover);
  const bar = toolbar(stage);
  const sections = [
    brushSection(app), orbitSection(app),
    objectsSection(app, () => (stage.useTool("select"), app.selectObject(null), overlay.focus())),
    waypointSection(app), pathSection(app), cameraSection(app),
  ];
  const release = (/** @type {PointerEvent} */ event) => {
    const free = () => sections.forEach((section) => section.release(app));
    if (event.pointerType === "touch") setTimeout(free, TAP_MS);
    else free(); // its click comes before the next frame
  };
  window.addEventListener("pointerup", release);
  window.addEventListener("pointercancel", release);
  const side = h("div.lv-side", { role: "group", "aria-label": "Objects and motion" }, stage.guide.element, ...sections.map((section) => section.element));
  root.replaceChildren(bar.element, h("div.lv-body", {}, view, side), stage.timeline.element, help);
  const shown = { cover: "", hint: "" };
  return {
    root, view, picture, overlay, help,
    update() {
      bar.update();
      sections.forEach((section) => section.update(app));
      depth.update(stage);
      refine.update();
      spoken.update();
      updateTexts(stage, { hint, alert, readout, cover, side }, shown);
    },
    /** @param {readonly [number, number]} from @param {readonly [number, number]} to */
    showBox(from, to) {
      const [width, height] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
      box.hidden = width + height < 4;
      Object.assign(box.style, { left: `${Math.min(from[0], to[0])}px`, top: `${Math.min(from[1], to[1])}px`, width: `${width}px`, height: `${height}px` });
    },
    /** @param {string} question @param {string} yes @returns {Promise<boolean>} */
    ask: (question, yes) => ask(root, question, yes),
  };
}

/** @param {Stage} stage */
function toolbar(stage) {
  const { app } = stage;
  const tool = (/** @type {import("./app.js").Tool} */ name, /** @type {any} */ image, /** @type {string} */ label, /** @type {string} */ key) =>
    button(image, label, () => (stage.useTool(name), stage.overlayCanvas.focus()), { key, text: label, pressed: false });
  const tools = {
    select: tool("select", "select", "Select", "V"),
    path: tool("path", "path", "Path", "P"),
    mask: tool("mask", "mask", "Mask", "B"),
    orbit: tool("orbit", "orbit", "Orbit", "O"),
  };
  const undo = button("undo", "Undo", () => app.undo(), { key: "Ctrl+Z" });
  const redo = button("redo", "Redo", () => app.redo(), { key: "Ctrl+Shift+Z" });
  const onion = button("onion", "Ghosts at the waypoints", () => app.set({ onion: !app.ui.onion }), { pressed: true });
  const depth = button("depth", "Show depth", () => app.set({ depthView: !app.ui.depthView }), { key: "D", pressed: false });
  const percent = h("span.lv-zoom");
  const zoom = [
    button("minus", "Make the view smaller", () => stage.zoom(1 / 1.25)), percent, button("plus", "Make the view larger", () => stage.zoom(1.25)),
    button("fit", "Fit to the view", () => stage.fit(), { key: "F" }),
  ];
  const keys = button("help", "Keys and gestures", () => stage.toggleHelp(), { key: "?" });
  const group = (/** @type {string} */ label, /** @type {HTMLElement[]} */ ...items) => h("div.lv-group", { role: "group", "aria-label": label }, ...items);
  const element = h("div.lv-bar", { role: "toolbar", "aria-label": "Stage tools" },
    group("Tools", ...Object.values(tools)), group("History", undo, redo), h("span.lv-spacer"),
    group("View", onion, depth), group("Zoom", ...zoom), group("Help", keys));
  const update = () => {
    element.parentElement?.classList.toggle("lv-none", !app.hasScene);
    for (const [name, item] of Object.entries(tools)) press(item, app.ui.tool === name);
    for (const item of Object.values(tools)) item.disabled = !app.hasScene;
    undo.disabled = app.history.past.length === 0 && !app.draft;
    redo.disabled = app.history.future.length === 0;
    press(onion, app.ui.onion);
    press(depth, app.ui.depthView);
    percent.textContent = `${Math.round(stage.viewport.scale * 100)} %`;
  };
  return { element, update };
}

/** The depth slider beside the selected waypoint. @param {App} app */
function depthControl(app) {
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "range", min: 0, max: 1, step: 0.002, "aria-label": "Depth of the selected waypoint", "aria-orientation": "vertical" }));
  const size = h("strong");
  const words = h("span");
  const element = h("div.lv-pop", { hidden: true }, h("small", {}, "near"), input, h("small", {}, "far"), size, words);
  const z = () => depthOfSlider(Number(input.value), app.doc.softness);
  input.addEventListener("input", () => app.preview(withDepth(app, /** @type {number} */ (app.ui.waypoint), z())));
  input.addEventListener("change", () => app.commit(withDepth(app, /** @type {number} */ (app.ui.waypoint), z())));
  const update = (/** @type {Stage} */ { viewport }) => {
    const { waypoint: index, tool, playing } = app.ui;
    const object = app.selected;
    element.hidden = !index || !object || !moves(object) || playing || tool !== "select";
    if (element.hidden || !object || !index) return;
    const { trajectory } = app.plan(object);
    input.value = String(sliderOfDepth(trajectory.depths[index], app.doc.softness));
    input.disabled = object.on_ground;
    size.textContent = sizeText(sizeThere(app, object, index));
    words.textContent = orderInWords(app.doc, app.world, object, trajectory.along(index));
    input.setAttribute("aria-valuetext", `${size.textContent}, ${words.textContent}`);
    const [x, y] = waypointsOnScreen(app, viewport)[index] ?? [0, 0];
    const before = waypointsOnScreen(app, viewport)[index - 1]?.[0] ?? x;
    const left = (before > x || x + 150 > viewport.width) && x > 150 ? x - 60 - 88 : x + 60;
    element.style.transform = `translate(${Math.max(4, Math.min(left, viewport.width - 92))}px, ${Math.max(4, Math.min(y - 84, viewport.height - 186))}px)`;
  };
  return { element, update };
}

/** While an object is being picked: what clicks do, the candidates, done. @param {Stage} stage */
function refineChip(stage) {
  const { app, picking } = stage;
  const text = h("span");
  const next = button("next", "Next candidate mask", () => picking.cycle(), { key: "C", text: "Another guess" });
  const done = button("path", "Draw its path", () => stage.useTool("path"), { key: "P", text: "Draw its path", kind: "lv-primary" });
  const close = button("close", "Done picking", () => picking.done(), { key: "Enter" });
  const element = h("div.lv-chipbar", { hidden: true, role: "group", "aria-label": "Picking" }, text, next, done, close);
  const update = () => {
    const { refine, tool } = app.ui;
    element.hidden = !refine || tool !== "select";
    if (!refine) return;
    element.classList.toggle("lv-busy", refine.busy);
    next.disabled = refine.busy;
    const several = refine.candidates.length > 1 ? ` · guess ${refine.chosen + 1} of ${refine.candidates.length}` : "";
    const message = refine.busy ? "Finding its edge…" : `Click adds, Shift-click takes away${several}`;
    if (text.textContent !== message) text.textContent = message;
  };
  return { element, update };
}

/** @param {Stage} stage @param {{hint: HTMLElement, alert: HTMLElement, readout: HTMLElement, cover: HTMLElement, side: HTMLElement}} parts @param {{cover: string, hint: string}} shown */
function updateTexts(stage, { hint, alert, readout, cover, side }, shown) {
  const { app } = stage;
  const { ui } = app;
  const line = hintText(app);
  if (line !== shown.hint) hint.textContent = shown.hint = line;
  hint.hidden = line === "" || ui.error !== "" || !app.hasScene || ui.playing;
  alert.hidden = ui.error === "" || !app.hasScene;
  if (alert.textContent !== ui.error) alert.textContent = ui.error;
  readout.textContent = readoutText(stage);
  readout.hidden = readout.textContent === "";
  side.inert = !app.hasScene;
  const state = `${app.hasScene}/${ui.busy}/${ui.error}`;
  if (state === shown.cover) return;
  shown.cover = state;
  cover.hidden = app.hasScene && ui.busy === "";
  cover.className = app.hasScene ? "lv-cover lv-light" : "lv-cover";
  cover.replaceChildren(...coverNodes(stage));
}

/** @param {Stage} stage */
function coverNodes(stage) {
  const { busy, error } = stage.app.ui;
  if (busy) return [h("div.lv-spinner", { role: "status" }, h("i"), h("p", {}, `${busy}…`))];
  const problem = error && h("p.lv-problem", { role: "alert" }, error);
  if (!stage.host.upload) return [h("div.lv-empty", {}, problem, h("strong", {}, "Choose a photo to begin"), h("p", {}, "It appears here, ready to be picked apart."))];
  const file = /** @type {HTMLInputElement} */ (h("input", { type: "file", accept: OPENED, "aria-label": "Choose a photo" }));
  file.addEventListener("change", () => void stage.openPhoto(file.files?.[0]));
  const open = h("label.lv-drop", {}, file, h("strong", {}, "Drop a photo here, or choose one"), h("p", {}, "Pick an object, drag its path, watch it fly."));
  return [h("div.lv-empty", {}, problem, open)];
}

/** @param {App} app */
function hintText(app) {
  const { ui, doc } = app;
  const object = app.selected;
  if (ui.status && !doc.objects.length) return ui.status;
  if (ui.cursor) return "Enter clicks here, Shift + Enter takes away; Escape leaves the cursor.";
  if (ui.tool === "mask") return object ? `Paint over ${object.name}; hold Alt to take away. [ and ] change the brush.` : "Paint over a thing to pick it.";
  if (ui.orbit) return "Tilt, turns and direction are on the panel; click elsewhere for another centre.";
  if (ui.tool === "orbit") return object ? `Click what ${object.name} shall circle.` : "Pick the object that shall circle first (V).";
  if (ui.tool === "path") return pathHint(object);
  if (ui.refine) return "";
  if (doc.objects.length === 0) return "Click a thing to pick it, or drag a box around it. Include its shadow.";
  if (object && !moves(object)) return `Drag ${object.name} to where it shall go.`;
  return ui.waypoint ? "Turn the wheel over the waypoint for depth; the ring sizes and turns." : "";
}

/** @param {import("./types.js").StageObject | undefined} object */
function pathHint(object) {
  if (!object) return "Click the object that shall move.";
  return moves(object) ? "Click to go on, click the line to insert, drag to draw." : `Click where ${object.name} goes next, or draw its path.`;
}

/** @param {Stage} stage */
function readoutText({ app, viewport }) {
  if (!app.ui.pointer || !app.hasScene || app.ui.playing) return "";
  const [x, y] = sceneAt(app, viewport, app.ui.pointer);
  const value = valueAt(stillScene(app.doc, app.world).disparity, x, y);
  if (value === null) return "";
  return `nearness ${Math.round((100 * value) / 255)} %`;
}

/** @param {HTMLElement} root @param {string} question @param {string} yes @returns {Promise<boolean>} */
function ask(root, question, yes) {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ value) => (dialog.remove(), resolve(value));
    const agree = h("button.lv-button.lv-with-text.lv-primary", { type: "button", onclick: () => answer(true) }, yes);
    const refuse = h("button.lv-button.lv-with-text", { type: "button", onclick: () => answer(false) }, "Keep it");
    const dialog = h("div.lv-help", { role: "alertdialog", "aria-modal": "true", "aria-label": question }, h("div.lv-card.lv-ask", {}, h("p", {}, question), h("div.lv-row", {}, refuse, agree)));
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && answer(false));
    keepFocus(dialog);
    root.append(dialog);
    refuse.focus();
  });
}
