/**
 * The stage: builds the page's elements, loads scenes, draws, and speaks with the server (PROTOCOL.md).
 */

import { App } from "./app.js";
import { loadBitmap, loadDisparity, loadMask, loadWords } from "./decode.js";
import { emptyDocument } from "./document.js";
import { begin } from "./history.js";
import { frameAt } from "./frame.js";
import { Guide } from "./guide.js";
import { buildLayout } from "./layout.js";
import { Overlay } from "./overlay.js";
import { Picking, messageOf } from "./picking.js";
import { PointerInput } from "./pointer.js";
import { FlatRenderer } from "./render_2d.js";
import { GlRenderer } from "./render_gl.js";
import { handleKey } from "./shortcuts.js";
import { keepDocument, keepScene, load, newest, toBase64 } from "./storage.js";
import { Timeline } from "./timeline.js";
import { Viewport } from "./viewport.js";
import { moves, newWorld } from "./world.js";

/** @typedef {import("./app.js").Host & {upload?: (file: File) => Promise<{path: string}>}} StageHost */
/** @typedef {{id?: string, document_id?: string, document?: any, photo?: string, disparity?: string, filled?: string,
 *   background?: string, instances?: string, project?: string, busy?: string, error?: string, status?: string}} ScenePayload */

const PREPARE_MS = 120;
const PICKING_MS = 900; // a still object needs no background yet, and its next click shall not wait behind the filling
const SAVE_MS = 300;
const SLOW_MS = 45; // frames that take longer are drawn coarser while things move
const COARSEST = 0.4;

export class Stage {
  /** @param {HTMLElement} root @param {StageHost} host */
  constructor(root, host) {
    this.host = host;
    this.app = new App(host);
    this.viewport = new Viewport();
    this.picking = new Picking(this.app);
    this.timeline = new Timeline(this.app);
    this.guide = new Guide(this.app);
    this.layout = buildLayout(this, root);
    this.overlayCanvas = this.layout.overlay;
    this.overlay = new Overlay(this.layout.overlay);
    this.renderer = makeRenderer(this.layout.picture, () => this.app.invalidate());
    this.pointer = new PointerInput(this.app, this.viewport, this.picking, this.layout.overlay, (a, b) => this.layout.showBox(a, b));
    /** @type {string | null} */
    this.instancesUrl = null;
    this.drawn = 0;
    this.documentId = "";
    this.preparedFor = "";
    /** @type {Set<string>} masks whose background is known or asked for */
    this.prepared = new Set();
    this.prepareTimer = 0;
    this.saveTimer = 0;
    this.loading = 0;
    this.quality = 1;
    this.frameMs = 16;
    this.drawnAt = 0;
    this.app.render = () => this.render();
    this.app.onEdit.add(() => this.edited());
    this.listen();
  }

