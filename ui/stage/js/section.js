/**
 * A part of the side panel: rebuilt when its key changes, otherwise only its values are set, so that a slider that is
 * being dragged stays under the pointer. Keyboard focus survives a rebuild, which waits while a control is pressed: a
 * press on one button and a release on its successor are no click.
 */

import { h } from "./dom.js";

/** @typedef {import("./app.js").App} App */

export class Section {
  /**
   * @param {string} title
   * @param {(app: App) => string | null} key null hides the section
   * @param {(app: App, sync: ((app: App) => void)[]) => (Node | null | false)[]} build
   */
  constructor(title, key, build) {
    this.key = key;
    this.build = build;
    this.body = h("div.lv-section-body");
    this.heading = h("h3", {}, title);
    this.element = h("section.lv-section", { "aria-label": title }, this.heading, this.body);
    /** @type {string | null | undefined} */
    this.shown = undefined;
    /** @type {((app: App) => void)[]} */
    this.sync = [];
    this.pressed = false;
    this.element.addEventListener("pointerdown", (event) => (this.pressed = Boolean(/** @type {Element} */ (event.target).closest("button"))));
  }

  /** The pointer was let go. @param {App} app */
  release(app) {
    if (!this.pressed) return;
    this.pressed = false;
    app.invalidate();
  }

  /** @param {App} app */
  update(app) {
    const key = this.key(app);
    if (key !== this.shown && this.pressed) return;
    if (key !== this.shown) this.rebuild(app, key);
    if (key !== null) this.sync.forEach((set) => set(app));
  }

  /** @param {App} app @param {string | null} key */
  rebuild(app, key) {
    const focused = this.body.contains(document.activeElement) ? nameOf(/** @type {Element} */ (document.activeElement)) : null;
    this.shown = key;
    this.element.hidden = key === null;
    this.sync = [];
    this.body.replaceChildren(...(key === null ? [] : this.build(app, this.sync).filter((node) => node instanceof Node)));
    if (focused) this.focus(focused);
  }

  /** @param {string} name of the control that had the focus before */
  focus(name) {
    const same = [...this.body.querySelectorAll("button, input, select")].find((control) => nameOf(control) === name);
    if (same instanceof HTMLElement) same.focus();
  }
}

/** What a control is called, whichever rebuild made it. @param {Element} control */
function nameOf(control) {
  return control.getAttribute("aria-label") ?? control.parentElement?.textContent ?? "";
}
