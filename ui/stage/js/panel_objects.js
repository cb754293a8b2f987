/** The list of objects and scenery: name, colour, show, duplicate, delete. */

import { button, h, slider, toggle } from "./dom.js";
import { remove, rename, toScenery, updateObject, updateScenery } from "./document.js";
import { moves } from "./world.js";
import { Section } from "./section.js";

/** @typedef {import("./app.js").App} App */

/** @param {App} app @param {() => void} startPicking */
export function objectsSection(app, startPicking) {
  const key = () => {
    const items = app.doc.objects.map((o) => [o.id, o.name, o.colour, o.hidden, moves(o)].join(":"));
    const things = app.doc.scenery.map((thing) => [thing.id, thing.name, thing.flatten].join(":"));
    return [items.join("|"), things.join("|"), app.hasScene].join("/");
  };
  return new Section("Objects", key, (_, sync) => [
    h("ul.lv-objects", {}, ...app.doc.objects.map((object) => objectRow(app, object, sync))),
    app.doc.objects.length === 0 && h("p.lv-note", {}, "Nothing picked yet. Click a thing in the photo; include its shadow."),
    app.doc.objects.length > 0 && button("plus", "Pick another object", startPicking, { text: "Pick another", kind: "lv-quiet" }),
    ...app.doc.scenery.map((thing) => sceneryRow(app, thing, sync)),
  ]);
}

/** A selection does not rebuild the row: a name that is being typed stays. @param {App} app @param {import("./types.js").StageObject} object @param {((app: App) => void)[]} sync */
function objectRow(app, object, sync) {
  const colour = h("input", { type: "color", value: object.colour, "aria-label": `Colour of ${object.name}` });
  colour.addEventListener("change", () =>
    app.commit(updateObject(app.doc, object.id, { colour: /** @type {HTMLInputElement} */ (colour).value })),
  );
  const eye = button(object.hidden ? "hidden" : "eye", `${object.hidden ? "Show" : "Take out of the picture:"} ${object.name}`, () =>
    app.commit(updateObject(app.doc, object.id, { hidden: !object.hidden })), { pressed: object.hidden });
  const tools = rowTools(app, object);
  const row = h("li.lv-object", {}, colour, nameField(app, object), ...tools, eye);
  sync.push((now) => {
    const selected = object.id === now.ui.object;
    row.classList.toggle("lv-selected", selected);
    row.setAttribute("aria-current", String(selected));
    for (const tool of tools) tool.hidden = !selected;
  });
  row.addEventListener("click", (event) => event.target === row && app.selectObject(object.id));
  return row;
}

/** @param {App} app @param {{id: string, name: string}} item */
function nameField(app, item) {
  const field = /** @type {HTMLInputElement} */ (
    h("input.lv-name", { type: "text", value: item.name, maxLength: 40, spellcheck: false, "aria-label": `Name of ${item.name}` })
  );
  field.addEventListener("focus", () => app.selectObject(item.id));
  field.addEventListener("change", () => {
    app.commit(rename(app.doc, item.id, field.value || item.name));
    field.value = [...app.doc.objects, ...app.doc.scenery].find(({ id }) => id === item.id)?.name ?? "";
  });
  field.addEventListener("keydown", (event) => event.key === "Enter" && field.blur());
  return field;
}

/** @param {App} app @param {import("./types.js").StageObject} object */
function rowTools(app, object) {
  return [
    button("scenery", `Keep ${object.name} still, as scenery`, () => app.commit(toScenery(app.doc, object.id), { refine: null })),
    button("remove", `Delete ${object.name}`, () => app.commit(remove(app.doc, object.id), { refine: null }), { key: "Shift+Delete" }),
  ];
}

/** @param {App} app @param {import("./types.js").StageScenery} thing @param {((app: App) => void)[]} sync */
function sceneryRow(app, thing, sync) {
  const text = (/** @type {number} */ value) => (value === 0 ? "as it is" : `${value > 0 ? "nearer" : "farther"} ${Math.abs(value)}`);
  const shift = slider({
    label: "Depth",
    spoken: `Depth of ${thing.name}`,
    min: -120,
    max: 120,
    step: 1,
    value: thing.shift,
    text,
    preview: (value) => app.preview(updateScenery(app.doc, thing.id, { shift: value })),
    commit: (value) => app.commit(updateScenery(app.doc, thing.id, { shift: value })),
  });
  sync.push((now) => shift.set(now.doc.scenery.find((item) => item.id === thing.id)?.shift ?? 0));
  const flat = toggle("Flat", thing.flatten, (flatten) => app.commit(updateScenery(app.doc, thing.id, { flatten })), "Give all of it one depth", `${thing.name} flat`);
  const away = button("remove", `Delete ${thing.name}`, () => app.commit(remove(app.doc, thing.id)));
  const head = h("div.lv-row", {}, h("span.lv-tag", {}, "scenery"), nameField(app, thing), flat, away);
  return h("div.lv-scenery", {}, head, shift.element);
}
