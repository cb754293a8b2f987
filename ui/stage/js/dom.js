/** Making page elements without a framework. */

/**
 * @param {string} tag a tag name, with classes after dots @param {Record<string, any>} [attributes] `on...` are listeners
 * @param {...(Node | string | null | undefined | false)} children @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && key !== "list" && key !== "style") Object.assign(element, { [key]: value });
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const ICONS = {
  select: "M5 3l14 8-6 1.6L10.5 19z",
  path: "M4 18c4 0 3-11 8-11s4 8 8 8M4 18m-2 0a2 2 0 104 0 2 2 0 10-4 0M20 15m-2 0a2 2 0 104 0 2 2 0 10-4 0",
  mask: "M14 4l6 6-8.5 8.5-6-6zM5.500 12.500C3 15 5 18 2.500 20.500c3 .5 7 .5 9-2",
  orbit: "M12 12m-4.500 0a4.500 4.500 0 109 0 4.500 4.500 0 10-9 0M7.300 14.800c-3.300 2.500-5 4.500-4.300 5.300 1 1 5.800-1.900 10.700-6.400s8-9 7-10c-.7-.8-3.400.5-6.300 2.500",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 016 6",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 00-6 6",
  depth: "M3 17l9 4 9-4M3 12l9 4 9-4M12 3L3 7l9 4 9-4z",
  onion: "M8 12m-5 0a5 5 0 1010 0 5 5 0 10-10 0M12 7.500a5 5 0 110 9M16 7.500a5 5 0 110 9",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  help: "M9 9a3 3 0 116 0c0 2-3 2.500-3 5M12 18v.5",
  play: "M7 4l13 8-13 8z",
  pause: "M7 4h3.500v16H7zM13.500 4H17v16h-3.500z",
  loop: "M17 3l3 3-3 3M4 11V9a3 3 0 013-3h13M7 21l-3-3 3-3M20 13v2a3 3 0 01-3 3H4",
  frames: "M4 5h16v14H4zM9 5v14M15 5v14",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 12m-3 0a3 3 0 106 0 3 3 0 10-6 0",
  hidden: "M3 3l18 18M6 6.500C3.500 8.500 2 12 2 12s4 7 10 7c2 0 3.500-.5 5-1.500M10 5.200A10 10 0 0112 5c6 0 10 7 10 7s-.8 1.500-2.500 3.200",
  remove: "M6 7h12M10 7V4h4v3M7.500 7l1 13h7l1-13",
  copy: "M8 8h12v12H8zM4 16V4h12",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  camera: "M3 7h12v10H3zM15 11l6-4v10l-6-4",
  scenery: "M3 19l6-10 4 6 3-4 5 8z",
  next: "M9 5l7 7-7 7",
  previous: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  start: "M6 5v14M19 5L9 12l10 7z",
};

/** @param {keyof typeof ICONS} name @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("lv-icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * A button with an icon, a spoken label and a tooltip that names its key.
 * @param {keyof typeof ICONS} name @param {string} label @param {(event: MouseEvent) => void} onclick
 * @param {{key?: string, text?: string, pressed?: boolean, disabled?: boolean, kind?: string}} [options]
 */
export function button(name, label, onclick, { key, text, pressed, disabled, kind } = {}) {
  const attributes = {
    type: "button",
    title: key ? `${label} (${key})` : label,
    "aria-label": label,
    "aria-pressed": pressed === undefined ? undefined : String(pressed),
    "aria-keyshortcuts": key,
    disabled,
    onclick,
  };
  const element = h("button.lv-button", attributes, icon(name), text && h("span", {}, text));
  if (kind) element.classList.add(kind);
  if (text) element.classList.add("lv-with-text");
  return /** @type {HTMLButtonElement} */ (element);
}

/** Tab goes round within a dialog. @param {HTMLElement} dialog */
export function keepFocus(dialog) {
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    event.preventDefault();
    const buttons = [...dialog.querySelectorAll("button")];
    const now = buttons.findIndex((item) => item === document.activeElement);
    buttons[(now + (event.shiftKey ? -1 : 1) + buttons.length) % buttons.length]?.focus();
  });
}

/** @param {HTMLElement} element @param {boolean} pressed */
export function press(element, pressed) {
  element.setAttribute("aria-pressed", String(pressed));
}

/** A small button with words. @param {string} text @param {() => void} onclick @param {string} label */
export function chip(text, onclick, label) {
  return h("button.lv-chip", { type: "button", onclick, title: label, "aria-label": label }, text);
}

/**
 * A labelled slider that previews while it is dragged and commits when it is let go.
 * @param {{label: string, min: number, max: number, step: number, value: number, text: (value: number) => string,
 *   preview: (value: number) => void, commit: (value: number) => void, disabled?: boolean, help?: string, spoken?: string}} options
 */
export function slider({ label, min, max, step, value, text, preview, commit, disabled, help, spoken }) {
  const output = h("output", {}, text(value));
  const input = /** @type {HTMLInputElement} */ (
    h("input", { type: "range", min, max, step, value, disabled, title: help, "aria-label": spoken ?? label, "aria-valuetext": text(value) })
  );
  const show = (/** @type {number} */ at) => {
    output.textContent = text(at);
    input.setAttribute("aria-valuetext", text(at));
  };
  input.addEventListener("input", () => (show(Number(input.value)), preview(Number(input.value))));
  input.addEventListener("change", () => commit(Number(input.value)));
  const element = h("label.lv-slider", {}, h("span", {}, label), input, output);
  const set = (/** @type {number} */ at) => {
    input.value = String(at);
    show(at);
  };
  return { element, input, set };
}

/** @param {string} label @param {readonly (readonly [string, string])[]} options value and text @param {string} value @param {(value: string) => void} onchange */
export function choice(label, options, value, onchange) {
  const items = options.map(([key, text]) => h("option", { value: key, selected: key === value }, text));
  const select = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": label }, ...items));
  select.addEventListener("change", () => onchange(select.value));
  return h("label.lv-choice", {}, h("span", {}, label), select);
}

/** @param {string} label @param {boolean} checked @param {(checked: boolean) => void} onchange @param {string} [help] @param {string} [spoken] */
export function toggle(label, checked, onchange, help, spoken) {
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", checked, "aria-label": spoken }));
  input.addEventListener("change", () => onchange(input.checked));
  return h("label.lv-toggle", { title: help }, input, h("span", {}, label));
}
