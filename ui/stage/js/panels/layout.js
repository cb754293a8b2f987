/** The page's elements: toolbar, view, side panel, timeline, dialogs; one template, rendered again whenever anything may have changed. */

import { cameraSection } from "./camera.js";
import { announcer } from "./announcer.js";
import { crossingChips } from "./crossing_chips.js";
import { depthSection } from "./depth_brush.js";
import { depthControl } from "./depth_control.js";
import { helpDialog, questionDialog } from "./dialogs.js";
import { dock } from "./dock.js";
import { maskSection } from "./mask_tools.js";
import { cover, notes } from "./notes.js";
import { objectsSection } from "./objects.js";
import { pathSection } from "./path.js";
import { toolbar } from "./toolbar.js";
import { orbitSection } from "./tools.js";
import { waypointSection } from "./waypoint.js";
import { html, nothing, render } from "./widgets.js";

/** @import { Stage } from "../stage.js" */
/** @typedef {{words: string, yes: string, answer: (agreed: boolean) => void}} Question */

const STAGE_LABEL = "Stage: the photo with its objects and paths. Press question mark for keys.";
const SMALLEST_BOX = 4;

/** @param {Stage} stage @param {HTMLElement} root */
export function buildLayout(stage, root) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
  /** @type {Question | null} */
  let question = null;
  let shown = "";
  const update = () => {
    root.classList.toggle("lv-none", !stage.app.hasScene);
    render(page(stage, question), root);
    const { object, waypoint } = stage.app.ui;
    const selected = waypoint === null ? "" : `${object}, ${waypoint}`;
    if (selected && selected !== shown) scrollTo(find(".lv-side"), find(".lv-side [aria-label=Waypoint]"));
    shown = selected;
  };
  /** One question at a time: an older one is answered with no. @param {string} words @param {string} yes @returns {Promise<boolean>} */
  const ask = (words, yes) =>
    new Promise((resolve) => {
      question?.answer(false);
      const asking = new AbortController();
      const answer = (/** @type {boolean} */ agreed) => (asking.abort(), (question = null), update(), resolve(agreed));
      const press = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.stopPropagation(), answer(false));
      window.addEventListener("keydown", press, { signal: asking.signal, capture: true });
      question = { words, yes, answer };
      update();
      find(".lv-ask button").focus();
    });
  root.classList.add("lv-stage");
  update();
  const picture = /** @type {HTMLCanvasElement} */ (find(".lv-picture"));
  const overlay = /** @type {HTMLCanvasElement} */ (find(".lv-overlay"));
  stage.timeline.attach(root);
  return { root, picture, overlay, view: find(".lv-view"), help: find(".lv-help"), update, ask, showBox: boxIn(find(".lv-box")) };
}

/** @param {Stage} stage @param {Question | null} question */
function page(stage, question) {
  const { app, timeline, viewport } = stage;
  return html`${toolbar(stage)}
    <div class="lv-body">
      <div class="lv-main"><div class="lv-view">
        <canvas class="lv-picture" aria-hidden="true"></canvas>
        <canvas class="lv-overlay" tabindex="0" role="application" aria-label=${STAGE_LABEL}></canvas>
        <div class="lv-box" hidden></div>
        ${crossingChips(app, viewport)}${depthControl(app, viewport)}${notes(stage)}${announcer(app, viewport)}${cover(stage)}</div>
        ${dock(stage)}</div>
      <div class="lv-side" role="group" aria-label="Objects and motion" ?inert=${!app.hasScene}>${side(stage)}</div></div>
    ${timeline.view()}
    ${helpDialog(stage)}
    ${question ? questionDialog(question) : nothing}`;
}

/** @param {Stage} stage */
function side(stage) {
  const { app, guide } = stage;
  const startPicking = () => (stage.useTool("select"), app.selectObject(null), stage.overlayCanvas.focus());
  return [
    guide.view(),
    depthSection(stage), maskSection(stage), orbitSection(app),
    objectsSection(stage, startPicking),
    waypointSection(app), pathSection(stage), cameraSection(app),
  ];
}

/** Scroll a panel, where it scrolls by itself, until one of its parts is seen. @param {HTMLElement} panel @param {HTMLElement | null} part */
function scrollTo(panel, part) {
  if (!part || panel.scrollHeight <= panel.clientHeight) return;
  const [view, { top, bottom }] = [panel.getBoundingClientRect(), part.getBoundingClientRect()];
  if (top < view.top || bottom > view.bottom) panel.scrollTop += top - view.top - 8;
}

/** What shows the box that is being dragged. @param {HTMLElement} box @returns {(from: readonly [number, number], to: readonly [number, number]) => void} */
function boxIn(box) {
  return (from, to) => {
    const [width, height] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
    box.hidden = width + height < SMALLEST_BOX;
    Object.assign(box.style, { left: `${Math.min(from[0], to[0])}px`, top: `${Math.min(from[1], to[1])}px`, width: `${width}px`, height: `${height}px` });
  };
}