  listen() {
    const { root, view } = this.layout;
    root.addEventListener("keydown", (event) => this.key(event, true));
    root.addEventListener("keyup", (event) => this.key(event, false));
    root.addEventListener("focusout", () => (this.pointer.space = false));
    new ResizeObserver(() => this.resize()).observe(view);
    const files = (/** @type {DataTransfer | null} */ data) => [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    view.addEventListener("dragover", (event) => event.preventDefault());
    view.addEventListener("drop", (event) => {
      event.preventDefault();
      void this.openPhoto(files(event.dataTransfer)[0]);
    });
    root.addEventListener("paste", (event) => void this.openPhoto(files(event.clipboardData)[0]));
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
    if (app.draft) return app.cancel();
    if (app.ui.refine) return this.picking.done();
    if (app.ui.waypoint !== null) return app.set({ waypoint: null });
    if (app.ui.tool !== "select") return this.useTool("select");
    app.selectObject(null);
  }

  toggleHelp() {
    const { help, overlay } = this.layout;
    help.hidden = !help.hidden;
    if (help.hidden) overlay.focus();
    else help.querySelector("button")?.focus();
  }

  /** @param {number} by of the slider's length */
  nudgeDepth(by) {
    const { waypoint } = this.app.ui;
    if (!waypoint || !this.app.selected) return false;
    this.pointer.nudgeDepth(waypoint, by);
  }

  resize() {
    const { clientWidth, clientHeight } = this.layout.view;
    if (!clientWidth || !clientHeight) return;
    this.viewport.resize(clientWidth, clientHeight, this.app.doc.size_hw);
    this.app.invalidate();
  }

  /** A new payload from the server. @param {ScenePayload | null | undefined} scene */
  async setScene(scene) {
    const { app } = this;
    app.set({ busy: scene?.busy ?? "", error: scene?.error ?? "", status: scene?.status ?? "" });
    if (!scene?.id) return;
    const turn = ++this.loading;
    try {
      if (scene.id !== app.sceneId) await this.loadScene(scene, turn);
      else await this.refreshScene(scene, turn);
    } catch (error) {
      app.set({ error: messageOf(error) });
    }
  }

  /** @param {ScenePayload} scene @param {number} turn */
  async loadScene(scene, turn) {
    const { app } = this;
    app.set({ busy: scene.busy || "Opening the photo" });
    const resolve = (/** @type {string} */ url) => this.host.resolve(url);
    const [disparity, photo] = await Promise.all([loadDisparity(resolve(scene.disparity ?? "")), loadBitmap(resolve(scene.photo ?? ""))]);
    if (turn !== this.loading) return;
    app.world = Object.assign(newWorld(disparity), { photo });
    app.maskUrls.clear();
    app.sceneId = /** @type {string} */ (scene.id);
    await this.loadDocument(scene);
    Object.assign(app.ui, { object: null, waypoint: null, refine: null, time: 0, playing: false, tool: "select", cameraKey: null });
    this.viewport.fitted = true;
    this.resize();
    app.set({ busy: scene.busy ?? "" });
    await this.refreshScene(scene, turn);
    this.keep(scene);
  }

  forgetPrepared() {
    this.preparedFor = "";
    this.prepared = new Set();
  }

  /** @param {ScenePayload} scene */
  async loadDocument(scene) {
    const { app } = this;
    const { masks = {}, scene_id: _, ...values } = scene.document ?? {};
    const ids = new Map();
    for (const [key, url] of Object.entries(masks)) ids.set(key, app.keepMask(await loadMask(this.host.resolve(String(url))), String(url)));
    const named = (/** @type {any} */ item) => ({ ...item, mask: ids.get(item.mask) ?? item.mask });
    const lists = { objects: (values.objects ?? []).map(named), scenery: (values.scenery ?? []).map(named) };
    const { width, height } = app.world.disparity;
    app.history = begin(emptyDocument([height, width], { ...values, ...lists, size_hw: [height, width] }));
    app.draft = null;
    this.documentId = scene.document_id ?? "";
    this.forgetPrepared();
  }

  /** Parts that arrive later: automatic instances, a replaced document, numbers of the clip. @param {ScenePayload} scene @param {number} turn */
  async refreshScene(scene, turn) {
    const { app } = this;
    if ((scene.document_id ?? "") !== this.documentId) await this.loadDocument(scene);
    if (scene.instances && scene.instances !== this.instancesUrl) {
      const instances = await loadWords(this.host.resolve(scene.instances));
      if (turn !== this.loading) return;
      this.instancesUrl = scene.instances;
      this.forgetPrepared();
      app.world.instances = instances;
    } else if (!scene.instances) this.instancesUrl = app.world.instances = null;
    app.world.version += 1;
    this.adopt(scene.document ?? {});
    app.keepSelectionValid();
    app.invalidate();
    this.prepareSoon();
  }

  /** The clip's length, speed and depth softness belong to the page. @param {{num_frames?: number, fps?: number, softness?: number}} values */
  adopt({ num_frames, fps, softness }) {
    const { history } = this.app;
    const set = Object.fromEntries(Object.entries({ num_frames, fps, softness }).filter(([, value]) => value !== undefined));
    this.app.history = { ...history, present: { ...history.present, ...set } };
  }

  edited() {
    const { app } = this;
    app.host.emit("edited", { document: app.exported() });
    this.prepareSoon();
    clearTimeout(this.saveTimer);
    this.saveTimer = window.setTimeout(() => void keepDocument(app.sceneId, app.exported()).catch(() => {}), SAVE_MS);
  }

  /** Ask for what lies behind the picked objects, when the set of masks has changed. */
  prepareSoon() {
    clearTimeout(this.prepareTimer);
    const known = this.app.history.present.objects.filter(lifted).every((object) => this.prepared.has(object.mask));
    this.prepareTimer = window.setTimeout(() => void this.prepare(), known ? PICKING_MS : PREPARE_MS);
  }

  async prepare() {
    const { app } = this;
    const { objects, masks, scene_id } = app.exported();
    const wanted = objects.filter((object) => lifted(object) || object.id === app.ui.object).map((object) => object.mask);
    const key = [scene_id, this.instancesUrl, ...wanted].join("/");
    if (key === this.preparedFor || wanted.every((mask) => this.prepared.has(mask))) return;
    this.preparedFor = key;
    this.prepared = new Set(wanted);
    try {
      const answer = await app.host.prepare({ scene_id, masks, objects: objects.map(({ name, mask }) => ({ name, mask, lifted: wanted.includes(mask) })) });
      if (answer.error) throw new Error(answer.error);
      if (key === this.preparedFor) await this.takePrepared(answer, key);
    } catch (error) {
      if (key === this.preparedFor) app.set({ error: messageOf(error) });
    }
  }

  /** @param {{objects?: Record<string, {disparity: string, support: string | null}>, background?: string, filled?: string, disparity?: string}} answer @param {string} key */
  async takePrepared(answer, key) {
    const { app } = this;
    const { world } = app;
    const entries = await Promise.all(
      Object.entries(answer.objects ?? {}).map(async ([mask, { disparity, support }]) => {
        const [tamed, held] = await Promise.all([loadDisparity(disparity), support ? loadMask(support) : null]);
        return /** @type {const} */ ([mask, { tamed, support: held }]);
      }),
    );
    const filled = answer.filled ? await loadDisparity(answer.filled) : null;
    const background = answer.background ? await loadBitmap(this.host.resolve(answer.background)) : null;
    const disparity = answer.disparity ? await loadDisparity(answer.disparity) : world.disparity;
    if (key !== this.preparedFor || world !== app.world) return;
    for (const [mask, relief] of entries) world.reliefs.set(mask, relief);
    Object.assign(world, { filled, background, disparity, version: world.version + 1 });
    app.invalidate();
  }

  /** @param {ScenePayload} scene */
  keep(scene) {
    if (!scene.project) return;
    const url = this.host.resolve(scene.project);
    fetch(url)
      .then(async (answer) => keepScene(/** @type {string} */ (scene.id), await answer.blob()))
      .then(() => keepDocument(this.app.sceneId, this.app.exported()))
      .catch(() => this.app.set({ status: "This browser cannot keep the work; save a project file before you leave." }));
  }

  /** After a reload: hand the kept work back to the server. @param {boolean} any whether another tab's work will do */
  async restore(any = false) {
    const kept = await (any ? newest() : load()).catch(() => undefined);
    if (!kept || this.app.hasScene) return;
    this.app.set({ busy: "Bringing back your work" });
    this.host.emit("restored", { project: await toBase64(kept.project), document: kept.document });
  }

  /** @param {File | undefined} file */
  async openPhoto(file) {
    const { app, host } = this;
    if (!file || !host.upload) return;
    if (app.doc.objects.length && !(await this.layout.ask("Replace the photo? Its objects and paths go with it.", "Replace"))) return;
    app.set({ busy: "Sending the photo", error: "" });
    try {
      const { path } = await host.upload(file);
      host.emit("photo", { path });
    } catch (error) {
      app.set({ busy: "", error: messageOf(error) });
    }
  }

  render() {
    const { app, viewport, layout } = this;
    if (!layout.root.isConnected) return;
    this.timeline.tick(performance.now());
    this.adaptQuality(performance.now());
    this.drawPicture();
    if (app.dirty) {
      app.dirty = false;
      this.overlay.draw(app, viewport, this.ratio);
      this.timeline.update();
      this.guide.update();
      layout.update();
    }
    this.timeline.showTime();
    this.drawn += 1;
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

  drawPicture() {
    const { app, viewport } = this;
    if (!app.hasScene) return;
    const { doc, world, ui } = app;
    const onion = ui.onion && !ui.playing && ui.tool !== "mask" ? ui.object : null;
    const frame = frameAt(doc, world, this.timeline.shownTime, onion);
    const sprite = (/** @type {import("./types.js").StageObject} */ object) => this.app.sprites.of(world, object);
    const { scale, tx, ty, width, height } = viewport;
    this.renderer.draw({ doc, world, frame, sprite, scale, tx, ty, width, height, ratio: this.ratio * this.quality, depthView: ui.depthView });
  }
}

/** Whether the object leaves a hole in the still scene. @param {import("./types.js").StageObject} object */
const lifted = (object) => object.hidden || moves(object);

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
