/**
 * Asks the server for what lies in and behind the picked objects, and puts it into the world. Until the answer is there
 * the stage makes do with what it has.
 */

import { isEqual } from "../model/equality.js";
import { freshVersion, isLifted, originals } from "../model/world.js";
import { loadBitmap, loadDisparity, loadMask } from "./decode.js";
import { messageOf } from "./host.js";

/** @import { App } from "../model/app.js" */
/** @import { Photos } from "./photos.js" */
/** @typedef {{objects?: Record<string, {disparity: string, support: string | null}>, background?: string, filled?: string, disparity?: string}} Answer */

const PREPARE_MS = 120;
const NOTHING = "[[],[],[]]";
const PICKING_MS = 900; // a still object needs no background yet, and its next click should not wait behind the filling

export class Preparation {
  /** @param {App} app @param {Photos} photos */
  constructor(app, photos) {
    this.app = app;
    this.photos = photos;
    this.timer = 0;
    this.asked = 0;
    this.standing = NOTHING; // the masks, the scenery and the strokes that the newest question was about
    /** @type {Set<string>} masks whose background is known or asked for */
    this.masks = new Set();
  }

  /** The scene has changed: ask again. */
  forget() {
    this.asked += 1;
    this.standing = NOTHING;
    this.masks = new Set();
  }

  soon() {
    clearTimeout(this.timer);
    const { history, world } = this.app;
    const { depth_strokes, objects } = history.present;
    const known = isEqual(depth_strokes, world.strokes) && objects.filter(isLifted).every((object) => this.masks.has(object.mask));
    this.timer = window.setTimeout(() => void this.ask(), known ? PICKING_MS : PREPARE_MS);
  }

  async ask() {
    const { app } = this;
    const { objects, scenery, depth_strokes, masks, scene_id } = app.serialize();
    const wanted = objects.filter((object) => isLifted(object) || object.id === app.ui.object).map((object) => object.mask);
    const edits = scenery.map(({ mask, shift, flatten }) => ({ mask, shift, flatten }));
    const own = originals(app.history.present);
    const standing = JSON.stringify([own.map((object) => object.mask), edits, depth_strokes]);
    if (standing === this.standing && wanted.every((mask) => this.masks.has(mask))) return;
    Object.assign(this, { standing, masks: new Set(wanted) });
    const turn = ++this.asked;
    const { world } = app;
    const current = () => turn === this.asked && world === app.world;
    const named = own.map(({ name, mask }) => ({ name, mask, lifted: wanted.includes(mask) }));
    try {
      const answer = await this.photos.ask("prepare", { scene_id, masks, objects: named, scenery: edits, depth_strokes });
      if (answer.error) throw new Error(answer.error);
      const made = await this.read(answer);
      if (!current()) return;
      for (const [mask, relief] of made.reliefs) world.reliefs.set(mask, relief);
      Object.assign(world, made.maps, { lifted: new Set(wanted), scenery: edits, strokes: depth_strokes, version: freshVersion() });
      app.invalidate();
    } catch (error) {
      if (!current()) return;
      this.forget();
      app.set({ error: messageOf(error) });
    }
  }

  /** @param {Answer} answer */
  async read(answer) {
    const entries = Object.entries(answer.objects ?? {}).map(async ([mask, { disparity, support }]) => {
      const [tamed, held] = await Promise.all([loadDisparity(disparity), support ? loadMask(support) : null]);
      return /** @type {const} */ ([mask, { tamed, support: held }]);
    });
    const maps = {
      filled: answer.filled ? await loadDisparity(answer.filled) : null,
      background: answer.background ? await loadBitmap(this.photos.host.resolve(answer.background)) : null,
      ...(answer.disparity ? { disparity: await loadDisparity(answer.disparity) } : {}),
    };
    return { reliefs: await Promise.all(entries), maps };
  }
}
