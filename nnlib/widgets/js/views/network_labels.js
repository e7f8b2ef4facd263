// Places for the labels of crossing edges, found by a small search. Pure geometry: no DOM.

/** @typedef {import("./network_layout.js").Line} Line */
/** `margin` is the least room left and right of the label, `drop` how far its middle lies below its line.
 * @typedef {{width: number, height: number, margin: number, drop: number}} Size */
/** @typedef {{x: number, y: number, wish: number}} Place `wish` is how little it is wished for */
/** @typedef {{choices: Place[][], own: number[][], sizes: Size[]}} Problem */

const ALONG = 25;
const ASIDE = [0, -7, 7];
const STARTS = [[0.3], [0, 0.6], [0.6, 0], [0.1, 0.5, 0.9], [0.9, 0.5, 0.1], [0, 0, 1, 1], [1, 0.2], [0.5],
  [0, 1], [1, 0], [0, 1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0, 0, 1, 1]];

/** A place on its line for every label, so that labels stay clear of each other and of other lines.
 * Labels prefer the source end. Descent from a few fixed starts: the same input gives the same places.
 * @param {Line[]} lines all edges of the gap, the labelled ones first @param {Size[]} sizes of the labels
 * @param {number} [off] room kept for arrowheads
 * @returns {{places: {x: number, y: number}[], clear: boolean}} */
export function placeLabels(lines, sizes, off = 9) {
  if (sizes.some((size, i) => size.width + size.margin > lines[i].between[1] - lines[i].between[0])) return { places: [], clear: false };
  const choices = sizes.map((size, i) => candidates(lines[i], size.width, off));
  const own = choices.map((list, i) => list.map((place) => place.wish + crossings(lines, i, place, sizes[i])));
  const problem = { choices, own, sizes };
  let best = { chosen: /** @type {number[]} */ ([]), cost: Infinity };
  for (const start of STARTS) {
    const found = descend(problem, choices.map((_, i) => Math.round((ALONG - 1) * start[i % start.length])));
    if (found.cost < best.cost) best = found;
  }
  const places = choices.map((list, i) => list[best.chosen[i]]);
  const touches = (/** @type {number} */ i) => places.some((other, j) => j < i && overlap(places[i], sizes[i], other, sizes[j]) > 0);
  return { places, clear: !places.some((_, i) => touches(i)) };
}

/** @param {Problem} problem @param {number[]} chosen */
function descend(problem, chosen) {
  for (let round = 0, moved = true; moved && round < 10; round += 1) {
    moved = false;
    for (let i = 0; i < chosen.length; i += 1) {
      const best = cheapest(problem, chosen, i);
      moved = moved || best !== chosen[i];
      chosen[i] = best;
    }
  }
  return { chosen, cost: sum(chosen.map((k, i) => costOf(problem, chosen, i, k))) };
}

/** Points on the line, or a little above or below it, at which a label keeps off nodes and arrowheads; near the middle
 * where there is no such room. @param {Line} line @param {number} width @param {number} off @returns {Place[]} */
function candidates(line, width, off) {
  const [left, right] = line.between;
  const middle = (left + right) / 2;
  const first = Math.min(left + width / 2 + off, middle);
  const last = Math.max(right - width / 2 - off, middle);
  return ASIDE.flatMap((aside) => Array.from({ length: ALONG }, (_, k) => {
    const x = first + ((last - first) * k) / (ALONG - 1);
    const y = line.y0 + ((line.y1 - line.y0) * (x - line.x0)) / (line.x1 - line.x0);
    return { x, y: y + aside, wish: 0.4 * k + 0.5 * Math.abs(aside) };
  }));
}

/** @param {Problem} problem @param {number[]} chosen @param {number} i */
function cheapest(problem, chosen, i) {
  let [best, least] = [chosen[i], Infinity];
  for (let k = 0; k < problem.choices[i].length; k += 1) {
    const cost = costOf(problem, chosen, i, k);
    if (cost < least - 1e-9) [best, least] = [k, cost];
  }
  return best;
}

/** @param {Problem} problem @param {number[]} chosen @param {number} i @param {number} k */
function costOf({ choices, own, sizes }, chosen, i, k) {
  let cost = own[i][k];
  for (let j = 0; j < chosen.length; j += 1) {
    if (j !== i) cost += overlap(choices[i][k], sizes[i], choices[j][chosen[j]], sizes[j]);
  }
  return cost;
}

/** Shared area of two labels, weighted so that any overlap outweighs every wish. */
function overlap(/** @type {any} */ a, /** @type {any} */ sizeA, /** @type {any} */ b, /** @type {any} */ sizeB) {
  const width = (sizeA.width + sizeB.width) / 2 - Math.abs(a.x - b.x);
  const height = (sizeA.height + sizeB.height) / 2 - Math.abs(a.y - b.y);
  return width > 0 && height > 0 ? 40 + width * height : 0;
}

/** How much of the other lines a label would cover. @param {Line[]} lines @param {number} i
 * @param {{x: number, y: number}} place @param {Size} size */
function crossings(lines, i, place, size) {
  return sum(lines.map((line, j) => (i === j ? 0 : 30 * covered(line, place, size))));
}

/** Share of the label's width in which the line runs behind it. */
function covered(/** @type {Line} */ line, /** @type {{x: number, y: number}} */ place, /** @type {Size} */ size) {
  const slope = (line.y1 - line.y0) / (line.x1 - line.x0);
  const samples = [-0.5, -0.25, 0, 0.25, 0.5];
  const hits = samples.filter((s) => {
    const y = line.y0 + slope * (place.x + s * size.width - line.x0);
    return Math.abs(y - place.y - size.drop) < size.height / 2;
  });
  return hits.length / samples.length;
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, n) => total + n, 0);
}
