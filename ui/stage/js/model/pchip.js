/**
 * Monotone cubic interpolation (PCHIP) with the same slopes as scipy's PchipInterpolator; equal values stay exactly equal.
 */

/**
 * @param {readonly number[]} knots increasing @param {readonly number[]} values
 * @returns {(at: number) => number} clamped to the ends
 */
export function pchip(knots, values) {
  const n = knots.length;
  if (n === 1) return () => values[0];
  const slopes = pchipSlopes(knots, values);
  return (at) => {
    const x = Math.min(Math.max(at, knots[0]), knots[n - 1]);
    const k = segmentOf(knots, x);
    const h = knots[k + 1] - knots[k];
    const delta = (values[k + 1] - values[k]) / h;
    const t = (slopes[k] + slopes[k + 1] - 2 * delta) / h;
    const dx = x - knots[k];
    return ((t / h) * dx + (delta - slopes[k]) / h - t) * dx * dx + slopes[k] * dx + values[k];
  };
}

/** The segment k with knots[k] <= x < knots[k + 1], the last one for the end. @param {ArrayLike<number>} knots @param {number} x */
export function segmentOf(knots, x) {
  let low = 0;
  let high = knots.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (knots[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** @param {readonly number[]} knots @param {readonly number[]} values @returns {number[]} */
function pchipSlopes(knots, values) {
  const n = knots.length;
  const h = Array.from({ length: n - 1 }, (_, k) => knots[k + 1] - knots[k]);
  const delta = h.map((step, k) => (values[k + 1] - values[k]) / step);
  if (n === 2) return [delta[0], delta[0]];
  const inner = Array.from({ length: n - 2 }, (_, i) => harmonic(h[i], h[i + 1], delta[i], delta[i + 1]));
  return [
    endSlope(h[0], h[1], delta[0], delta[1]),
    ...inner,
    endSlope(h[n - 2], h[n - 3], delta[n - 2], delta[n - 3]),
  ];
}

/** @param {number} h0 @param {number} h1 @param {number} d0 @param {number} d1 */
function harmonic(h0, h1, d0, d1) {
  if (d0 * d1 <= 0) return 0;
  const w0 = 2 * h1 + h0;
  const w1 = h1 + 2 * h0;
  return (w0 + w1) / (w0 / d0 + w1 / d1);
}

/** One-sided three-point slope that keeps the shape. @param {number} h0 @param {number} h1 @param {number} d0 @param {number} d1 */
function endSlope(h0, h1, d0, d1) {
  const slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
  if (Math.sign(slope) !== Math.sign(d0)) return 0;
  if (Math.sign(d0) !== Math.sign(d1) && Math.abs(slope) > 3 * Math.abs(d0)) return 3 * d0;
  return slope;
}
