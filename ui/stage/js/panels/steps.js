/** The list of all steps, to go back or on to any of them; it closes by itself. */

import { stepInWords } from "../model/steps.js";
import { html, nothing } from "./widgets.js";

/** @import { App } from "../model/app.js" */
/** @import { StageDocument } from "../model/types.js" */

export const STEPS = "lv-steps";

/** @param {App} app */
export function stepList(app) {
  const follow = (/** @type {ToggleEvent & {currentTarget: HTMLElement}} */ { currentTarget: list, newState }) => {
    const { left, bottom } = /** @type {HTMLElement} */ (document.querySelector(`[popovertarget=${STEPS}]`)).getBoundingClientRect();
    Object.assign(list.style, { left: `${Math.max(Math.min(left, innerWidth - 270), 8)}px`, top: `${bottom + 6}px` });
    app.point({ steps: newState === "open" });
  };
  return html`<div class="lv-steps" id=${STEPS} popover aria-label="All steps" @beforetoggle=${follow}>${app.ui.steps ? steps(app) : nothing}</div>`;
}

/** In words, the latest on top. @param {App} app */
function steps(app) {
  const { past, present, future } = app.history;
  const all = [...past, present, ...future];
  const step = (/** @type {StageDocument} */ doc, /** @type {number} */ i) => {
    const [words, by] = [i ? stepInWords(all[i - 1], doc) : "the beginning", i - past.length];
    return html`<button type="button" class=${by > 0 ? "lv-ahead" : ""} aria-current=${by === 0} @click=${() => app.jump(by)}>${words[0].toUpperCase() + words.slice(1)}</button>`;
  };
  return all.map(step).reverse();
}
