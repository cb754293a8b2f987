/** The list of objects and scenery: name, colour, show, duplicate, delete. */

import { findItem, remove, rename, toScenery, updateObject, updateScenery } from "../model/document.js";
import { MAX_NAME } from "../model/schema.js";
import { button, html, repeat, section, slider, toggle } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { StageObject, StageScenery } from "../model/types.js" */
/** @import { InputEvent } from "./widgets.js" */

/** @param {App} app @param {() => void} startPicking */
export function objectsSection(app, startPicking) {
  const { objects, scenery } = app.doc;
  return section("Objects", [
    html`<ul class="lv-objects">${repeat(objects, ({ id }) => id, (object) => objectRow(app, object))}</ul>`,
    objects.length
      ? button("plus", "Pick another object", startPicking, { text: "Pick another", kind: "lv-quiet" })
      : html`<p class="lv-note">Nothing picked yet. Click a thing in the photo; include its shadow.</p>`,
    repeat(scenery, ({ id }) => id, (thing) => sceneryRow(app, thing)),
  ]);
}

/** @param {App} app @param {StageObject} object */
function objectRow(app, object) {
  const { id, name, colour, hidden: away } = object;
  const selected = id === app.ui.object;
  const select = (/** @type {MouseEvent} */ event) => event.target === event.currentTarget && app.selectObject(id);
  const paint = (/** @type {InputEvent} */ { currentTarget }) => app.commit(updateObject(app.doc, id, { colour: currentTarget.value }));
  const still = () => app.commit(toScenery(app.doc, id), { refine: null });
  const drop = () => app.commit(remove(app.doc, id), { refine: null });
  return html`<li class="lv-object ${selected ? "lv-selected" : ""}" aria-current=${selected} @click=${select}>
    <input type="color" .value=${colour} aria-label="Colour of ${name}" @change=${paint}>
    ${nameField(app, object)}
    ${button("scenery", `Keep ${name} still, as scenery`, still, { hidden: !selected })}
    ${button("remove", `Delete ${name}`, drop, { key: "Shift+Delete", hidden: !selected })}
    ${button(away ? "hidden" : "eye", `${away ? "Show" : "Take out of the picture:"} ${name}`, () => app.commit(updateObject(app.doc, id, { hidden: !away })), { pressed: away })}</li>`;
}

/** What is being typed stays until the name itself changes. @param {App} app @param {{id: string, name: string}} item */
function nameField(app, { id, name }) {
  const typed = (/** @type {InputEvent} */ { currentTarget: field }) => {
    app.commit(rename(app.doc, id, field.value || name));
    field.value = findItem(app.doc, id)?.name ?? "";
  };
  const leave = (/** @type {KeyboardEvent & InputEvent} */ { key, currentTarget }) => key === "Enter" && currentTarget.blur();
  return html`<input class="lv-name" type="text" maxlength=${MAX_NAME} spellcheck="false" .value=${name} aria-label="Name of ${name}"
    @focus=${() => app.selectObject(id)} @change=${typed} @keydown=${leave}>`;
}

/** @param {App} app @param {StageScenery} thing */
function sceneryRow(app, thing) {
  const { id, name, shift, flatten } = thing;
  const shifted = (/** @type {number} */ value) => updateScenery(app.doc, id, { shift: value });
  const depth = slider({
    label: "Depth", spoken: `Depth of ${name}`, min: -120, max: 120, step: 1, value: shift,
    text: shift === 0 ? "as it is" : `${shift > 0 ? "nearer" : "farther"} ${Math.abs(shift)}`,
    preview: (value) => app.preview(shifted(value)),
    commit: (value) => app.commit(shifted(value)),
  });
  return html`<div class="lv-scenery">
    <div class="lv-row"><span class="lv-tag">scenery</span>${nameField(app, thing)}
      ${toggle("Flat", flatten, (on) => app.commit(updateScenery(app.doc, id, { flatten: on })), "Give all of it one depth", `${name} flat`)}
      ${button("remove", `Delete ${name}`, () => app.commit(remove(app.doc, id)))}</div>
    ${depth}</div>`;
}
