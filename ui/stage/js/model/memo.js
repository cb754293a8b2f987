/** Values derived from others, kept with what they were derived from. */

/** @typedef {WeakMap<object, {versions: readonly unknown[], value: any}>} Memo */

/**
 * What was made for this key, unless something that it depends on is another by now.
 * @template T @param {Memo} memo @param {object} key @param {readonly unknown[]} versions @param {() => T} make @returns {T}
 */
export function remember(memo, key, versions, make) {
  const known = memo.get(key);
  if (known && versions.length === known.versions.length && versions.every((version, i) => version === known.versions[i])) return known.value;
  const value = make();
  memo.set(key, { versions, value });
  return value;
}
