import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "../../ui/stage/js/model/app.js";
import { chooseSide, crossingsOf } from "../../ui/stage/js/model/crossings.js";
import * as edit from "../../ui/stage/js/model/document.js";
import { ordersAt } from "../../ui/stage/js/model/orders.js";
import { newWorld } from "../../ui/stage/js/model/world.js";

globalThis.requestAnimationFrame = () => {};
const [W, H] = [120, 80];

const maskOf = (inside) => ({ width: W, height: H, data: Uint8Array.from({ length: W * H }, (_, i) => Number(inside(i % W, Math.floor(i / W)))) });
const disc = (cx, cy, r) => maskOf((x, y) => (x - cx) ** 2 + (y - cy) ** 2 <= r * r);
const column = (cx, r) => maskOf((x, y) => Math.abs(x - cx) <= r && y > 10 && y < 70);

/** A ball that goes right past a post and back; sky above row 30, ground below row 70, the post as area 3. */
function scene({ guessed = true, post = 60, way = [[20, 40], [100, 40], [20, 40]] } = {}) {
  const app = new App(String);
  const near = column(post, 4).data;
  const disparity = { width: W, height: H, data: Float32Array.from(near, (inside, i) => (inside ? 90 : 20 + Math.floor(i / W))) };
  const world = Object.assign(newWorld(disparity), { guessed });
  const labels = Uint16Array.from({ length: W * H }, (_, i) => (Math.floor(i / W) < 30 ? 1 : Math.floor(i / W) > 70 ? 2 : 4));
  column(post, 4).data.forEach((inside, i) => inside && (labels[i] = 3));
  world.instances = { width: W, height: H, data: labels };
  app.open(world, "scene", "document");
  const [made, id] = edit.addObject(app.doc, app.keepMask(disc(20, 40, 8)), "Ball");
  app.commit(edit.setPath(made, id, way.map(([x, y]) => edit.waypoint(x, y))));
  app.selectObject(id);
  return app;
}

const found = (app) => crossingsOf(app.doc, app.world, app.selected);
const rules = (app) => app.selected.order_overrides.map(({ name, relation, start, end }) => [name, relation, start, end]);

test("a path that passes a thing twice crosses it twice, and neither sky nor ground nor its own place", () => {
  const crossings = found(scene());
  assert.deepEqual(crossings.map(({ key, side, chosen }) => [key, side, chosen]), [["#3", "front", false], ["#3", "front", false]]);
  assert.ok(Math.abs(crossings[0].at - 0.25) < 0.03 && Math.abs(crossings[1].at - 0.75) < 0.03);
  assert.equal(crossings[0].end, crossings[1].start);
  assert.deepEqual([crossings[0].start, crossings[1].end], [0, 1]);
  assert.ok(Math.abs(crossings[0].pose.x - 60) < 3);
});

test("one choice holds for its crossing, the other keeps what it showed; the area is picked; undo takes all back", () => {
  const app = scene();
  chooseSide(app, app.selected, found(app)[0], "behind");
  assert.deepEqual(app.doc.scenery.map(({ name }) => name), ["2nd area in the middle"]);
  const middle = found(app)[0].end;
  assert.deepEqual(rules(app), [["2nd area in the middle", "behind", 0, middle], ["2nd area in the middle", "front", middle, 1]]);
  assert.deepEqual(found(app).map(({ name, side, chosen }) => [name, side, chosen]), [["2nd area in the middle", "behind", true], ["2nd area in the middle", "front", true]]);
  assert.deepEqual([0.25, 0.75].map((time) => ordersAt(app.selected, time)[0].relation), ["behind", "front"]);
  chooseSide(app, app.selected, found(app)[1], "behind");
  assert.deepEqual(rules(app), [["2nd area in the middle", "behind", 0, 1]]);
  app.undo();
  app.undo();
  assert.deepEqual([app.doc.scenery, rules(app)], [[], []]);
});

test("with measured depth the chip shows what the depth says", () => {
  const app = scene({ guessed: false });
  assert.deepEqual(found(app).map(({ side }) => side), ["behind", "behind"]);
  const nearer = edit.updateWaypoint(app.doc, app.selected.id, 1, { nearness: 1 });
  app.commit(edit.updateWaypoint(nearer, app.selected.id, 2, { nearness: 1 }));
  assert.deepEqual([...new Set(found(app).map(({ side }) => side))], ["front"]);
});

test("two moving objects: either's order counts, and a choice ends a contradiction", () => {
  const app = scene({ way: [[20, 40], [100, 40]] });
  const ball = app.selected.id;
  const [made, other] = edit.addObject(app.doc, app.keepMask(disc(100, 40, 8)), "Kite");
  app.commit(edit.setPath(made, other, [edit.waypoint(100, 40), edit.waypoint(20, 40)]));
  const kite = () => found(app).find(({ key }) => key === other);
  assert.ok(Math.abs(kite().at - 0.5) < 0.05);
  assert.deepEqual([kite().side, kite().chosen], ["behind", false]); // on a tie the later is in front
  app.commit(edit.setOrder(app.doc, other, "Ball", "behind"));
  assert.deepEqual([kite().side, kite().chosen], ["front", true]);
  chooseSide(app, app.selected, kite(), "behind");
  assert.deepEqual([kite().side, rules(app)], ["behind", [["Kite", "behind", 0, 1]]]);
  assert.deepEqual(edit.findObject(app.doc, other).order_overrides, []);
  assert.equal(app.selected.id, ball);
});

test("what carries an object is not asked about, picked or not; nor is what was taken out", () => {
  const app = scene({ way: [[20, 40], [20, 60], [60, 60]] });
  const [made, table] = edit.addObject(app.doc, app.keepMask(maskOf((x, y) => y > 48 && y < 78)), "Table");
  app.commit(made);
  assert.ok(!found(app).some(({ key }) => key === table));
  const [more, gone] = edit.addObject(edit.remove(app.doc, table), app.keepMask(column(60, 4)), "Gone");
  app.commit(edit.updateObject(more, gone, { hidden: true }));
  assert.deepEqual(found(app), []);
});

test("what is left of an area that was taken out with an object is not asked about", () => {
  for (const [reach, asked] of [[3, 0], [1, 1]]) {
    const app = scene({ post: 60, way: [[20, 40], [60, 40], [100, 40]] });
    const [made, id] = edit.addObject(app.doc, app.keepMask(maskOf((x, y) => Math.abs(x - 60) <= reach && y > 14 && y < 66)), "Post");
    app.commit(edit.setPath(made, id, [edit.waypoint(60, 40), edit.waypoint(60, 79)]));
    assert.equal(found(app).filter(({ key }) => key.startsWith("#")).length, asked);
  }
});
