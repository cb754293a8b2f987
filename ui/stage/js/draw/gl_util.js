/** Small helpers around WebGL2: programs with named uniforms, textures kept by what they were made from. */

/** @import { Mask } from "../model/types.js" */
/** @typedef {{program: WebGLProgram, set: (name: string, ...values: number[]) => void, sampler: (name: string, unit: number) => void}} Program */

/** @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment @param {string} attribute @returns {Program} */
export function makeProgram(gl, vertex, fragment, attribute) {
  const program = gl.createProgram();
  for (const [kind, source] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.bindAttribLocation(program, 0, attribute);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`shader: ${gl.getProgramInfoLog(program)} ${logs.join(" ")}`);
  }
  return { program, ...setters(gl, program) };
}

/** @param {WebGL2RenderingContext} gl @param {WebGLProgram} program */
function setters(gl, program) {
  /** @type {Map<string, WebGLUniformLocation | null>} */
  const places = new Map();
  const place = (/** @type {string} */ name) => {
    if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
    return places.get(name) ?? null;
  };
  return {
    /** @param {string} name @param {...number} values */
    set(name, ...values) {
      const at = place(name);
      if (values.length === 1) gl.uniform1f(at, values[0]);
      else if (values.length === 2) gl.uniform2f(at, values[0], values[1]);
      else gl.uniform4f(at, values[0], values[1], values[2], values[3]);
    },
    /** @param {string} name @param {number} unit */
    sampler(name, unit) {
      gl.uniform1i(place(name), unit);
    },
  };
}

/**
 * GPU objects by the value they were made from; those not used for a while are deleted.
 * @template T
 */
export class GpuCache {
  /** @param {(value: any) => T} make @param {(made: T) => void} drop @param {number} limit */
  constructor(make, drop, limit) {
    this.make = make;
    this.drop = drop;
    this.limit = limit;
    /** @type {Map<object, T>} */
    this.items = new Map();
  }

  /** @param {object} value @returns {T} */
  get(value) {
    const known = this.items.get(value);
    const made = known === undefined ? this.make(value) : known;
    this.items.delete(value);
    this.items.set(value, made);
    return made;
  }

  /** Delete the least recently used beyond the limit. */
  sweep() {
    for (const [value, made] of this.items) {
      if (this.items.size <= this.limit) return;
      this.items.delete(value);
      this.drop(made);
    }
  }
}

/** @param {WebGL2RenderingContext} gl @param {boolean} smooth */
export function newTexture(gl, smooth) {
  const texture = gl.createTexture();
  gl.activeTexture(gl.TEXTURE7); // the other units keep what they have
  gl.bindTexture(gl.TEXTURE_2D, texture);
  const filter = smooth ? gl.LINEAR : gl.NEAREST;
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  return texture;
}

/** @type {WeakMap<object, Mask>} */
const byteMasks = new WeakMap();

/** A 0/1 mask as 0/255. @param {Mask} mask */
export function byteMask(mask) {
  const known = byteMasks.get(mask);
  if (known) return known;
  const made = { ...mask, data: mask.data.map((inside) => inside * 255) };
  byteMasks.set(mask, made);
  return made;
}
