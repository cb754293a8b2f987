/**
 * The live picture in WebGL2: the scene, the cut-outs along their paths hidden per pixel by the scene and by each
 * other, ghosts at the waypoints. Context loss is survived: everything on the GPU is remade from the values.
 */

import { coverageOf } from "../model/cutout.js";
import { softened } from "../model/cut_sides.js";
import { depthFromDisparity } from "../model/geometry.js";
import { hiderOf } from "../model/hiding.js";
import { nearestValue } from "../model/masks.js";
import { shadowOf } from "../model/shadow.js";
import { shapeOf, stillScene } from "../model/world.js";
import { OrderPasses } from "./gl_order.js";
import { ShadowQuad } from "./gl_shadow.js";
import { byteMask, GpuCache, makeProgram, newTexture } from "./gl_util.js";
import { gridMesh, pictureGrid } from "./mesh.js";
import { OBJECT_FRAGMENT, OBJECT_VERTEX, ORDERED_FRAGMENT, SCENE_FRAGMENT, SCENE_VERTEX } from "./shaders.js";

/** @import { Layer } from "../model/frame.js" */
/** @import { FloatMap, Mask } from "../model/types.js" */
/** @import { Limits } from "./gl_order.js" */
/** @import { Program } from "./gl_util.js" */
/** @import { Drawing } from "./picture.js" */
/** @import { Sprite } from "./sprites.js" */
/** @typedef {{core: [number, number], fringe: [number, number], vao: WebGLVertexArrayObject, buffers: WebGLBuffer[]}} MeshOnGpu */

const UNITS = { disparity: 0, photo: 1, background: 2, removed: 3, cutOut: 4, hider: 5, before: 6, behind: 8 };
const PUSH_COLUMNS = 240;
const GHOST_OPACITY = 0.32;

export class GlRenderer {
  kind = "webgl";

