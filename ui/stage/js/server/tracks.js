/** A path from a file of tracked points, by whichever tool. */

import { setPath } from "../model/document.js";
import { TRACKED } from "../model/schema.js";
import { messageOf } from "./host.js";

/** @import { App } from "../model/app.js" */
/** @import { Photos } from "./photos.js" */

/** Let the person choose one for the selected object. @param {App} app @param {Photos} photos */
export function chooseTracks(app, photos) {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept: TRACKED.join() });
  input.addEventListener("change", () => void follow(app, photos, input.files?.[0]));
  input.click();
}

/** @param {App} app @param {Photos} photos @param {File | undefined} file */
async function follow(app, photos, file) {
  const { documentId, selected, sceneId } = app;
  if (!file || !selected || !photos.host.upload) return;
  try {
    const answer = await photos.ask("tracks", { scene_id: sceneId, ...(await photos.host.upload(file)) });
    if (answer.error) throw new Error(answer.error);
    if (documentId === app.documentId) app.commit(setPath(app.doc, selected.id, answer.waypoints), { waypoint: null, refine: null });
  } catch (error) {
    app.set({ error: messageOf(error) });
  }
}
