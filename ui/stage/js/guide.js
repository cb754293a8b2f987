/** The first-run guide: three steps that go on by themselves as the work does, and one button to skip them. */

import { h } from "./dom.js";
import { moves } from "./world.js";

const DONE = "levitor-guide-done";

/** @type {{title: string, text: string, reached: (app: import("./app.js").App) => boolean}[]} */
const STEPS = [
  { title: "Pick", text: "Click a thing in the photo. Click again to add to it, Shift-click to take away.", reached: (app) => app.doc.objects.length > 0 },
  { title: "Move", text: "Drag it to where it shall go. More places: choose Path and click them.", reached: (app) => app.doc.objects.some(moves) },
  {
    title: "Give it depth",
    text: "Turn the wheel over a waypoint, or use its slider: it passes behind things or comes towards you. Then play.",
    reached: (app) => app.ui.playing || app.doc.objects.some((object) => object.waypoints.some((point) => point.nearness !== "same")),
  },
];

export class Guide {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    this.step = -1;
    this.over = remembered();
    this.element = h("aside.lv-guide", { "aria-label": "First steps", hidden: true });
  }

  update() {
    const { app } = this;
    if (this.over || !app.hasScene) return void (this.element.hidden = true);
    const step = STEPS.findIndex((candidate) => !candidate.reached(app));
    if (step < 0) return this.finish();
    if (step === this.step) return;
    this.step = step;
    const { title, text } = STEPS[step];
    const dots = STEPS.map((_, i) => h(i === step ? "i.lv-on" : "i", {}));
    const skip = h("button.lv-chip", { type: "button", onclick: () => this.finish() }, "Skip the guide");
    this.element.replaceChildren(h("strong", {}, `${step + 1} · ${title}`), h("p", {}, text), h("div.lv-row.lv-between", {}, h("span.lv-dots", { "aria-hidden": "true" }, ...dots), skip));
    this.element.hidden = false;
  }

  finish() {
    this.over = true;
    this.element.hidden = true;
    try {
      localStorage.setItem(DONE, "1");
    } catch {
      // private windows may refuse; the guide then shows again next time
    }
  }
}

function remembered() {
  try {
    return localStorage.getItem(DONE) === "1";
  } catch {
    return false;
  }
}
