/**
 * The one place that holds what changes: the document's history, the world around it, what is selected. Everything
 * else reads from here and asks here; a change redraws once per animation frame.
 */

import { isEqual } from "./equality.js";
import { emptyDocument, findItem, findObject } from "./document.js";
import { withRiders } from "./follow.js";
import { begin, commit, jump, redo, undo } from "./history.js";
import { presentKeys } from "./key_group.js";
import { maskId } from "./masks.js";
import { NONE_OFFERED, settingValues } from "./settings.js";
import { stepInWords } from "./steps.js";
import { newWorld, planOf } from "./world.js";

/** @import { History } from "./history.js" */
/** @import { KeyRef } from "./key_group.js" */
/** @import { MendBrush } from "./mending.js" */
/** @import { OrbitSettings } from "./orbit.js" */
/** @import { Box, Mask, StageDocument, StageObject, Waypoint } from "./types.js" */
/** @import { World } from "./world.js" */
/** @typedef {"select" | "path" | "mask" | "orbit" | "depth"} Tool */
/** @typedef {"brush" | "lasso" | "magnetic" | "scribble"} MaskShape  what a drag draws with the mask tool */
/** @typedef {{points: [number, number][], corners: number[], add: boolean, busy: boolean}} Outline  being drawn; `corners`: where in the points those of the magnetic lasso are */
/** @typedef {{from: readonly [number, number], points: readonly (readonly [number, number])[]}} Live  where the magnetic lasso would go from its last corner */
/** @typedef {{of: string, mask: string}} Shadowed  a mask, and it with the shadow that it casts */
/** @typedef {{object: string | null, base: string | null, points: [number, number, boolean][], box: Box | null,
 *   candidates: string[], chosen: number, busy: boolean, takes: boolean}} Refine
 *   `base`: the mask that the clicks refine, unless they began it; `takes`: they take away */
/** @typedef {{tool: Tool, object: string | null, waypoint: number | null, cameraKey: number | null, time: number,
 *   playing: boolean, loop: boolean, atFrames: boolean, onion: boolean, depthView: boolean, hover: number | null,
 *   refine: Refine | null, brush: number, mend: MendBrush, erase: boolean, fingers: boolean,
 *   keys: readonly KeyRef[], guides: readonly [number | null, number | null], shape: MaskShape, amount: number, outline: Outline | null, live: Live | null, shadowed: Shadowed | null, steps: boolean, cameraAmount: number, pointedAt: string | null, status: string, error: string, busy: string, silence: string, announcement: string, kept: boolean,
 *   horizon: number | null, pointer: readonly [number, number] | null, cursor: readonly [number, number] | null, orbit: OrbitSettings | null}} UiState */

/** @type {readonly [null, null]} */
const NO_GUIDES = [null, null];

/** What belongs to one document: none of it outlives the document. */
function documentUi() {
  const nothing = { object: null, pointedAt: null, waypoint: null, cameraKey: null, hover: null, refine: null, pointer: null, cursor: null, orbit: null, horizon: null, outline: null, live: null, shadowed: null, steps: false, keys: [], guides: NO_GUIDES };
  return { tool: /** @type {Tool} */ ("select"), time: 0, playing: false, cameraAmount: 0.35, status: "", error: "", announcement: "", ...nothing };
}

/** Whether this device is touched rather than pointed at, until a pointer says. */
function coarse() {
  return globalThis.matchMedia?.("(pointer: coarse)").matches ?? false;
}

/** @returns {UiState} */
function initialUi() {
  const mend = { tool: /** @type {const} */ ("nearer"), radius: 24, amount: 40, area: undefined };
  return { ...documentUi(), busy: "", silence: "", kept: true, loop: true, atFrames: false, onion: true, depthView: false, brush: 12, erase: false, mend, fingers: coarse(), shape: /** @type {MaskShape} */ ("brush"), amount: 4 };
}

