/**
 * The shapes that modules pass to each other. Points are in pixels of the working image, integer coordinates are
 * pixel centres; times are fractions 0..1 of the clip; disparity is 0..255; nearness is disparity / 255.
 *
 * @typedef {"same" | number} Nearness
 * @typedef {"even" | "per-click"} Timing
 * @typedef {"none" | "in" | "out" | "both"} Easing
 * @typedef {{x: number, y: number, nearness: Nearness, time: number | null, size: number, rotation: number}} Waypoint
 * @typedef {{name: string, relation: "front" | "behind"}} OrderOverride
 * @typedef {{id: string, name: string, colour: string, mask: string, hidden: boolean, on_ground: boolean,
 *   pinned_to_screen: boolean, order_overrides: readonly OrderOverride[], waypoints: readonly Waypoint[],
 *   timing: Timing, easing: Easing}} StageObject
 * @typedef {{id: string, name: string, mask: string, shift: number, flatten: boolean}} StageScenery
 * @typedef {{time: number, pan: readonly [number, number], zoom: number, push: number}} CameraKey
 * @typedef {{keys: readonly CameraKey[], easing: Easing}} CameraMove
 * @typedef {{size_hw: readonly [number, number], num_frames: number, fps: number, softness: number,
 *   version?: number, settings?: object, objects: readonly StageObject[], scenery: readonly StageScenery[], camera: CameraMove}} StageDocument
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
