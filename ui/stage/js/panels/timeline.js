/** The timeline: play, loop, scrub, one row of keys per moving object and for the camera, and the depth lane. */

import { addKey } from "../model/actions.js";
import { clamp, findObject, setKeyTime, setTime } from "../model/document.js";
import { leaderOf } from "../model/follow.js";
import { CAMERA, hasKey } from "../model/key_group.js";
import { moves } from "../model/world.js";
import { DepthLane } from "./depth_lane.js";
import { arrowStep, dragKey, pressOnKey } from "./key_drag.js";
import { dragMarquee } from "./key_marquee.js";
import { button, html, repeat } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { Playback } from "../model/playback.js" */
/** @import { StageObject } from "../model/types.js" */
/** @import { Key } from "./key_drag.js" */

const MOST_MARKS = 10;

export class Timeline {
  /** @param {App} app @param {Playback} playback */
  constructor(app, playback) {
    this.app = app;
    this.playback = playback;
    this.lane = new DepthLane(app);
    this.length = 0; // of the ruler, in pixels of the page
  }

  /** Find what is measured and moved by itself, once it stands on the page. @param {HTMLElement} root */
  attach(root) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.ruler = find(".lv-ruler");
    this.head = find(".lv-playhead");
    this.clock = find(".lv-clock");
    this.canvas = /** @type {HTMLCanvasElement} */ (find(".lv-lane"));
    const sizes = new ResizeObserver(() => this.measure());
    for (const element of [this.ruler, this.canvas]) sizes.observe(element);
  }

  measure() {
    this.length = this.ruler?.clientWidth ?? 0;
    this.lane.resize(this.canvas?.clientWidth ?? 0, this.canvas?.clientHeight ?? 0);
    this.app.point({});
  }

  view() {
    const { app, playback } = this;
    const { doc, ui } = app;
    const seconds = app.clip.num_frames / app.clip.fps;
    const scrub = (/** @type {PointerEvent} */ event) => this.scrub(event);
    return html`<div class="lv-time" role="group" aria-label="Timeline" ?hidden=${!app.hasScene}>
      <div class="lv-transport">
        ${button("start", "To the start", () => app.set({ time: 0, playing: false }), { key: "Home" })}
        ${button(ui.playing ? "pause" : "play", ui.playing ? "Pause" : "Play", () => playback.toggle(), { key: "Enter", kind: "lv-primary" })}
        ${button("loop", "Loop", () => app.set({ loop: !ui.loop }), { key: "L", pressed: ui.loop })}
        ${button("frames", "Only output frames", () => app.set({ atFrames: !ui.atFrames }), { pressed: ui.atFrames })}
        <output class="lv-clock" aria-live="off"></output></div>
      <div class="lv-tracks">
        <div class="lv-ruler-row"><span class="lv-row-name"></span>
          <div class="lv-ruler" role="slider" tabindex="0" aria-label="Playhead" aria-valuemin="0" aria-valuemax="100"
            title="Drag to scrub; the arrow keys go frame by frame" style="--frames: ${Math.max(Math.min(app.clip.num_frames - 1, 60), 1)}"
            @pointerdown=${scrub} @keydown=${(/** @type {KeyboardEvent} */ event) => this.press(event)}>
            <div class="lv-seconds" aria-hidden="true">${marks(seconds)}</div></div></div>
        <div class="lv-rows" @pointerdown=${(/** @type {PointerEvent} */ event) => dragMarquee(app, event)}>
          ${repeat(doc.objects.filter(moves), ({ id }) => id, (object) => this.objectRow(object))}
          ${this.cameraRow()}</div>
        ${this.lane.view(scrub)}
        <div class="lv-playhead" aria-hidden="true"></div></div></div>`;
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = arrowStep(event);
    if (step) this.playback.step(step);
  }

  /** @param {PointerEvent} event */
  scrub(event) {
    const target = /** @type {HTMLElement} */ (event.currentTarget);
    const scrubbing = new AbortController();
    const move = (/** @type {PointerEvent} */ { clientX }) => this.app.set({ time: this.timeAt(clientX), playing: false });
    target.setPointerCapture(event.pointerId);
    move(event);
    target.addEventListener("pointermove", move, scrubbing);
    target.addEventListener("lostpointercapture", () => scrubbing.abort(), scrubbing);
  }

  /** @param {number} x on the page */
  timeAt(x) {
    const box = /** @type {HTMLElement} */ (this.ruler).getBoundingClientRect();
    return clamp((x - box.left) / box.width, 0, 1);
  }

  /** What the page shows beyond what it is told: the lane's drawing, the playhead and the clock. */
  draw() {
    const { app, canvas, clock, head, ruler } = this;
    if (!app.hasScene || !canvas || !clock || !head || !ruler) return;
    this.lane.draw(canvas);
    head.style.transform = `translateX(${(app.ui.time * this.length).toFixed(1)}px)`;
    const frame = Math.round(app.shownTime * Math.max(app.clip.num_frames - 1, 0)) + 1;
    const seconds = app.clip.num_frames / app.clip.fps;
    const text = `${(app.ui.time * seconds).toFixed(app.ui.playing ? 1 : 2)} s · frame ${frame} / ${app.clip.num_frames}`;
    if (clock.textContent === text) return;
    clock.textContent = text;
    ruler.setAttribute("aria-valuenow", String(Math.round(app.ui.time * 100)));
    ruler.setAttribute("aria-valuetext", text);
  }

  /** @param {StageObject} object */
  objectRow(object) {
    const { app } = this;
    const { id, name, colour, waypoints } = object;
    const { times } = app.plan(object).trajectory;
    const selected = id === app.ui.object;
    const tied = leaderOf(app.doc, object);
    const keys = tied ? html`<span class="lv-tied">rides on ${tied.name}</span>` : waypoints.map(({ time }, i) => this.key(`${name}: waypoint ${i + 1}`, this.waypointKey(id, i), times[i], selected && i === app.ui.waypoint, time !== null));
    return html`<div class="lv-track-row ${selected ? "lv-selected" : ""}" style="--colour: ${colour}">
      <button class="lv-row-name" type="button" @click=${() => app.selectObject(id)}>${name}</button>
      <div class="lv-track">${line(times)}${keys}</div></div>`;
  }

  cameraRow() {
    const { app } = this;
    const times = app.doc.camera.keys.map((key) => key.time);
    const { cameraKey } = app.ui;
    const keys = times.map((time, i) => this.key(`Camera: key ${i + 1}`, this.cameraKey(i), time, i === cameraKey, true));
    return html`<div class="lv-track-row lv-camera ${cameraKey === null ? "" : "lv-selected"}">
      <button class="lv-row-name" type="button" title="Add a camera key at the playhead" @click=${() => addKey(app)}>Camera</button>
      <div class="lv-track">${line(times)}${keys}</div></div>`;
  }

  /** @param {string} label @param {Key} key @param {number} time @param {boolean} pressed @param {boolean} pinned */
  key(label, key, time, pressed, pinned) {
    const { app } = this;
    const showSnap = (/** @type {boolean} */ on) => void this.head?.classList.toggle("lv-snapped", on);
    const drag = (/** @type {PointerEvent} */ event) => dragKey(app, event, key, this.length, showSnap);
    return html`<button class="lv-key ${pinned ? "lv-pinned" : ""}" type="button" aria-label=${label} aria-pressed=${pressed || hasKey(app.ui.keys, key.ref)} data-of=${key.ref.of} data-index=${key.ref.index} style="left: ${time * 100}%"
      title="${label}; drag it in time, with Alt without snapping; Shift-click chooses several" @pointerdown=${drag} @click=${(/** @type {MouseEvent} */ { detail }) => detail === 0 && key.select()}
      @keydown=${(/** @type {KeyboardEvent} */ event) => pressOnKey(app, event, key)}></button>`;
  }

  /** @param {string} id of an object @param {number} index @returns {Key} */
  waypointKey(id, index) {
    const { app } = this;
    const times = () => app.plan(/** @type {StageObject} */ (findObject(app.history.present, id))).trajectory.times;
    return {
      ref: { of: id, index },
      select: () => (app.selectObject(id), app.selectWaypoint(index)),
      place: (time) => setTime(app.history.present, id, index, time, times()),
      at: () => times()[index],
    };
  }

  /** @param {number} index @returns {Key} */
  cameraKey(index) {
    const { app } = this;
    return {
      ref: { of: CAMERA, index },
      select: () => app.set({ cameraKey: index, waypoint: null, keys: [], time: app.doc.camera.keys[index].time, playing: false }),
      place: (time) => setKeyTime(app.history.present, index, time),
      at: () => app.history.present.camera.keys[index].time,
    };
  }
}

/** Between the first key and the last. @param {readonly number[]} times */
function line(times) {
  return html`<div class="lv-line" style="left: ${(times[0] ?? 0) * 100}%; right: ${(1 - (times[times.length - 1] ?? 0)) * 100}%"></div>`;
}

/** Whole seconds on the ruler, not too many of them. @param {number} length of the clip */
function marks(length) {
  const every = Math.ceil(length / MOST_MARKS);
  return Array.from({ length: Math.ceil(length / every) }, (_, i) => html`<span style="left: ${(100 * i * every) / length}%">${i * every} s</span>`);
}
