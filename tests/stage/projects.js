/**
 * The stage without a page, for test_stage_projects.py: reads a scene a line, loads it as the page does, asks for what
 * lies behind as the page does, and answers with where everything is and what is seen. Pictures are PNGs.
 */
import { createInterface } from "node:readline";
import { inflateSync } from "node:zlib";
import { App } from "../../ui/stage/js/model/app.js";
import { frameAt } from "../../ui/stage/js/model/frame.js";
import { seenAt } from "../../ui/stage/js/model/hiding.js";
import { Photos } from "../../ui/stage/js/server/photos.js";
import { Preparation } from "../../ui/stage/js/server/preparation.js";
import { SceneLoader } from "../../ui/stage/js/server/scene_loader.js";

const CHANNELS = { 0: 1, 2: 3, 6: 4 };

/** An eight-bit PNG, not interlaced, as a browser would decode it. */
function decoded(png) {
  const [width, height, depth, kind] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]];
  const parts = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(parts));
  const step = depth === 1 ? 1 : CHANNELS[kind];
  const row = depth === 1 ? Math.ceil(width / 8) : width * step;
  const out = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < row; x++) {
      const left = x >= step ? out[y * row + x - step] : 0;
      const up = y ? out[(y - 1) * row + x] : 0;
      const corner = x >= step && y ? out[(y - 1) * row + x - step] : 0;
      out[y * row + x] = raw[y * (row + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth(left, up, corner)][raw[y * (row + 1)]];
    }
  }
  const at = (x, y, c) => (depth === 1 ? ((out[y * row + (x >> 3)] >> (7 - (x & 7))) & 1) * 255 : out[y * row + x * step + Math.min(c, step - 1)]);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[i * 4 + c] = at(i % width, Math.floor(i / width), c);
  return { width, height, data, close() {} };
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value));
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

globalThis.createImageBitmap = async (blob) => decoded(Buffer.from(await blob.arrayBuffer()));
globalThis.OffscreenCanvas = class {
  getContext = () => ({ drawImage: (bitmap) => (this.bitmap = bitmap), getImageData: () => this.bitmap });
};
globalThis.requestAnimationFrame = () => {};
globalThis.window = { setTimeout: () => 0 };

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const said = async () => JSON.parse((await lines.next()).value ?? "null");
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function answer({ scene, stride }) {
  const host = { prepare: (request) => (say({ request }), said()), emit() {}, resolve: (url) => url };
  const app = new App(String);
  const photos = new Photos(host);
  const stage = { app, viewport: {}, resize() {}, photos, settings: { follow() {} }, preparation: new Preparation(app, photos) };
  await new SceneLoader(stage).show(scene);
  await stage.preparation.ask();
  const { doc, world, ui } = app;
  const [h, w] = doc.size_hw;
  const frames = Array.from({ length: doc.settings.num_frames }, (_, i) => {
    const frame = frameAt(doc, world, i / Math.max(doc.settings.num_frames - 1, 1));
    const seen = [];
    for (let y = 0; y < h; y += stride) for (let x = 0; x < w; x += stride) seen.push(Number(seenAt(doc, world, frame, x, y)?.id.slice(1) ?? 0));
    const poses = frame.layers.map(({ object, pose }) => ({ id: object.id, ...pose }));
    return { ...frame.view, poses, seen };
  });
  return { error: ui.error, frames };
}

for (let task = await said(); task; task = await said()) say(await answer(task));
