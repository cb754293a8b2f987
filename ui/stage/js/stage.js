/**
 * The stage: builds the page's elements, loads scenes, draws, and speaks with the server (PROTOCOL.md).
 */

import { App } from "./app.js";
import { Files } from "./files.js";
import { frameAt } from "./frame.js";
import { STILL_VIEW } from "./geometry.js";
import { Guide } from "./guide.js";
import { buildLayout } from "./layout.js";
import { Overlay } from "./overlay.js";
import { Photos, asFile } from "./photos.js";
import { Picking, messageOf } from "./picking.js";
import { PointerInput } from "./pointer.js";
import { Preparation } from "./preparation.js";
import { FlatRenderer } from "./render_2d.js";
import { GlRenderer } from "./render_gl.js";
import { SceneLoader } from "./scene_loader.js";
import { SettingsWidgets } from "./settings_widgets.js";
import { handleKey } from "./shortcuts.js";
import { load, newest, tabName } from "./storage.js";
import { Playback } from "./playback.js";
import { Timeline } from "./timeline.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./app.js").Host & {know: (request: object) => Promise<any>, upload?: (file: File) => Promise<{path: string}>, remember?: (request: object) => Promise<any>}} StageHost */

const SLOW_MS = 45; // frames that take longer are drawn coarser while things move
const COARSEST = 0.4;
const PANELS_MS = 120; // between updates of the panels while a slow machine drags

export class Stage {
  /** @param {HTMLElement} root @param {StageHost} host */
  constructor(root, host) {
    this.host = host;
    this.photos = new Photos(host);
    const ask = (/** @type {"segment" | "prepare"} */ name) => (/** @type {any} */ request) => this.photos.ask(name, request);
    this.app = new App({ ...host, segment: ask("segment"), prepare: ask("prepare") });
    this.settings = new SettingsWidgets(this.app);
    this.viewport = new Viewport();
    this.picking = new Picking(this.app);
    this.playback = new Playback(this.app);
    this.timeline = new Timeline(this.app, this.playback);
    this.guide = new Guide(this.app);
    this.layout = buildLayout(this, root);
    this.overlayCanvas = this.layout.overlay;
    this.overlay = new Overlay(this.layout.overlay);
    this.renderer = makeRenderer(this.layout.picture, () => this.app.invalidate());
    this.pointer = new PointerInput(this.app, this.viewport, this.picking, this.layout.overlay, (a, b) => this.layout.showBox(a, b));
    this.preparation = new Preparation(this.app);
    this.loader = new SceneLoader(this);
    this.files = new Files(this.app, host, (question, yes) => this.layout.ask(question, yes));
    this.drawn = 0;
    this.quality = 1;
    this.frameMs = 16;
    this.drawnAt = 0;
    this.panelsAt = 0;
    this.panelTimer = 0;
    this.app.render = () => this.render();
    this.app.onEdit.add(() => this.edited());
    this.listen();
  }

  listen() {
    const { root, view } = this.layout;
    root.addEventListener("keydown", (event) => this.key(event, true));
    root.addEventListener("keyup", (event) => this.key(event, false));
    window.addEventListener("pagehide", () => this.loader.leave());
    root.addEventListener("focusout", () => (this.pointer.space = false));
    new ResizeObserver(() => this.resize()).observe(view);
    this.files.listen(root, view);
  }

