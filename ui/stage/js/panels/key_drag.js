/** Keys on the timeline: dragged in time, snapping to others, or moved by the arrow keys. */

import { clamp, findObject } from "../model/document.js";
import { CAMERA, hasKey, shiftKeys, toggleKey } from "../model/key_group.js";
import { snap } from "../model/paths.js";
import { moves } from "../model/world.js";

/** @import { App } from "../model/app.js" */
/** @import { KeyRef } from "../model/key_group.js" */
/** @import { StageDocument, StageObject } from "../model/types.js" */

/**
 * Which key it is, what selecting it does, the document with it at another time, its time as no drag has it.
 * @typedef {{ref: KeyRef, select: () => void, place: (time: number) => StageDocument, at: () => number}} Key
 */

const SNAP_PX = 7;
const SLACK_PX = 4;

/**
 * A press on a key selects it, with Shift or Ctrl beside those that are; pulled far enough it goes along, and they with it.
 * @param {App} app @param {PointerEvent} event @param {Key} key @param {number} length of the ruler @param {(on: boolean) => void} showSnap
 */
export function dragKey(app, event, { ref, select, place, at }, length, showSnap) {
  event.preventDefault();
  /** @type {HTMLElement} */ (event.currentTarget).focus({ preventScroll: true }); // so that Escape is ours
  if (event.shiftKey || event.ctrlKey || event.metaKey) return app.set({ keys: toggleKey(withSelected(app), ref) });
  const from = at();
  const targets = snapTargets(app);
  const { keys } = app.ui;
  const together = keys.length > 1 && hasKey(keys, ref);
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
    app.preview(together ? shifted(app, keys, time - from) : place(time));
  };
  const end = () => {
    stop();
    app.stopDrag = null;
    if (moved && app.draft) app.commit(app.draft);
    else if (!moved) select();
  };
  if (!together) select();
  app.stopDrag = stop;
  window.addEventListener("pointermove", move, listening);
  window.addEventListener("pointerup", end, listening);
  window.addEventListener("pointercancel", () => app.abort(), listening);
}

/** Keys that are chosen, the one selected alone among them. @param {App} app @returns {readonly KeyRef[]} */
function withSelected({ ui }) {
  if (ui.keys.length) return ui.keys;
  if (ui.cameraKey !== null) return [{ of: CAMERA, index: ui.cameraKey }];
  return ui.object !== null && ui.waypoint !== null ? [{ of: ui.object, index: ui.waypoint }] : [];
}

/** @param {App} app @param {readonly KeyRef[]} keys @param {number} by */
function shifted(app, keys, by) {
  const { present } = app.history;
  const timesOf = (/** @type {string} */ id) => app.plan(/** @type {StageObject} */ (findObject(present, id))).trajectory.times;
  return shiftKeys(present, keys, by, timesOf);
}

/** Before the key is selected, which takes the playhead to it. @param {App} app */
function snapTargets(app) {
  const { doc, ui } = app;
  const others = doc.objects.filter((object) => moves(object) && object.id !== ui.object);
  const times = others.flatMap((object) => app.plan(object).trajectory.times);
  return [0, 1, ui.time, ...times, ...doc.camera.keys.map((key) => key.time)];
}

/** Delete is for the selected key; arrows go frame by frame. @param {App} app @param {KeyboardEvent} event @param {Key} key */
export function pressOnKey(app, event, { ref, select, place, at }) {
  const { keys } = app.ui;
  const together = keys.length > 1 && hasKey(keys, ref);
  if (event.key === "Delete" || event.key === "Backspace") return together || select();
  const step = arrowStep(event) / Math.max(app.clip.num_frames - 1, 1);
  if (step) app.commit(together ? shifted(app, keys, step) : place(at() + step));
}

/** One frame back or on, taken from the canvas; 0 for other keys. @param {KeyboardEvent} event */
export function arrowStep(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
  if (step) event.preventDefault();
  if (step) event.stopPropagation();
  return step;
}
