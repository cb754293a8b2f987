/**
 * Clicks, boxes and instances -> objects with masks. Each further click refines the same object; the last answer wins.
 */

import { addObject, findObject, setMask, whyFull } from "../model/document.js";
import { instanceAt } from "../model/hit.js";
import { maskOfLabel } from "../model/masks.js";
import { loadMask } from "./decode.js";
import { messageOf } from "./host.js";

/** @import { App, Refine } from "../model/app.js" */
/** @import { Box, LabelMap, Mask } from "../model/types.js" */
/** @import { Photos } from "./photos.js" */

export class Picking {
  /** @param {App} app @param {Photos} photos */
  constructor(app, photos) {
    this.app = app;
    this.photos = photos;
    this.asked = 0;
  }

  /** A click with the Select tool on something that is no object yet. @param {number} x @param {number} y @param {boolean} inside */
  click(x, y, inside) {
    const { app } = this;
    const { refine } = app.ui;
    if (refine) return this.refine([...refine.points, [x, y, inside]], refine.box);
    if (whyFull(app.doc)) return this.say(whyFull(app.doc));
    if (!inside && app.selected && !app.selected.hidden) return void this.again([[x, y, false]]);
    if (!inside) return this.say("Pick the object first; then parts of it can be taken away.");
    const label = instanceAt(app, x, y);
    if (label) return this.takeInstance(label, x, y);
    return this.refine([[x, y, true]], null);
  }

  /** @param {number} label @param {number} x @param {number} y */
  takeInstance(label, x, y) {
    const { app } = this;
    const instances = /** @type {LabelMap} */ (app.world.instances);
    const id = app.keepMask(maskOfLabel(instances, label));
    const [doc, object] = addObject(app.doc, id);
    const refine = { object, base: null, points: /** @type {[number, number, boolean][]} */ ([[x, y, true]]), box: null, candidates: [id] };
    app.commit(doc, { object, waypoint: null, hover: null, refine: { ...refine, chosen: 0, busy: false, takes: false } });
    void this.seekShadow(id);
  }

  /** @param {Box} box */
  box(box) {
    const { doc } = this.app;
    return whyFull(doc) ? this.say(whyFull(doc)) : this.refine([], box);
  }

  /** Refine the selected object's mask, whoever made it. @param {[number, number, boolean][]} [points] clicks that begin it */
  again(points = []) {
    const { app } = this;
    const { selected } = app;
    if (!selected) return;
    const { id: object, mask } = selected;
    app.set({ tool: "select", time: 0, playing: false, waypoint: null, refine: { object, base: mask, points: [], box: null, candidates: [mask], chosen: 0, busy: false, takes: false } });
    if (points.length) return this.refine(points, null);
  }

  /** @param {[number, number, boolean][]} points @param {Box | null} box @param {boolean} [another] whether the mask that is there is not wanted */
  async refine(points, box, another = false) {
    const { app } = this;
    const asked = ++this.asked;
    const { object = null, base = null, candidates = [], takes = false } = app.ui.refine ?? {};
    /** @type {Refine} */
    const waiting = { object, base, points, box, candidates, chosen: 0, busy: true, takes };
    app.set({ refine: waiting, error: "" });
    try {
      const answer = await this.photos.ask("segment", { scene_id: app.sceneId, points, box, mask: base && app.maskUrls.get(base) });
      const masks = await Promise.all((answer.candidates ?? []).map((/** @type {{mask: string}} */ { mask }) => loadMask(mask)));
      if (asked === this.asked && app.ui.refine === waiting) this.take(waiting, answer, masks, another);
    } catch (error) {
      if (asked !== this.asked || app.ui.refine !== waiting) return;
      app.set({ refine: object ? { ...waiting, busy: false } : null, error: messageOf(error) });
    }
  }

  /** @param {Refine} refine @param {{candidates?: {mask: string, score: number}[], error?: string}} answer @param {Mask[]} masks @param {boolean} another */
  take(refine, answer, masks, another) {
    const { app } = this;
    if (answer.error) throw new Error(answer.error);
    const candidates = masks.map((mask, i) => app.keepMask(mask, answer.candidates?.[i].mask));
    if (candidates.length === 0) throw new Error("Nothing was found there; try the middle of the object.");
    const before = findObject(app.doc, refine.object)?.mask;
    const chosen = another ? Math.max(candidates.findIndex((id) => id !== before), 0) : 0;
    this.show({ ...refine, candidates, chosen, busy: false });
  }

  /** Look for the shadow that what was picked casts; where there is none, nothing is offered. @param {string} mask */
  async seekShadow(mask) {
    const { app } = this;
    const edit = { tool: "shadow", points: [] };
    const answer = await this.photos.ask("outline", { scene_id: app.sceneId, mask: app.maskUrls.get(mask), edit }).catch(() => ({}));
    if (answer.mask) app.set({ shadowed: { of: mask, mask: app.keepMask(await loadMask(answer.mask), answer.mask) } });
  }

  /** The object that is being picked with its shadow, where one was found. */
  get shadowed() {
    const { refine, shadowed } = this.app.ui;
    return refine && !refine.busy && shadowed && findObject(this.app.doc, refine.object)?.mask === shadowed.of ? shadowed.mask : null;
  }

  /** The shadow that was found belongs to the object. */
  takeShadow() {
    const { app } = this;
    const { refine } = app.ui;
    const mask = this.shadowed;
    if (refine?.object && mask) app.commit(setMask(app.doc, refine.object, mask), { refine: { ...refine, base: mask, points: [], box: null, candidates: [mask], chosen: 0 } });
  }

  /** Put the chosen candidate into the document. @param {Refine} refine */
  show(refine) {
    const { app } = this;
    const mask = refine.candidates[refine.chosen];
    if (findObject(app.doc, refine.object)) {
      app.commit(setMask(app.doc, /** @type {string} */ (refine.object), mask), { refine });
    } else {
      const [doc, object] = addObject(app.doc, mask);
      app.commit(doc, { object, waypoint: null, refine: { ...refine, object } });
    }
    void this.seekShadow(mask);
  }

  /** The next of the candidates; one asked of an automatic instance is asked of the segmenter first. */
  cycle() {
    const { refine } = this.app.ui;
    if (!refine || refine.busy || !(refine.points.length || refine.box)) return;
    if (refine.candidates.length < 2) return void this.refine(refine.points, refine.box, true);
    this.show({ ...refine, chosen: (refine.chosen + 1) % refine.candidates.length });
  }

  /** Start the selection of another object. */
  done() {
    this.asked += 1;
    this.app.set({ refine: null });
  }

  /** @param {string} error */
  say(error) {
    this.app.set({ error });
  }
}
