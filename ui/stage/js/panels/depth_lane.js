/** The lane under the timeline: the selected path's nearness over time, and a named band for everything it crosses; or its size. */

import { bandsOf, hiddenAt } from "../model/depth_order.js";
import { leaderOf } from "../model/follow.js";
import { poseAt } from "../model/frame.js";
import { sliderOfDepth } from "../model/geometry.js";
import { moves } from "../model/world.js";
import { laneHandles } from "./lane_handles.js";
import { html, nothing } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { LaneKind, Scale } from "./lane_handles.js" */
/** @typedef {{from: number, to: number, top: number, bottom: number, name: string}} Band  shares of the lane's size */
/** @typedef {{name: string, kind: LaneKind, colour: string, bands: Band[], levels: {y: number, hidden: boolean | null}[]} & Scale} Lane */

const SAMPLES = 96;
const LABEL_HEIGHT = 15;
const NARROWEST_LABEL = 34;

export class DepthLane {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.width = this.height = 0;
    /** @type {unknown[]} */
    this.of = [];
    /** @type {Lane | null} */
    this.lane = null;
    this.stale = true;
    this.kind = /** @type {LaneKind} */ ("depth");
    /** @type {Scale | null} while the curve is bent */
    this.held = null;
  }

  /** @param {(event: PointerEvent) => void} scrub */
  view(scrub) {
    this.look();
    const { app, kind, lane, width, height } = this;
    const object = app.selected;
    const hold = (/** @type {Scale | null} */ scale) => void (this.held = scale);
    const other = () => ((this.kind = kind === "depth" ? "size" : "depth"), app.point({}));
    return html`<div class="lv-lane-box ${lane ? "" : "lv-empty-lane"}">
      <button class="lv-row-name lv-lane-kind" type="button" title="Show ${kind === "depth" ? "its own size" : "its depth"} over time" @click=${other}>${kind === "depth" ? "Depth" : "Size"} ⇅</button>
      <div class="lv-track lv-lane-track"><canvas class="lv-lane" role="img" @pointerdown=${scrub} aria-label=${lane ? inWords(lane) : nothing}></canvas>
        <div class="lv-bands" aria-hidden="true">${lane?.bands.map((band) => label(band, width, height))}</div>
        ${lane && object && !leaderOf(app.doc, object) ? laneHandles(app, object, kind, lane, hold) : nothing}</div></div>`;
  }

  /** See anew what the path crosses, unless nothing has changed that it depends on. */
  look() {
    const { app } = this;
    const { doc, selected, world } = app;
    const of = selected && moves(selected) ? [selected, this.kind, this.held, doc.objects, doc.scenery, doc.softness, world, world.version] : [];
    if (of.length === this.of.length && of.every((part, i) => part === this.of[i])) return;
    this.of = of;
    this.lane = selected && of.length ? laneOf(app, selected, this.kind, this.held) : null;
    this.stale = true;
  }

  /** @param {number} width @param {number} height of the canvas on the page */
  resize(width, height) {
    Object.assign(this, { width, height, stale: true });
  }

  /** @param {HTMLCanvasElement} canvas */
  draw(canvas) {
    if (!this.stale) return;
    this.stale = false;
    const ratio = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.max(this.width * ratio, 1), Math.max(this.height * ratio, 1)];
    if (this.lane) drawLane(this.lane, canvas, ratio, this.width, this.height);
  }
}

/** @param {App} app @param {StageObject} object @param {LaneKind} kind @param {Scale | null} held @returns {Lane} */
function laneOf({ doc, world }, object, kind, held) {
  const path = Array.from({ length: SAMPLES + 1 }, (_, i) => poseAt(doc, world, object, i / SAMPLES));
  const levels = path.map(({ anchorZ, size, z }) => (kind === "size" ? Math.log(size) : sliderOfDepth(z, doc.softness, anchorZ)));
  const bands = kind === "size" ? [] : bandsOf(doc, world, object, SAMPLES);
  const { low, high } = held ?? scaleOf([...levels, ...bands.flatMap((band) => [band.low, band.high])]);
  const y = (/** @type {number} */ level) => 1 - (level - low) / (high - low);
  return {
    name: object.name, kind, colour: object.colour, low, high,
    levels: path.map((pose, i) => ({ y: y(levels[i]), hidden: hiddenAt(doc, world, object, pose, i / SAMPLES) })),
    bands: bands.map((band) => ({ from: band.from, to: band.to, name: band.name, top: y(band.high), bottom: y(band.low) })),
  };
}

/** With room to bend into. @param {readonly number[]} levels @returns {Scale} */
function scaleOf(levels) {
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const room = Math.max(0.15 * (high - low), 0.04);
  return { low: low - room, high: high + room };
}

/** @param {Lane} lane @param {HTMLCanvasElement} canvas @param {number} ratio @param {number} width @param {number} height */
function drawLane({ bands, colour, levels }, canvas, ratio, width, height) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  bands.forEach(({ from, to, top, bottom }, i) => {
    context.fillStyle = style.getPropertyValue(i % 2 ? "--lv-band-2" : "--lv-band-1");
    context.fillRect(from * width, top * height - 4, (to - from) * width, (bottom - top) * height + 8);
  });
  context.lineWidth = 2.25;
  context.lineJoin = "round";
  context.strokeStyle = colour;
  for (let i = 0; i < SAMPLES; i++) {
    context.setLineDash(levels[i].hidden ? [2, 3] : []);
    context.beginPath();
    context.moveTo((i / SAMPLES) * width, levels[i].y * height);
    context.lineTo(((i + 1) / SAMPLES) * width, levels[i + 1].y * height);
    context.stroke();
  }
}

/** @param {Band} band @param {number} width @param {number} height of the lane */
function label({ from, to, top, name }, width, height) {
  if ((to - from) * width <= NARROWEST_LABEL) return nothing;
  const y = Math.min(Math.max(top * height - 4, 0), height - LABEL_HEIGHT);
  return html`<span style="left: ${from * 100}%; max-width: ${(to - from) * 100}%; top: ${y}px">${name}</span>`;
}

/** @param {Lane} lane */
function inWords({ name, bands, kind }) {
  if (kind === "size") return `Size of ${name} over time`;
  const crossed = [...new Set(bands.map((band) => band.name))].join(", ");
  return `Nearness of ${name} over time${crossed ? `; it crosses ${crossed}` : ""}`;
}
