/** The timeline: play, loop, scrub, one row of keys per moving object and for the camera, and the depth lane. */

import { button, h, icon, press } from "./dom.js";
import { setTime, updateCamera, clamp, round } from "./document.js";
import { DepthLane } from "./depth_lane.js";
import { snap } from "./paths.js";
import { addKey } from "./panel_camera.js";
import { moves } from "./world.js";

/** @typedef {import("./app.js").App} App */

const SNAP_PX = 7;

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
    this.seconds = h("div.lv-seconds", { "aria-hidden": "true" });
    this.ruler.append(this.seconds);
    this.rows = h("div.lv-rows");
    this.lane = new DepthLane(app);
    this.head = h("div.lv-playhead", { "aria-hidden": "true" });
    const tracks = h("div.lv-tracks", {}, h("div.lv-ruler-row", {}, h("span.lv-row-name"), this.ruler), this.rows, this.lane.element, this.head);
    this.element = h("div.lv-time", { role: "group", "aria-label": "Timeline" }, h("div.lv-transport", {}, start, this.play, this.loop, this.frames, this.clock), tracks);
    this.shown = "";
    this.lastTick = 0;
    this.headRoom = 0;
    this.length = 0;
    this.listen();
  }

  listen() {
    this.ruler.addEventListener("pointerdown", (event) => this.scrub(event));
    this.lane.canvas.addEventListener("pointerdown", (event) => this.scrub(event));
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
    const last = Math.max(this.app.clip.num_frames - 1, 1);
    this.app.set({ time: clamp((Math.round(this.app.ui.time * last) + by) / last, 0, 1), playing: false });
  }

  /** Advance while playing; called once per animation frame. @param {number} now milliseconds */
  tick(now) {
    const { app } = this;
    if (!app.ui.playing) return;
    const seconds = app.clip.num_frames / app.clip.fps;
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
    this.ruler.style.setProperty("--frames", String(Math.max(Math.min(app.clip.num_frames - 1, 60), 1)));
    this.markSeconds(app.clip.num_frames / app.clip.fps);
    const label = app.ui.playing ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") !== label) {
      this.play.replaceChildren(icon(app.ui.playing ? "pause" : "play"));
      this.play.setAttribute("aria-label", label);
    }
    press(this.loop, app.ui.loop);
    press(this.frames, app.ui.atFrames);
    this.lane.update();
  }

  /** Whole seconds on the ruler, at most ten of them. @param {number} length of the clip */
  markSeconds(length) {
    if (this.length === length) return;
    this.length = length;
    const every = Math.ceil(length / 10);
    const marks = Array.from({ length: Math.ceil(length / every) }, (_, i) => i * every);
    this.seconds.replaceChildren(...marks.map((second) => h("span", { style: `left: ${(100 * second) / length}%` }, `${second} s`)));
  }

  /** The playhead and the clock; the one thing that changes while playing. */
  showTime() {
    const { app } = this;
    if (!app.hasScene) return;
    this.head.style.transform = `translateX(${(app.ui.time * this.headRoom).toFixed(1)}px)`;
    const frame = Math.round(app.shownTime * Math.max(app.clip.num_frames - 1, 0)) + 1;
    const seconds = app.clip.num_frames / app.clip.fps;
    const text = `${(app.ui.time * seconds).toFixed(app.ui.playing ? 1 : 2)} s · frame ${frame} / ${app.clip.num_frames}`;
    if (this.clock.textContent === text) return;
    this.clock.textContent = text;
    this.ruler.setAttribute("aria-valuenow", String(Math.round(app.ui.time * 100)));
    this.ruler.setAttribute("aria-valuetext", text);
  }

  /** What the rows are made of; neither a selection nor a dragged key changes it. */
  key() {
    const { doc } = this.app;
    const rows = doc.objects.filter(moves).map((o) => [o.id, o.name, o.colour, o.waypoints.length].join(":"));
    return [rows.join("|"), doc.camera.keys.length].join("/");
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
    const select = () => (app.selectObject(object.id), app.selectWaypoint(index));
    const now = () => app.history.present.objects.find((other) => other.id === object.id);
    const place = (/** @type {number} */ time) => {
      const current = now();
      return current ? setTime(app.history.present, object.id, index, time, app.plan(current).trajectory.times) : app.doc;
    };
    const at = () => app.plan(/** @type {any} */ (now())).trajectory.times[index];
    return this.keyButton(`${object.name}: waypoint ${index + 1}`, select, place, at);
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
    return this.keyButton(`Camera: key ${index + 1}`, select, place, () => app.history.present.camera.keys[index].time);
  }

  /** @param {string} label @param {() => void} select @param {(time: number) => import("./types.js").StageDocument} place @param {() => number} at */
  keyButton(label, select, place, at) {
    const { app } = this;
    const key = h("button.lv-key", { type: "button", "aria-label": label, title: `${label}; drag it in time, with Alt without snapping` });
    key.addEventListener("pointerdown", (event) => this.dragKey(event, select, place, at()));
    key.addEventListener("click", (event) => event.detail === 0 && select());
    key.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") return select();
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      app.commit(place(at() + step / Math.max(app.clip.num_frames - 1, 1)));
    });
    return key;
  }

  /** @param {PointerEvent} event @param {() => void} select @param {(time: number) => import("./types.js").StageDocument} place @param {number} from */
  dragKey(event, select, place, from) {
    const { app } = this;
    event.preventDefault();
    if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus({ preventScroll: true }); // so that Escape is ours
    const begun = event.clientX;
    const playhead = app.ui.time;
    const targets = this.snapTargets(playhead);
    let moved = false;
    const stop = () => {
      this.head.classList.remove("lv-snapped");
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", stop);
    };
    const move = (/** @type {PointerEvent} */ at) => {
      if (!moved && Math.abs(at.clientX - begun) < 4) return;
      moved = true;
      const { width } = this.ruler.getBoundingClientRect();
      const reach = SNAP_PX / width;
      const wanted = clamp(from + (at.clientX - begun) / width, 0, 1);
      const time = at.altKey ? wanted : snap(wanted, targets, reach);
      this.head.classList.toggle("lv-snapped", !at.altKey && targets.includes(time));
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
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", stop);
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
      const selected = object ? object.id === app.ui.object : app.ui.cameraKey !== null;
      const chosen = object ? app.ui.waypoint : app.ui.cameraKey;
      row.classList.toggle("lv-selected", selected);
      row.querySelectorAll(".lv-key").forEach((key, i) => {
        /** @type {HTMLElement} */ (key).style.left = `${(times[i] ?? 0) * 100}%`;
        press(/** @type {HTMLElement} */ (key), selected && i === chosen);
        key.classList.toggle("lv-pinned", object ? object.waypoints[i]?.time !== null : true);
      });
      const line = /** @type {HTMLElement} */ (row.querySelector(".lv-line"));
      line.style.left = `${(times[0] ?? 0) * 100}%`;
      line.style.right = `${(1 - (times[times.length - 1] ?? 0)) * 100}%`;
    }
  }
}