  /** @param {HTMLCanvasElement} canvas @param {() => void} redraw */
  constructor(canvas, redraw) {
    const options = { alpha: true, antialias: false, premultipliedAlpha: true };
    const gl = /** @type {WebGL2RenderingContext | null} */ (canvas.getContext("webgl2", options));
    if (!gl) throw new Error("WebGL2 is not available");
    this.canvas = canvas;
    this.gl = gl;
    this.setUp();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.setUp();
      redraw();
    });
  }

  setUp() {
    const { gl } = this;
    this.scene = makeProgram(gl, SCENE_VERTEX, SCENE_FRAGMENT, "aPoint");
    this.object = makeProgram(gl, OBJECT_VERTEX, OBJECT_FRAGMENT, "aVertex");
    this.ordered = makeProgram(gl, OBJECT_VERTEX, ORDERED_FRAGMENT, "aVertex");
    this.order = new OrderPasses(gl);
    this.quad = new ShadowQuad(gl, (vertices, indices) => this.makeVao(vertices, 3, indices));
    const drop = (/** @type {WebGLTexture} */ texture) => gl.deleteTexture(texture);
    this.pictures = new GpuCache((value) => this.uploadPicture(value), drop, 48);
    this.floats = new GpuCache((value) => this.uploadFloats(value), drop, 48);
    this.bytes = new GpuCache((value) => this.uploadBytes(value), drop, 16);
    this.meshes = new GpuCache((value) => this.uploadMesh(value), (mesh) => this.dropMesh(mesh), 48);
    /** @type {Map<string, MeshOnGpu>} */
    this.grids = new Map();
  }

  /** @param {TexImageSource} source */
  uploadPicture(source) {
    const { gl } = this;
    const texture = newTexture(gl, true);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.MIRRORED_REPEAT);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.MIRRORED_REPEAT);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
    return texture;
  }

  /** @param {FloatMap} map */
  uploadFloats({ width, height, data }) {
    const { gl } = this;
    const texture = newTexture(gl, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16F, width, height, 0, gl.RED, gl.FLOAT, data);
    return texture;
  }

  /** @param {Mask & {smooth?: boolean}} mask */
  uploadBytes({ width, height, data }) {
    const { gl } = this;
    const texture = newTexture(gl, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, data);
    return texture;
  }

  /** @param {{sprite: Sprite, tamed: FloatMap, softness: number}} source @returns {MeshOnGpu} */
  uploadMesh({ sprite, tamed, softness }) {
    const depthAt = (/** @type {number} */ x, /** @type {number} */ y) => depthFromDisparity(nearestValue(tamed, x, y), softness);
    const mesh = gridMesh(sprite.box, depthAt, coverageOf(sprite.image, sprite.box));
    const indices = new Uint16Array([...mesh.core, ...mesh.fringe]);
    const sizes = /** @type {const} */ ({ core: [0, mesh.core.length], fringe: [mesh.core.length * 2, mesh.fringe.length] });
    return { ...this.makeVao(mesh.vertices, 3, indices), core: [...sizes.core], fringe: [...sizes.fringe] };
  }

  /** @param {Float32Array} vertices @param {number} size @param {Uint16Array | Uint32Array} indices */
  makeVao(vertices, size, indices) {
    const { gl } = this;
    const vao = gl.createVertexArray();
    gl.bindVertexArray(vao);
    const buffers = [gl.createBuffer(), gl.createBuffer()];
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[0]);
    gl.bufferData(gl.ARRAY_BUFFER, vertices, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, size, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers[1]);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
    gl.bindVertexArray(null);
    return { vao, buffers };
  }

  /** @param {MeshOnGpu} mesh */
  dropMesh(mesh) {
    this.gl.deleteVertexArray(mesh.vao);
    mesh.buffers.forEach((buffer) => this.gl.deleteBuffer(buffer));
  }

  /** @param {Drawing} picture */
  draw(picture) {
    const { gl, canvas } = this;
    const [width, height] = [Math.round(picture.width * picture.ratio), Math.round(picture.height * picture.ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    gl.viewport(0, 0, width, height);
    gl.disable(gl.SCISSOR_TEST);
    gl.depthMask(true);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    if (!picture.world.photo || gl.isContextLost()) return;
    this.scissorToPhoto(picture);
    const still = stillScene(picture.doc, picture.world);
    this.drawScene(picture, still);
    if (picture.frame.view.push !== 0) gl.clear(gl.DEPTH_BUFFER_BIT);
    this.drawObjects(picture);
    for (const cache of [this.pictures, this.floats, this.bytes, this.meshes]) cache?.sweep();
  }

  /** @param {Drawing} picture */
  scissorToPhoto({ doc, scale, tx, ty, ratio }) {
    const [h, w] = doc.size_hw;
    const top = this.canvas.height - Math.round((ty + h * scale) * ratio);
    this.gl.enable(this.gl.SCISSOR_TEST);
    this.gl.scissor(Math.round(tx * ratio), top, Math.round(w * scale * ratio), Math.round(h * scale * ratio));
  }

  /** @param {Program} program @param {Drawing} picture */
  setCommon(program, { doc, frame, scale, tx, ty, width, height }) {
    const [h, w] = doc.size_hw;
    this.gl.useProgram(program.program);
    program.set("uSize", w, h);
    program.set("uCenter", ...frame.center);
    program.set("uPan", ...frame.view.pan);
    program.set("uZoom", frame.view.zoom);
    program.set("uPush", frame.view.push);
    program.set("uNear", frame.near);
    program.set("uSoftness", frame.softness);
    program.set("uScale", (2 * scale) / width, (-2 * scale) / height);
    program.set("uOffset", (2 * (0.5 * scale + tx)) / width - 1, 1 - (2 * (0.5 * scale + ty)) / height);
    program.sampler("uDisparity", UNITS.disparity);
  }

  /** @param {number} unit @param {WebGLTexture | null} texture */
  bind(unit, texture) {
    this.gl.activeTexture(this.gl.TEXTURE0 + unit);
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture);
  }

  /** @param {Drawing} picture @param {{removed: Mask, disparity: FloatMap}} still */
  drawScene(picture, still) {
    const { gl } = this;
    const { world, frame } = picture;
    const program = /** @type {Program} */ (this.scene);
    const photo = /** @type {ImageBitmap} */ (world.photo);
    this.setCommon(program, picture);
    this.bind(UNITS.disparity, this.onGpu("floats", still.disparity));
    this.bind(UNITS.photo, this.onGpu("pictures", photo));
    this.bind(UNITS.background, this.onGpu("pictures", world.background ?? photo));
    this.bind(UNITS.removed, this.onGpu("bytes", byteMask(still.removed)));
    program.sampler("uPhoto", UNITS.photo);
    program.sampler("uBackground", UNITS.background);
    program.sampler("uRemoved", UNITS.removed);
    program.set("uHasBackground", world.background ? 1 : 0);
    program.set("uDepthView", picture.depthView ? 0.86 : 0);
    gl.disable(gl.BLEND);
    if (frame.view.push === 0) gl.disable(gl.DEPTH_TEST);
    else gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    const grid = this.grid(picture.doc.size_hw, frame.view.push === 0 ? 1 : PUSH_COLUMNS);
    gl.bindVertexArray(grid.vao);
    gl.drawElements(gl.TRIANGLES, grid.core[1], gl.UNSIGNED_INT, 0);
  }

  /** @param {readonly [number, number]} sizeHW @param {number} columns @returns {MeshOnGpu} */
  grid([h, w], columns) {
    const key = `${h}x${w}/${columns}`;
    const grids = /** @type {Map<string, MeshOnGpu>} */ (this.grids);
    const known = grids.get(key);
    if (known) return known;
    const { vertices, indices } = pictureGrid(w, h, columns);
    const made = { ...this.makeVao(vertices, 2, indices), core: [0, indices.length], fringe: [0, 0] };
    grids.set(key, /** @type {MeshOnGpu} */ (made));
    return /** @type {MeshOnGpu} */ (made);
  }

  /** @param {"pictures" | "floats" | "bytes"} name @param {object} value @returns {WebGLTexture} */
  onGpu(name, value) {
    return /** @type {GpuCache<WebGLTexture>} */ (this[name]).get(value);
  }

  /** @param {Drawing} picture */
  drawObjects(picture) {
    const { gl } = this;
    const layers = picture.frame.layers.filter(picture.sprite);
    const solid = layers.filter((layer) => !layer.ghost);
    const fixed = solid.some((layer) => layer.before.length + layer.behind.length > 0);
    const program = /** @type {Program} */ (fixed ? this.ordered : this.object);
    this.setCommon(program, picture);
    program.sampler("uCutOut", UNITS.cutOut);
    program.sampler("uHider", UNITS.hider);
    program.set("uViewport", this.canvas.width, this.canvas.height);
    gl.enable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
    gl.depthFunc(gl.LEQUAL);
    const limits = fixed ? this.findLimits(program, picture, solid) : new Map();
    const draw = (/** @type {Layer} */ layer, /** @type {"core" | "shadow" | "fringe" | "ghost"} */ part) => {
      if (fixed) this.setLimits(program, layer.ghost ? undefined : limits.get(layer.object.id));
      this.drawLayer(program, picture, layer, part);
    };
    const nearFirst = [...solid].sort((a, b) => a.pose.z - b.pose.z);
    nearFirst.forEach((layer) => draw(layer, "core"));
    gl.depthMask(false);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    nearFirst.reverse().forEach((layer) => (draw(layer, "shadow"), draw(layer, "fringe")));
    layers.filter((layer) => layer.ghost).forEach((layer) => draw(layer, "ghost"));
    gl.depthMask(true);
    gl.bindVertexArray(null);
  }

  /** @param {Program} program @param {Drawing} picture @param {Layer[]} solid */
  findLimits(program, picture, solid) {
    program.sampler("uBefore", UNITS.before);
    program.sampler("uBehind", UNITS.behind);
    return /** @type {OrderPasses} */ (this.order).limits(solid, (layer, limits) => {
      this.setLimits(program, limits);
      this.drawLayer(program, picture, layer, "depth");
    });
  }

  /** @param {Program} program @param {Limits | undefined} limits */
  setLimits(program, limits) {
    program.set("uHasBefore", limits?.before ? 1 : 0);
    program.set("uHasBehind", limits?.behind ? 1 : 0);
    this.bind(UNITS.before, limits?.before ?? null);
    this.bind(UNITS.behind, limits?.behind ?? null);
  }

  /** @param {Program} program @param {Drawing} picture @param {Layer} layer @param {"core" | "shadow" | "fringe" | "ghost" | "depth"} part */
  drawLayer(program, picture, layer, part) {
    const { gl } = this;
    const { doc, world, frame } = picture;
    const sprite = /** @type {Sprite} */ (picture.sprite(layer));
    const cuts = softened(doc, world, frame, layer);
    const shape = shapeOf(world, layer.object, layer.pose.anchorZ, frame.softness);
    const shadow = part === "shadow" ? shadowOf(doc, world, layer) : null;
    if (part === "shadow" && !shadow?.dark) return;
    const mesh = shadow ? /** @type {ShadowQuad} */ (this.quad).under(shadow, shape, frame.softness) : /** @type {GpuCache<MeshOnGpu>} */ (this.meshes).get(sprite.meshSource(shape, frame.softness));
    this.setPose(program, layer);
    program.set("uShadow", ...(shadow ? [shadow.x, shadow.y, shadow.radius, shadow.dark] : [0, 0, 0, 0]));
    program.set("uBox", ...sprite.box);
    cuts.forEach((cut, side) => program.set(`uCut${side}`, ...cut));
    program.set("uCore", { core: 1, depth: 2, fringe: 0, ghost: 0, shadow: 0 }[part]);
    program.set("uOpacity", part === "ghost" ? GHOST_OPACITY : 1);
    this.bind(UNITS.cutOut, this.onGpu("pictures", sprite.image));
    this.bind(UNITS.hider, this.onGpu("floats", hiderOf(doc, world, layer.object, layer.time)));
    gl.bindVertexArray(mesh.vao);
    for (const [offset, count] of part === "fringe" && !cuts.some(([, , , faded]) => faded) ? [mesh.fringe] : [mesh.core, mesh.fringe]) gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_SHORT, offset);
  }

  /** @param {Program} program @param {Layer} layer */
  setPose(program, { pose, object }) {
    program.set("uAnchor", ...pose.anchor);
    program.set("uAnchorZ", pose.anchorZ);
    program.set("uPlace", pose.x, pose.y);
    program.set("uPlaceZ", pose.z);
    program.set("uTurn", pose.size * Math.cos(pose.rotation), pose.size * Math.sin(pose.rotation));
    program.set("uPinned", object.pinned_to_screen ? 1 : 0);
  }
}
