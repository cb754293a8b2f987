/** The first-run guide: three steps that go on by themselves as the work does, and one button to skip them. */

import { moves } from "../model/world.js";
import { html, nothing } from "./widgets.js";

/** @import { App } from "../model/app.js" */

const DONE = "levitor-guide-done";

/** @type {{title: string, text: string, fingers: string, reached: (app: App) => boolean}[]} */
const STEPS = [
  { title: "Pick", text: "Click a thing in the photo. Click again to add to it, Shift-click to take away.",
    fingers: "Tap a thing in the photo. Tap again to add to it; “Take away” is under the picture.", reached: (app) => app.doc.objects.length > 0 },
  { title: "Move", text: "Drag it to where it should go. More places: choose Path and click them.",
    fingers: "Drag it to where it should go. More places: choose Path and tap them.", reached: (app) => app.doc.objects.some(moves) },
  {
    title: "Give it depth",
    text: "Turn the wheel over a waypoint, or use its slider: it passes behind things or comes towards you. Then play.",
    fingers: "Use the slider beside a waypoint: it passes behind things or comes towards you. Then play.",
    reached: (app) => app.ui.playing || app.doc.objects.some((object) => object.waypoints.some((point) => point.nearness !== "same")),
  },
];

export class Guide {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.over = wasFinished();
  }

  view() {
    const { app } = this;
    if (this.over || !app.hasScene) return nothing;
    const step = STEPS.findIndex((candidate) => !candidate.reached(app));
    if (step < 0) return this.finish(), nothing;
    const { title, text, fingers } = STEPS[step];
    const skip = () => (this.finish(), app.point({}));
    return html`<aside class="lv-guide" aria-label="First steps"><strong>${step + 1} · ${title}</strong><p>${app.ui.fingers ? fingers : text}</p>
      <div class="lv-row lv-between">
        <span class="lv-dots" aria-hidden="true">${STEPS.map((_, i) => html`<i class=${i === step ? "lv-on" : ""}></i>`)}</span>
        <button class="lv-chip" type="button" @click=${skip}>Skip the guide</button></div></aside>`;
  }

  finish() {
    this.over = true;
    try {
      localStorage.setItem(DONE, "1");
    } catch {
      // private windows may refuse; the guide then shows again next time
    }
  }
}

function wasFinished() {
  try {
    return localStorage.getItem(DONE) === "1";
  } catch {
    return false;
  }
}
