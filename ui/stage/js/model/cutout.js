/**
 * An object's own pixels with a soft edge: alpha from its mask, colour continued outward from its opaque core so that
 * no background shows in the fringe.
 */

/** @import { Box, Mask } from "./types.js" */
/** @typedef {{width: number, height: number, data: Uint8ClampedArray}} Picture  RGBA, not premultiplied */

const CORE_ALPHA = 250;
const FRINGE = 0.35; // of the softened mask on either side of one half

/**
 * @param {Mask} mask at working size @param {Box} box in working pixels
 * @param {Picture} crop the photo's pixels under the box, at any resolution
 * @param {number} [feather] working pixels inside the outline over which it fades @returns {Picture}
 */
export function cutOut(mask, box, crop, feather = 0) {
  const data = new Uint8ClampedArray(crop.data);
  const stepX = (box[2] - box[0]) / crop.width;
  const stepY = (box[3] - box[1]) / crop.height;
  /** @param {Float32Array} values @param {number} i */
  const read = (values, i) => bilinear(values, mask, box[0] + ((i % crop.width) + 0.5) * stepX - 0.5, box[1] + (Math.floor(i / crop.width) + 0.5) * stepY - 0.5);
  const soft = blur(mask);
  for (let i = 0; i * 4 < data.length; i++) data[i * 4 + 3] = 255 * smoothstep(0.5 - FRINGE, 0.5 + FRINGE, read(soft, i));
  const picture = { width: crop.width, height: crop.height, data };
  spreadColour(picture, Math.ceil(3 / Math.min(stepX, stepY)));
  if (feather <= 0) return picture;
  const deep = depthInside(mask);
  for (let i = 0; i * 4 < data.length; i++) data[i * 4 + 3] *= Math.min(read(deep, i) / feather, 1);
  return picture;
}

/** How opaque a mesh cell is: 0 nothing, 1 partly, 2 all core. @param {Picture} picture @param {Box} box @returns {(x0: number, y0: number, x1: number, y1: number) => number} */
export function coverageOf(picture, box) {
  const scaleX = picture.width / (box[2] - box[0]);
  const scaleY = picture.height / (box[3] - box[1]);
  return (x0, y0, x1, y1) => {
    const left = Math.max(Math.floor((x0 + 0.5 - box[0]) * scaleX) - 1, 0);
    const right = Math.min(Math.ceil((x1 + 0.5 - box[0]) * scaleX) + 1, picture.width);
    const top = Math.max(Math.floor((y0 + 0.5 - box[1]) * scaleY) - 1, 0);
    const bottom = Math.min(Math.ceil((y1 + 0.5 - box[1]) * scaleY) + 1, picture.height);
    let any = false;
    let all = true;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const alpha = picture.data[(y * picture.width + x) * 4 + 3];
        if (alpha > 0) any = true;
        if (alpha < CORE_ALPHA) all = false;
      }
    }
    return any ? (all ? 2 : 1) : 0;
  };
}

/** A [1 2 1] blur in both directions. @param {Mask} mask @returns {Float32Array} */
function blur({ width, height, data }) {
  const rows = new Float32Array(data.length);
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      rows[i] = (data[x > 0 ? i - 1 : i] + 2 * data[i] + data[x < width - 1 ? i + 1 : i]) / 4;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      out[i] = (rows[y > 0 ? i - width : i] + 2 * rows[i] + rows[y < height - 1 ? i + width : i]) / 4;
    }
  }
  return out;
}

/** How far each pixel is from the outline, about; 0 outside (a chamfer, there and back). @param {Mask} mask @returns {Float32Array} */
function depthInside({ width, height, data }) {
  const depth = Float32Array.from(data, (inside) => (inside ? Infinity : 0));
  const from = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ step) => (x < 0 || y < 0 || x >= width || y >= height ? Infinity : depth[y * width + x] + step);
  const order = Array.from({ length: width * height }, (_, i) => i);
  for (const [sense, list] of /** @type {[number, number[]][]} */ ([[-1, order], [1, order.slice().reverse()]])) {
    for (const i of list) {
      if (!depth[i]) continue;
      const [x, y] = [i % width, Math.floor(i / width)];
      depth[i] = Math.min(depth[i], from(x + sense, y, 1), from(x, y + sense, 1), from(x - 1, y + sense, Math.SQRT2), from(x + 1, y + sense, Math.SQRT2));
    }
  }
  return depth.map((value) => (value ? value - 0.5 : 0));
}

/** @param {Float32Array} values @param {{width: number, height: number}} size @param {number} x @param {number} y */
export function bilinear(values, { width, height }, x, y) {
  const cx = Math.min(Math.max(x, 0), width - 1);
  const cy = Math.min(Math.max(y, 0), height - 1);
  const x0 = Math.min(Math.floor(cx), Math.max(width - 2, 0));
  const y0 = Math.min(Math.floor(cy), Math.max(height - 2, 0));
  const x1 = Math.min(x0 + 1, width - 1);
  const y1 = Math.min(y0 + 1, height - 1);
  const fx = cx - x0;
  const fy = cy - y0;
  const top = values[y0 * width + x0] * (1 - fx) + values[y0 * width + x1] * fx;
  const bottom = values[y1 * width + x0] * (1 - fx) + values[y1 * width + x1] * fx;
  return top * (1 - fy) + bottom * fy;
}

/** @param {number} low @param {number} high @param {number} value */
function smoothstep(low, high, value) {
  const t = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return t * t * (3 - 2 * t);
}

/** Fill colour outward from the core, ring by ring. @param {Picture} picture @param {number} rings */
function spreadColour({ width, height, data }, rings) {
  const known = new Uint8Array(width * height);
  for (let i = 0; i < known.length; i++) known[i] = data[i * 4 + 3] >= CORE_ALPHA ? 1 : 0;
  let ring = neighboursOf(known.keys(), known, width, height);
  for (let step = 0; step < rings && ring.length; step++) {
    for (const i of ring) mixNeighbours(data, known, width, height, i);
    for (const i of ring) known[i] = 1;
    ring = neighboursOf(ring, known, width, height);
  }
}

/** What is not known yet beside those of these pixels that are. @param {Iterable<number>} pixels @param {Uint8Array} known @param {number} width @param {number} height @returns {number[]} */
function neighboursOf(pixels, known, width, height) {
  const next = new Set();
  for (const i of pixels) {
    if (!known[i]) continue;
    const x = i % width;
    if (x > 0 && !known[i - 1]) next.add(i - 1);
    if (x < width - 1 && !known[i + 1]) next.add(i + 1);
    if (i >= width && !known[i - width]) next.add(i - width);
    if (i < width * (height - 1) && !known[i + width]) next.add(i + width);
  }
  return [...next];
}

/** @param {Uint8ClampedArray} data @param {Uint8Array} known @param {number} width @param {number} height @param {number} i */
function mixNeighbours(data, known, width, height, i) {
  const [x, y] = [i % width, Math.floor(i / width)];
  let [r, g, b, count] = [0, 0, 0, 0];
  for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
    for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
      const j = v * width + u;
      if (!known[j]) continue;
      r += data[j * 4];
      g += data[j * 4 + 1];
      b += data[j * 4 + 2];
      count += 1;
    }
  }
  if (count) data.set([r / count, g / count, b / count], i * 4);
}
