/** Still areas that nobody has named: what they are called, by where they lie, the largest first; their pixels. */

import { maskOfLabel } from "./masks.js";
import { remember } from "./memo.js";

/** @import { Memo } from "./memo.js" */
/** @import { LabelMap, Mask } from "./types.js" */
/** @typedef {{area: number, x: number, y: number}} Extent  pixels, and the sums of their places */

/** @type {Memo} */
const named = new WeakMap();
/** @type {Memo} */
const masks = new WeakMap();
const PLACES = [
  ["at the top left", "at the top", "at the top right"],
  ["on the left", "in the middle", "on the right"],
  ["at the bottom left", "at the bottom", "at the bottom right"],
];
const ORDINALS = ["", "2nd ", "3rd "];

/** "the area at the top left"; of several at one place, "the 2nd area at the top left". @param {LabelMap} labels @param {number} label @returns {string} */
export function areaName(labels, label) {
  return remember(named, labels, [], () => namesOf(labels)).get(label) ?? "the area";
}

/** The pixels of an area, found once. @param {LabelMap} labels @param {number} label @returns {Mask} */
export function areaMask(labels, label) {
  const known = remember(masks, labels, [], () => new Map());
  if (!known.has(label)) known.set(label, maskOfLabel(labels, label));
  return known.get(label);
}

/** @param {LabelMap} labels @returns {Map<number, string>} */
function namesOf(labels) {
  const largestFirst = [...extentsOf(labels)].sort(([, a], [, b]) => b.area - a.area);
  /** @type {Map<string, number>} */
  const used = new Map();
  return new Map(
    largestFirst.map(([label, { area, x, y }]) => {
      const place = PLACES[third(y / area, labels.height)][third(x / area, labels.width)];
      const before = used.get(place) ?? 0;
      used.set(place, before + 1);
      return [label, `the ${ORDINALS[before] ?? `${before + 1}th `}area ${place}`];
    }),
  );
}

/** @param {LabelMap} labels @returns {Map<number, Extent>} */
function extentsOf({ width, data }) {
  /** @type {Map<number, Extent>} */
  const extents = new Map();
  data.forEach((label, i) => {
    if (!label) return;
    const extent = extents.get(label) ?? { area: 0, x: 0, y: 0 };
    if (extent.area === 0) extents.set(label, extent);
    extent.area += 1;
    extent.x += i % width;
    extent.y += Math.floor(i / width);
  });
  return extents;
}

/** @param {number} at @param {number} size */
function third(at, size) {
  return Math.min(Math.floor((3 * (at + 0.5)) / size), 2);
}
