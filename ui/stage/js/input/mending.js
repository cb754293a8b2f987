/** The depth tool: strokes over the map, shown while they are drawn; areas to shift as a whole; the horizon of a guess. */

import { withArea } from "../model/actions.js";
import { thingAt } from "../model/depth_order.js";
import { sceneAt } from "../model/hit.js";
import { addStroke, horizonOnScreen, whyNoStroke } from "../model/mending.js";

/** @import { App } from "../model/app.js" */
/** @import { MendTool } from "../model/mending.js" */
/** @import { Viewport } from "../model/viewport.js" */
/** @import { GroundGuess } from "../server/ground.js" */
/** @import { Drag } from "./drag.js" */
/** @typedef {readonly [number, number]} Point */

const APART = 2; // CSS pixels between points of a stroke
const GRIP = 9; // CSS pixels from the horizon
/** @type {Partial<Record<MendTool, MendTool>>} */
const OPPOSITE = { nearer: "farther", farther: "nearer" };

/** @param {App} app @param {Viewport} viewport @param {GroundGuess} ground @param {Point} at @param {boolean} opposite @returns {{begin: (() => Drag) | null, click: (() => void) | null}} */
export function chooseMending(app, viewport, ground, at, opposite) {
  const horizon = horizonOnScreen(app, viewport);
  if (horizon !== null && Math.abs(at[1] - horizon) < GRIP) return { begin: () => dragHorizon(app, viewport, ground), click: null };
  if (app.ui.mend.area !== undefined) return { begin: null, click: () => chooseArea(app, ...sceneAt(app, viewport, at)) };
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

/** What lies there is picked as scenery, which has a depth of its own. @param {App} app @param {number} x @param {number} y */
function chooseArea(app, x, y) {
  const thing = thingAt(app.doc, app.world, "", x, y);
  const object = app.doc.objects.find(({ id }) => id === thing?.key);
  if (!thing || object) return app.set({ error: object ? `${object.name} is an object; brush its depth.` : "Nothing separate was found here; brush it." });
  const doc = thing.key.startsWith("#") ? withArea(app, app.doc, thing.key) : app.doc;
  const area = doc === app.doc ? thing.key : doc.scenery[doc.scenery.length - 1].id;
  app.commit(doc, { mend: { ...app.ui.mend, area } });
}

/** @param {App} app @param {Viewport} viewport @param {GroundGuess} ground @returns {Drag} */
function dragHorizon(app, viewport, ground) {
  return {
    move: ([x, y]) => app.point({ horizon: Math.min(Math.max(viewport.toImage([x, y])[1] / (app.doc.size_hw[0] - 1), 0), 0.95) }),
    end: () => app.ui.horizon !== null && app.world.ground && void ground.ask(app.world.ground.lie, app.ui.horizon),
  };
}
