/** What the editor adds to the document's actions: groups of keys, the order of layers, words for steps, names of areas. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { areaName } from "../../ui/stage/js/model/areas.js";
import * as doc from "../../ui/stage/js/model/document.js";
import { CAMERA, hasKey, movePoints, presentKeys, removeKeys, shiftKeys, toggleKey } from "../../ui/stage/js/model/key_group.js";
import { alignments } from "../../ui/stage/js/model/paths.js";
import { stepInWords } from "../../ui/stage/js/model/steps.js";

/** Numbers 0..1 that depend on the seed alone. */
function chance(seed) {
  let state = seed;
  return () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296);
}

const named = (...names) => names.reduce((made, name) => doc.addObject(made, name, name)[0], doc.emptyDocument([320, 480]));
const key = (time) => ({ time, pan: [0, 0], zoom: 1, push: 0 });

/** Two paths, some of their waypoints timed, and a camera. */
function moving(random) {
  let made = named("Ball", "Car");
  for (const id of ["o1", "o2"]) {
    const times = Array.from({ length: 3 + Math.floor(4 * random()) }, random).sort();
    made = doc.setPath(made, id, times.map((time, i) => doc.waypoint(9 * i, 5 * i, { time: random() < 0.6 ? time : null })));
  }
  return doc.updateCamera(made, { keys: [0, 0.3, 0.31, 0.9].map(key) });
}

/** As a path without pauses has them: evenly between those that are timed. */
function timesOf(made) {
  return (id) => {
    const times = doc.findObject(made, id).waypoints.map(({ time }) => time);
    const at = times.map((time, i) => time ?? (i === 0 ? 0 : i === times.length - 1 ? 1 : null));
    return at.map((time, i) => {
      if (time !== null) return time;
      const [a, b] = [at.findLastIndex((other, j) => j < i && other !== null), at.findIndex((other, j) => j > i && other !== null)];
      return at[a] + ((at[b] - at[a]) * (i - a)) / (b - a);
    });
  };
}

test("keys that move together keep their distances, pass no other and stay in the clip", () => {
  for (let seed = 1; seed < 200; seed++) {
    const random = chance(seed);
    const made = moving(random);
    const all = ["o1", "o2", CAMERA].flatMap((of) => Array.from({ length: of === CAMERA ? 4 : doc.findObject(made, of).waypoints.length }, (_, index) => ({ of, index })));
    const keys = all.filter(() => random() < 0.4);
    if (!keys.length) continue;
    const before = timesOf(made);
    const moved = shiftKeys(made, keys, 2 * random() - 1, before);
    const at = (document, { of, index }) => (of === CAMERA ? document.camera.keys[index].time : document.objects.find(({ id }) => id === of).waypoints[index].time);
    const shifts = keys.map((one) => at(moved, one) - (one.of === CAMERA ? at(made, one) : before(one.of)[one.index]));
    assert.ok(Math.max(...shifts) - Math.min(...shifts) < 2e-4, `${seed}: ${shifts}`);
    for (const one of all) if (!hasKey(keys, one)) assert.equal(at(moved, one), at(made, one));
    const pinned = [...moved.objects.map(({ waypoints }) => waypoints.map(({ time }) => time)), moved.camera.keys.map(({ time }) => time)];
    for (const times of pinned.map((list) => list.filter((time) => time !== null))) {
      assert.ok(times.every((time, i) => time >= 0 && time <= 1 && (i === 0 || time >= times[i - 1] - 1e-4)), `${seed}: ${times}`);
    }
  }
});

test("keys are chosen one by one, deleted together, and forgotten with what they belong to", () => {
  const made = moving(chance(7));
  const keys = [{ of: "o1", index: 0 }, { of: "o1", index: 1 }, { of: CAMERA, index: 2 }].reduce(toggleKey, []);
  assert.equal(toggleKey(keys, { of: "o1", index: 1 }).length, 2);
  const left = removeKeys(made, keys);
  assert.equal(left.camera.keys.length, 3);
  assert.equal(left.objects[0].waypoints.length, made.objects[0].waypoints.length - 1); // the start stays
  assert.equal(left.objects[1], made.objects[1]);
  assert.deepEqual(presentKeys(doc.remove(made, "o1"), keys), [{ of: CAMERA, index: 2 }]);
  assert.deepEqual(movePoints([doc.waypoint(1, 2), doc.waypoint(3, 4)], [1], 5, 6).map(({ x, y }) => [x, y]), [[1, 2], [8, 10]]);
});

