/** The list of objects and scenery: name, colour, show, duplicate, delete. */

import { duplicateSelected } from "../model/actions.js";
import { findItem, remove, rename, toScenery, updateObject, updateScenery } from "../model/document.js";
import { MAX_NAME } from "../model/schema.js";
import { dragRow, pressOnGrip } from "./layer_drag.js";
import { button, html, repeat, section, slider, toggle } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { StageObject, StageScenery } from "../model/types.js" */
/** @import { Stage } from "../stage.js" */
/** @import { InputEvent } from "./widgets.js" */

/** @param {Stage} stage @param {() => void} startPicking */
export function objectsSection({ app, picking }, startPicking) {
  const { objects, scenery } = app.doc;
  return section("Objects", [
    html`<ul class="lv-objects">${repeat(objects, ({ id }) => id, (object) => objectRow(app, object))}</ul>`,
    objects.length
      ? html`<div class="lv-row">${button("plus", "Pick another object", startPicking, { text: "Pick another", kind: "lv-quiet" })}${actions(app, picking)}</div>`
      : html`<p class="lv-note">Nothing picked yet. Choose a thing in the photo.</p>`,
    repeat(scenery, ({ id }) => id, (thing) => sceneryRow(app, thing)),
  ]);
}

/** @param {App} app @param {StageObject} object */
function objectRow(app, object) {
  const { id, name, colour, hidden: away } = object;
  const selected = id === app.ui.object;
  const select = (/** @type {MouseEvent & {target: HTMLElement}} */ { target }) => target.closest("button, input[type=color]") || app.selectObject(id);
  const paint = (/** @type {InputEvent} */ { currentTarget }) => app.commit(updateObject(app.doc, id, { colour: currentTarget.value }));
  return html`<li class="lv-object ${selected ? "lv-selected" : ""}" aria-current=${selected} @click=${select}>
    <button class="lv-grip" type="button" aria-label="Order of ${name}" title="Drag up to go in front of others, down to go behind; or the arrow keys"
      ?hidden=${app.doc.objects.length < 2} @pointerdown=${(/** @type {PointerEvent} */ event) => dragRow(app, id, event)} @keydown=${(/** @type {KeyboardEvent} */ event) => pressOnGrip(app, id, event)}>⋮⋮</button>
    <input type="color" .value=${colour} aria-label="Colour of ${name}" @change=${paint}>
    ${nameField(app, object)}
    ${button(away ? "hidden" : "eye", `${away ? "Show" : "Hide"} ${name}`, () => app.commit(updateObject(app.doc, id, { hidden: !away })), { pressed: away })}</li>`;
}

/** What is done with the selected object, in one place: rows that grew would move the next under a double click.
 * @param {App} app @param {Stage["picking"]} picking */
function actions(app, picking) {
  const object = app.selected;
  if (!object) return "";
  const { id, name } = object;
  const still = () => app.commit(toScenery(app.doc, id), { refine: null });
  const drop = () => app.commit(remove(app.doc, id), { refine: null });
  return html`<div class="lv-actions">
    ${button("refine", `Refine the outline of ${name}`, () => void picking.again(), { key: "R" })}
    ${button("copy", `Duplicate ${name} with its path`, () => (app.set({ waypoint: null }), duplicateSelected(app)), { key: "Ctrl+D" })}
    ${button("scenery", `Keep ${name} still, as scenery`, still)}
    ${button("remove", `Delete ${name}`, drop, { key: "Shift+Delete" })}</div>`;
}

/** A double click, Enter or F2 renames; what is being typed stays until the name itself changes. @param {App} app @param {{id: string, name: string}} item */
function nameField(app, { id, name }) {
  const typed = (/** @type {InputEvent} */ { currentTarget: field }) => {
    app.commit(rename(app.doc, id, field.value || name));
    field.value = findItem(app.doc, id)?.name ?? "";
  };
  const begin = (/** @type {InputEvent} */ { currentTarget: field }) => ((field.readOnly = false), field.select());
  const end = (/** @type {InputEvent} */ { currentTarget: field }) => ((field.readOnly = true), field.setSelectionRange(0, 0));
  const press = (/** @type {KeyboardEvent & InputEvent} */ event) => {
    const { currentTarget: field, key } = event;
    if (!(field.readOnly ? ["Enter", "F2"] : ["Enter", "Escape"]).includes(key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (field.readOnly) return begin(event);
    if (key === "Escape") field.value = name;
    typed(event);
    end(event);
  };
  return html`<input class="lv-name" type="text" readonly maxlength=${MAX_NAME} spellcheck="false" .value=${name} aria-label="Name of ${name}"
    title="Double-click to rename" @focus=${() => app.selectObject(id)} @dblclick=${begin} @change=${typed} @keydown=${press} @blur=${end}>`;
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
