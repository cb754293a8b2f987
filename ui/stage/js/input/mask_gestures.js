/** What presses draw with the mask tool: the brush's strokes, a lasso, the corners of a magnetic one, a scribble. */

import { addObject, whyFull } from "../model/document.js";
import { paint } from "./drag.js";

/** @import { App } from "../model/app.js" */
/** @import { Mask } from "../model/types.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @import { Outlines } from "../server/outlines.js" */
/** @import { Drag } from "./drag.js" */
/** @typedef {readonly [number, number]} Point */

const APART = 2.5; // CSS pixels between points of a drawn line
const CLOSES = 12; // CSS pixels from the first corner

/** @param {App} app @param {Viewport} viewport @param {Outlines} outlines @param {Point} at @param {boolean} add @returns {{begin: (() => Drag) | null, click: (() => void) | null}} */
export function chooseMask(app, viewport, outlines, at, add) {
  const { shape } = app.ui;
  if (!add && !app.selected) return { begin: null, click: () => app.set({ error: "There is no mask to take from yet." }) };
  if (!app.selected && whyFull(app.doc)) return { begin: null, click: () => app.set({ error: whyFull(app.doc) }) };
  if (shape === "magnetic") return { begin: null, click: () => void clickCorner(app, viewport, outlines, at, add) };
  const begin = () => (shape === "brush" ? paint(app, viewport, at, add, (mask) => placeOf(app, mask)) : drawLine(app, viewport, outlines, at, add, shape));
  return { begin, click: () => begin().end() };
}

/** The object to paint on; a new one with the mask when there is none. @param {App} app @param {Mask} mask */
function placeOf(app, mask) {
  if (app.selected) return app.selected.id;
  const [doc, id] = addObject(app.doc, app.keepMask(mask));
  app.commit(doc, { object: id });
  return "";
}

/** @param {App} app @param {Viewport} viewport @param {Outlines} outlines @param {Point} from @param {boolean} add @param {"lasso" | "scribble"} tool @returns {Drag} */
function drawLine(app, viewport, outlines, from, add, tool) {
  const points = [viewport.toImage(from)];
  let last = from;
  const show = () => app.point({ outline: { points, corners: [], add, busy: false } });
  show();
  return {
    move(at) {
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) < APART) return;
      points.push(viewport.toImage((last = at)));
      show();
    },
    end() {
      if (tool === "lasso" && points.length < 3) return app.set({ outline: null, error: "Draw around the object with the lasso." });
      void outlines.apply({ tool, points, inside: add });
    },
  };
}

/** A corner of the magnetic lasso; near the first one it closes. @param {App} app @param {Viewport} viewport @param {Outlines} outlines @param {Point} at @param {boolean} add */
function clickCorner({ ui }, viewport, outlines, at, add) {
  const [first] = ui.outline?.points ?? [];
  const closes = first && (ui.outline?.corners.length ?? 0) > 2;
  const [x, y] = closes ? viewport.toScreen(first) : [Infinity, Infinity];
  return Math.hypot(at[0] - x, at[1] - y) < CLOSES ? outlines.close() : outlines.corner(viewport.toImage(at), add);
}
