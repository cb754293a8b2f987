/**
 * The stage, put together: one store of the document and of what is selected (model/), views that draw it (draw/,
 * panels/), input that acts on it (input/), and what asks the server (server/, PROTOCOL.md). Those rooms import model/ and
 * not each other, model/ imports none of them, and this module alone imports them all; what one of them needs of another
 * is handed to it here. What happens in a frame stands here too, and what more than one of them asks for.
 */

import { Overlay } from "./draw/overlay.js";
import { Picture } from "./draw/picture.js";
import { PointerInput } from "./input/pointer.js";
import { listenToKeys } from "./input/shortcuts.js";
import { App } from "./model/app.js";
import { paintsPhoto } from "./model/mending.js";
import { Playback } from "./model/playback.js";
import { rendererInUse } from "./model/settings.js";
import { Viewport } from "./model/viewport.js";
import { Guide } from "./panels/guide.js";
import { buildLayout } from "./panels/layout.js";
import { SettingsWidgets } from "./panels/settings.js";
import { Timeline } from "./panels/timeline.js";
import { maskUrl } from "./server/decode.js";
import { Files } from "./server/files.js";
import { GroundGuess } from "./server/ground.js";
import { messageOf } from "./server/host.js";
import { Photos, asFile } from "./server/photos.js";
import { Outlines } from "./server/outlines.js";
import { Picking } from "./server/picking.js";
import { Preparation } from "./server/preparation.js";
import { SceneLoader } from "./server/scene_loader.js";
import { load, newest, tabName } from "./server/storage.js";
import { chooseTracks } from "./server/tracks.js";

/** @import { Tool } from "./model/app.js" */
/** @import { Host } from "./server/host.js" */
/** @import { ScenePayload } from "./server/scene_loader.js" */

const DRAGGED = ".lv-overlay, .lv-ruler, .lv-key, .lv-lane, .lv-bend, .lv-grip"; // touch-action none in stage.css
const PANELS_MS = 120; // between updates of the panels while a slow machine drags

/**
 * A quick stroke is no fling: Chromium takes it for one even where nothing scrolls, and then swallows the next tap.
 * @param {TouchEvent} event
 */
function ownTouch(event) {
  if (/** @type {Element} */ (event.target).closest(DRAGGED)) event.preventDefault();
}

export class Stage {
  /** @param {HTMLElement} root @param {Host} host */
  constructor(root, host) {
    this.host = host;
    const app = (this.app = new App(maskUrl));
    const viewport = (this.viewport = new Viewport());
    this.playback = new Playback(app);

    this.photos = new Photos(host);
    this.photos.onSilence = (words) => words !== app.ui.silence && app.set({ silence: words });
    this.picking = new Picking(app, this.photos);
    this.outlines = new Outlines(app, this.photos);
    this.preparation = new Preparation(app, this.photos);
    this.ground = new GroundGuess(app, this.photos);
    this.loader = new SceneLoader(this);

    this.settings = new SettingsWidgets(app, () => host.emit("settings", {}));
    this.timeline = new Timeline(app, this.playback);
    this.guide = new Guide(app);
    this.layout = buildLayout(this, root);
    this.overlayCanvas = this.layout.overlay;
    this.overlay = new Overlay(this.overlayCanvas);
    this.picture = new Picture(app, viewport, this.layout.picture);

    this.pointer = new PointerInput(app, viewport, this, this.overlayCanvas, this.layout.showBox);
    this.files = new Files(app, host, this.layout.ask);
    this.files.listen(root, this.layout.view);
    listenToKeys(this, root);
    root.addEventListener("touchmove", ownTouch, { passive: false });

    this.drawn = 0;
    this.panelsAt = 0;
    this.panelTimer = 0;
    app.render = () => this.render();
    app.onEdit.add(() => this.followEdit());
    window.addEventListener("pagehide", () => this.loader.leave());
    new ResizeObserver(() => this.resize()).observe(this.layout.view);
  }

  /** @param {Tool} tool */
  useTool(tool) {
    const rest = paintsPhoto(tool) ? { time: 0 } : {}; // where the objects stand in the photo
    this.app.set({ tool, refine: null, orbit: null, outline: null, hover: null, error: "", playing: false, ...rest });
  }

  /** @param {boolean} depthView */
  showDepth(depthView) {
    if (!depthView && this.app.ui.tool === "depth") this.useTool("select");
    this.app.set({ depthView });
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

  toggleHelp() {
    const { help, overlay, root } = this.layout;
    help.hidden = !help.hidden;
    for (const part of root.children) if (part !== help) part.toggleAttribute("inert", !help.hidden);
    if (help.hidden) overlay.focus();
    else help.querySelector("button")?.focus();
  }

  resize() {
    const { clientWidth, clientHeight } = this.layout.view;
    if (!clientWidth || !clientHeight) return;
    this.viewport.resize(clientWidth, clientHeight, this.app.doc.size_hw);
    this.app.invalidate();
  }

  /** A new payload from the server. @param {ScenePayload | null | undefined} scene */
  setScene(scene) {
    return this.loader.show(scene);
  }

  followEdit() {
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
    return this.app.serialize();
  }

  /** @param {string} name @param {unknown} value */
  setSetting(name, value) {
    this.settings.set(name, value);
  }

  /** @param {readonly string[]} names */
  settingsToShow(names) {
    return this.settings.toShow(names);
  }

  rendererInUse() {
    return rendererInUse(this.app.history.present, this.app.offered);
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

  /** Let the person choose a file of tracked points as the selected object's path. */
  chooseTracks() {
    chooseTracks(this.app, this.photos);
  }

  /** @param {File | undefined} file a photo or a project file */
  openPhoto(file) {
    return this.files.open(file);
  }

  render() {
    const { app, picture, viewport } = this;
    if (!this.layout.root.isConnected) return;
    const now = performance.now();
    this.playback.tick(now);
    picture.adapt(now);
    if (app.stale) picture.draw();
    if (app.dirty) this.overlay.draw(app, viewport, picture.ratio);
    if (app.dirty) this.updatePanels();
    this.timeline.draw();
    this.drawn += 1;
  }

  /** Where frames are slow, what is dragged goes first: the panels follow a few times a second, and at its end. */
  updatePanels() {
    const { app } = this;
    const wait = app.draft && this.picture.quality < 1 ? this.panelsAt + PANELS_MS - performance.now() : 0;
    app.dirty = wait > 0;
    clearTimeout(this.panelTimer);
    if (wait > 0) return void (this.panelTimer = window.setTimeout(() => app.schedule(), wait));
    this.panelsAt = performance.now();
    this.layout.update();
  }
}

/** Build a stage in an element. @param {HTMLElement} root @param {Host} host */
export function mountStage(root, host) {
  return new Stage(root, host);
}
