/** The lane's curve is bent by its waypoints: pulled up and down they come nearer or farther, or grow and shrink. */

import { withDepth } from "../model/actions.js";
import { clamp, MAX_SIZE, MIN_SIZE, round, updateWaypoint } from "../model/document.js";
import { depthOfSlider, sliderOfDepth } from "../model/geometry.js";
import { html, repeat } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { StageDocument, StageObject } from "../model/types.js" */
/** @typedef {"depth" | "size"} LaneKind */
/** @typedef {{low: number, high: number}} Scale  the levels at the lane's bottom and top */

const STEP = 0.02; // of the lane's height, by an arrow key

/** Where a waypoint stands in the lane. @param {App} app @param {StageObject} object @param {number} index @param {LaneKind} kind */
function levelOf(app, object, index, kind) {
  if (kind === "size") return Math.log(object.waypoints[index].size);
  const { anchorZ, trajectory } = app.plan(object);
  return sliderOfDepth(trajectory.depths[index], app.doc.softness, anchorZ);
}

/** The document with a waypoint at another level. @param {App} app @param {StageObject} object @param {number} index @param {LaneKind} kind @param {number} level @returns {StageDocument} */
function withLevel(app, object, index, kind, level) {
  if (kind === "size") return updateWaypoint(app.history.present, object.id, index, { size: round(clamp(Math.exp(level), MIN_SIZE, MAX_SIZE), 3) });
  return withDepth(app, index, depthOfSlider(clamp(level, 0, 1), app.doc.softness, app.plan(object).anchorZ));
}

/** @param {App} app @param {StageObject} object @param {LaneKind} kind @param {Scale} scale @param {(scale: Scale | null) => void} hold the scale, while one is pulled */
export function laneHandles(app, object, kind, scale, hold) {
  const { times } = app.plan(object).trajectory;
  const indices = object.waypoints.map((_, i) => i).slice(1);
  return repeat(indices, (i) => i, (i) => {
    const share = (levelOf(app, object, i, kind) - scale.low) / (scale.high - scale.low);
    const label = `${kind === "size" ? "Size" : "Nearness"} at waypoint ${i + 1}`;
    return html`<button class="lv-bend" type="button" aria-label=${label} aria-pressed=${i === app.ui.waypoint} ?disabled=${kind === "depth" && object.on_ground}
      title="${label}; pull it up or down" style="left: ${times[i] * 100}%; top: ${(1 - clamp(share, 0, 1)) * 100}%; --colour: ${object.colour}"
      @pointerdown=${(/** @type {PointerEvent} */ event) => bend(app, event, object, i, kind, scale, hold)}
      @keydown=${(/** @type {KeyboardEvent} */ event) => press(app, event, object, i, kind, scale)}></button>`;
  });
}

/** @param {App} app @param {PointerEvent} event @param {StageObject} object @param {number} index @param {LaneKind} kind @param {Scale} scale @param {(scale: Scale | null) => void} hold */
function bend(app, event, object, index, kind, scale, hold) {
  event.preventDefault();
  event.stopPropagation();
  app.selectWaypoint(index);
  const handle = /** @type {HTMLElement} */ (event.currentTarget);
  handle.focus({ preventScroll: true });
  const height = handle.parentElement?.clientHeight ?? 1;
  const from = levelOf(app, object, index, kind);
  const listening = new AbortController();
  const stop = () => (hold(null), listening.abort());
  hold(scale);
  app.stopDrag = stop;
  const move = (/** @type {PointerEvent} */ { clientY }) =>
    app.preview(withLevel(app, object, index, kind, from + ((event.clientY - clientY) / height) * (scale.high - scale.low)));
  const end = () => {
    stop();
    app.stopDrag = null;
    if (app.draft) app.commit(app.draft);
    else app.point({});
  };
  window.addEventListener("pointermove", move, listening);
  window.addEventListener("pointerup", end, listening);
  window.addEventListener("pointercancel", () => app.abort(), listening);
}

/** @param {App} app @param {KeyboardEvent} event @param {StageObject} object @param {number} index @param {LaneKind} kind @param {Scale} scale */
function press(app, event, object, index, kind, scale) {
  const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  if (app.ui.waypoint !== index) app.selectWaypoint(index);
  app.commit(withLevel(app, object, index, kind, levelOf(app, object, index, kind) + by * (scale.high - scale.low)));
}
