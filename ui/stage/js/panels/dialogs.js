/** What lies over the whole stage: the list of keys, and a question before work is replaced. */

import { button, html, keepFocus } from "./widgets.js";

/** @import { Stage } from "../stage.js" */
/** @import { Question } from "./layout.js" */

/** @type {[string, string][]} */
const SHORTCUTS = [
  ["V", "Select: click picks, drag pulls, drag around makes a box"],
  ["P", "Path: click adds waypoints, drag draws"],
  ["B", "Mask: brush, lasso, magnetic lasso, scribble; Alt or Shift takes away; [ and ] change the brush"],
  ["R", "Refine the selected object by clicks; Shift-click takes away"],
  ["O", "Orbit: click what the object should circle"],
  ["Shift-click, right-click", "Outside the object, while picking"],
  ["C", "Next candidate mask"],
  ["Space", "Play and pause; held while dragging, it moves the view"],
  ["Enter", "Finish picking, or play and pause"],
  ["Wheel", "Depth, over the selected waypoint"],
  ["Ctrl + wheel, pinch", "Zoom"],
  ["F", "Fit the photo to the view"],
  ["Shift while dragging", "Straight, or in steps of 15°"],
  ["Arrow keys", "Nudge the selected waypoint, with Shift ten pixels; without one, move a cursor that Enter clicks with"],
  ["Page up, Page down", "Nearer, farther"],
  ["Tab, Shift + Tab", "Next, previous waypoint"],
  ["Delete", "Delete the waypoint or the camera key, else the path; with Shift the object"],
  ["Ctrl + D", "Duplicate the object with its path; with a waypoint selected, rest here: a second one in its place"],
  ["Shift-click on keys", "Choose several, or draw a box around them; they move and are deleted together"],
  ["Ctrl + C, Ctrl + V", "Copy and paste a path"],
  ["Ctrl + Z, Ctrl + Shift + Z", "Undo, redo"],
  [", and .", "One frame back, one frame on"],
  ["L", "Loop"],
  ["D", "Show depth"],
  ["X", "In front of or behind: the crossing nearest to the playhead"],
  ["Escape", "Leave what is going on"],
  ["?", "This list"],
];

/** @type {[string, string][]} */
const GESTURES = [
  ["Tap", "Picks; with Path it adds a waypoint, with Orbit it sets the centre"],
  ["Add, Take away", "Under the picture: what the next taps do to the object"],
  ["Drag", "Pulls an object, a waypoint or a path; elsewhere it draws a box to pick what is in it"],
  ["Drag with Path", "Draws the way"],
  ["Drag with Mask", "Paints the object, or takes away with the switch"],
  ["Two fingers", "Zoom and move the view"],
  ["The ring", "Of the selected waypoint: sizes and turns"],
  ["The slider beside it", "Nearer, farther"],
];

/** @param {Stage} stage */
export function helpDialog(stage) {
  const close = () => stage.toggleHelp();
  const besides = (/** @type {MouseEvent} */ event) => event.target === event.currentTarget && close();
  const shown = stage.app.ui.fingers ? GESTURES : SHORTCUTS;
  const half = Math.ceil(shown.length / 2);
  return html`<div class="lv-help" role="dialog" aria-modal="true" aria-labelledby="lv-help-title" hidden @click=${besides} @keydown=${keepFocus}><div class="lv-card">
    <div class="lv-row lv-between"><h3 id="lv-help-title">Keys and gestures</h3>${button("close", "Close", close, { key: "Escape" })}</div>
    <div class="lv-keys">${[shown.slice(0, half), shown.slice(half)].map(keyTable)}</div></div></div>`;
}

/** @param {[string, string][]} keys */
function keyTable(keys) {
  return html`<table>${keys.map(([key, what]) => html`<tr><th scope="row"><kbd>${key}</kbd></th><td>${what}</td></tr>`)}</table>`;
}

/** @param {Question} question */
export function questionDialog({ words, yes, answer }) {
  const besides = (/** @type {MouseEvent} */ event) => event.target === event.currentTarget && answer(false);
  return html`<div class="lv-help" role="alertdialog" aria-modal="true" aria-label=${words} @click=${besides} @keydown=${keepFocus}><div class="lv-card lv-ask"><p>${words}</p>
    <div class="lv-row">
      <button class="lv-button lv-with-text" type="button" @click=${() => answer(false)}>Keep it</button>
      <button class="lv-button lv-with-text lv-primary" type="button" @click=${() => answer(true)}>${yes}</button></div></div></div>`;
}
