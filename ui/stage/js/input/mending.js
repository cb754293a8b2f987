/** The depth brush: a stroke over the map, shown while it is drawn. */

import { sceneAt } from "../model/hit.js";
import { addStroke, whyNoStroke } from "../model/mending.js";

/** @import { App } from "../model/app.js" */
/** @import { MendTool } from "../model/mending.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @import { Drag } from "./drag.js" */
/** @typedef {readonly [number, number]} Point */

const APART = 2; // CSS pixels between points of a stroke
/** @type {Partial<Record<MendTool, MendTool>>} */
const OPPOSITE = { nearer: "farther", farther: "nearer" };

/** @param {App} app @param {Viewport} viewport @param {Point} at @param {boolean} opposite @returns {{begin: (() => Drag) | null, click: () => void}} */
export function chooseMending(app, viewport, at, opposite) {
  const full = whyNoStroke(app.doc);
  if (full) return { begin: null, click: () => app.set({ error: full }) };
  const begin = () => mend(app, viewport, at, opposite);
  return { begin, click: () => begin().end() };
}

/** @param {App} app @param {Viewport} viewport @param {Point} from @param {boolean} opposite @returns {Drag} */
function mend(app, viewport, from, opposite) {
  const { doc, ui } = app;
  const brush = { ...ui.mend, tool: (opposite && OPPOSITE[ui.mend.tool]) || ui.mend.tool };
  const line = [sceneAt(app, viewport, from)];
  let last = from;
  const show = () => app.preview(addStroke(doc, brush, line));
  show();
  return {
    move(at) {
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) < APART) return;
      line.push(sceneAt(app, viewport, (last = at)));
      show();
    },
    end: () => app.draft && app.commit(app.draft),
  };
}
