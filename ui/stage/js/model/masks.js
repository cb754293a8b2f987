/**
 * Masks, label maps and depth maps as plain arrays: what a brush, a hover or a read-out needs. Nothing here draws.
 */

/** @import { Box, FloatMap, LabelMap, Mask } from "./types.js" */

/** @param {number} width @param {number} height @returns {Mask} */
export function emptyMask(width, height) {
  return { width, height, data: new Uint8Array(width * height) };
}

/** @param {Mask} mask @returns {Box | null} */
export function boundingBox({ width, height, data }) {
  let [x0, y0, x1, y1] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!data[y * width + x]) continue;
      if (x < x0) x0 = x;
      if (x >= x1) x1 = x + 1;
      if (y < y0) y0 = y;
      y1 = y + 1;
    }
  }
  return x1 > x0 ? [x0, y0, x1, y1] : null;
}

/** The mask's centre of mass, moved onto the mask when it falls outside. @param {Mask} mask @returns {[number, number]} */
export function anchorOf(mask) {
  let [sx, sy, count] = [0, 0, 0];
  mask.data.forEach((inside, i) => {
    if (!inside) return;
    sx += i % mask.width;
    sy += Math.floor(i / mask.width);
    count += 1;
  });
  if (count === 0) return [mask.width / 2, mask.height / 2];
  return nearestInside(mask, sx / count, sy / count);
}

/** @param {Mask} mask @param {number} x @param {number} y @returns {[number, number]} */
export function nearestInside(mask, x, y) {
  if (isInside(mask, x, y)) return [x, y];
  let best = Infinity;
  let found = 0;
  mask.data.forEach((inside, i) => {
    if (!inside) return;
    const distance = ((i % mask.width) - x) ** 2 + (Math.floor(i / mask.width) - y) ** 2;
    if (distance < best) [best, found] = [distance, i];
  });
  return best === Infinity ? [x, y] : [found % mask.width, Math.floor(found / mask.width)];
}

/** The pixel that a coordinate falls on; a half goes to the even one, as in Python. @param {number} value */
function pixelAt(value) {
  const low = Math.floor(value);
  const part = value - low;
  return part < 0.5 || (part === 0.5 && low % 2 === 0) ? low : low + 1;
}

/** @param {Mask} mask @param {number} x @param {number} y */
export function isInside({ width, height, data }, x, y) {
  const [column, row] = [pixelAt(x), pixelAt(y)];
  return column >= 0 && row >= 0 && column < width && row < height && data[row * width + column] === 1;
}

/** The value under a point, or null outside. @param {{width: number, height: number, data: ArrayLike<number>}} map @param {number} x @param {number} y */
export function valueAt({ width, height, data }, x, y) {
  const [column, row] = [pixelAt(x), pixelAt(y)];
  return column >= 0 && row >= 0 && column < width && row < height ? data[row * width + column] : null;
}

/** The value under a point, or of the pixel nearest to it. @param {FloatMap} map @param {number} x @param {number} y */
export function nearestValue({ width, height, data }, x, y) {
  const inside = (/** @type {number} */ value, /** @type {number} */ size) => Math.min(Math.max(pixelAt(value), 0), size - 1);
  return data[inside(y, height) * width + inside(x, width)];
}

/** @param {LabelMap} labels @param {number} label @returns {Mask} */
export function maskOfLabel({ width, height, data }, label) {
  return { width, height, data: Uint8Array.from(data, (value) => (value === label ? 1 : 0)) };
}

/**
 * A new mask with a round brush dragged from one point to another.
 * @param {Mask} mask @param {readonly [number, number]} from @param {readonly [number, number]} to
 * @param {number} radius @param {boolean} add @returns {Mask}
 */
export function brush(mask, from, to, radius, add) {
  const { width, height } = mask;
  const data = mask.data.slice();
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  const [x0, x1] = range(from[0], to[0], radius, width);
  const [y0, y1] = range(from[1], to[1], radius, height);
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const along = length ? Math.min(Math.max(((x - from[0]) * dx + (y - from[1]) * dy) / length, 0), 1) : 0;
      const distance = (x - from[0] - along * dx) ** 2 + (y - from[1] - along * dy) ** 2;
      if (distance <= radius * radius) data[y * width + x] = add ? 1 : 0;
    }
  }
  return { width, height, data };
}

/** @param {number} a @param {number} b @param {number} radius @param {number} size @returns {[number, number]} */
function range(a, b, radius, size) {
  return [Math.max(0, Math.floor(Math.min(a, b) - radius)), Math.min(size - 1, Math.ceil(Math.max(a, b) + radius))];
}

/** The union of masks grown by `reach` pixels (a square; a hole may be a little generous). @param {readonly Mask[]} masks @param {number} width @param {number} height @param {number} reach */
export function unionGrown(masks, width, height, reach) {
  const union = new Uint8Array(width * height);
  for (const mask of masks) mask.data.forEach((inside, i) => inside && (union[i] = 1));
  if (reach < 1 || masks.length === 0) return { width, height, data: union };
  const wide = growRows(union, width, height, reach);
  return { width, height, data: growColumns(wide, width, height, reach) };
}