export class App {
  /** @param {(mask: Mask) => string} encode a mask as the data URL of its PNG */
  constructor(encode) {
    this.encode = encode;
    this.ui = initialUi();
    this.history = begin(emptyDocument([1, 1]));
    /** @type {StageDocument | null} */
    this.draft = null;
    this.world = newWorld({ width: 1, height: 1, data: new Float32Array(1) });
    /** @type {Map<string, string>} PNG data URLs by mask id */
    this.maskUrls = new Map();
    /** @type {readonly Waypoint[] | null} */
    this.copiedPath = null;
    this.sceneId = "";
    this.offered = NONE_OFFERED;
    /** @type {{mask: Mask, add: boolean} | null} a brush stroke in progress */
    this.painting = null;
    /** @type {Set<() => void>} */
    this.onEdit = new Set();
    /** @type {() => void} */
    this.render = () => {};
    /** @type {(() => void) | null} ends the drag that is under way as if it had not begun */
    this.stopDrag = null;
    this.scheduled = false;
    this.dirty = true; // the panels and what is drawn over the picture
    this.stale = true; // the picture
  }

  /** The document as it looks now, in the middle of a drag too. */
  get doc() {
    return this.draft ?? this.history.present;
  }

  /** Frames and speed of the clip: the document's own, or what its renderer takes by itself. */
  get clip() {
    const { num_frames, fps } = settingValues(this.doc, this.offered);
    return { num_frames: Number(num_frames), fps: Number(fps) };
  }

  get documentId() {
    return this.history.present.document_id ?? null;
  }

  get hasScene() {
    return this.sceneId !== "";
  }

  /** @returns {StageObject | undefined} */
  get selected() {
    return findObject(this.doc, this.ui.object);
  }

  /** Something changed: draw everything. */
  invalidate() {
    this.dirty = this.stale = true;
    this.schedule();
  }

  /** Only time went on, while playing: the picture and the playhead follow, the panels need not. @param {number} time */
  advance(time) {
    this.ui.time = time;
    this.stale = true;
    this.schedule();
  }

