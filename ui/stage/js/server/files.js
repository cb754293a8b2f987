/** Photos and project files: dropped, pasted or chosen, sent to the server. */

import { OPENED } from "../model/schema.js";
import { messageOf } from "./host.js";

/** @import { App } from "../model/app.js" */
/** @import { Host } from "./host.js" */

export class Files {
  /** @param {App} app @param {Host} host @param {(question: string, yes: string) => Promise<boolean>} ask */
  constructor(app, host, ask) {
    this.app = app;
    this.host = host;
    this.ask = ask;
  }

  /** @param {HTMLElement} root @param {HTMLElement} view */
  listen(root, view) {
    const dropping = (/** @type {boolean} */ on) => void view.classList.toggle("lv-dropping", on && Boolean(this.host.upload));
    view.addEventListener("dragover", (event) => (event.preventDefault(), dropping(true)));
    view.addEventListener("dragleave", () => dropping(false));
    view.addEventListener("drop", (event) => {
      event.preventDefault();
      dropping(false);
      void this.open(event.dataTransfer?.files[0]);
    });
    root.addEventListener("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      void this.open(file);
    });
  }

  /** Let the person choose a photo or a project file. */
  choose() {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: OPENED.join() });
    input.addEventListener("change", () => void this.open(input.files?.[0]));
    input.click();
  }

  /** A photo or a project file takes the place of this one; what would be lost is asked about first. @param {File | undefined} file */
  async open(file) {
    const { app, host } = this;
    if (!file || !host.upload) return;
    if (app.doc.objects.length && !(await this.ask("Replace the photo? Its objects and paths go with it.", "Replace"))) return;
    app.set({ busy: "Sending the file", error: "" });
    try {
      const { path } = await host.upload(file);
      host.emit("photo", { path });
    } catch (error) {
      app.set({ busy: "", error: messageOf(error) });
    }
  }
}
