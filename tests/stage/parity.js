/** Reads cases from stdin, answers with what the stage computes; test_stage_parity.py compares with the engine. */
import { readFileSync } from "node:fs";
import { project, undisplace, unproject, imageCenter, nearestDepth, STILL_VIEW } from "../../ui/stage/js/model/geometry.js";
import { cropOf } from "../../ui/stage/js/model/crop.js";
import { softened } from "../../ui/stage/js/model/cut_sides.js";
import { shadowOf } from "../../ui/stage/js/model/shadow.js";
import { cameraTrack, trajectory } from "../../ui/stage/js/model/trajectory.js";
import { newWorld, planOf, depthAtAnchor } from "../../ui/stage/js/model/world.js";

const cases = JSON.parse(readFileSync(0, "utf8"));

const paths = cases.paths.map(({ waypoints, anchor_z, size_hw, softness, timing, easing, frames }) => {
  const path = trajectory(waypoints, anchor_z, size_hw, softness, timing, easing);
  const at = Array.from({ length: frames }, (_, i) => path.at(frames > 1 ? i / (frames - 1) : 0));
  return { frames: at.map(({ x, y, z, size, rotation }) => [x, y, z, size, rotation]), passed: path.times.map((t) => Object.values(path.at(t))) };
});

const pixels = cases.pixels.map(({ moved, z, pose, view, size_hw, softness }) => {
  const [center, near] = [imageCenter(size_hw), nearestDepth(softness)];
  const seen = project(...moved, view, center, near);
  const back = unproject(seen[0], seen[1], moved[2], view, center, near);
  return [...seen, ...back, ...undisplace(moved[0], moved[1], z, pose, center, near)];
});

const cameras = cases.cameras.map(({ move, softness, frames }) => {
  const track = cameraTrack(move, softness);
  return Array.from({ length: frames }, (_, i) => {
    const { pan, zoom, push } = track(i / (frames - 1));
    return [...pan, zoom, push];
  });
});

const map = ([height, width], data, kind) => ({ width, height, data: kind.from(data) });
const scenes = cases.scenes.map(({ size_hw, softness, object, disparity, filled, tamed, mask, frames, crop }) => {
  const world = Object.assign(newWorld(map(size_hw, disparity, Float32Array)), { filled: map(size_hw, filled, Float32Array) });
  world.masks.set(object.mask, map(size_hw, mask, Uint8Array));
  world.reliefs.set(object.mask, { tamed: map(size_hw, tamed, Float32Array), support: null });
  const doc = { size_hw, softness, objects: [object], scenery: [], camera: { keys: [], easing: "none" } };
  const plan = planOf(doc, world, object);
  const at = Array.from({ length: frames }, (_, i) => plan.trajectory.at(i / (frames - 1)));
  const settings = { renderer: "preview", seed: 1, num_variants: 1, num_frames: null, fps: null };
  const cropped = { ...doc, settings, renderers: { preview: { crop } } };
  const offered = { renderers: { preview: { crop: "none" } }, automatic: "preview", ranges: {} };
  const box = cropOf({ clip: { num_frames: frames, fps: 6 }, doc: cropped, offered, world });
  const shadows = at.map((point) => shadowOf(doc, world, { object, pose: { anchor: plan.anchor, anchorZ: plan.anchorZ, ...point }, ghost: false })?.dark ?? 0);
  const frame = { view: STILL_VIEW, center: imageCenter(size_hw), near: nearestDepth(softness), softness };
  const cuts = at.map((point) => softened(doc, world, frame, { object, pose: { anchor: plan.anchor, anchorZ: plan.anchorZ, ...point } }));
  return { box, cuts, shadows, anchor_z: depthAtAnchor(world, object, plan.anchor, softness), frames: at.map(({ x, y, z }) => [x, y, z]) };
});

process.stdout.write(JSON.stringify({ paths, pixels, cameras, scenes }));
