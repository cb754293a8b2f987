/** Where the chips at crossings stand: beside their crossing, inside the view, on what matters least. */

/** @typedef {readonly [number, number]} Point */
/** @typedef {readonly [number, number, number, number]} Box  left, top, width, height */

export const WIDTH = 104; // of a chip
const MARGIN = 4;
const GAP = 18; // from the crossing to the chip's nearest edge
const COVERED = { circle: 150, box: 400 }; // what it costs to cover one, in pixels of distance from the crossing

/**
 * The chips' boxes, in the order of their crossings; none covers another or the control where there is room.
 * @param {readonly Point[]} points @param {readonly [number, number, number][]} circles @param {Box | null} control @param {{width: number, height: number}} view @param {number} tall
 */
export function placed(points, circles, control, { width, height }, tall) {
  const chips = /** @type {Box[]} */ ([]);
  const clamped = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, MARGIN), Math.max(most, MARGIN));
  for (const [x, y] of points) {
    const boxes = [...(control ? [control] : []), ...chips];
    const offers = [...around(x, y, tall), ...beside(x, y, tall, boxes)].map(([left, top], rank) => {
      const box = /** @type {Box} */ ([clamped(left, width - WIDTH - MARGIN), clamped(top, height - tall - MARGIN), WIDTH, tall]);
      const away = Math.hypot(box[0] + WIDTH / 2 - x, box[1] + tall / 2 - y);
      return { box, cost: cost(box, circles, boxes) + away + rank };
    });
    chips.push(offers.reduce((best, offer) => (offer.cost < best.cost ? offer : best)).box);
  }
  return chips;
}

/** @param {number} x @param {number} y @param {number} tall @returns {[number, number][]} */
function around(x, y, tall) {
  const [middle, centre] = [x - WIDTH / 2, y - tall / 2];
  const [right, left, below, above] = [x + GAP, x - GAP - WIDTH, y + GAP, y - GAP - tall];
  const near = /** @type {[number, number][]} */ ([[middle, above], [middle, below], [right, centre], [left, centre], [right, above], [left, above], [right, below], [left, below]]);
  const far = /** @type {[number, number][]} */ ([2, 4].flatMap((steps) => [[middle, above - steps * tall], [middle, below + steps * tall], [right + (steps * WIDTH) / 4, centre], [left - (steps * WIDTH) / 4, centre]]));
  return [...near, ...far];
}

/** Just outside each box that is there already, level with the crossing. @param {number} x @param {number} y @param {number} tall @param {readonly Box[]} boxes @returns {[number, number][]} */
function beside(x, y, tall, boxes) {
  return boxes.flatMap(([left, top, width, height]) => /** @type {[number, number][]} */ ([
    [left - WIDTH - 2 * MARGIN, y - tall / 2], [left + width + 2 * MARGIN, y - tall / 2],
    [x - WIDTH / 2, top - tall - 2 * MARGIN], [x - WIDTH / 2, top + height + 2 * MARGIN],
  ]));
}

/** What a chip there would cover. @param {Box} box @param {readonly [number, number, number][]} circles @param {readonly Box[]} boxes */
function cost([left, top, wide, tall], circles, boxes) {
  const beyond = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ size) => Math.max(low - value, 0, value - low - size);
  const over = circles.filter(([x, y, radius]) => Math.hypot(beyond(x, left, wide), beyond(y, top, tall)) < radius);
  const besides = boxes.filter(([x, y, width, height]) => left < x + width + MARGIN && x < left + wide + MARGIN && top < y + height + MARGIN && y < top + tall + MARGIN);
  return COVERED.circle * over.length + COVERED.box * besides.length;
}
