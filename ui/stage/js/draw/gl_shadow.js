/** The ground on which a shadow falls: a quad a little farther than its object, which covers it. */

import { depthFromDisparity } from "../model/geometry.js";
import { nearestValue } from "../model/masks.js";
import { FLATNESS, SHADOW_REACH } from "../model/shadow.js";

/** @import { Foot } from "../model/shadow.js" */
/** @import { FloatMap } from "../model/types.js" */
/** @import { MeshOnGpu } from "./render_gl.js" */

const BEHIND = 1.0015;

export class ShadowQuad {
  /** @param {WebGL2RenderingContext} gl @param {(vertices: Float32Array, indices: Uint16Array) => Pick<MeshOnGpu, "vao" | "buffers">} makeVao */
  constructor(gl, makeVao) {
    this.gl = gl;
    const triangles = new Uint16Array([0, 1, 2, 0, 2, 3]);
    /** @type {MeshOnGpu} */
    this.mesh = { ...makeVao(new Float32Array(12), triangles), core: [0, triangles.length], fringe: [0, 0] };
  }

  /** The quad, put under an object. @param {Foot} foot @param {FloatMap} shape the object's disparity @param {number} softness */
  under(foot, shape, softness) {
    const { gl, mesh } = this;
    const z = BEHIND * depthFromDisparity(nearestValue(shape, foot.x, foot.y), softness);
    const [across, down] = [SHADOW_REACH * foot.radius, SHADOW_REACH * FLATNESS * foot.radius];
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].flatMap(([x, y]) => [foot.x + x * across, foot.y + y * down, z]);
    gl.bindBuffer(gl.ARRAY_BUFFER, mesh.buffers[0]);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(corners), gl.DYNAMIC_DRAW);
    return mesh;
  }
}