  /** Only what is pointed at has changed: the picture stays. @param {Partial<UiState>} changes */
  point(changes) {
    Object.assign(this.ui, changes);
    this.dirty = true;
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

  /** Time as it is drawn: at output frames if asked. */
  get shownTime() {
    const { ui } = this;
    const last = Math.max(this.clip.num_frames - 1, 1);
    return ui.atFrames ? Math.floor(ui.time * last + 1e-6) / last : ui.time;
  }

  /** Another document, in a world of its own: nothing that was selected, pointed at or under way stays. @param {World} world @param {string} sceneId @param {string} documentId */
  open(world, sceneId, documentId) {
    this.stopDrag?.();
    Object.assign(this, { world, sceneId, stopDrag: null, draft: null, painting: null });
    this.maskUrls.clear();
    this.history = begin(emptyDocument([world.disparity.height, world.disparity.width], { document_id: documentId }));
    this.set(documentUi());
  }

  /** Whether a document was made from the one that is open; a drag that outlived its document makes others. @param {StageDocument} doc */
  isOpen(doc) {
    return doc.document_id === this.documentId;
  }

  /** Show a document that is not yet part of the history. @param {StageDocument} doc */
  preview(doc) {
    if (!this.isOpen(doc)) return;
    this.draft = withRiders(doc);
    this.invalidate();
  }

  /** One step of the history, unless nothing is changed by it. @param {StageDocument} given @param {Partial<UiState>} [changes] */
  commit(given, changes = {}) {
    if (!this.isOpen(given)) return;
    const doc = withRiders(given);
    this.draft = null;
    if (isEqual(doc, this.history.present)) return this.settle(changes);
    this.history = commit(this.history, doc);
    this.followEdit(changes);
  }

  /** Drop a preview. */
  cancel() {
    this.draft = null;
    this.settle({});
  }

  /** Leave what is being dragged as it was. */
  abort() {
    this.stopDrag?.();
    this.stopDrag = null;
    this.cancel();
  }

  undo() {
    if (this.draft || this.painting) return this.abort();
    this.step(undo(this.history), `Undone: ${this.lastStep}`);
  }

  redo() {
    if (this.draft || this.painting) return this.abort();
    this.step(redo(this.history), `Redone: ${this.nextStep}`);
  }

  /** Go to another step of the history. @param {number} by steps on, or back where it is below 0 */
  jump(by) {
    if (this.draft || this.painting) this.abort();
    this.step(jump(this.history, by), `${by < 0 ? "Undone" : "Redone"}: ${Math.abs(by)} steps`);
  }

  /** What undo takes back, in words; "" where there is nothing. */
  get lastStep() {
    const { past, present } = this.history;
    return past.length ? stepInWords(past[past.length - 1], present) : "";
  }

  /** What redo does again. */
  get nextStep() {
    const { future, present } = this.history;
    return future.length ? stepInWords(present, future[0]) : "";
  }

  /** @param {History<StageDocument>} history @param {string} done */
  step(history, done) {
    if (history === this.history) return;
    this.history = history;
    const [back, on] = [history.past.length, history.future.length];
    this.followEdit({ refine: null, orbit: null, outline: null, announcement: `${done}; ${back} to undo, ${on} to redo.` });
  }

  /** @param {Partial<UiState>} changes */
  followEdit(changes) {
    this.settle({ hover: null, ...changes });
    this.onEdit.forEach((listener) => listener());
  }

  /** @param {Partial<UiState>} changes */
  settle(changes) {
    this.set({ error: "", announcement: "", guides: NO_GUIDES, ...changes });
    this.keepSelectionValid();
  }

  keepSelectionValid() {
    const object = this.selected;
    if (!object) Object.assign(this.ui, { object: null, waypoint: null });
    else if (this.ui.waypoint !== null && this.ui.waypoint >= object.waypoints.length) this.ui.waypoint = null;
    if (this.ui.cameraKey !== null && this.ui.cameraKey >= this.doc.camera.keys.length) this.ui.cameraKey = null;
    this.ui.keys = presentKeys(this.doc, this.ui.keys);
    this.dropMissing();
  }

  /** What is drawn of a thing goes with it. */
  dropMissing() {
    const { ui, doc, world } = this;
    const refined = findObject(doc, ui.refine?.object ?? null);
    if (ui.refine?.object && (!refined || refined.hidden)) ui.refine = null;
    if (!this.selected || this.selected.hidden) ui.orbit = null;
    const known = ui.pointedAt?.startsWith("#") ? world.instances : findItem(doc, ui.pointedAt ?? "");
    if (!known) ui.pointedAt = null;
  }

  /** @param {string | null} id */
  selectObject(id) {
    if (id !== this.ui.object) this.set({ object: id, waypoint: null, refine: null, orbit: null, cameraKey: null, keys: [], announcement: "" });
  }

  /** Select a waypoint and go to its moment. @param {number | null} index */
  selectWaypoint(index) {
    const object = this.selected;
    const time = object && index !== null && object.waypoints.length > 1 ? this.plan(object).trajectory.times[index] : this.ui.time;
    this.set({ waypoint: index, time, playing: false, cameraKey: null, keys: [], announcement: "" });
  }

  /** @param {StageObject} object */
  plan(object) {
    return planOf(this.doc, this.world, object);
  }

  /** Keep a mask and name it. @param {Mask} mask @param {string} [url] */
  keepMask(mask, url) {
    const id = maskId(mask);
    if (!this.maskUrls.has(id)) {
      this.world.masks.set(id, mask);
      this.maskUrls.set(id, url ?? this.encode(mask));
    }
    return id;
  }

  /** The document with its masks: what the server, the project file and the browser's store receive. */
  serialize() {
    const doc = this.history.present;
    const used = [...doc.objects, ...doc.scenery].map((item) => item.mask);
    const masks = Object.fromEntries(used.map((id) => [id, this.maskUrls.get(id) ?? ""]));
    return { ...doc, masks };
  }
}
