/**
 * What the server sends (PROTOCOL.md) -> the app's world and document. A new document starts the history anew; a
 * change that the server made to this one is one more step in it.
 */

import { loadBitmap, loadDisparity, loadMask, loadWords } from "./decode.js";
import { addObject, whyFull } from "./document.js";
import { begin, commit } from "./history.js";
import { messageOf } from "./picking.js";
import { keepDocument, keepScene, rescue } from "./storage.js";
import { freshVersion, moves, newWorld } from "./world.js";

/** @typedef {{id?: string, document_id?: string, document?: any, clips?: Record<string, {num_frames: number, fps: number}>, step?: number, changes?: any, photo?: string, disparity?: string,
 *   instances?: string | null, project?: string, pickable?: boolean, play?: boolean}} ScenePayload */

/** @typedef {{values: any, masks: [string, Mask, string][]}} ReadDocument  with its masks: id, pixels, URL */
/** @typedef {import("./types.js").Mask} Mask */

const REST_MS = 40;

export class SceneLoader {
  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.app = stage.app;
    /** @type {string | null} */
    this.instancesUrl = null;
    this.step = 0;
    this.turn = 0;
    this.shown = Promise.resolve();
    this.keptScene = ""; // whose photo this browser keeps
    this.unsaved = false;
    this.saving = false;
  }

  /** One payload after the other; newer pictures take the place of older ones that are still loading. @param {ScenePayload | null | undefined} scene */
  show(scene) {
    if (!scene?.id) return this.shown;
    const turn = scene.photo ? ++this.turn : this.turn;
    this.shown = this.shown.then(() => this.take(scene, turn)).catch((error) => this.app.set({ busy: "", error: messageOf(error) }));
    return this.shown;
  }

  /** @param {ScenePayload} scene @param {number} turn */
  async take(scene, turn) {
    if (scene.photo) await this.open(scene, turn);
    if (turn === this.turn) await this.change(scene);
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

  /** Everything is read before anything is shown. @param {ScenePayload} scene @param {number} turn @param {boolean} another */
  async loadPictures(scene, turn, another) {
    const { app, stage } = this;
    if (turn !== this.turn) return;
    app.set({ busy: "Opening the photo", error: "", status: "" });
    const resolve = (/** @type {string | undefined} */ url) => app.host.resolve(url ?? "");
    const [disparity, photo, project, document] = await Promise.all([
      loadDisparity(resolve(scene.disparity)),
      loadBitmap(resolve(scene.photo)),
      scene.project ? blobAt(resolve(scene.project)) : undefined,
      another ? this.read(scene.document ?? {}) : undefined,
    ]);
    if (turn !== this.turn) return;
    const world = Object.assign(newWorld(disparity), { photo });
    const sceneId = /** @type {string} */ (scene.id);
    app.clips = scene.clips ?? app.clips;
    this.instancesUrl = null;
    stage.preparation.forget();
    if (document) this.begin(scene, document, world);
    else Object.assign(app, { sceneId, world: Object.assign(world, { masks: app.world.masks }) });
    if (scene.project) await this.keep(sceneId, project);
    app.set({ busy: "" });
  }

  /** @param {ScenePayload} scene @param {ReadDocument} document @param {import("./world.js").World} world */
  begin(scene, document, world) {
    const { app, stage } = this;
    app.open(world, scene.id ?? "", scene.document_id ?? "");
    app.history = begin({ ...app.doc, ...this.adopted(document), size_hw: app.doc.size_hw, document_id: app.doc.document_id });
    this.step = scene.step ?? 0;
    const playing = Boolean(scene.play) && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    app.set({ object: app.doc.objects.find(moves)?.id ?? null, playing });
    stage.viewport.fitted = true;
    stage.resize();
  }

  /** @param {any} document @returns {Promise<ReadDocument>} */
  async read({ masks = {}, ...values }) {
    const entries = Object.entries(masks).map(async ([id, url]) => /** @type {[string, Mask, string]} */ ([id, await loadMask(this.app.host.resolve(String(url))), String(url)]));
    return { values, masks: await Promise.all(entries) };
  }

  /** A document's values with its masks kept under our own ids. @param {ReadDocument} document */
  adopted({ values, masks }) {
    const ids = new Map(masks.map(([id, mask, url]) => [id, this.app.keepMask(mask, url)]));
    const named = (/** @type {any} */ item) => ({ ...item, mask: ids.get(item.mask) ?? item.mask });
    const lists = Object.entries(values).map(([key, value]) => [key, key === "objects" || key === "scenery" ? value.map(named) : value]);
    return Object.fromEntries(lists);
  }

  /** Automatic masks may come after the photo. @param {ScenePayload} scene @param {number} turn */
  async loadInstances(scene, turn) {
    const { app } = this;
    if (!scene.instances || scene.instances === this.instancesUrl) return;
    const instances = await loadWords(app.host.resolve(scene.instances));
    if (turn !== this.turn) return;
    this.instancesUrl = scene.instances;
    this.stage.preparation.forget();
    Object.assign(app.world, { instances, pickable: scene.pickable ?? true, version: freshVersion() });
    app.point({ hover: null });
  }

  /** What the server changed in this document, once, after the drag that is under way. @param {ScenePayload} scene */
  async change(scene) {
    const { app } = this;
    const wanted = () => scene.document_id === app.documentId && scene.changes && (scene.step ?? 0) > this.step;
    if (!wanted()) return;
    const { added, ...changes } = scene.changes;
    const mask = added ? await loadMask(app.host.resolve(added)) : null;
    const document = await this.read(changes);
    while (app.draft || app.painting) await new Promise((done) => setTimeout(done, REST_MS));
    if (!wanted()) return;
    this.step = scene.step ?? 0;
    if (mask) return this.add(mask, added);
    app.history = commit(app.history, { ...app.history.present, ...this.adopted(document) });
    app.settle({ hover: null });
    this.stage.preparation.soon();
    void this.remember();
  }

  /** A person's own mask becomes an object. @param {Mask} mask @param {string} url */
  add(mask, url) {
    const { app } = this;
    if (whyFull(app.doc)) return app.set({ error: whyFull(app.doc) });
    const [doc, object] = addObject(app.doc, app.keepMask(mask, url));
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
