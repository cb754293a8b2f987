/** What lies over the whole stage: the list of keys, and a question before work is replaced. */

import { button, html, keepFocus } from "./widgets.js";

/** @import { Stage } from "../stage.js" */
/** @import { Question } from "./layout.js" */

/** @type {[string, string][]} */
const SHORTCUTS = [
  ["V", "Select: click picks, drag pulls, drag around makes a box"],
  ["P", "Path: click adds waypoints, drag draws"],
  ["B", "Mask brush; Alt or Shift takes away; [ and ] change its size"],
  ["O", "Orbit: click what the object should circle"],
  ["Shift-click, right-click", "Outside the object, while picking"],
  ["C", "Next candidate mask"],
  ["Enter", "Finish picking, or play and pause"],
  ["Wheel", "Depth, over the selected waypoint"],
  ["Ctrl + wheel, pinch", "Zoom"],
  ["Space + drag", "Move the view"],
  ["F", "Fit the photo to the view"],
  ["Shift while dragging", "Straight, or in steps of 15°"],
  ["Arrow keys", "Nudge the selected waypoint, with Shift ten pixels; without one, move a cursor that Enter clicks with"],
  ["Page up, Page down", "Nearer, farther"],
  ["Tab, Shift + Tab", "Next, previous waypoint"],
  ["Delete", "Delete the waypoint or the camera key, else the path; with Shift the object"],
  ["Ctrl + D", "Rest here: a second waypoint in its place; with none selected, the path once more"],
  ["Ctrl + C, Ctrl + V", "Copy and paste a path"],
  ["Ctrl + Z, Ctrl + Shift + Z", "Undo, redo"],
  [", and .", "One frame back, one frame on"],
  ["L", "Loop"],
  ["D", "Show depth"],
  ["X", "In front of or behind: the crossing nearest to the playhead"],
  ["Escape", "Leave what is going on"],
  ["?", "This list"],
];

/** @param {Stage} stage */
export function helpDialog(stage) {
  const close = () => stage.toggleHelp();
  const besides = (/** @type {MouseEvent} */ event) => event.target === event.currentTarget && close();
  const half = Math.ceil(SHORTCUTS.length / 2);
  return html`<div class="lv-help" role="dialog" aria-modal="true" aria-labelledby="lv-help-title" hidden @click=${besides} @keydown=${keepFocus}><div class="lv-card">
    <div class="lv-row lv-between"><h3 id="lv-help-title">Keys and gestures</h3>${button("close", "Close", close, { key: "Escape" })}</div>
    <div class="lv-keys">${[SHORTCUTS.slice(0, half), SHORTCUTS.slice(half)].map(keyTable)}</div></div></div>`;
}

/** @param {[string, string][]} keys */
function keyTable(keys) {
  return html`<table>${keys.map(([key, what]) => html`<tr><th scope="row"><kbd>${key}</kbd></th><td>${what}</td></tr>`)}</table>`;
}

/** @param {Question} question */
export function questionDialog({ words, yes, answer }) {
  const press = (/** @type {KeyboardEvent} */ event) => (event.key === "Escape" ? answer(false) : keepFocus(event));
  return html`<div class="lv-help" role="alertdialog" aria-modal="true" aria-label=${words} @keydown=${press}><div class="lv-card lv-ask"><p>${words}</p>
    <div class="lv-row">
      <button class="lv-button lv-with-text" type="button" @click=${() => answer(false)}>Keep it</button>
      <button class="lv-button lv-with-text lv-primary" type="button" @click=${() => answer(true)}>${yes}</button></div></div></div>`;
}
