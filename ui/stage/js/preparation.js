/** Asks the server for what lies in and behind the picked objects, once a set of masks, and puts it into the world. */

import { loadBitmap, loadDisparity, loadMask } from "./decode.js";
import { messageOf } from "./picking.js";
import { freshVersion, moves } from "./world.js";

const PREPARE_MS = 120;
const PICKING_MS = 900; // a still object needs no background yet, and its next click shall not wait behind the filling

export class Preparation {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    this.timer = 0;
    this.askedFor = "";
    /** @type {Set<string>} masks whose background is known or asked for */
    this.masks = new Set();
  }

  /** The scene has changed: ask again. */
  forget() {
    this.askedFor = "";
    this.masks = new Set();
  }

  soon() {
    clearTimeout(this.timer);
    const known = this.app.history.present.objects.filter(lifted).every((object) => this.masks.has(object.mask));
    this.timer = window.setTimeout(() => void this.ask(), known ? PICKING_MS : PREPARE_MS);
  }

  async ask() {
    const { app } = this;
    const { objects, masks, scene_id } = app.exported();
    const wanted = objects.filter((object) => lifted(object) || object.id === app.ui.object).map((object) => object.mask);
    const key = [scene_id, ...wanted].join("/");
    if (key === this.askedFor || wanted.every((mask) => this.masks.has(mask))) return;
    this.askedFor = key;
    this.masks = new Set(wanted);
    try {
      const request = { scene_id, masks, objects: objects.map(({ name, mask }) => ({ name, mask, lifted: wanted.includes(mask) })) };
      const answer = await app.host.prepare(request);
      if (answer.error) throw new Error(answer.error);
      if (key === this.askedFor) await this.take(answer, key);
    } catch (error) {
      if (key === this.askedFor) app.set({ error: messageOf(error) });
    }
  }

  /** @param {{objects?: Record<string, {disparity: string, support: string | null}>, background?: string, filled?: string, disparity?: string}} answer @param {string} key */
  async take(answer, key) {
    const { app } = this;
    const { world } = app;
    const entries = await Promise.all(
      Object.entries(answer.objects ?? {}).map(async ([mask, { disparity, support }]) => {
        const [tamed, held] = await Promise.all([loadDisparity(disparity), support ? loadMask(support) : null]);
        return /** @type {const} */ ([mask, { tamed, support: held }]);
      }),
    );
    const filled = answer.filled ? await loadDisparity(answer.filled) : null;
    const background = answer.background ? await loadBitmap(app.host.resolve(answer.background)) : null;
    const disparity = answer.disparity ? await loadDisparity(answer.disparity) : world.disparity;
    if (key !== this.askedFor || world !== app.world) return;
    for (const [mask, relief] of entries) world.reliefs.set(mask, relief);
    Object.assign(world, { filled, background, disparity, version: freshVersion() });
    app.invalidate();
  }
}

/** Whether the object leaves a hole in the still scene. @param {import("./types.js").StageObject} object */
function lifted(object) {
  return moves(object) || object.hidden;
}
