/** Orders that a person fixed: which of them hold at a moment of the clip. */

/** @import { OrderOverride, StageObject } from "./types.js" */

/** @type {WeakMap<readonly OrderOverride[], Map<string, readonly OrderOverride[]>>} */
const held = new WeakMap();

/** An object's orders at that time; the same list whenever the same ones hold. @param {StageObject} object @param {number} time @returns {readonly OrderOverride[]} */
export function ordersAt({ order_overrides: rules }, time) {
  const known = held.get(rules) ?? new Map();
  held.set(rules, known);
  const holds = rules.map(({ start, end }) => start <= time && time <= end);
  const key = holds.join();
  if (!known.has(key)) known.set(key, rules.filter((_, i) => holds[i]));
  return known.get(key);
}
