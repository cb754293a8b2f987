/** The page's settings widgets, which Gradio draws: what is set there goes into the document, what changes here goes there. */

import { rendererInUse, settingValues, withSetting } from "../model/settings.js";

/** @import { App } from "../model/app.js" */
/** @import { Value } from "../model/settings.js" */

export class SettingsWidgets {
  /** @param {App} app @param {() => void} ask the page to ask what has changed (`toShow`) */
  constructor(app, ask) {
    this.app = app;
    this.ask = ask;
    /** @type {Record<string, unknown>} what they show */
    this.shown = {};
    this.used = ""; // the renderer whose settings are seen
  }

  /** @returns {Record<string, Value>} */
  get values() {
    return settingValues(this.app.history.present, this.app.offered);
  }

  /** A person's hand in a widget; one that was only passed by changes nothing. @param {string} name @param {unknown} value */
  set(name, value) {
    const { app } = this;
    if (value === this.shown[name]) return;
    this.shown[name] = value;
    app.commit(withSetting(app.history.present, app.offered, name, value));
    this.follow();
  }

  /** Ask the page to show what has changed; a widget in which somebody types is left alone. */
  follow() {
    const { app, values } = this;
    const used = rendererInUse(app.history.present, app.offered);
    if (used === this.used && Object.keys(values).every((name) => values[name] === this.shown[name])) return;
    this.used = used;
    this.ask();
  }

  /** The values that are not shown yet, in the order of the names. @param {readonly string[]} names @returns {(Value | undefined)[]} */
  toShow(names) {
    const { values, shown } = this;
    const changed = names.map((name) => (values[name] === shown[name] ? undefined : (values[name] ?? null)));
    this.shown = { ...values };
    return changed;
  }
}
