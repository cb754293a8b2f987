/**
 * What the server sends (PROTOCOL.md) -> the app's world and document. A new document starts the history anew; a
 * change that the server made to this one is one more step in it.
 */

import { loadBitmap, loadDisparity, loadMask, loadWords } from "./decode.js";
import { addObject, emptyDocument } from "./document.js";
import { begin, commit } from "./history.js";
import { messageOf } from "./picking.js";
import { keepDocument, keepScene, rescue } from "./storage.js";
import { freshVersion, moves, newWorld } from "./world.js";

/** @typedef {{id?: string, document_id?: string, document?: any, clips?: Record<string, {num_frames: number, fps: number}>, step?: number, changes?: any, photo?: string, disparity?: string,
 *   instances?: string | null, project?: string, pickable?: boolean, play?: boolean}} ScenePayload */

export class SceneLoader {
  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.app = stage.app;
    /** @type {string | null} */
    this.instancesUrl = null;
    this.step = 0;
    this.turn = 0;
    this.keptScene = ""; // whose photo this browser keeps
    this.unsaved = false;
    this.saving = false;
  }

  /** @param {ScenePayload | null | undefined} scene */
  async show(scene) {
    const { app } = this;
    if (!scene?.id) return;
    const turn = ++this.turn;
    try {
      if (scene.photo) await this.open(scene, turn);
      if (turn === this.turn) await this.change(scene);
    } catch (error) {
      app.set({ busy: "", error: messageOf(error) });
    }
  }

  /** A photo with its depth, new or the same again. @param {ScenePayload} scene @param {number} turn */
  async open(scene, turn) {
    const another = scene.document_id !== this.app.documentId;
    if (another || scene.id !== this.app.sceneId) await this.loadPictures(scene, turn, another);
    if (turn !== this.turn) return;
    await this.loadInstances(scene, turn);
    this.app.keepSelectionValid();
    this.app.invalidate();
    this.stage.preparation.soon();
  }

  /** @param {ScenePayload} scene @param {number} turn @param {boolean} another */
  async loadPictures(scene, turn, another) {
    const { app, stage } = this;
    app.set({ busy: "Opening the photo", error: "", status: "" });
    const resolve = (/** @type {string | undefined} */ url) => app.host.resolve(url ?? "");
    const [disparity, photo, project] = await Promise.all([
      loadDisparity(resolve(scene.disparity)),
      loadBitmap(resolve(scene.photo)),
      scene.project ? blobAt(resolve(scene.project)) : undefined,
    ]);
    if (turn !== this.turn) return;
    const { masks } = app.world;
    app.world = Object.assign(newWorld(disparity), { photo }, another ? {} : { masks });
    app.sceneId = /** @type {string} */ (scene.id);
    app.clips = scene.clips ?? app.clips;
    this.instancesUrl = null;
    stage.preparation.forget();
    if (another) await this.loadDocument(scene);
    if (scene.project) await this.keep(app.sceneId, project);
    app.set({ busy: "" });
  }

  /** @param {ScenePayload} scene */
  async loadDocument(scene) {
    const { app, stage } = this;
    const { width, height } = app.world.disparity;
    app.maskUrls.clear();
    const values = await this.adopted(scene.document ?? {});
    app.history = begin(emptyDocument([height, width], { ...values, size_hw: [height, width] }));
    app.draft = null;
    app.documentId = scene.document_id ?? "";
    this.step = scene.step ?? 0;
    const object = app.doc.objects.find(moves)?.id ?? null;
    const playing = Boolean(scene.play) && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    Object.assign(app.ui, { object, playing, waypoint: null, refine: null, time: 0, tool: "select", cameraKey: null, told: "" });
    stage.viewport.fitted = true;
    stage.resize();
  }

  /** A document's values with its masks kept under our own ids. @param {any} document */
  async adopted({ masks = {}, ...values }) {
    const { app } = this;
    const ids = new Map();
    for (const [key, url] of Object.entries(masks)) ids.set(key, app.keepMask(await loadMask(app.host.resolve(String(url))), String(url)));
    const named = (/** @type {any} */ item) => ({ ...item, mask: ids.get(item.mask) ?? item.mask });
    const lists = Object.entries(values).map(([key, value]) => [key, key === "objects" || key === "scenery" ? value.map(named) : value]);
    return Object.fromEntries(lists);
  }

  /** Automatic masks may come after the photo. @param {ScenePayload} scene @param {number} turn */
  async loadInstances(scene, turn) {
    const { world } = this.app;
    if (!scene.instances || scene.instances === this.instancesUrl) return;
    const instances = await loadWords(this.app.host.resolve(scene.instances));
    if (turn !== this.turn) return;
    this.instancesUrl = scene.instances;
    this.stage.preparation.forget();
    Object.assign(world, { instances, pickable: scene.pickable ?? true, version: freshVersion() });
  }

  /** What the server changed in this document, once. @param {ScenePayload} scene */
  async change(scene) {
    const { app } = this;
    if (scene.document_id !== app.documentId || !scene.changes || (scene.step ?? 0) <= this.step) return;
    this.step = scene.step ?? 0;
    const { added, ...changes } = scene.changes;
    if (added) return this.add(added);
    app.history = commit(app.history, { ...app.history.present, ...(await this.adopted(changes)) });
    app.keepSelectionValid();
    app.invalidate();
    this.stage.preparation.soon();
    void this.remember();
  }

  /** A person's own mask becomes an object. @param {string} url */
  async add(url) {
    const { app } = this;
    const [doc, object] = addObject(app.doc, app.keepMask(await loadMask(app.host.resolve(url)), url));
    app.commit(doc, { object, waypoint: null, refine: null });
  }

  /** Keep photo and document in the browser, before the photo is ready for clicks. @param {string} sceneId @param {Blob | undefined} project */
  async keep(sceneId, project) {
    const kept = project && keepScene(sceneId, project, this.app.exported()).then(() => true, () => false);
    if (!(await kept)) return this.app.set({ status: "This browser cannot keep the work; save a project file before you leave." });
    this.keptScene = sceneId;
    void this.remember();
  }

  /** Keep the document at once; while one is being written, the next waits and takes in all that comes meanwhile. */
  async remember() {
    this.unsaved = true;
    if (this.saving) return;
    this.saving = true;
    while (this.unsaved) {
      this.unsaved = false;
      const { sceneId } = this.app;
      if (sceneId === this.keptScene) await keepDocument(sceneId, this.app.exported()).catch(() => {});
    }
    this.saving = false;
  }

  /** The page goes: what is not kept yet is put where a reload finds it. */
  leave() {
    const { app } = this;
    if (this.saving && app.sceneId === this.keptScene) rescue(app.sceneId, app.exported());
  }
}

/** @param {string} url @returns {Promise<Blob | undefined>} nothing when it cannot be had */
async function blobAt(url) {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.ok ? answer.blob() : undefined;
}
