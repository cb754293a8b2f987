import assert from "node:assert/strict";
import { test } from "node:test";
import { coverageOf, cutOut } from "../../ui/stage/js/model/cutout.js";
import { anchorOf, boundingBox, brush, emptyMask, isInside, medianInside, outline, unionGrown, withScenery } from "../../ui/stage/js/model/masks.js";
import { gridMesh } from "../../ui/stage/js/draw/mesh.js";
import { depthOfNearness, depthOfSlider, sliderOfDepth } from "../../ui/stage/js/model/geometry.js";
import { CAMERA_PRESETS, cameraPreset, constrain, distanceToSegment, orbit, presetOf, simplify, snap, tiltWithin } from "../../ui/stage/js/model/paths.js";

const disc = (width, height, cx, cy, radius) => brush(emptyMask(width, height), [cx, cy], [cx, cy], radius, true);

test("a brush adds what is within its radius of the stroke, and takes it away again", () => {
  const painted = brush(emptyMask(40, 30), [5, 5], [30, 20], 4, true);
  painted.data.forEach((inside, i) => {
    const [distance] = distanceToSegment([i % 40, Math.floor(i / 40)], [5, 5], [30, 20]);
    assert.equal(inside === 1, distance <= 4 + 1e-9);
  });
  assert.equal(boundingBox(brush(painted, [5, 5], [30, 20], 4, false)), null);
});

test("an anchor lies on its mask, even on a ring", () => {
  const ring = brush(disc(60, 60, 30, 30, 20), [30, 30], [30, 30], 14, false);
  const [x, y] = anchorOf(ring);
  assert.ok(isInside(ring, x, y));
});

test("growing a union reaches exactly as far in each direction as asked", () => {
  const one = emptyMask(20, 20);
  one.data[10 * 20 + 10] = 1;
  const grown = unionGrown([one], 20, 20, 3);
  grown.data.forEach((inside, i) => {
    const reach = Math.max(Math.abs((i % 20) - 10), Math.abs(Math.floor(i / 20) - 10));
    assert.equal(inside === 1, reach <= 3);
  });
});

test("an outline runs around the mask at half its edge", () => {
  const segments = outline(disc(60, 60, 30, 30, 15));
  assert.ok(segments.length > 4 * 40);
  for (let i = 0; i < segments.length; i += 2) {
    assert.ok(Math.abs(Math.hypot(segments[i] - 30, segments[i + 1] - 30) - 15) < 1.6);
  }
});

test("scenery is shifted or flattened inside its mask and nowhere else", () => {
  const map = { width: 4, height: 1, data: Float32Array.of(10, 20, 30, 250) };
  const mask = { width: 4, height: 1, data: Uint8Array.of(0, 1, 1, 1) };
  assert.equal(medianInside(map, mask), 30);
  assert.deepEqual([...withScenery(map, [{ mask, shift: 10, flatten: false }]).data], [10, 30, 40, 255]);
  assert.deepEqual([...withScenery(map, [{ mask, shift: -5, flatten: true }]).data], [10, 25, 25, 25]);
  const part = { width: 4, height: 1, data: Uint8Array.of(0, 0, 1, 0) };
  const twice = [{ mask, shift: 10, flatten: false }, { mask: part, shift: 7, flatten: false }];
  assert.deepEqual([...withScenery(map, twice).data], [10, 30, 47, 255]);
});

test("a cut-out is opaque inside, clear outside, and its fringe has the object's colour", () => {
  const mask = disc(32, 32, 16, 16, 9);
  const crop = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4).fill(255) };
  for (let i = 0; i < 64 * 64; i++) {
    const red = Math.hypot((i % 64) / 2 - 16, Math.floor(i / 64) / 2 - 16) <= 8.2;
    crop.data.set(red ? [200, 10, 10, 255] : [0, 0, 255, 255], i * 4);
  }
  const cut = cutOut(mask, [0, 0, 32, 32], crop);
  const at = (x, y) => [...cut.data.slice((y * 64 + x) * 4, (y * 64 + x) * 4 + 4)];
  assert.deepEqual(at(32, 32), [200, 10, 10, 255]);
  assert.equal(at(2, 2)[3], 0);
  for (let x = 0; x < 64; x++) {
    const [red, , blue, alpha] = at(x, 32);
    if (alpha > 8) assert.ok(red > 3 * blue, `a halo at ${x}`);
  }
});

