/**
 * One person at work in one browser tab, for test_stage_owner.py: random edits, undo, redo and reloads on the page's own
 * document store. Says after every event what the server would be handed; a reload is answered with what the server
 * makes of the kept work.
 */
import { createInterface } from "node:readline";
import { App } from "../../ui/stage/js/model/app.js";
import * as edit from "../../ui/stage/js/model/document.js";
import { possibleLeaders, ride } from "../../ui/stage/js/model/follow.js";
import { begin } from "../../ui/stage/js/model/history.js";
import { withSetting } from "../../ui/stage/js/model/settings.js";

globalThis.requestAnimationFrame = () => {};

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const said = async () => JSON.parse((await lines.next()).value ?? "null");
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Numbers 0..1 that depend on the seed alone. */
function chance(seed) {
  let state = seed + 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function opened({ masks, ...values }, settings) {
  const app = new App(String);
  app.offered = settings;
  app.history = begin(edit.emptyDocument(values.size_hw, values));
  for (const [id, url] of Object.entries(masks)) app.maskUrls.set(id, url);
  return app;
}

/** One of a person's actions, at random. */
function act(app, random) {
  const number = (low, high) => low + (high - low) * random();
  const one = (values) => values[Math.floor(random() * values.length)];
  const doc = app.doc;
  const things = [...doc.objects, ...doc.scenery];
  const id = one(things)?.id ?? "";
  const object = one(doc.objects);
  const index = object ? Math.floor(random() * object.waypoints.length) : 0;
  const point = () => edit.waypoint(number(-9, 60), number(-9, 40), { nearness: one(["same", random()]), time: one([null, null, random()]) });
  const deeds = [
    () => (app.maskUrls.size ? edit.addObject(doc, one([...app.maskUrls.keys()]), one(["cup", undefined, "   ", "é".repeat(70)]))[0] : doc),
    () => edit.insertWaypoint(doc, object?.id, index, point()),
    () => edit.setPath(doc, object?.id, Array.from({ length: 1 + Math.floor(number(0, 9)) }, point)),
    () => edit.updateWaypoint(doc, object?.id, index, { size: number(0.05, 20), rotation: number(-720, 720) }),
    () => edit.removeWaypoint(doc, object?.id, index),
    () => edit.rename(doc, id, one(["cup", "Object 1", "", "ö".repeat(90), "a b"])),
    () => edit.remove(doc, id),
    () => (object && !edit.whyFull(doc) ? edit.duplicateObject(doc, object.id)[0] : doc),
    () => (object ? edit.setMask(doc, object.id, one([...app.maskUrls.keys()])) : doc),
    () => edit.reorder(doc, object?.id, Math.floor(number(-1, 5))),
    () => (object ? ride(doc, object.id, one([null, ...possibleLeaders(doc, object).map(({ name }) => name)]), [number(0, 40), number(0, 30)]) : doc),
    () => edit.toScenery(doc, object?.id),
    () => edit.updateScenery(doc, one(doc.scenery)?.id, { shift: number(-255, 255), flatten: random() < 0.5 }),
    () => edit.updateObject(doc, object?.id, { hidden: random() < 0.3, on_ground: random() < 0.5, easing: one(["none", "in", "out", "both"]) }),
    () => (things.length > 1 && object ? edit.setOrder(doc, object.id, one(things.filter((other) => other !== object)).name, one(["front", "behind", null]), ...one([[], [0, 0.4], [0.4, 1]])) : doc),
    () => edit.updateCamera(doc, { keys: [{ time: 0, pan: [0, 0], zoom: 1, push: 0 }, { time: 1, pan: [number(-9, 9), 0], zoom: number(0.1, 9), push: number(-8, 0.75) }] }),
    () => {
      const [name, range] = one(Object.entries(app.offered.ranges));
      const value = one([number(range.low, range.high), number(-1e6, 1e6), null, "", "12", "x", range.high]);
      return withSetting(doc, app.offered, name, value);
    },
    () => withSetting(doc, app.offered, "renderer", one(["auto", ...Object.keys(app.offered.renderers)])),
  ];
  app.commit(one(deeds)());
}

async function session({ document, settings, seed, events }) {
  const random = chance(seed);
  let app = opened(document, settings);
  for (let n = 0; n < events; n++) {
    const dice = random();
    if (dice < 0.15) app.undo();
    else if (dice < 0.25) app.redo();
    else if (dice < 0.32) {
      say({ reload: app.serialize() });
      app = opened(await said(), settings);
    } else act(app, random);
    say({ handed: app.serialize() });
  }
  say({ done: true });
}

for (let task = await said(); task; task = await said()) await session(task);
