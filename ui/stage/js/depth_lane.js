/** The depth lane under the timeline: the selected path's nearness over time, and a named band for everything it crosses. */

import { h } from "./dom.js";
import { bandsOf, hiddenAt } from "./depth_order.js";
import { sliderOfDepth } from "./geometry.js";
import { poseAt } from "./frame.js";
import { moves } from "./world.js";

/** @typedef {import("./app.js").App} App */

const LANE_SAMPLES = 96;

export class DepthLane {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.canvas = /** @type {HTMLCanvasElement} */ (h("canvas.lv-lane", { role: "img" }));
    this.bands = h("div.lv-bands", { "aria-hidden": "true" });
    this.element = h("div.lv-lane-box", {}, h("span.lv-row-name", {}, "Depth"), h("div.lv-track.lv-lane-track", {}, this.canvas, this.bands));
    /** @type {object | null} */
    this.drawnOf = null;
    this.version = "";
  }

  update() {
    const { app } = this;
    const object = app.selected;
    const empty = !object || !moves(object);
    this.element.classList.toggle("lv-empty-lane", empty);
    if (empty) return this.clear();
    const box = this.canvas.getBoundingClientRect();
    const version = `${app.world.version}/${box.width}/${app.ui.playing ? "" : app.doc.objects.length}`;
    if (this.drawnOf === object && this.version === version) return;
    [this.drawnOf, this.version] = [object, version];
    drawLane(app, object, this.canvas, box, this.bands);
  }

  clear() {
    if (this.drawnOf === null) return;
    this.drawnOf = null;
    this.bands.replaceChildren();
    this.canvas.width = 1;
    this.canvas.removeAttribute("aria-label");
  }
}

/** @param {App} app @param {import("./types.js").StageObject} object @param {HTMLCanvasElement} canvas @param {DOMRect} box @param {HTMLElement} labels */
function drawLane(app, object, canvas, box, labels) {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.max(box.width * ratio, 1), Math.max(box.height * ratio, 1)];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const path = Array.from({ length: LANE_SAMPLES + 1 }, (_, i) => poseAt(app.doc, app.world, object, i / LANE_SAMPLES));
  const levels = path.map((pose) => sliderOfDepth(pose.z, app.doc.softness));
  const bands = bandsOf(app.doc, app.world, object, LANE_SAMPLES);
  const all = [...levels, ...bands.flatMap((band) => [band.low, band.high])];
  const [low, high] = [Math.min(...all) - 0.04, Math.max(...all) + 0.04];
  const y = (/** @type {number} */ level) => box.height - ((level - low) / (high - low)) * box.height;
  labels.replaceChildren();
  bands.forEach((band, i) => {
    context.fillStyle = style.getPropertyValue(i % 2 ? "--lv-band-2" : "--lv-band-1");
    const top = y(band.high) - 4;
    context.fillRect(band.from * box.width, top, (band.to - band.from) * box.width, y(band.low) + 4 - top);
    if ((band.to - band.from) * box.width > 34) labels.append(bandLabel(band, Math.min(Math.max(top, 0), box.height - 15)));
  });
  context.lineWidth = 2.25;
  context.lineJoin = "round";
  context.strokeStyle = object.colour;
  for (let i = 0; i < LANE_SAMPLES; i++) {
    context.setLineDash(hiddenAt(app.doc, app.world, object, path[i]) ? [2, 3] : []);
    context.beginPath();
    context.moveTo((i / LANE_SAMPLES) * box.width, y(levels[i]));
    context.lineTo(((i + 1) / LANE_SAMPLES) * box.width, y(levels[i + 1]));
    context.stroke();
  }
  canvas.setAttribute("aria-label", laneInWords(object.name, bands));
}

/** @param {{name: string, from: number, to: number}} band @param {number} top */
function bandLabel(band, top) {
  const label = h("span", {}, band.name);
  Object.assign(label.style, { left: `${band.from * 100}%`, maxWidth: `${(band.to - band.from) * 100}%`, top: `${top}px` });
  return label;
}

/** @param {string} name @param {{name: string}[]} bands */
function laneInWords(name, bands) {
  const crossed = [...new Set(bands.map((band) => band.name))].join(", ");
  return `Nearness of ${name} over time${crossed ? `; it crosses ${crossed}` : ""}`;
}
