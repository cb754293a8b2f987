/** Keys on the timeline: dragged in time, snapping to others, or moved by the arrow keys. */

import { clamp } from "../model/document.js";
import { snap } from "../model/paths.js";
import { moves } from "../model/world.js";

/** @import { App } from "../model/app.js" */
/** @import { StageDocument } from "../model/types.js" */

/**
 * What selecting a key does, the document with it at another time, its time as no drag has it.
 * @typedef {{select: () => void, place: (time: number) => StageDocument, at: () => number}} Key
 */

const SNAP_PX = 7;
const SLACK_PX = 4;

/**
 * A press on a key selects it; pulled far enough it goes along.
 * @param {App} app @param {PointerEvent} event @param {Key} key @param {number} length of the ruler @param {(on: boolean) => void} showSnap
 */
export function dragKey(app, event, { select, place, at }, length, showSnap) {
  event.preventDefault();
  /** @type {HTMLElement} */ (event.currentTarget).focus({ preventScroll: true }); // so that Escape is ours
  const from = at();
  const targets = snapTargets(app);
  const listening = new AbortController();
  let moved = false;
  const stop = () => (showSnap(false), listening.abort());
  const move = (/** @type {PointerEvent} */ { clientX, altKey }) => {
    if (!moved && Math.abs(clientX - event.clientX) < SLACK_PX) return;
    moved = true;
    const wanted = clamp(from + (clientX - event.clientX) / length, 0, 1);
    const time = altKey ? wanted : snap(wanted, targets, SNAP_PX / length);
    showSnap(!altKey && targets.includes(time));
    app.ui.time = time;
    app.preview(place(time));
  };
  const end = () => {
    stop();
    app.stopDrag = null;
    if (moved && app.draft) app.commit(app.draft);
    else if (!moved) select();
  };
  select();
  app.stopDrag = stop;
  window.addEventListener("pointermove", move, listening);
  window.addEventListener("pointerup", end, listening);
  window.addEventListener("pointercancel", () => app.abort(), listening);
}

/** Before the key is selected, which takes the playhead to it. @param {App} app */
function snapTargets(app) {
  const { doc, ui } = app;
  const others = doc.objects.filter((object) => moves(object) && object.id !== ui.object);
  const times = others.flatMap((object) => app.plan(object).trajectory.times);
  return [0, 1, ui.time, ...times, ...doc.camera.keys.map((key) => key.time)];
}

/** Delete is for the selected key; arrows go frame by frame. @param {App} app @param {KeyboardEvent} event @param {Key} key */
export function pressOnKey(app, event, { select, place, at }) {
  if (event.key === "Delete" || event.key === "Backspace") return select();
  const step = arrowStep(event);
  if (step) app.commit(place(at() + step / Math.max(app.clip.num_frames - 1, 1)));
}

/** One frame back or on, taken from the canvas; 0 for other keys. @param {KeyboardEvent} event */
export function arrowStep(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
  if (step) event.preventDefault();
  if (step) event.stopPropagation();
  return step;
}
