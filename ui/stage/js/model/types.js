/** @import * as schema from "./schema.js" */

/**
 * The shapes that modules pass to each other. Points are in pixels of the working image, integer coordinates are
 * pixel centres; times are fractions 0..1 of the clip; disparity is 0..255; nearness is disparity / 255.
 *
 * @typedef {"same" | number} Nearness
 * @typedef {"even" | "per-click"} Timing
 * @typedef {"none" | "in" | "out" | "both"} Easing
 * @typedef {schema.Waypoint} Waypoint
 * @typedef {schema.OrderOverride} OrderOverride
 * @typedef {Omit<schema.SceneObject, "id"> & {id: string}} StageObject
 * @typedef {Omit<schema.Scenery, "id"> & {id: string}} StageScenery
 * @typedef {schema.CameraKey} CameraKey
 * @typedef {schema.CameraMove} CameraMove
 * @typedef {Omit<schema.Document, "objects" | "scenery"> & {size_hw: readonly [number, number], scene_id?: string, document_id?: string,
 *   objects: readonly StageObject[], scenery: readonly StageScenery[]}} StageDocument
 *
 * @typedef {{x: number, y: number, z: number, size: number, rotation: number}} PathPoint  rotation in radians
 * @typedef {{anchor: readonly [number, number], anchorZ: number, x: number, y: number, z: number, size: number,
 *   rotation: number}} Pose
 * @typedef {{pan: readonly [number, number], zoom: number, push: number}} View  push in units of z
 * @typedef {{width: number, height: number, data: Uint8Array}} Mask  data is 0 or 1
 * @typedef {{width: number, height: number, data: Float32Array}} FloatMap
 * @typedef {{width: number, height: number, data: Uint16Array}} LabelMap
 * @typedef {[number, number, number, number]} Box  x0, y0, x1, y1, the far edges excluded
 */
export {};
