/** Tools on masks that the engine has: each use is one step of the history, on whatever mask the object has. */

import { addObject, setMask, whyFull } from "../model/document.js";
import { loadMask } from "./decode.js";
import { messageOf } from "./host.js";

/** @import { App, Outline } from "../model/app.js" */
/** @import { Photos } from "./photos.js" */
/** @typedef {[number, number]} Point */
/** @typedef {{tool: "lasso" | "scribble" | "shadow" | "grow" | "smooth" | "fill", points?: Point[], inside?: boolean, pixels?: number}} Edit */

const MOST_POINTS = 4000;

export class Outlines {
  /** @param {App} app @param {Photos} photos */
  constructor(app, photos) {
    this.app = app;
    this.photos = photos;
    /** @type {Point | null} where the pointer is, until it is led there */
    this.wanted = null;
    this.leading = false;
  }

  /** One use of a tool on the selected object's mask; a lasso without one makes an object. @param {Edit} edit */
  async apply(edit) {
    const { app } = this;
    const { documentId, sceneId, selected } = app;
    if (!selected && whyFull(app.doc)) return app.set({ error: whyFull(app.doc) });
    const every = Math.ceil((edit.points?.length ?? 0) / MOST_POINTS);
    const points = edit.points?.filter((_, i) => i % every === 0) ?? [];
    const mask = selected ? app.maskUrls.get(selected.mask) : null;
    await this.wait(async () => {
      const answer = await this.photos.ask("outline", { scene_id: sceneId, mask, edit: { ...edit, points } });
      if (answer.error) throw new Error(answer.error);
      const made = await loadMask(answer.mask);
      if (documentId !== app.documentId || app.selected?.mask !== selected?.mask) return;
      const id = app.keepMask(made, answer.mask);
      if (selected) return app.commit(setMask(app.doc, selected.id, id), { refine: null });
      const [doc, object] = addObject(app.doc, id);
      app.commit(doc, { object, waypoint: null, refine: null });
    });
    app.set({ outline: null });
  }

  /** One more corner of the magnetic lasso, joined to the last along the photo's edges. @param {Point} at @param {boolean} add */
  async corner(at, add) {
    const { app } = this;
    const { outline } = app.ui;
    if (outline?.busy) return;
    if (!outline) return app.set({ outline: { points: [at], corners: [0], add, busy: false } });
    const path = await this.trace(outline, at);
    if (!path) return;
    const points = [...outline.points, ...path.slice(1)];
    app.set({ outline: { ...outline, points, corners: [...outline.corners, points.length - 1] } });
  }

  /** Where the magnetic lasso would go from its last corner; one question at a time, then the latest. @param {Point} at */
  async lead(at) {
    const { app } = this;
    this.wanted = at;
    if (this.leading) return;
    this.leading = true;
    while (this.wanted && app.ui.outline && !app.ui.outline.busy) {
      const [end, from] = [this.wanted, app.ui.outline.points[app.ui.outline.points.length - 1]];
      this.wanted = null;
      const { path } = await this.photos.ask("trace", { scene_id: app.sceneId, start: from, end }).catch(() => ({}));
      if (path) app.point({ live: { from, points: path } });
    }
    this.leading = false;
  }

  /** The last corner goes. */
  dropCorner() {
    const { outline } = this.app.ui;
    if (!outline) return;
    const corners = outline.corners.slice(0, -1);
    const points = outline.points.slice(0, (corners[corners.length - 1] ?? -1) + 1);
    this.app.set({ outline: corners.length ? { ...outline, points, corners } : null });
  }

  /** Join the magnetic lasso's last corner to its first. */
  async close() {
    const { outline } = this.app.ui;
    if (!outline || outline.busy || outline.corners.length < 2) return;
    const path = await this.trace(outline, outline.points[0]);
    if (path) await this.apply({ tool: "lasso", points: [...outline.points, ...path.slice(1)], inside: outline.add });
  }

  /** From an outline's last corner along edges; nothing where the outline is another meanwhile. @param {Outline} outline @param {Point} end @returns {Promise<Point[] | undefined>} */
  async trace(outline, end) {
    const { app } = this;
    const waiting = { ...outline, busy: true };
    app.set({ outline: waiting });
    const answer = await this.wait(async () => {
      const start = outline.points[outline.points.length - 1];
      const found = await this.photos.ask("trace", { scene_id: app.sceneId, start, end });
      if (found.error) throw new Error(found.error);
      return found.path;
    });
    if (app.ui.outline !== waiting) return undefined;
    app.set({ outline });
    return answer;
  }

  /** What goes wrong is said. @template T @param {() => Promise<T>} act @returns {Promise<T | undefined>} */
  async wait(act) {
    try {
      return await act();
    } catch (error) {
      this.app.set({ error: messageOf(error) });
    }
  }
}
