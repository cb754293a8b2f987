/**
 * The one place that holds what changes: the document's history, the world around it, what is selected. Everything
 * else reads from here and asks here; a change redraws once per animation frame.
 */

import { begin, commit, redo, undo } from "./history.js";
import { emptyDocument, findObject } from "./document.js";
import { maskId, maskUrl } from "./decode.js";
import { newWorld, planOf } from "./world.js";
import { Sprites } from "./sprites.js";

/** @typedef {import("./types.js").StageDocument} StageDocument */
/** @typedef {"select" | "path" | "mask" | "orbit"} Tool */
/** @typedef {{object: string | null, points: [number, number, boolean][], box: import("./types.js").Box | null,
 *   candidates: string[], chosen: number, busy: boolean}} Refine */
/** @typedef {{tool: Tool, object: string | null, waypoint: number | null, cameraKey: number | null, time: number,
 *   playing: boolean, loop: boolean, atFrames: boolean, onion: boolean, depthView: boolean, hover: number | null,
 *   refine: Refine | null, brush: number, erase: boolean, pointedAt: string | null, status: string, error: string, busy: string,
 *   pointer: readonly [number, number] | null, orbit: import("./tools/orbit.js").OrbitSettings | null}} UiState */
/** @typedef {{segment: (request: object) => Promise<any>, prepare: (request: object) => Promise<any>,
 *   emit: (name: string, data: object) => void, resolve: (url: string) => string}} Host */

/** @returns {UiState} */
function initialUi() {
  const nothing = { object: null, pointedAt: null, waypoint: null, cameraKey: null, hover: null, refine: null, pointer: null, orbit: null };
  const shown = { playing: false, loop: true, atFrames: false, onion: true, depthView: false, erase: false };
  return { tool: "select", time: 0, brush: 12, status: "", error: "", busy: "", ...nothing, ...shown };
}

export class App {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    this.ui = initialUi();
    this.history = begin(emptyDocument([1, 1]));
    /** @type {StageDocument | null} */
    this.draft = null;
    this.world = newWorld({ width: 1, height: 1, data: new Float32Array(1) });
    this.sprites = new Sprites();
    /** @type {Map<string, string>} PNG data URLs by mask id */
    this.maskUrls = new Map();
    /** @type {readonly import("./types.js").Waypoint[] | null} */
    this.copiedPath = null;
    this.sceneId = "";
    this.revision = 0; // of the document, so that the server never takes an older one for the newest
    /** @type {string | null} */
    this.documentId = null;
    /** @type {{mask: import("./types.js").Mask, add: boolean} | null} a brush stroke in progress */
    this.painting = null;
    /** @type {Set<() => void>} */
    this.onEdit = new Set();
    /** @type {() => void} */
    this.render = () => {};
    this.scheduled = false;
    this.dirty = true;
  }

  /** The document as it looks now, in the middle of a drag too. */
  get doc() {
    return this.draft ?? this.history.present;
  }

  get hasScene() {
    return this.sceneId !== "";
  }

  /** @returns {import("./types.js").StageObject | undefined} */
  get selected() {
    return findObject(this.doc, this.ui.object);
  }

  /** Something changed: draw everything. */
  invalidate() {
    this.dirty = true;
    this.schedule();
  }

  /** Only time went on, while playing: the picture and the playhead follow, the panels need not. @param {number} time */
  advance(time) {
    this.ui.time = time;
    this.schedule();
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.render();
    });
  }

  /** @param {Partial<UiState>} changes */
  set(changes) {
    Object.assign(this.ui, changes);
    this.invalidate();
  }

  /** Show a document that is not yet part of the history. @param {StageDocument} doc */
  preview(doc) {
    this.draft = doc;
    this.invalidate();
  }

  /** @param {StageDocument} doc @param {Partial<UiState>} [changes] */
  commit(doc, changes = {}) {
    this.draft = null;
    this.history = commit(this.history, doc);
    this.changed(changes);
  }

  /** Drop a preview. */
  cancel() {
    this.draft = null;
    this.invalidate();
  }

  undo() {
    if (this.draft) return this.cancel();
    this.step(undo(this.history));
  }

  redo() {
    this.step(redo(this.history));
  }

  /** @param {import("./history.js").History<StageDocument>} history */
  step(history) {
    if (history === this.history) return;
    this.history = history;
    this.draft = null;
    this.changed({ refine: null, orbit: null });
  }

  /** @param {Partial<UiState>} changes */
  changed(changes) {
    this.revision += 1;
    this.set({ error: "", ...changes });
    this.keepSelectionValid();
    this.onEdit.forEach((listener) => listener());
  }

  keepSelectionValid() {
    const object = this.selected;
    if (!object) Object.assign(this.ui, { object: null, waypoint: null });
    else if (this.ui.waypoint !== null && this.ui.waypoint >= object.waypoints.length) this.ui.waypoint = null;
    if (this.ui.cameraKey !== null && this.ui.cameraKey >= this.doc.camera.keys.length) this.ui.cameraKey = null;
  }

  /** @param {string | null} id */
  selectObject(id) {
    if (id !== this.ui.object) this.set({ object: id, waypoint: null, refine: null, orbit: null, cameraKey: null });
  }

  /** Select a waypoint and go to its moment. @param {number | null} index */
  selectWaypoint(index) {
    const object = this.selected;
    const time = object && index !== null && object.waypoints.length > 1 ? this.plan(object).trajectory.times[index] : this.ui.time;
    this.set({ waypoint: index, time, playing: false, cameraKey: null });
  }

  /** @param {import("./types.js").StageObject} object */
  plan(object) {
    return planOf(this.doc, this.world, object);
  }

  /** Keep a mask and name it. @param {import("./types.js").Mask} mask @param {string} [url] */
  keepMask(mask, url) {
    const id = maskId(mask);
    if (!this.maskUrls.has(id)) {
      this.world.masks.set(id, mask);
      this.maskUrls.set(id, url ?? maskUrl(mask));
    }
    return id;
  }

  /** The document with its masks: what the server, the project file and the browser's store receive. */
  exported() {
    const doc = this.history.present;
    const used = [...doc.objects, ...doc.scenery].map((item) => item.mask);
    const masks = Object.fromEntries(used.map((id) => [id, this.maskUrls.get(id) ?? ""]));
    return { ...doc, scene_id: this.sceneId, document_id: this.documentId, revision: this.revision, masks };
  }
}
