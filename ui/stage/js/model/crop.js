/** The part of the picture that a cropped video shows, as levitor_core/renderers/preview/framing.py chooses it. */

import { poseAt } from "./frame.js";
import { imageCenter, nearestDepth, project, STILL_VIEW } from "./geometry.js";
import { remember } from "./memo.js";
import { reads, settingValues } from "./settings.js";
import { moves, viewAt } from "./world.js";

/** @import { App } from "./app.js" */
/** @import { Memo } from "./memo.js" */
/** @import { Box, StageDocument } from "./types.js" */
/** @import { World } from "./world.js" */

/** @type {Record<string, number>} width to height */
const RATIOS = { "9:16": 9 / 16, "4:5": 4 / 5, "1:1": 1 };
const MOST_MOMENTS = 64;

/** @type {Memo} */
const middles = new WeakMap();

/** The crop in pixels of the working image, its far edges excluded; null where all is shown. @param {App} app @returns {Box | null} */
export function cropOf({ clip, doc, offered, world }) {
  const ratio = reads(doc, offered, "crop") ? RATIOS[String(settingValues(doc, offered).crop)] : undefined;
  if (!ratio) return null;
  const [h, w] = doc.size_hw;
  const [height, width] = [Math.min(h, w / ratio), Math.min(w, h * ratio)];
  const moments = Math.min(clip.num_frames, MOST_MOMENTS);
  const [x, y] = remember(middles, doc, [world.version, moments], () => middleOfMotion(doc, world, moments));
  const left = Math.min(Math.max(x - width / 2, 0), w - width);
  const top = Math.min(Math.max(y - height / 2, 0), h - height);
  return [left, top, left + width, top + height];
}

/** The middle of all places at which moving objects are held, within the picture. @param {StageDocument} doc @param {World} world @param {number} moments @returns {[number, number]} */
function middleOfMotion(doc, world, moments) {
  const [h, w] = doc.size_hw;
  const lens = /** @type {const} */ ([imageCenter(doc.size_hw), nearestDepth(doc.softness)]);
  const moving = doc.objects.filter(moves);
  const places = moving.flatMap((object) =>
    Array.from({ length: moments }, (_, i) => {
      const time = i / Math.max(moments - 1, 1);
      const { x, y, z } = poseAt(doc, world, object, time);
      return project(x, y, z, object.pinned_to_screen ? STILL_VIEW : viewAt(doc, time), ...lens);
    }),
  );
  const middle = (/** @type {number[]} */ values, /** @type {number} */ size) => {
    const within = values.map((value) => Math.min(Math.max(value, 0), size - 1));
    return (Math.min(...within) + Math.max(...within)) / 2;
  };
  return places.length ? [middle(places.map(([x]) => x), w), middle(places.map(([, y]) => y), h)] : lens[0];
}
