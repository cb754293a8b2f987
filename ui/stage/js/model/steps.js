/** What a step of the history did, in words: "moved Balloon". */

import { isEqual } from "./equality.js";

/** @import { StageDocument, StageObject, StageScenery } from "./types.js" */
/** @typedef {StageObject | StageScenery} Item */

/** @param {StageDocument} before @param {StageDocument} after @returns {string} */
export function stepInWords(before, after) {
  const [old, now] = [before, after].map(({ objects, scenery }) => [...objects, ...scenery]);
  const added = now.filter(({ id }) => !old.some((item) => item.id === id));
  const gone = old.filter(({ id }) => !now.some((item) => item.id === id));
  const ordered = before.objects.filter((item) => after.objects.some((object) => object.id === item.id && object.order_overrides.length > item.order_overrides.length));
  if (added.length && ordered.length) return `changed what ${listed(ordered)} passes in front of`;
  if (added.length) return `added ${listed(added)}`;
  if (gone.length) return `deleted ${listed(gone)}`;
  const still = before.objects.filter(({ id }) => !after.objects.some((item) => item.id === id));
  if (still.length) return `made ${listed(still)} scenery`;
  const changed = now.flatMap((item) => {
    const was = old.find(({ id }) => id === item.id);
    return was && !isEqual(was, item) ? [/** @type {const} */ ([was, item])] : [];
  });
  if (changed.length) return itemInWords(changed);
  return restInWords(before, after);
}

/** @param {readonly (readonly [Item, Item])[]} changed */
function itemInWords(changed) {
  const renamed = changed.find(([was, item]) => was.name !== item.name);
  if (renamed) return `renamed ${renamed[0].name} to ${renamed[1].name}`;
  const names = listed(changed.map(([, item]) => item));
  const fields = FIELDS.filter(([field]) => changed.some((pair) => !isEqual(...of(pair, field))));
  const [first] = fields;
  if (!first) return `changed ${names}`;
  if (first[0] === "waypoints" && changed.length === 1) return pathInWords(.../** @type {[StageObject, StageObject]} */ (changed[0]));
  return first[1].replace("NAME", names);
}

/** @type {[string, string][]} what a change of each field is; of several, the first */
const FIELDS = [
  ["mask", "changed the outline of NAME"],
  ["follows", "tied or freed NAME"],
  ["waypoints", "moved NAME"],
  ["order_overrides", "changed what NAME passes in front of"],
  ["hidden", "hid or showed NAME"],
  ["colour", "coloured NAME"],
  ["timing", "changed the speed of NAME"],
  ["easing", "changed the easing of NAME"],
  ["on_ground", "changed what NAME stands on"],
  ["pinned_to_screen", "pinned or freed NAME"],
  ["relief", "changed the relief of NAME"],
  ["shadow", "changed the shadow of NAME"],
  ["feather", "changed the edge of NAME"],
  ["hold", "changed the hold of NAME"],
  ["shift", "shifted the depth of NAME"],
  ["flatten", "flattened NAME"],
];

/** @param {readonly [Item, Item]} pair @param {string} field @returns {[unknown, unknown]} */
function of(pair, field) {
  const [was, now] = pair.map((item) => /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (item))[field]);
  return [was, now];
}

/** @param {StageObject} was @param {StageObject} now */
function pathInWords({ waypoints: was }, { name, waypoints: now }) {
  if (was.length < 2 && now.length > 1) return `gave ${name} a path`;
  if (now.length < 2) return `cleared the path of ${name}`;
  if (now.length > was.length) return `added a waypoint to ${name}`;
  if (now.length < was.length) return `deleted a waypoint of ${name}`;
  const changed = (/** @type {"x" | "y" | "nearness" | "time" | "size" | "rotation"} */ field) => was.some((point, i) => point[field] !== now[i][field]);
  if (changed("x") || changed("y")) return `moved ${name}`;
  if (changed("nearness")) return `changed the depth of ${name}`;
  if (changed("time")) return `timed ${name}`;
  return changed("size") ? `sized ${name}` : `turned ${name}`;
}

/** @param {StageDocument} before @param {StageDocument} after */
function restInWords(before, after) {
  if (!isEqual(before.camera, after.camera)) return "moved the camera";
  if (!isEqual(before.depth_strokes, after.depth_strokes)) return after.depth_strokes.length ? "brushed the depth" : "cleared the depth strokes";
  if (before.scene_id !== after.scene_id) return "changed the depth map or the clean plate";
  if (!isEqual(before.objects, after.objects)) return "changed the order of the objects";
  return "changed a setting";
}

/** @param {readonly Item[]} items */
function listed(items) {
  const names = items.map(({ name }) => name);
  return names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(" and ");
}
