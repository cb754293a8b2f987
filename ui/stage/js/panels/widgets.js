/** The parts that panels are made of: templates of lit-html, which sets what has changed and leaves the rest alone. */

import { live } from "../../vendor/lit-html/directives/live.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { html, noChange, nothing, render } from "../../vendor/lit-html/lit-html.js";

export { html, live, noChange, nothing, render, repeat };

/** @import { TemplateResult } from "../../vendor/lit-html/lit-html.js" */
/** @typedef {TemplateResult | typeof nothing} View */
/** @typedef {Event & {currentTarget: HTMLInputElement}} InputEvent */

const ICONS = {
  select: "M5 3l14 8-6 1.6L10.5 19z",
  path: "M4 18c4 0 3-11 8-11s4 8 8 8M4 18m-2 0a2 2 0 104 0 2 2 0 10-4 0M20 15m-2 0a2 2 0 104 0 2 2 0 10-4 0",
  mask: "M14 4l6 6-8.5 8.5-6-6zM5.500 12.500C3 15 5 18 2.500 20.500c3 .5 7 .5 9-2",
  orbit: "M12 12m-4.500 0a4.500 4.500 0 109 0 4.500 4.500 0 10-9 0M7.300 14.800c-3.300 2.500-5 4.500-4.300 5.300 1 1 5.800-1.900 10.700-6.400s8-9 7-10c-.7-.8-3.400.5-6.300 2.500",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 016 6",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 00-6 6",
  steps: "M4 12a8 8 0 108-8 8 8 0 00-6.500 3.300M4 4v4h4M12 8v4.500l3 1.500",
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
  refine: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M12 8v8M8 12h8",
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

/** @typedef {keyof typeof ICONS} Icon */

/** A part of the side panel. @param {string} title @param {unknown} body */
export function section(title, body) {
  return html`<section class="lv-section" aria-label=${title}><h3>${title}</h3><div class="lv-section-body">${body}</div></section>`;
}

/** @param {Icon} name */
function icon(name) {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true" class="lv-icon"><path d=${ICONS[name]}></path></svg>`;
}

/**
 * A button with an icon, a spoken label and a tooltip that names its key.
 * @param {Icon} name @param {string} label @param {(event: MouseEvent) => void} onclick
 * @param {{key?: string, says?: string, text?: string, pressed?: boolean, disabled?: boolean, kind?: string, opens?: string}} [options]
 *   `opens`: the id of a popover
 */
export function button(name, label, onclick, { key, says, text, pressed, disabled = false, kind = "", opens } = {}) {
  return html`<button class="lv-button ${kind} ${text ? "lv-with-text" : ""}" type="button" title=${`${label}${says ? `: ${says}` : ""}${key ? ` (${key})` : ""}`}
    aria-label=${label} aria-pressed=${pressed ?? nothing} aria-keyshortcuts=${key ?? nothing} popovertarget=${opens ?? nothing} ?disabled=${disabled}
    @click=${onclick}>${icon(name)}${text ? html`<span>${text}</span>` : nothing}</button>`;
}

/** A small button with words. @param {string} text @param {() => void} onclick @param {string} label @param {boolean} [pressed] */
export function chip(text, onclick, label, pressed) {
  return html`<button class="lv-chip" type="button" title=${label} aria-label=${label} aria-pressed=${pressed ?? nothing} @click=${onclick}>${text}</button>`;
}

/**
 * A labelled slider that previews while it is dragged and commits when it is let go.
 * @param {{label: string, min: number, max: number, step: number, value: number, text: string,
 *   preview: (value: number) => void, commit: (value: number) => void, disabled?: boolean, help?: string, spoken?: string, kind?: string}} options
 */
export function slider({ label, min, max, step, value, text, preview, commit, disabled = false, help, spoken = label, kind = "" }) {
  return html`<label class="lv-slider ${kind}"><span>${label}</span>
    <input type="range" min=${min} max=${max} step=${step} .value=${live(String(value))} ?disabled=${disabled} title=${help ?? nothing}
      aria-label=${spoken} aria-valuetext=${text} @input=${to(preview)} @change=${to(commit)}>
    <output>${text}</output></label>`;
}

/** A listener that hands on the number a slider stands at. @param {(value: number) => void} then @returns {(event: InputEvent) => void} */
export function to(then) {
  return (event) => then(Number(event.currentTarget.value));
}

/** @param {string} label @param {readonly (readonly [string, string])[]} options value and text @param {string} value @param {(value: any) => void} onchange */
export function choice(label, options, value, onchange) {
  return html`<label class="lv-choice"><span>${label}</span>
    <select aria-label=${label} @change=${(/** @type {InputEvent} */ event) => onchange(event.currentTarget.value)}>
      ${options.map(([key, text]) => html`<option value=${key} .selected=${live(key === value)}>${text}</option>`)}</select></label>`;
}

/** @param {string} label @param {boolean} checked @param {(checked: boolean) => void} onchange @param {string} [help] @param {string} [spoken] */
export function toggle(label, checked, onchange, help, spoken) {
  return html`<label class="lv-toggle" title=${help ?? nothing}><input type="checkbox" .checked=${live(checked)} aria-label=${spoken ?? nothing}
    @change=${(/** @type {InputEvent} */ event) => onchange(event.currentTarget.checked)}><span>${label}</span></label>`;
}

/** Tab goes round within a dialog. @param {KeyboardEvent} event */
export function keepFocus(event) {
  if (event.key !== "Tab") return;
  event.preventDefault();
  const buttons = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("button")];
  const now = buttons.findIndex((item) => item === document.activeElement);
  buttons[(now + (event.shiftKey ? -1 : 1) + buttons.length) % buttons.length]?.focus();
}
