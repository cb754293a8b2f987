/**
 * A grid over an object's box: positions in working pixels with the object's depth at each corner; empty cells are
 * left out, cells wholly inside the opaque core are kept apart from the soft fringe.
 */

/** @import { Box } from "../model/types.js" */

/** @typedef {{vertices: Float32Array, core: Uint16Array, fringe: Uint16Array}} Mesh  vertices: x, y, z each */

const GRID = 64;

/**
 * @param {Box} box in working pixels, pixel (x, y) covering x - 0.5 .. x + 0.5
 * @param {(x: number, y: number) => number} depthAt @param {(x0: number, y0: number, x1: number, y1: number) => number} coverage
 *   of a cell: 0 empty, 1 partly, 2 fully opaque
 * @returns {Mesh}
 */
export function gridMesh(box, depthAt, coverage) {
  const columns = Math.min(GRID, Math.max(1, Math.ceil((box[2] - box[0]) / 2)));
  const rows = Math.min(GRID, Math.max(1, Math.ceil((box[3] - box[1]) / 2)));
  const xs = Array.from({ length: columns + 1 }, (_, i) => box[0] - 0.5 + ((box[2] - box[0]) * i) / columns);
  const ys = Array.from({ length: rows + 1 }, (_, i) => box[1] - 0.5 + ((box[3] - box[1]) * i) / rows);
  const vertices = new Float32Array((columns + 1) * (rows + 1) * 3);
  ys.forEach((y, row) => xs.forEach((x, column) => vertices.set([x, y, depthAt(x, y)], (row * xs.length + column) * 3)));
  const core = /** @type {number[]} */ ([]);
  const fringe = /** @type {number[]} */ ([]);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const kind = coverage(xs[column], ys[row], xs[column + 1], ys[row + 1]);
      const corner = row * xs.length + column;
      const below = corner + xs.length;
      if (kind) (kind === 2 ? core : fringe).push(corner, corner + 1, below, below, corner + 1, below + 1);
    }
  }
  return { vertices, core: Uint16Array.from(core), fringe: Uint16Array.from(fringe) };
}

/** A full grid over the picture and half of it again on every side; its depth is read from a texture. @param {number} width @param {number} height @param {number} columns @returns {{vertices: Float32Array, indices: Uint32Array}} */
export function pictureGrid(width, height, columns) {
  const rows = Math.max(1, Math.round((columns * height) / width));
  const vertices = new Float32Array((columns + 1) * (rows + 1) * 2);
  const indices = new Uint32Array(columns * rows * 6);
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const at = row * (columns + 1) + column;
      vertices.set([(2 * width * column) / columns - 0.5 * width - 0.5, (2 * height * row) / rows - 0.5 * height - 0.5], at * 2);
      if (row < rows && column < columns) {
        const below = at + columns + 1;
        indices.set([at, at + 1, below, below, at + 1, below + 1], (row * columns + column) * 6);
      }
    }
  }
  return { vertices, indices };
}
