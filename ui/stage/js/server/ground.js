/** Guessed depth for another horizon, or another kind of photo: the server guesses anew, and that is a step like any other. */

import { messageOf } from "./host.js";

/** @import { App } from "../model/app.js" */
/** @import { Ground } from "../model/world.js" */
/** @import { Photos } from "./photos.js" */

export class GroundGuess {
  /** @param {App} app @param {Photos} photos */
  constructor(app, photos) {
    this.app = app;
    this.photos = photos;
    this.asked = 0;
  }

  /** @param {Ground["lie"]} lie @param {number | null} [horizon] none: the usual one */
  async ask(lie, horizon = null) {
    const { app, photos } = this;
    const turn = ++this.asked;
    const { document_id, scene_id = "" } = app.history.present;
    app.set({ busy: "Guessing depth anew" });
    try {
      const answer = await photos.ask("ground", { scene_id, lie, horizon });
      if (answer.error) throw new Error(answer.error);
      if (turn !== this.asked || document_id !== app.documentId) return;
      photos.add(answer);
      app.commit({ ...app.history.present, scene_id: answer.id });
      app.set({ busy: "", horizon: null });
    } catch (error) {
      app.set({ busy: "", horizon: null, error: messageOf(error) });
    }
  }
}
