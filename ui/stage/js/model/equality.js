/** Whether two plain values hold the same; parts that they share are not looked into. */

/** @param {unknown} a @param {unknown} b @returns {boolean} */
export function isEqual(a, b) {
  if (Object.is(a, b)) return true;
  if (!isGroup(a) || !isGroup(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && isEqual(a[key], b[key]));
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isGroup(value) {
  return typeof value === "object" && value !== null;
}
