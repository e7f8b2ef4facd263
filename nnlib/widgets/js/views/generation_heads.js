// The heads of a model: where their weights lie, how large their maps are, and what the last token looks at. No DOM.

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {{step: number, start: number, rows: number, columns: number}} Head `start` is the offset of its first weight */

export const MOST_HEADS = 16;
/** A cell must be as large for its token to stand beside it. */
export const LETTER = 10;
const GAP = 10;
const TALLEST = 180;
const CAPTION = 15;
const NAMES = 15; // beside and below

/** Tensors (..., rows, columns) hold a head for each of their leading indices. @param {Trace} trace @param {{attention: number[]}} plan @returns {Head[]} */
export function headsOf(trace, { attention }) {
  return attention.flatMap((step) => {
    const { shape, size } = trace.steps[step];
    const [rows, columns] = shape.slice(-2);
    return Array.from({ length: size / (rows * columns) }, (_, k) => ({ step, start: k * rows * columns, rows, columns }));
  }).slice(0, MOST_HEADS);
}

/** The side at which all maps fit, whole pixels for each of their cells where there is room; tokens beside them only where these can be read.
 * @param {number} heads @param {number} cells @param {number} width */
export function sideOf(heads, cells, width) {
  const named = largest(heads, width, NAMES);
  const side = Math.max(24, named / cells >= LETTER ? named : Math.min(largest(heads, width, 0), LETTER * cells - 1));
  return side >= cells ? Math.floor(side / cells) * cells : Math.floor(side);
}

/** @param {number} heads @param {number} width @param {number} names the room they take */
function largest(heads, width, names) {
  return Math.max(...Array.from({ length: heads }, (_, i) => i + 1).map((across) => {
    const rows = Math.ceil(heads / across);
    return Math.min((width - GAP * (across - 1)) / across - names, (TALLEST - GAP * (rows - 1)) / rows - CAPTION - names);
  }));
}

/** For each token of the text how much the last one looks at it; null where it does not reach.
 * @param {Head} head @param {ArrayLike<number>} data @param {number} length of the text @returns {(number | null)[]} */
export function gaze({ start, rows, columns }, data, length) {
  const filled = Math.min(length, columns);
  const row = rows > 1 ? Math.min(filled, rows) - 1 : 0;
  return Array.from({ length }, (_, i) => (i < length - filled ? null : data[start + row * columns + i - (length - filled)]));
}
