/** Zoom and pan: working pixels to CSS pixels of the canvas and back. */

const MAX_SCALE = 24;

export class Viewport {
  constructor() {
    this.width = 1;
    this.height = 1;
    this.scale = 1;
    this.tx = 0;
    this.ty = 0;
    this.fitted = true;
  }

  /** @param {number} width @param {number} height @param {readonly [number, number]} sizeHW */
  resize(width, height, sizeHW) {
    [this.width, this.height] = [width, height];
    if (this.fitted) this.fit(sizeHW);
  }

  /** @param {readonly [number, number]} sizeHW */
  fit([h, w]) {
    const margin = Math.min(24, this.width * 0.02);
    this.scale = Math.max(Math.min((this.width - 2 * margin) / w, (this.height - 2 * margin) / h), 0.05);
    this.tx = (this.width - w * this.scale) / 2;
    this.ty = (this.height - h * this.scale) / 2;
    this.fitted = true;
  }

  /** @param {number} x @param {number} y CSS pixels @param {number} factor */
  zoomAt(x, y, factor) {
    const scale = Math.min(Math.max(this.scale * factor, 0.1), MAX_SCALE);
    const applied = scale / this.scale;
    this.tx = x - (x - this.tx) * applied;
    this.ty = y - (y - this.ty) * applied;
    this.scale = scale;
    this.fitted = false;
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.tx += dx;
    this.ty += dy;
    this.fitted = false;
  }

  /** @param {readonly [number, number]} point @returns {[number, number]} */
  toScreen([x, y]) {
    return [(x + 0.5) * this.scale + this.tx, (y + 0.5) * this.scale + this.ty];
  }

  /** @param {readonly [number, number]} point @returns {[number, number]} */
  toImage([x, y]) {
    return [(x - this.tx) / this.scale - 0.5, (y - this.ty) / this.scale - 0.5];
  }
}
