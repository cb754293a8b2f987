import assert from "node:assert/strict";
import { test } from "node:test";
import { isEqual } from "../../ui/stage/js/model/equality.js";
import * as doc from "../../ui/stage/js/model/document.js";
import { MAX_OBJECTS } from "../../ui/stage/js/model/schema.js";
import { cameraTrack } from "../../ui/stage/js/model/trajectory.js";
import { begin, commit, jump, redo, undo } from "../../ui/stage/js/model/history.js";

const withPath = () => {
  const [made, id] = doc.addObject(doc.emptyDocument([320, 480]), "m1", "Balloon");
  const path = [doc.waypoint(10, 20), doc.waypoint(60, 20, { nearness: 0.5 }), doc.waypoint(60, 80, { time: 1, rotation: 30 })];
  return [doc.setPath(made, id, path), id];
};

const frozen = (value) => {
  Object.values(value).forEach((part) => part && typeof part === "object" && frozen(part));
  return Object.freeze(value);
};

test("no action changes the document it is given", () => {
  const [made, id] = withPath();
  frozen(made);
  doc.rename(made, id, "Kite");
  doc.updateWaypoint(made, id, 1, { x: 5 });
  doc.insertWaypoint(made, id, 1, doc.waypoint(1, 1));
  doc.removeWaypoint(made, id, 1);
  doc.reversePath(made, id, [0.2, 0.5, 0.5]);
  doc.repeatPath(made, id);
  doc.toScenery(made, id);
  doc.remove(made, id);
});

test("undo and redo bring back the very same values", () => {
  const [made, id] = withPath();
  const changes = [(d) => doc.rename(d, id, "Kite"), (d) => doc.movePath(d, id, 3, 4), (d) => doc.remove(d, id)];
  let history = begin(made);
  const seen = [made];
  for (const change of changes) {
    history = commit(history, change(history.present));
    seen.push(history.present);
  }
  for (const value of seen.slice(0, -1).reverse()) assert.equal((history = undo(history)).present, value);
  assert.equal(undo(history), history);
  seen.forEach((value, i) => assert.equal(jump(jump(history, 99), i + 1 - seen.length).present, value));
  for (const value of seen.slice(1)) assert.equal((history = redo(history)).present, value);
  assert.equal(redo(history), history);
});

test("a new step forgets what was undone, and an unchanged one is no step", () => {
  const history = commit(undo(commit(begin(1), 2)), 3);
  assert.deepEqual([history.present, redo(history)], [3, history]);
  assert.equal(commit(history, 3), history);
});

test("names are one's own, and orders follow a rename and a deletion", () => {
  let [made, first] = doc.addObject(doc.emptyDocument([10, 10]), "m1", "Car");
  let second;
  [made, second] = doc.addObject(made, "m2", "Car");
  assert.deepEqual(made.objects.map((o) => o.name), ["Car", "Car 2"]);
  made = doc.setOrder(made, second, "Car", "behind");
  made = doc.rename(made, first, "Van");
  assert.deepEqual(doc.findObject(made, second).order_overrides, [{ name: "Van", relation: "behind", start: 0, end: 1 }]);
  assert.deepEqual(doc.remove(made, first).objects[0].order_overrides, []);
  assert.equal(doc.rename(made, first, "  ").objects[0].name, "Object");
});

test("a path of one waypoint is no path", () => {
  const [made, id] = withPath();
  const two = doc.removeWaypoint(made, id, 1);
  assert.equal(doc.findObject(two, id).waypoints.length, 2);
  assert.deepEqual(doc.findObject(doc.removeWaypoint(two, id, 1), id).waypoints, []);
});

test("reversing twice gives the places back, and the start stays on the object", () => {
  const [made, id] = withPath();
  const nearness = [0.3, 0.5, 0.5];
  const once = doc.reversePath(made, id, nearness);
  assert.deepEqual([once.objects[0].waypoints[0].x, once.objects[0].waypoints[0].y], [10, 20]);
  const twice = doc.reversePath(once, id, [0.3, 0.3, 0.1]);
  const places = (d) => d.objects[0].waypoints.map(({ x, y }) => [x, y]);
  assert.deepEqual(places(twice), places(made));
});

test("a path once more goes on from its end", () => {
  const [made, id] = withPath();
  const path = doc.findObject(doc.repeatPath(made, id), id).waypoints;
  assert.deepEqual(path.map(({ x, y }) => [x, y]), [[10, 20], [60, 20], [60, 80], [110, 80], [110, 140]]);
});

test("a time stays between its timed neighbours", () => {
  const [made, id] = withPath();
  const timed = doc.setTime(made, id, 1, 0.4, [0, 0.5, 1]);
  assert.equal(doc.findObject(doc.setTime(timed, id, 0, 0.9, [0, 0.4, 1]), id).waypoints[0].time, 0.4);
  assert.equal(doc.findObject(doc.setTime(timed, id, 2, 0.1, [0, 0.4, 1]), id).waypoints[2].time, 0.4);
});

test("alike looks at values and not at who holds them", () => {
  const [made, id] = withPath();
  assert.ok(isEqual(made, JSON.parse(JSON.stringify(made))));
  assert.ok(!isEqual(made, doc.updateWaypoint(made, id, 1, { x: 61 })));
  assert.ok(!isEqual(made, doc.removeWaypoint(made, id, 2)));
  assert.ok(!isEqual({ a: undefined }, { b: undefined }) && !isEqual([], {}) && !isEqual(null, {}) && isEqual(NaN, NaN));
});

test("there is room for as many objects as a project holds", () => {
  let made = doc.emptyDocument([320, 480]);
  for (let i = 0; i < MAX_OBJECTS; i++) {
    assert.equal(doc.whyFull(made), "");
    [made] = doc.addObject(made, `m${i}`);
  }
  assert.match(doc.whyFull(made), /at most 64 objects/);
  assert.equal(doc.whyFull(doc.remove(made, "o1")), "");
});

test("camera keys stay apart wherever one is pulled, and keys at one time still make a view", () => {
  const key = (time, zoom = 1) => ({ time, pan: [0, 0], zoom, push: 0 });
  for (const times of [[0, 0.5, 1], [0, 0.005, 0.012, 1], [0.3, 0.3, 0.31], [0.995, 1]]) {
    const made = doc.updateCamera(doc.emptyDocument([320, 480]), { keys: times.map((time) => key(time)) });
    times.forEach((_, index) => [-1, 0, 0.3, 0.5, 1, 2].forEach((wanted) => {
      const moved = doc.setKeyTime(made, index, wanted).camera.keys.map(({ time }) => time);
      assert.ok(moved.every((time, i) => time >= 0 && time <= 1 && (i === 0 || time > moved[i - 1] || times[i] === times[i - 1])), `${times} ${index} ${wanted}`);
    }));
  }
  const twice = cameraTrack({ keys: [key(0, 2), key(0.5, 3), key(0.5, 4), key(1, 5), key(1, 6)], easing: "both" }, 30);
  const once = cameraTrack({ keys: [key(0, 2), key(0.5, 4), key(1, 6)], easing: "both" }, 30);
  for (let i = 0; i <= 20; i++) assert.deepEqual(twice(i / 20), once(i / 20));
});
