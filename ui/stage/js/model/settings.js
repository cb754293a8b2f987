/** The document's settings as the page shows them and as its widgets change them. What renderers read comes with the scene. PURE. */

/** @import { StageDocument } from "./types.js" */
/** @typedef {string | number | null} Value */
/**
 * @typedef {object} Offered
 * @property {Record<string, Record<string, Value>>} renderers each one's settings as it takes them by itself, the best first
 * @property {string} automatic the one that "auto" takes here
 * @property {Record<string, {low: number, high: number, whole: boolean, optional: boolean}>} ranges of the settings that are numbers
 */

/** @type {Offered} */
export const NONE_OFFERED = { renderers: { none: { num_frames: 16, fps: 6 } }, automatic: "none", ranges: {} };

/** The name of the renderer that makes the video. @param {StageDocument} doc @param {Offered} offered */
export function rendererInUse({ settings }, { renderers, automatic }) {
  return settings.renderer in renderers ? settings.renderer : automatic;
}

/** Every setting's value by its name: the document's, or what the renderer in use takes by itself; of those that it does not read, what the best renderer that does takes. @param {StageDocument} doc @param {Offered} offered @returns {Record<string, Value>} */
export function settingValues(doc, offered) {
  const { settings } = doc;
  const { renderers } = offered;
  const order = [rendererInUse(doc, offered), ...Object.keys(renderers)].reverse();
  const own = order.map((name) => ({ ...renderers[name], ...doc.renderers[name] }));
  const common = Object.entries(settings).filter(([, value]) => value !== null);
  return Object.assign({}, ...own, Object.fromEntries(common));
}

/** Whether the renderer in use reads a setting of that name. @param {StageDocument} doc @param {Offered} offered @param {string} name */
export function reads(doc, offered, name) {
  return name in (offered.renderers[rendererInUse(doc, offered)] ?? {});
}

/** One setting changed, for every renderer that reads it; a number is brought into its range. @param {StageDocument} doc @param {Offered} offered @param {string} name @param {unknown} given @returns {StageDocument} */
export function withSetting(doc, { renderers, ranges }, name, given) {
  const value = ranges[name] ? inRange(given, ranges[name]) : given;
  if (value === undefined) return doc;
  if (name in doc.settings) return { ...doc, settings: { ...doc.settings, [name]: value } };
  const readers = Object.keys(renderers).filter((reader) => name in renderers[reader]);
  const groups = readers.map((reader) => [reader, { ...doc.renderers[reader], [name]: value }]);
  return { ...doc, renderers: { ...doc.renderers, ...Object.fromEntries(groups) } };
}

/** The nearest number that may be; nothing for what is none. @param {unknown} given @param {Offered["ranges"][string]} range @returns {number | null | undefined} */
function inRange(given, { low, high, whole, optional }) {
  if (given === null || given === "") return optional ? null : undefined;
  const number = Number(given);
  if (Number.isNaN(number)) return undefined;
  const near = Math.min(Math.max(number, low), high);
  return whole ? Math.round(near) : near;
}