test("who is put above others is in front of them, and the other way round, whatever was ruled before", () => {
  const made = doc.setOrder(doc.setOrder(named("A", "B", "C"), "o1", "C", "front"), "o2", "C", "behind");
  const up = doc.reorder(made, "o3", 0);
  assert.deepEqual(up.objects.map(({ name }) => name), ["C", "A", "B"]);
  const rules = (made) => made.objects.map(({ order_overrides }) => order_overrides.map(({ name, relation }) => `${relation} ${name}`));
  assert.deepEqual(rules(up), [["front A", "front B"], [], []]);
  const down = doc.reorder(up, "o3", 1);
  assert.deepEqual(rules(down)[1], ["front B", "behind A"]);
  assert.equal(doc.reorder(made, "o1", -3), made);
  assert.equal(doc.reorder(made, "none", 1), made);
});

test("every step has words of its own", () => {
  const made = doc.setPath(named("Ball"), "o1", [doc.waypoint(1, 1), doc.waypoint(9, 9)]);
  const steps = [
    [doc.addObject(made, "m2", "Car")[0], "added Car"],
    [doc.remove(made, "o1"), "deleted Ball"],
    [doc.toScenery(made, "o1"), "made Ball scenery"],
    [doc.rename(made, "o1", "Kite"), "renamed Ball to Kite"],
    [doc.movePath(made, "o1", 1, 0), "moved Ball"],
    [doc.updateWaypoint(made, "o1", 1, { nearness: 0.5 }), "changed the depth of Ball"],
    [doc.setTime(made, "o1", 1, 0.5, [0, 1]), "timed Ball"],
    [doc.updateWaypoint(made, "o1", 1, { size: 2 }), "sized Ball"],
    [doc.duplicateWaypoint(made, "o1", 1), "added a waypoint to Ball"],
    [doc.setPath(made, "o1", []), "cleared the path of Ball"],
    [doc.updateObject(made, "o1", { mask: "m9" }), "changed the outline of Ball"],
    [doc.updateObject(made, "o1", { hidden: true }), "hid or showed Ball"],
    [doc.updateObject(made, "o1", { relief: 0.5 }), "changed the relief of Ball"],
    [doc.updateCamera(made, { easing: "in" }), "moved the camera"],
    [{ ...made, settings: { ...made.settings, seed: 1 } }, "changed a setting"],
    [doc.reorder(doc.addObject(made, "m2", "Car")[0], "o2", 0), "added Car"],
  ];
  for (const [after, words] of steps) assert.equal(stepInWords(made, after), words);
  assert.equal(stepInWords(doc.setPath(made, "o1", []), made), "gave Ball a path");
});

test("areas are called by their place, each by a name of its own", () => {
  const data = Uint16Array.from({ length: 90 * 60 }, (_, i) => {
    const [x, y] = [i % 90, Math.floor(i / 90)];
    return y < 20 ? 1 + Math.floor(x / 15) : y >= 40 && x < 30 ? 9 : 0;
  });
  const names = [1, 2, 3, 4, 5, 6, 9].map((label) => areaName({ width: 90, height: 60, data }, label));
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names.slice(0, 2).sort(), ["the 2nd area at the top left", "the area at the top left"]);
  assert.equal(names[6], "the area at the bottom left");
});

test("a waypoint is aligned with others and the middle, never with itself or what is hidden", () => {
  let made = doc.setPath(named("Ball", "Car"), "o1", [doc.waypoint(10, 20), doc.waypoint(30, 40)]);
  made = doc.setPath(made, "o2", [doc.waypoint(50, 60)]);
  assert.deepEqual(alignments(made, "o1", [1]), { xs: [239.5, 10, 50], ys: [159.5, 20, 60] });
  assert.deepEqual(alignments(doc.updateObject(made, "o2", { hidden: true }), "o1", [0, 1]).xs, [239.5]);
});

test("a copy has the original's pixels and path, a name of its own, and outlives it", () => {
  let made = doc.setPath(named("Ball", "Car"), "o1", [doc.waypoint(1, 2), doc.waypoint(3, 4)]);
  let copy;
  [made, copy] = doc.duplicateObject(made, "o1");
  [made] = doc.duplicateObject(made, copy);
  const [ball, , ...copies] = made.objects;
  for (const { name, colour, id, ...rest } of copies) {
    assert.deepEqual({ ...ball, ...rest, copy_of: null }, ball);
    assert.equal(rest.copy_of, "Ball");
    assert.ok(name !== ball.name && id !== ball.id && colour !== ball.colour);
  }
  made = doc.setMask(made, copy, "m9");
  assert.deepEqual(made.objects.map(({ mask }) => mask), ["m9", "Car", "m9", "m9"]);
  made = doc.remove(doc.rename(made, "o1", "Kite"), "o1");
  assert.deepEqual(made.objects.map(({ name, copy_of }) => [name, copy_of]), [["Car", null], ["Ball 2", null], ["Ball 3", "Ball 2"]]);
});
