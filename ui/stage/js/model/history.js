/**
 * Undo and redo over immutable values.
 * @template T
 * @typedef {{past: readonly T[], present: T, future: readonly T[]}} History
 */

const MAX_STEPS = 500;

/** @template T @param {T} value @returns {History<T>} */
export function begin(value) {
  return { past: [], present: value, future: [] };
}

/** @template T @param {History<T>} history @param {T} value @returns {History<T>} */
export function commit(history, value) {
  if (value === history.present) return history;
  return { past: [...history.past, history.present].slice(-MAX_STEPS), present: value, future: [] };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function undo(history) {
  if (history.past.length === 0) return history;
  const past = history.past.slice(0, -1);
  return { past, present: history.past[past.length], future: [history.present, ...history.future] };
}

/** Several steps at once, back where `by` is below 0. @template T @param {History<T>} history @param {number} by @returns {History<T>} */
export function jump(history, by) {
  const one = by < 0 ? undo : redo;
  return by === 0 ? history : jump(one(history), by - Math.sign(by));
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function redo(history) {
  if (history.future.length === 0) return history;
  const [present, ...future] = history.future;
  return { past: [...history.past, history.present], present, future };
}
