/**
 * What the server sends (PROTOCOL.md) -> the app's world and document. A new document starts the history anew; a
 * change that the server made to this one is one more step in it. Keeps the work in the browser, too.
 */

import { addObject, whyFull } from "../model/document.js";
import { withRiders } from "../model/follow.js";
import { begin } from "../model/history.js";
import { freshVersion, moves, newWorld } from "../model/world.js";
import { loadBitmap, loadDisparity, loadMask, loadWords } from "./decode.js";
import { messageOf } from "./host.js";
import { keepDocument, keepScene, rescue } from "./storage.js";

/** @import { Offered } from "../model/settings.js" */
/** @import { FloatMap, Mask } from "../model/types.js" */
/** @import { World } from "../model/world.js" */
/** @import { Stage } from "../stage.js" */
/** @import { Pictures } from "./photos.js" */
/** @typedef {Partial<Pictures> & {document_id?: string, document?: any, settings?: Offered, play?: boolean, step?: string, changes?: any}} ScenePayload */
/** @typedef {Map<string, [Mask, string]>} LoadedMasks masks with their addresses, by the sender's ids */

const REST_MS = 40;

export class SceneLoader {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.app = stage.app;
    this.photos = stage.photos;
    /** @type {string | null | undefined} the document that is open or will be */
    this.documentId = null;
    this.wanted = ""; // the photo that is shown or will be
    this.turn = 0;
    /** @type {string | undefined} the server's last change */
    this.step = undefined;
    /** @type {string | null} */
    this.instancesUrl = null;
    /** @type {Promise<Blob | undefined> | undefined} the project file that this browser keeps */
    this.kept = undefined;
    this.unsaved = false;
    this.saving = false;
  }

  /** @param {ScenePayload | null | undefined} scene */
  async show(scene) {
    try {
      if (scene?.document) await this.open(scene);
      else if (scene?.document_id && scene.document_id === this.documentId) await (scene.changes ? this.change(scene) : this.find(scene));
    } catch (error) {
      this.fail(error);
    }
  }

  /** What was open stays open. @param {unknown} error */
  fail(error) {
    Object.assign(this, { wanted: this.app.sceneId, documentId: this.app.documentId });
    this.app.set({ busy: "", error: messageOf(error) });
  }

  /** Another photo or project. @param {ScenePayload} scene */
  async open(scene) {
    if (scene.document_id === this.documentId) return;
    this.documentId = scene.document_id;
    this.photos.clear();
    this.photos.add(/** @type {Pictures} */ (scene));
    await this.load(scene.id ?? "", scene);
  }

  /** Show a photo's pictures. @param {string} id @param {ScenePayload} [opened] what begins with them */
  async load(id, opened) {
    const { app, stage } = this;
    const turn = ++this.turn;
    this.wanted = id;
    app.set({ busy: "Opening the photo", error: "", status: "" });
    const [[disparity, photo], masks] = await Promise.all([this.pictures(id), this.masksOf(opened?.document)]);
    if (turn !== this.turn) return;
    const { guessed = false, ground = null } = this.photos.pictures.get(id) ?? {};
    const world = Object.assign(newWorld(disparity), { photo, guessed, ground });
    this.instancesUrl = null;
    stage.preparation.forget();
    if (opened) this.begin(opened, world, masks);
    else Object.assign(app, { sceneId: id, world: Object.assign(world, { masks: app.world.masks }) });
    await this.remember();
    if (turn !== this.turn) return;
    app.set({ busy: "" });
    await this.loadInstances();
    app.keepSelectionValid();
    stage.preparation.soon();
  }

  /** Those of a photo whose files the server has no more are made again. @param {string} id @returns {Promise<[FloatMap, ImageBitmap]>} */
  async pictures(id) {
    const { photos } = this;
    const read = () => {
      const { disparity, photo } = /** @type {Pictures} */ (photos.pictures.get(id));
      return Promise.all([loadDisparity(photos.host.resolve(disparity)), loadBitmap(photos.host.resolve(photo))]);
    };
    return read().catch(async (error) => {
      if (await photos.send(id)) return read();
      throw error;
    });
  }

  /** @param {ScenePayload} scene @param {World} world @param {LoadedMasks} masks */
  begin(scene, world, masks) {
    const { app, stage } = this;
    app.open(world, scene.id ?? "", scene.document_id ?? "");
    app.offered = scene.settings ?? app.offered;
    const { size_hw, document_id } = app.doc;
    app.history = begin(withRiders({ ...app.doc, ...this.adopt(scene.document, masks), size_hw, document_id, scene_id: scene.id }));
    const playing = Boolean(scene.play) && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    app.set({ object: app.doc.objects.find(moves)?.id ?? null, playing });
    stage.viewport.fitted = true;
    stage.resize();
    stage.settings.follow();
  }

  /** @param {{masks?: Record<string, string>} | undefined} document @returns {Promise<LoadedMasks>} */
  async masksOf(document) {
    const { host } = this.photos;
    const urls = Object.entries(document?.masks ?? {}).map(([key, url]) => /** @type {const} */ ([key, host.resolve(String(url))]));
    return new Map(await Promise.all(urls.map(async ([key, url]) => /** @type {[string, [Mask, string]]} */ ([key, [await loadMask(url), url]]))));
  }

  /** A document's values with its masks kept under our own ids. @param {any} document @param {LoadedMasks} masks */
  adopt({ masks: _, ...values }, masks) {
    const ids = new Map([...masks].map(([key, [mask, url]]) => [key, this.app.keepMask(mask, url)]));
    const named = (/** @type {any} */ item) => ({ ...item, mask: ids.get(item.mask) ?? item.mask });
    const lists = Object.entries(values).map(([key, value]) => [key, key === "objects" || key === "scenery" ? value.map(named) : value]);
    return Object.fromEntries(lists);
  }

  /** Automatic masks come after the photo. @param {ScenePayload} scene */
  async find({ id, project, instances = null, pickable = true }) {
    const { photos } = this;
    const known = photos.pictures.get(id ?? "");
    if (known && project) photos.add({ ...known, project });
    photos.addInstances({ instances, pickable });
    void this.remember();
    if (this.app.sceneId === this.wanted) await this.loadInstances();
  }

  async loadInstances() {
    const { app, photos, stage } = this;
    const { instances: url, pickable } = photos.pictures.get(app.sceneId) ?? {};
    if (!url || url === this.instancesUrl) return;
    const { world } = app;
    const instances = await loadWords(photos.host.resolve(url));
    if (world !== app.world) return;
    this.instancesUrl = url;
    stage.preparation.forget();
    Object.assign(world, { instances, pickable: pickable ?? true, version: freshVersion() });
    app.set({ hover: null });
    stage.preparation.soon();
  }

  /** What the server changed in this document, once, after the drag that is under way: other pictures, values, or a person's own mask as an object. @param {ScenePayload} scene */
  async change(scene) {
    const { app } = this;
    if (scene.step === this.step) return;
    this.step = scene.step;
    if (scene.photo) this.photos.add(/** @type {Pictures} */ (scene));
    const { added, ...changes } = scene.changes;
    const mask = added ? await loadMask(this.photos.host.resolve(added)) : null;
    const masks = await this.masksOf(changes);
    while (app.draft || app.painting) await new Promise((done) => setTimeout(done, REST_MS));
    if (scene.document_id !== app.documentId) return;
    if (mask) return this.add(mask, added);
    const { present } = app.history;
    app.commit({ ...present, ...this.adopt(changes, masks), scene_id: scene.id ?? present.scene_id });
  }

  /** @param {Mask} mask @param {string} url */
  add(mask, url) {
    const { app } = this;
    if (whyFull(app.doc)) return app.set({ error: whyFull(app.doc) });
    const [doc, object] = addObject(app.doc, app.keepMask(mask, url));
    app.commit(doc, { object, waypoint: null, refine: null });
  }

  /** The photo that the document stands on now: an undo may go back to another depth map. */
  async follow() {
    const id = this.app.history.present.scene_id ?? "";
    if (id === this.wanted || !this.photos.pictures.has(id)) return;
    await this.load(id).catch((error) => this.fail(error));
  }

  /** Keep the work at once; while it is being written, the next waits and takes in all that comes meanwhile. */
  async remember() {
    const { app } = this;
    this.unsaved = true;
    if (this.saving) return;
    this.saving = true;
    while (this.unsaved) {
      this.unsaved = false;
      const kept = await this.write().then(() => true, () => false);
      if (kept !== app.ui.kept) app.set({ kept });
    }
    this.saving = false;
  }

  /** The document, and before it the photo unless it is the one that is kept. */
  async write() {
    const document = this.app.serialize();
    const project = this.photos.projects.get(document.scene_id ?? "");
    if (project && project === this.kept) return keepDocument(document.scene_id ?? "", document);
    const file = await project;
    if (!file) throw new Error("There is no photo to keep.");
    await keepScene(document.scene_id ?? "", file, document);
    this.kept = project;
  }

  /** The page goes: what is not kept yet is put where a reload finds it. */
  leave() {
    if (this.saving) rescue(this.app.history.present.scene_id ?? "", this.app.serialize());
  }
}
