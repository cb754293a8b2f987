/** The stage in Gradio's page: the one module that the component's `js_on_load` imports. */

import { mountStage } from "./stage.js";

/** @import { Value } from "./model/settings.js" */
/** @import { ScenePayload } from "./server/scene_loader.js" */

/**
 * What Gradio hands to a component's `js_on_load`.
 * @typedef {{element: HTMLElement, props: {scene?: ScenePayload | null}, upload: (file: File) => Promise<{path: string}>,
 *   trigger: (name: string, data: object) => void, watch: (property: string, then: () => void) => void,
 *   server: Record<"segment" | "outline" | "trace" | "tracks" | "prepare" | "ground" | "know" | "remember", (request: object) => Promise<any>>}} Component
 */

/**
 * What the page's own scripts may ask of the stage, as `window.levitorStage` (ui/stage/handle.py).
 * @typedef {object} PageHandle
 * @property {string} tab what the server may know this browser tab by, before and after a reload
 * @property {() => Promise<boolean>} keepsWork whether this browser keeps work of any tab
 * @property {(any: boolean) => Promise<void>} restore bring kept work back, of another tab too
 * @property {() => Promise<object | null>} work the document as it is handed to the server, which then knows its photo; null before there is one
 * @property {(name: string, value: unknown) => void} setSetting a person's hand in a settings widget
 * @property {(names: readonly string[]) => (Value | undefined)[]} settingsToShow what these settings' widgets do not show yet
 * @property {() => string} rendererInUse its name, of the one that "auto" takes too
 * @property {() => void} chooseFile let the person choose a photo or a project file
 * @property {(file: File) => Promise<void>} openPhoto open one of them
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} calm what was under way has ended
 */

/** Mount the stage and hand it to the page's scripts. @param {Component} component */
export async function mount({ element, props, upload, trigger, watch, server }) {
  await style();
  const root = import.meta.url.split("/gradio_api/")[0];
  const stage = mountStage(/** @type {HTMLElement} */ (element.querySelector(".lv-mount")), {
    segment: (request) => server.segment(request),
    outline: (request) => server.outline(request),
    trace: (request) => server.trace(request),
    tracks: (request) => server.tracks(request),
    prepare: (request) => server.prepare(request),
    ground: (request) => server.ground(request),
    know: (request) => server.know(request),
    remember: (request) => server.remember(request),
    emit: (name, data) => trigger(name, data),
    resolve: (url) => (url.startsWith("/gradio_api/") ? root + url : url),
    upload: (file) => upload(file),
  });
  Object.assign(window, { levitorStage: /** @type {PageHandle} */ (stage) });
  const show = () => stage.setScene(props.scene);
  watch("scene", show);
  if (props.scene?.id) await show();
  else await stage.restore().then(show);
}

/** The style sheet, once a page. @returns {Promise<unknown>} */
function style() {
  const href = new URL("../stage.css", import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const loaded = new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error("its style sheet is missing")));
  });
  document.head.append(link);
  return loaded;
}
