/**
 * Orders that are fixed between moving objects, on the GPU: before an object is drawn, the depths of those that it is
 * always in front of, and of those that it is always behind, are drawn into pictures that its shader then keeps to.
 */

import { newTexture } from "./gl_util.js";

/** @import { Layer } from "../model/frame.js" */
/** @typedef {{framebuffer: WebGLFramebuffer, texture: WebGLTexture}} Target */
/** @typedef {{before: WebGLTexture | null, behind: WebGLTexture | null}} Limits */

export class OrderPasses {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    this.size = [0, 0];
    /** @type {Target[]} */
    this.targets = [];
  }

  /**
   * What bounds each layer that has an order, in the order in which the engine goes about it: a layer is held against
   * those earlier in the list as they are ordered themselves.
   * @param {readonly Layer[]} layers in list order @param {(layer: Layer, limits: Limits | undefined) => void} draw
   * @returns {Map<string, Limits>} by object id
   */
  limits(layers, draw) {
    const found = new Map();
    let used = 0;
    for (const { object, before, behind } of layers) {
      const bound = (/** @type {readonly string[]} */ ids, /** @type {boolean} */ nearest) => {
        const others = layers.filter((layer) => ids.includes(layer.object.id));
        return others.length ? this.depths(used++, nearest, () => others.forEach((other) => draw(other, found.get(other.object.id)))) : null;
      };
      const limits = { before: bound(before, true), behind: bound(behind, false) };
      if (limits.before || limits.behind) found.set(object.id, limits);
    }
    return found;
  }

  /** @param {number} index @param {boolean} nearest of the surfaces, else the farthest @param {() => void} draw @returns {WebGLTexture} */
  depths(index, nearest, draw) {
    const { gl } = this;
    const { framebuffer, texture } = this.target(index);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.clearDepth(nearest ? 1 : 0);
    gl.clear(gl.DEPTH_BUFFER_BIT);
    gl.depthFunc(nearest ? gl.LESS : gl.GREATER);
    draw();
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.depthFunc(gl.LEQUAL);
    gl.clearDepth(1);
    return texture;
  }

  /** A depth picture of the canvas's size. @param {number} index @returns {Target} */
  target(index) {
    const { gl, targets } = this;
    const size = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    if (size.some((value, i) => value !== this.size[i])) this.clear(size);
    targets[index] ??= this.make();
    return targets[index];
  }

  /** @param {number[]} size */
  clear(size) {
    for (const { framebuffer, texture } of this.targets.splice(0)) {
      this.gl.deleteFramebuffer(framebuffer);
      this.gl.deleteTexture(texture);
    }
    this.size = size;
  }

  /** @returns {Target} */
  make() {
    const { gl } = this;
    const [texture, framebuffer] = [newTexture(gl, false), gl.createFramebuffer()];
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.DEPTH_COMPONENT24, this.size[0], this.size[1]);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.TEXTURE_2D, texture, 0);
    gl.drawBuffers([gl.NONE]);
    return { framebuffer, texture };
  }
}
