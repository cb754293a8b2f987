/** Whose pixel it is where picked objects overlap: the smaller object's, as in levitor_core/motion/masks.py. */

import { remember } from "./memo.js";

/** @import { Memo } from "./memo.js" */
/** @import { Mask, StageDocument } from "./types.js" */

/** @type {Memo} */
const byObjects = new WeakMap();
/** @type {Memo} */
const byMasks = new WeakMap();

/**
 * The pixels of an object's mask that are its own; the mask itself where no other object takes any.
 * @param {StageDocument} doc @param {{masks: Map<string, Mask>}} world @param {{mask: string}} object @returns {Mask | undefined}
 */
export function ownMask({ objects }, { masks }, object) {
  const own = remember(byObjects, objects, [masks, masks.size], () => {
    const ids = objects.map(({ mask }) => mask);
    return remember(byMasks, masks, [masks.size, ...ids], () => divide(ids, masks));
  });
  return own.get(object.mask) ?? masks.get(object.mask);
}

/** @param {readonly string[]} ids @param {Map<string, Mask>} masks @returns {Map<string, Mask>} */
function divide(ids, masks) {
  const picked = ids.flatMap((id) => {
    const mask = masks.get(id);
    return mask ? [{ id, mask, area: areaOf(mask) }] : [];
  });
  if (picked.length < 2) return new Map();
  picked.sort((a, b) => b.area - a.area);
  const owner = new Uint16Array(picked[0].mask.data.length);
  picked.forEach(({ mask }, k) => mask.data.forEach((inside, i) => inside && (owner[i] = k + 1)));
  return new Map(picked.map((item, k) => [item.id, ownPart(item, owner, k + 1)]));
}

/** @param {{mask: Mask, area: number}} item @param {Uint16Array} owner @param {number} number @returns {Mask} */
function ownPart({ mask, area }, owner, number) {
  const own = { ...mask, data: Uint8Array.from(owner, (of) => (of === number ? 1 : 0)) };
  return areaOf(own) === area ? mask : own;
}

/** @param {Mask} mask */
function areaOf({ data }) {
  return data.reduce((sum, inside) => sum + inside, 0);
}
