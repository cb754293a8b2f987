import assert from "node:assert/strict";
import { test } from "node:test";
import { placed, WIDTH } from "../../ui/stage/js/model/chip_places.js";

const meet = ([ax, ay, aw, ah], [bx, by, bw, bh]) => ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;

/** Numbers that look like chance and are the same every time. @param {number} seed */
function chance(seed) {
  return () => ((seed = (seed * 16807) % 2147483647) - 1) / 2147483646;
}

test("no chip lies under the depth slider, on another chip or outside the view, on a phone too", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = chance(seed);
    const phone = seed % 2 === 0;
    const view = phone ? { width: 390, height: 300 } : { width: 900, height: 600 };
    const [tall, slider] = phone ? [34, [88, 150]] : [24, [88, 196]];
    const control = [4 + random() * (view.width - slider[0] - 8), 4 + random() * (view.height - slider[1] - 8), ...slider];
    const points = Array.from({ length: 1 + (seed % 3) }, () => [random() * view.width, random() * view.height]);
    const circles = points.map(([x, y]) => [x + 30 * random(), y, 16]);
    const boxes = placed(points, circles, control, view, tall);
    boxes.forEach((box, i) => {
      assert.ok(box[0] >= 0 && box[1] >= 0 && box[0] + WIDTH <= view.width && box[1] + tall <= view.height, `outside: ${seed}`);
      for (const other of [control, ...boxes.slice(0, i)]) assert.ok(!meet(box, other), `${seed}: ${box} on ${other}`);
    });
  }
});

test("a chip stands as near to its crossing as it may, and keeps off the crossing itself", () => {
  const [[left, top]] = placed([[300, 200]], [], null, { width: 900, height: 600 }, 24);
  assert.deepEqual([left, top], [300 - WIDTH / 2, 200 - 18 - 24]);
});