/** @param {Uint8Array} data @param {number} width @param {number} height @param {number} reach */
function growRows(data, width, height, reach) {
  const grown = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    let left = 0;
    for (let x = -reach; x < width; x++) {
      const entering = x + reach;
      if (entering < width && data[y * width + entering]) left = 2 * reach + 1;
      if (x >= 0 && left > 0) grown[y * width + x] = 1;
      left -= 1;
    }
  }
  return grown;
}

/** @param {Uint8Array} data @param {number} width @param {number} height @param {number} reach */
function growColumns(data, width, height, reach) {
  const grown = new Uint8Array(data.length);
  for (let x = 0; x < width; x++) {
    let left = 0;
    for (let y = -reach; y < height; y++) {
      const entering = y + reach;
      if (entering < height && data[entering * width + x]) left = 2 * reach + 1;
      if (y >= 0 && left > 0) grown[y * width + x] = 1;
      left -= 1;
    }
  }
  return grown;
}

/** Median of the values inside the mask. @param {FloatMap} map @param {Mask} mask */
export function medianInside(map, mask) {
  const values = map.data.filter((_, i) => mask.data[i]).sort();
  if (values.length === 0) return 0;
  const middle = values.length >> 1;
  return values.length % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/** Scenery applied, in list order: disparity shifted, or flattened to the median, inside each mask. @param {FloatMap} map @param {readonly {mask: Mask, shift: number, flatten: boolean}[]} scenery */
export function withScenery(map, scenery) {
  if (scenery.length === 0) return map;
  const edited = { ...map, data: map.data.slice() };
  for (const { mask, shift, flatten } of scenery) {
    const level = flatten ? medianInside(edited, mask) : 0;
    mask.data.forEach((inside, i) => {
      if (inside) edited.data[i] = Math.min(Math.max((flatten ? level : edited.data[i]) + shift, 0), 255);
    });
  }
  return edited;
}

/**
 * Outline of a mask as short segments (marching squares over the mask softened by a 3x3 mean): x0, y0, x1, y1, ...
 * @param {Mask} mask @returns {number[]}
 */
export function outline(mask) {
  const box = boundingBox(mask);
  if (!box) return [];
  const soft = soften(mask);
  const segments = /** @type {number[]} */ ([]);
  for (let y = Math.max(box[1] - 2, -1); y <= Math.min(box[3] + 1, mask.height - 1); y++) {
    for (let x = Math.max(box[0] - 2, -1); x <= Math.min(box[2] + 1, mask.width - 1); x++) {
      addCell(segments, x, y, soft(x, y), soft(x + 1, y), soft(x + 1, y + 1), soft(x, y + 1));
    }
  }
  return segments;
}

/** @param {Mask} mask @returns {(x: number, y: number) => number} */
function soften({ width, height, data }) {
  /** @param {number} x @param {number} y */
  const at = (x, y) => (x >= 0 && y >= 0 && x < width && y < height ? data[y * width + x] : 0);
  return (x, y) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) sum += at(x - 1, y + dy) + at(x, y + dy) + at(x + 1, y + dy);
    return sum / 9;
  };
}

/** @param {number[]} out @param {number} x @param {number} y @param {number} a @param {number} b @param {number} c @param {number} d corners clockwise from top left */
function addCell(out, x, y, a, b, c, d) {
  const kind = (a > 0.5 ? 8 : 0) | (b > 0.5 ? 4 : 0) | (c > 0.5 ? 2 : 0) | (d > 0.5 ? 1 : 0);
  if (kind === 0 || kind === 15) return;
  const cut = (/** @type {number} */ p, /** @type {number} */ q) => (0.5 - p) / (q - p);
  const edges = [
    () => [x + cut(a, b), y],
    () => [x + 1, y + cut(b, c)],
    () => [x + cut(d, c), y + 1],
    () => [x, y + cut(a, d)],
  ];
  for (const [from, to] of CELL_EDGES[kind]) out.push(...edges[from](), ...edges[to]());
}

/** Which edges (top, right, bottom, left) each kind of cell joins. @type {Record<number, [number, number][]>} */
const CELL_EDGES = {
  1: [[3, 2]], 2: [[2, 1]], 3: [[3, 1]], 4: [[0, 1]], 5: [[0, 1], [3, 2]], 6: [[0, 2]], 7: [[0, 3]],
  8: [[0, 3]], 9: [[0, 2]], 10: [[0, 3], [2, 1]], 11: [[0, 1]], 12: [[3, 1]], 13: [[2, 1]], 14: [[3, 2]],
};

/** A name for a mask that depends on its pixels alone (FNV-1a, two lanes). @param {Mask} mask */
export function maskId({ width, height, data }) {
  let [a, b] = [0x811c9dc5 ^ width, 0x01000193 ^ height];
  for (let i = 0; i < data.length; i++) {
    if (!data[i]) continue;
    a = Math.imul(a ^ i, 0x01000193);
    b = Math.imul(b ^ (i * 31 + 7), 0x85ebca6b);
  }
  return `m${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
}
