/** The rows of the objects' list, dragged: above is in front. */

import { reorder } from "../model/document.js";

/** @import { App } from "../model/app.js" */

const NAME_MIDDLE = 16; // CSS pixels from a row's top to the middle of its name

/** The list shows where the row would go; letting go is one step of the history. @param {App} app @param {string} id @param {PointerEvent} event */
export function dragRow(app, id, event) {
  event.preventDefault();
  const list = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (event.currentTarget).closest("ul"));
  const { present } = app.history;
  const listening = new AbortController();
  const middles = [...list.children].map((row) => row.getBoundingClientRect().top + NAME_MIDDLE);
  const from = present.objects.findIndex((object) => object.id === id);
  const stop = () => listening.abort();
  app.selectObject(id);
  app.stopDrag = stop;
  const move = (/** @type {PointerEvent} */ { clientY }) => {
    const above = middles.filter((middle, i) => i !== from && middle < clientY).length;
    app.preview(reorder(present, id, above));
  };
  const end = () => {
    stop();
    app.stopDrag = null;
    if (app.draft) app.commit(app.draft);
  };
  window.addEventListener("pointermove", move, listening);
  window.addEventListener("pointerup", end, listening);
  window.addEventListener("pointercancel", () => app.abort(), listening);
}

/** @param {App} app @param {string} id @param {KeyboardEvent} event */
export function pressOnGrip(app, id, event) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  app.commit(reorder(app.doc, id, app.doc.objects.findIndex((object) => object.id === id) + by));
}
