/**
 * Depth, displacement and camera: the numbers of levitor_core/motion/geometry.py, one point at a time.
 */

import { MAX_NEARNESS } from "./schema.js";

/** @import { Pose, View } from "./types.js" */

export const MAX_DISPARITY = 255;
const LARGEST = 10; // times the size at the anchor, where the size control ends
const CAMERA_NEAR = 0.25;
/** @type {View} */
export const STILL_VIEW = Object.freeze({ pan: /** @type {[number, number]} */ ([0, 0]), zoom: 1, push: 0 });

/** @param {number} disparity @param {number} softness */
export function depthFromDisparity(disparity, softness) {
  return 1 / (Math.max(disparity, 1) + softness);
}

/** @param {number} z @param {number} softness */
export function disparityFromDepth(z, softness) {
  return Math.min(Math.max(1 / z - softness, 0), MAX_NEARNESS * MAX_DISPARITY);
}

/** @param {number} nearness @param {number} softness */
export function depthOfNearness(nearness, softness) {
  return depthFromDisparity(MAX_DISPARITY * nearness, softness);
}

/** @param {number} z @param {number} softness */
export function nearnessOfDepth(z, softness) {
  return disparityFromDepth(z, softness) / MAX_DISPARITY;
}

/** Depth of the photo's front. @param {number} softness */
export function nearestDepth(softness) {
  return 1 / (MAX_DISPARITY + softness);
}

/** The smallest depth a moved pixel may have, that of the largest nearness. @param {number} near the photo's front */
export function closestDepth(near) {
  return near / (1 + (MAX_NEARNESS - 1) * MAX_DISPARITY * near);
}

/** @param {readonly [number, number]} sizeHW @returns {[number, number]} */
export function imageCenter([h, w]) {
  return [(w - 1) / 2, (h - 1) / 2];
}

/**
 * Position of a depth on an object's size control, which moves evenly in size: 0 is the farthest depth, 1 the nearest
 * or that of ten times the size at the anchor, whichever ends first.
 * @param {number} z @param {number} softness @param {number} anchorZ
 */
export function sliderOfDepth(z, softness, anchorZ) {
  const [far, near] = sizeEnds(softness, anchorZ);
  return Math.log(far / z) / Math.log(far / near);
}

/** @param {number} slider @param {number} softness @param {number} anchorZ */
export function depthOfSlider(slider, softness, anchorZ) {
  const [far, near] = sizeEnds(softness, anchorZ);
  const clamped = Math.min(Math.max(slider, 0), 1);
  return far * (near / far) ** clamped;
}

/** @param {number} softness @param {number} anchorZ @returns {[number, number]} */
function sizeEnds(softness, anchorZ) {
  return [depthFromDisparity(1, softness), Math.max(closestDepth(nearestDepth(softness)), anchorZ / LARGEST)];
}

/** Depth after movement. @param {number} z @param {Pose} pose @param {number} near */
export function movedDepth(z, pose, near) {
  return Math.max(z + (pose.z - pose.anchorZ), closestDepth(near));
}

/**
 * Where a pixel of the photo, of depth z, goes with its object: its new place and depth.
 * @param {number} x @param {number} y @param {number} z @param {Pose} pose
 * @param {readonly [number, number]} center @param {number} near @returns {[number, number, number]}
 */
export function displace(x, y, z, pose, [cx, cy], near) {
  const movedZ = movedDepth(z, pose, near);
  const [ax, ay] = pose.anchor;
  const cos = pose.size * Math.cos(pose.rotation);
  const sin = pose.size * Math.sin(pose.rotation);
  const [dx, dy] = [x - ax, y - ay];
  const u = (ax + cos * dx - sin * dy - cx) * z + (pose.x - cx) * pose.z - (ax - cx) * pose.anchorZ;
  const v = (ay + sin * dx + cos * dy - cy) * z + (pose.y - cy) * pose.z - (ay - cy) * pose.anchorZ;
  return [cx + u / movedZ, cy + v / movedZ, movedZ];
}

/**
 * Where in the photo a moved pixel came from, given the depth z it had there.
 * @param {number} u @param {number} v @param {number} z @param {Pose} pose
 * @param {readonly [number, number]} center @param {number} near @returns {[number, number]}
 */
export function undisplace(u, v, z, pose, [cx, cy], near) {
  const movedZ = movedDepth(z, pose, near);
  const [ax, ay] = pose.anchor;
  const dx = cx + ((u - cx) * movedZ - (pose.x - cx) * pose.z + (ax - cx) * pose.anchorZ) / z - ax;
  const dy = cy + ((v - cy) * movedZ - (pose.y - cy) * pose.z + (ay - cy) * pose.anchorZ) / z - ay;
  const cos = Math.cos(pose.rotation) / pose.size;
  const sin = Math.sin(pose.rotation) / pose.size;
  return [ax + cos * dx + sin * dy, ay - sin * dx + cos * dy];
}

/** Depth before a camera that has pushed in. @param {number} z @param {View} view @param {number} near */
function viewedDepth(z, view, near) {
  return Math.max(z - view.push, CAMERA_NEAR * near);
}

/**
 * What the camera makes of a point of depth z.
 * @param {number} x @param {number} y @param {number} z @param {View} view
 * @param {readonly [number, number]} center @param {number} near @returns {[number, number, number]}
 */
export function project(x, y, z, view, [cx, cy], near) {
  const viewedZ = viewedDepth(z, view, near);
  const scale = (view.zoom * z) / viewedZ;
  return [cx + scale * (x - cx) + view.pan[0], cy + scale * (y - cy) + view.pan[1], viewedZ];
}

/**
 * The point before the camera that is seen at (u, v), given its depth there.
 * @param {number} u @param {number} v @param {number} z @param {View} view
 * @param {readonly [number, number]} center @param {number} near @returns {[number, number]}
 */
export function unproject(u, v, z, view, [cx, cy], near) {
  const scale = (view.zoom * z) / viewedDepth(z, view, near);
  return [cx + (u - view.pan[0] - cx) / scale, cy + (v - view.pan[1] - cy) / scale];
}