  /** @param {KeyboardEvent} event @param {boolean} down */
  key(event, down) {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches("input[type=text], select, input[type=color]");
    const onControl = target.matches("button, input");
    if (event.key === " " && !typing && !onControl) {
      this.pointer.space = down;
      this.layout.overlay.style.cursor = down ? "grab" : "";
      return event.preventDefault();
    }
    if (!down || typing) return;
    const own = ["Enter", "Tab", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "PageUp", "PageDown"];
    if (onControl && own.includes(event.key)) return;
    if (handleKey(this, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** @param {import("./app.js").Tool} tool */
  useTool(tool) {
    const rest = tool === "mask" ? { time: 0 } : {}; // masks are painted where the object stands
    this.app.set({ tool, refine: null, orbit: null, hover: null, error: "", playing: false, ...rest });
  }

  fit() {
    this.viewport.fit(this.app.doc.size_hw);
    this.app.invalidate();
  }

  /** @param {number} factor */
  zoom(factor) {
    this.viewport.zoomAt(this.viewport.width / 2, this.viewport.height / 2, factor);
    this.app.invalidate();
  }

  escape() {
    const { app } = this;
    if (!this.layout.help.hidden) return this.toggleHelp();
    if (app.stopDrag || app.draft) return app.abort();
    if (app.ui.cursor) return app.point({ cursor: null, hover: null, pointer: null });
    if (app.ui.cameraKey !== null) return app.set({ cameraKey: null });
    if (app.ui.refine) return this.picking.done();
    if (app.ui.waypoint !== null) return app.set({ waypoint: null });
    if (app.ui.tool !== "select") return this.useTool("select");
    app.selectObject(null);
  }

  toggleHelp() {
    const { help, overlay, root } = this.layout;
    help.hidden = !help.hidden;
    for (const part of root.children) if (part !== help) part.toggleAttribute("inert", !help.hidden);
    if (help.hidden) overlay.focus();
    else help.querySelector("button")?.focus();
  }

  /** @param {number} by of the slider's length */
  nudgeDepth(by) {
    const { waypoint } = this.app.ui;
    if (!waypoint || !this.app.selected) return false;
    this.pointer.wheel.nudgeDepth(waypoint, by);
  }

  resize() {
    const { clientWidth, clientHeight } = this.layout.view;
    if (!clientWidth || !clientHeight) return;
    this.viewport.resize(clientWidth, clientHeight, this.app.doc.size_hw);
    this.app.invalidate();
  }

  /** A new payload from the server. @param {import("./scene_loader.js").ScenePayload | null | undefined} scene */
  setScene(scene) {
    return this.loader.show(scene);
  }

  edited() {
    this.preparation.soon();
    this.settings.follow();
    void this.loader.follow();
    void this.loader.remember();
  }

  /** What the server may know this browser tab by, before and after a reload. */
  get tab() {
    return tabName();
  }

  /** Whether this browser keeps work of any tab. */
  async keepsWork() {
    return Boolean(await newest().catch(() => undefined));
  }

  /** After a reload: hand the kept work back to the server. @param {boolean} any whether another tab's work will do */
  async restore(any = false) {
    const kept = await (any ? newest() : load()).catch(() => undefined);
    if (!kept || this.app.hasScene || !this.host.upload) return;
    this.app.set({ busy: "Bringing back your work" });
    try {
      const { path } = await this.host.upload(asFile(kept.project));
      this.host.emit("restored", { path, document: kept.document });
    } catch (error) {
      this.app.set({ busy: "", error: messageOf(error) });
    }
  }

  /** The document as it is handed to the server, once that knows its photo. */
  async work() {
    const { scene_id = "" } = this.app.history.present;
    if (!this.app.hasScene) return null;
    await this.photos.ask("know", { scene_id }).catch(() => {});
    return this.app.exported();
  }

  /** @param {string} name @param {unknown} value */
  setSetting(name, value) {
    this.settings.set(name, value);
  }

  /** @param {readonly string[]} names */
  settingsToShow(names) {
    return this.settings.toShow(names);
  }

  undo() {
    this.app.undo();
  }

  redo() {
    this.app.redo();
  }

  /** What was under way has ended. */
  calm() {
    this.app.set({ busy: "" });
  }

  /** Let the person choose a photo or a project file. */
  chooseFile() {
    this.files.choose();
  }

  /** @param {File | undefined} file a photo or a project file */
  openPhoto(file) {
    return this.files.open(file);
  }

  render() {
    const { app, viewport } = this;
    if (!this.layout.root.isConnected) return;
    this.playback.tick(performance.now());
    this.adaptQuality(performance.now());
    if (app.stale) this.drawPicture();
    if (app.dirty) this.overlay.draw(app, viewport, this.ratio);
    if (app.dirty) this.updatePanels();
    this.timeline.draw();
    this.drawn += 1;
  }

  /** Where frames are slow, what is dragged goes first: the panels follow a few times a second, and at its end. */
  updatePanels() {
    const { app } = this;
    const wait = app.draft && this.quality < 1 ? this.panelsAt + PANELS_MS - performance.now() : 0;
    app.dirty = wait > 0;
    clearTimeout(this.panelTimer);
    if (wait > 0) return void (this.panelTimer = window.setTimeout(() => app.schedule(), wait));
    this.panelsAt = performance.now();
    this.layout.update();
  }

  /** Slow machines keep their frame rate at a coarser picture; at rest it is sharp again. @param {number} now */
  adaptQuality(now) {
    const passed = now - this.drawnAt;
    this.drawnAt = now;
    if (!this.app.ui.playing && !this.app.draft) return void (this.quality = 1);
    if (passed > 500) return;
    this.frameMs += 0.25 * (passed - this.frameMs);
    if (this.frameMs < SLOW_MS) return;
    this.quality = Math.max(this.quality * 0.8, COARSEST);
    this.frameMs = 0.6 * SLOW_MS;
  }

  get ratio() {
    return Math.min(window.devicePixelRatio || 1, 2);
  }

  /** Where everything is at a time of the clip. @param {number} time @param {string | null} [onion] the object with ghosts at its waypoints */
  frame(time, onion = null) {
    return frameAt(this.app.doc, this.app.world, time, onion);
  }

  drawPicture() {
    const { app, viewport } = this;
    app.stale = false;
    if (!app.hasScene) return;
    const { doc, world, ui } = app;
    const onion = ui.onion && !ui.playing && ui.tool !== "mask" ? ui.object : null;
    const moment = this.frame(app.shownTime, onion);
    const frame = ui.tool === "mask" ? { ...moment, view: STILL_VIEW } : moment; // masks are painted on the photo itself
    const sprite = (/** @type {import("./types.js").StageObject} */ object) => this.app.sprites.of(world, object);
    const { scale, tx, ty, width, height } = viewport;
    this.renderer.draw({ doc, world, frame, sprite, scale, tx, ty, width, height, ratio: this.ratio * this.quality, depthView: ui.depthView });
  }
}

/** @param {HTMLCanvasElement} canvas @param {() => void} redraw */
function makeRenderer(canvas, redraw) {
  try {
    return new GlRenderer(canvas, redraw);
  } catch (error) {
    console.info(`LeviTor draws without WebGL: ${messageOf(error)}`);
    return new FlatRenderer(canvas);
  }
}

/** Build a stage in an element. @param {HTMLElement} root @param {StageHost} host */
export function mountStage(root, host) {
  return new Stage(root, host);
}