test("a feathered cut-out fades inside its outline, over as many pixels as asked for", () => {
  const [mask, crop] = [disc(48, 48, 24, 24, 20), { width: 48, height: 48, data: new Uint8ClampedArray(48 * 48 * 4).fill(200) }];
  const along = (feather) => Array.from({ length: 20 }, (_, x) => cutOut(mask, [0, 0, 48, 48], crop, feather).data[(24 * 48 + 5 + x) * 4 + 3]);
  assert.ok(along(0).slice(2).every((alpha) => alpha === 255));
  along(8).forEach((alpha, x) => assert.ok(Math.abs(alpha - 255 * Math.min((x + 0.5) / 8, 1)) < 40, `${x}: ${alpha}`));
});

test("a mesh covers every pixel of the cut-out and keeps its core apart", () => {
  const mask = disc(40, 40, 20, 20, 14);
  const cut = cutOut(mask, [4, 4, 37, 37], { width: 66, height: 66, data: new Uint8ClampedArray(66 * 66 * 4).fill(255) });
  const mesh = gridMesh([4, 4, 37, 37], () => 1, coverageOf(cut, [4, 4, 37, 37]));
  const covered = (indices, x, y) => {
    for (let i = 0; i < indices.length; i += 6) {
      const [a, , , , , d] = indices.slice(i, i + 6).map((v) => v * 3);
      const [x0, y0, x1, y1] = [mesh.vertices[a], mesh.vertices[a + 1], mesh.vertices[d], mesh.vertices[d + 1]];
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1) return true;
    }
    return false;
  };
  mask.data.forEach((inside, i) => {
    if (inside) assert.ok(covered(mesh.core, i % 40, Math.floor(i / 40)) || covered(mesh.fringe, i % 40, Math.floor(i / 40)));
  });
  assert.ok(mesh.core.length > 0 && covered(mesh.core, 20, 20) && !covered(mesh.fringe, 20, 20));
});

test("a depth slider moves evenly in size and back", () => {
  for (const [softness, anchorZ] of [[0, 1 / 255], [30, 1 / 60], [120, 1 / 130], [30, 1 / 285]]) {
    const steps = [0, 0.25, 0.5, 0.75, 1].map((at) => depthOfSlider(at, softness, anchorZ));
    steps.forEach((z, i) => assert.ok(Math.abs(sliderOfDepth(z, softness, anchorZ) - i / 4) < 1e-9));
    assert.ok(Math.abs(steps[0] / steps[1] - steps[2] / steps[3]) < 1e-9);
    const [largest, nearness] = [anchorZ / steps[4], (1 / steps[4] - softness) / 255];
    assert.ok(largest <= 10 + 1e-9 && nearness <= 4 + 1e-9 && (largest > 10 - 1e-9 || nearness > 4 - 1e-9));
  }
});

test("a simplified line stays within its tolerance of the drawn one", () => {
  const drawn = Array.from({ length: 200 }, (_, i) => [i, 30 * Math.sin(i / 25)]);
  const kept = simplify(drawn, 2);
  assert.ok(kept.length < 25);
  for (const point of drawn) {
    const nearest = Math.min(...kept.slice(1).map((to, i) => distanceToSegment(point, kept[i], to)[0]));
    assert.ok(nearest <= 2 + 1e-9);
  }
});

