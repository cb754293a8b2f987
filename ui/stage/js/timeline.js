/**
 * The timeline: play, loop, scrub, one row of keys per moving object and for the camera, and the depth lane of the
 * selected path with a named band for everything it crosses.
 */

import { button, h, icon, press } from "./dom.js";
import { setTime, updateCamera, clamp, round } from "./document.js";
import { bandsOf, hiddenAt } from "./depth_order.js";
import { sliderOfDepth } from "./geometry.js";
import { snap } from "./paths.js";
import { poseAt } from "./frame.js";
import { addKey } from "./panel_camera.js";
import { moves } from "./world.js";

/** @typedef {import("./app.js").App} App */

const SNAP_PX = 7;
const LANE_SAMPLES = 96;

export class Timeline {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.play = button("play", "Play", () => this.toggle(), { key: "Enter", kind: "lv-primary" });
    this.loop = button("loop", "Loop", () => app.set({ loop: !app.ui.loop }), { key: "L", pressed: true });
    this.frames = button("frames", "Only output frames", () => app.set({ atFrames: !app.ui.atFrames }), { pressed: false });
    const start = button("start", "To the start", () => app.set({ time: 0, playing: false }), { key: "Home" });
    this.clock = h("output.lv-clock", { "aria-live": "off" });
    this.ruler = h("div.lv-ruler", {
      role: "slider", tabindex: "0", "aria-label": "Playhead", "aria-valuemin": "0", "aria-valuemax": "100",
      title: "Drag to scrub; the arrow keys go frame by frame",
    });
    this.rows = h("div.lv-rows");
    this.lane = /** @type {HTMLCanvasElement} */ (h("canvas.lv-lane", { role: "img" }));
    this.bands = h("div.lv-bands", { "aria-hidden": "true" });
    this.laneBox = h("div.lv-lane-box", {}, h("span.lv-row-name", {}, "Depth"), h("div.lv-track.lv-lane-track", {}, this.lane, this.bands));
    this.head = h("div.lv-playhead", { "aria-hidden": "true" });
    const tracks = h("div.lv-tracks", {}, h("div.lv-ruler-row", {}, h("span.lv-row-name"), this.ruler), this.rows, this.laneBox, this.head);
    this.element = h("div.lv-time", { role: "group", "aria-label": "Timeline" }, h("div.lv-transport", {}, start, this.play, this.loop, this.frames, this.clock), tracks);
    this.shown = "";
    /** @type {object | null} */
    this.laneOf = null;
    this.laneVersion = "";
    this.lastTick = 0;
    this.headRoom = 0;
    this.listen();
  }

  listen() {
    this.ruler.addEventListener("pointerdown", (event) => this.scrub(event));
    this.lane.addEventListener("pointerdown", (event) => this.scrub(event));
    this.ruler.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.stepFrames(step);
    });
  }

  toggle() {
    const { app } = this;
    const restart = !app.ui.playing && app.ui.time >= 0.999;
    this.lastTick = 0;
    app.set({ playing: !app.ui.playing, ...(restart ? { time: 0 } : {}) });
  }

  /** @param {number} by frames */
  stepFrames(by) {
    const last = Math.max(this.app.doc.num_frames - 1, 1);
    this.app.set({ time: clamp((Math.round(this.app.ui.time * last) + by) / last, 0, 1), playing: false });
  }

  /** Time as it is drawn: at output frames if asked. */
  get shownTime() {
    const { ui, doc } = this.app;
    const last = Math.max(doc.num_frames - 1, 1);
    return ui.atFrames ? Math.floor(ui.time * last + 1e-6) / last : ui.time;
  }

  /** Advance while playing; called once per animation frame. @param {number} now milliseconds */
  tick(now) {
    const { app } = this;
    if (!app.ui.playing) return;
    const seconds = app.doc.num_frames / app.doc.fps;
    const passed = this.lastTick ? (now - this.lastTick) / 1000 / seconds : 0;
    this.lastTick = now;
    const time = app.ui.time + passed;
    if (time < 1 || app.ui.loop) app.advance(time % 1);
    else app.set({ time: 1, playing: false });
  }

  /** @param {PointerEvent} event @param {HTMLElement} track @returns {number} */
  timeAt(event, track) {
    const box = track.getBoundingClientRect();
    return clamp((event.clientX - box.left) / box.width, 0, 1);
  }

  /** @param {PointerEvent} event */
  scrub(event) {
    const track = this.ruler;
    const target = /** @type {HTMLElement} */ (event.currentTarget);
    target.setPointerCapture(event.pointerId);
    const move = (/** @type {PointerEvent} */ at) => this.app.set({ time: this.timeAt(at, track), playing: false });
    move(event);
    target.addEventListener("pointermove", move);
    target.addEventListener("lostpointercapture", () => target.removeEventListener("pointermove", move), { once: true });
  }

  update() {
    const { app } = this;
    this.element.hidden = !app.hasScene;
    if (!app.hasScene) return;
    const key = this.key();
    if (key !== this.shown) this.buildRows(key);
    this.placeKeys();
    this.headRoom = this.ruler.clientWidth;
    this.ruler.style.setProperty("--frames", String(Math.max(Math.min(app.doc.num_frames - 1, 60), 1)));
    const label = app.ui.playing ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") !== label) {
      this.play.replaceChildren(icon(app.ui.playing ? "pause" : "play"));
      this.play.setAttribute("aria-label", label);
    }
    press(this.loop, app.ui.loop);
    press(this.frames, app.ui.atFrames);
    this.drawLane();
  }

  /** The playhead and the clock; the one thing that changes while playing. */
  showTime() {
    const { app } = this;
    if (!app.hasScene) return;
    this.head.style.transform = `translateX(${(app.ui.time * this.headRoom).toFixed(1)}px)`;
    const frame = Math.round(this.shownTime * Math.max(app.doc.num_frames - 1, 0)) + 1;
    const seconds = app.doc.num_frames / app.doc.fps;
    const text = `${(app.ui.time * seconds).toFixed(app.ui.playing ? 1 : 2)} s · frame ${frame} / ${app.doc.num_frames}`;
    if (this.clock.textContent === text) return;
    this.clock.textContent = text;
    this.ruler.setAttribute("aria-valuenow", String(Math.round(app.ui.time * 100)));
    this.ruler.setAttribute("aria-valuetext", text);
  }

  /** What the rows are made of; dragging a key does not change it. */
  key() {
    const { doc, ui } = this.app;
    const rows = doc.objects.filter(moves).map((o) => [o.id, o.name, o.colour, o.waypoints.length].join(":"));
    return [rows.join("|"), ui.object, ui.waypoint, doc.camera.keys.length, ui.cameraKey].join("/");
  }

  /** @param {string} key */
  buildRows(key) {
    const { app } = this;
    this.shown = key;
    const focused = [...this.rows.querySelectorAll("button")].indexOf(/** @type {any} */ (document.activeElement));
    const rows = app.doc.objects.filter(moves).map((object) => {
      const name = h("button.lv-row-name", { type: "button", onclick: () => app.selectObject(object.id) }, object.name);
      const keys = object.waypoints.map((_, i) => this.waypointKey(object, i));
      const row = h("div.lv-track-row", {}, name, h("div.lv-track", {}, h("div.lv-line"), ...keys));
      row.style.setProperty("--colour", object.colour);
      row.classList.toggle("lv-selected", object.id === app.ui.object);
      row.dataset.id = object.id;
      return row;
    });
    const camera = app.doc.camera.keys.map((_, i) => this.cameraKey(i));
    const cameraName = h("button.lv-row-name", { type: "button", title: "Add a camera key at the playhead", onclick: () => addKey(app) }, "Camera");
    const cameraRow = h("div.lv-track-row.lv-camera", {}, cameraName, h("div.lv-track", {}, h("div.lv-line"), ...camera));
    this.rows.replaceChildren(...rows, cameraRow);
    if (focused >= 0) [...this.rows.querySelectorAll("button")][focused]?.focus();
  }

  /** @param {import("./types.js").StageObject} object @param {number} index */
  waypointKey(object, index) {
    const { app } = this;
    const chosen = object.id === app.ui.object && index === app.ui.waypoint;
    const select = () => (app.selectObject(object.id), app.selectWaypoint(index));
    const now = () => app.history.present.objects.find((other) => other.id === object.id);
    const place = (/** @type {number} */ time) => {
      const current = now();
      return current ? setTime(app.history.present, object.id, index, time, app.plan(current).trajectory.times) : app.doc;
    };
    const at = () => app.plan(/** @type {any} */ (now())).trajectory.times[index];
    return this.keyButton(`${object.name}: waypoint ${index + 1}`, chosen, select, place, at);
  }

  /** @param {number} index */
  cameraKey(index) {
    const { app } = this;
    const select = () => app.set({ cameraKey: index, waypoint: null, time: app.doc.camera.keys[index].time, playing: false });
    const place = (/** @type {number} */ time) => {
      const keys = app.history.present.camera.keys;
      const low = index > 0 ? keys[index - 1].time + 0.01 : 0;
      const high = index + 1 < keys.length ? keys[index + 1].time - 0.01 : 1;
      const moved = round(clamp(time, low, high), 4);
      return updateCamera(app.history.present, { keys: keys.map((key, i) => (i === index ? { ...key, time: moved } : key)) });
    };
    return this.keyButton(`Camera: key ${index + 1}`, app.ui.cameraKey === index, select, place, () => app.history.present.camera.keys[index].time);
  }

  /** @param {string} label @param {boolean} chosen @param {() => void} select @param {(time: number) => import("./types.js").StageDocument} place @param {() => number} at */
  keyButton(label, chosen, select, place, at) {
    const { app } = this;
    const key = h("button.lv-key", { type: "button", "aria-label": label, "aria-pressed": String(chosen), title: `${label}; drag it in time` });
    key.addEventListener("pointerdown", (event) => this.dragKey(event, select, place));
    key.addEventListener("click", (event) => event.detail === 0 && select());
    key.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      app.commit(place(at() + step / Math.max(app.doc.num_frames - 1, 1)));
    });
    return key;
  }

  /** @param {PointerEvent} event @param {() => void} select @param {(time: number) => import("./types.js").StageDocument} place */
  dragKey(event, select, place) {
    const { app } = this;
    event.preventDefault();
    const begun = event.clientX;
    const playhead = app.ui.time;
    const targets = this.snapTargets(playhead);
    let moved = false;
    const move = (/** @type {PointerEvent} */ at) => {
      if (!moved && Math.abs(at.clientX - begun) < 4) return;
      moved = true;
      const reach = SNAP_PX / this.ruler.getBoundingClientRect().width;
      const time = at.altKey ? this.timeAt(at, this.ruler) : snap(this.timeAt(at, this.ruler), targets, reach);
      app.ui.time = time;
      app.preview(place(time));
    };
    const end = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      if (moved && app.draft) app.commit(app.draft);
      else if (!moved) select();
    };
    select();
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  /** @param {number} playhead */
  snapTargets(playhead) {
    const { doc, ui } = this.app;
    const others = doc.objects.filter((object) => moves(object) && object.id !== ui.object);
    const times = others.flatMap((object) => this.app.plan(object).trajectory.times);
    return [0, 1, playhead, ...times, ...doc.camera.keys.map((key) => key.time)];
  }

  placeKeys() {
    const { app } = this;
    for (const row of this.rows.querySelectorAll(".lv-track-row")) {
      const id = /** @type {HTMLElement} */ (row).dataset.id;
      const object = app.doc.objects.find((other) => other.id === id);
      const times = object && moves(object) ? app.plan(object).trajectory.times : app.doc.camera.keys.map((key) => key.time);
      row.querySelectorAll(".lv-key").forEach((key, i) => {
        /** @type {HTMLElement} */ (key).style.left = `${(times[i] ?? 0) * 100}%`;
        key.classList.toggle("lv-pinned", object ? object.waypoints[i]?.time !== null : true);
      });
      const line = /** @type {HTMLElement} */ (row.querySelector(".lv-line"));
      line.style.left = `${(times[0] ?? 0) * 100}%`;
      line.style.right = `${(1 - (times[times.length - 1] ?? 0)) * 100}%`;
    }
  }

  clearLane() {
    if (this.laneOf === null) return;
    this.laneOf = null;
    this.bands.replaceChildren();
    this.lane.width = 1;
  }

  drawLane() {
    const { app } = this;
    const object = app.selected;
    const empty = !object || !moves(object);
    this.laneBox.classList.toggle("lv-empty-lane", empty);
    if (empty) return this.clearLane();
    const box = this.lane.getBoundingClientRect();
    const version = `${app.world.version}/${box.width}/${app.ui.playing ? "" : app.doc.objects.length}`;
    if (this.laneOf === object && this.laneVersion === version) return;
    [this.laneOf, this.laneVersion] = [object, version];
    drawLane(app, object, this.lane, box, this.bands);
  }
}

/** @param {App} app @param {import("./types.js").StageObject} object @param {HTMLCanvasElement} canvas @param {DOMRect} box @param {HTMLElement} labels */
function drawLane(app, object, canvas, box, labels) {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.max(box.width * ratio, 1), Math.max(box.height * ratio, 1)];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
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
    context.setLineDash(hiddenAt(app.doc, app.world, path[i]) ? [2, 3] : []);
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