const ORBIT = { center: [100, 100], start: [160, 100], startNearness: 0.4, centerNearness: 0.4, softness: 30, swing: 0.2, tilt: 30, turns: 2, clockwise: true, growth: 1.5, closed: false };
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("an orbit starts at the object, closes after whole turns, and is nearer below its centre", () => {
  const path = orbit(ORBIT);
  close(path[0].x, 160);
  close(path[0].y, 100);
  close(path[path.length - 1].x, 160);
  close(path[path.length - 1].y, 100);
  for (const point of path.slice(1)) {
    if (Math.abs(point.y - 100) > 1) assert.equal(point.nearness > 0.4, point.y > 100);
    close(((point.x - 100) / 60) ** 2 + ((point.y - 100) / 30) ** 2, 1);
  }
});

test("an orbit is believable whatever the depth map: no larger than asked, larger in front, the same again when it closes", () => {
  for (const [startNearness, centerNearness, softness] of [[0.05, 0.9, 0], [0.9, 0.1, 30], [0.5, 0.5, 60], [2, 0.3, 30]]) {
    for (const start of [[160, 100], [90, 150], [100, 40], [40, 130]]) {
      for (const growth of [1.2, 1.5, 3]) {
        const path = orbit({ ...ORBIT, start, startNearness, centerNearness, softness, growth, turns: 1, closed: true });
        const z0 = depthOfNearness(startNearness, softness);
        const seen = path.map(({ size, nearness }) => (size * z0) / depthOfNearness(nearness === "same" ? startNearness : nearness, softness));
        assert.ok(Math.max(...seen) <= growth + 1e-9 && Math.min(...seen) > 0.2);
        path.slice(1).forEach((point, i) => point.y > path[i].y + 1e-6 && assert.ok(seen[i + 1] > seen[i] - 1e-9));
        const [first, last] = [path[0], path[path.length - 1]];
        close(last.x, first.x);
        close(last.y, first.y);
        close(last.nearness, startNearness);
        close(last.size, first.size);
      }
    }
  }
});

test("an orbit stays within its room where it can", () => {
  for (const start of [[160, 100], [90, 150], [100, 40], [40, 130]]) {
    const room = 80;
    const tilt = tiltWithin([100, 100], start, room);
    const path = orbit({ ...ORBIT, start, tilt });
    assert.ok(tilt >= 25 && path.every(({ x }) => Math.abs(x - 100) <= room * 1.02));
  }
});

test("constraining keeps one of eight directions; snapping takes the nearest target in reach", () => {
  for (const to of [[10, 3], [3, 10], [-7, 8], [5, -5.2]]) {
    const [x, y] = constrain([0, 0], to);
    const eighth = Math.atan2(y, x) / (Math.PI / 4);
    assert.ok(Math.abs(eighth - Math.round(eighth)) < 1e-9);
  }
  assert.equal(snap(0.52, [0.5, 0.55, 1], 0.04), 0.5);
  assert.equal(snap(0.7, [0.5, 0.55, 1], 0.04), 0.7);
});

test("camera presets end where they say and pans show no edge", () => {
  const [from, to] = cameraPreset("push", 1, [320, 480]);
  assert.deepEqual([from.push, to.push, to.time], [0, 0.75, 1]);
  for (const id of ["left", "right", "up"]) {
    for (const { zoom, pan } of cameraPreset(id, 0.5, [320, 480])) {
      assert.ok(Math.abs(pan[0]) <= ((zoom - 1) * 480) / 2 + 1e-9 && Math.abs(pan[1]) <= ((zoom - 1) * 320) / 2 + 1e-9);
    }
  }
});

test("a preset is known again by its keys, with its amount; a person's keys are none", () => {
  for (const { id } of CAMERA_PRESETS) {
    const keys = cameraPreset(id, 0.4, [320, 480]);
    const found = presetOf(keys, [320, 480]);
    assert.equal(found?.id, id);
    assert.ok(Math.abs(found.amount - 0.4) < 1e-9);
    assert.equal(presetOf([keys[0], { ...keys[1], time: 0.8 }], [320, 480]), null);
    assert.equal(presetOf(keys.slice(0, 1), [320, 480]), null);
  }
});
