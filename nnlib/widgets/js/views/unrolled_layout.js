// Where the parts of a column stand, from the loss at the top to the input at the bottom. No DOM.
import { LINE } from "./unrolled_parts.js";

/** @typedef {import("./unrolled_plan.js").Plan} Plan */
/** A state within its frame: `y` is its top, `lines` how many units have a number. @typedef {{y: number, height: number}} Section */
/** @typedef {{top: number, height: number, h: Section, c: Section | null}} Frame */
/** @typedef {{units: number[] | null, lines: number, cells: boolean, loss: number | null, output: number | null, frames: Frame[],
 *   input: {y: number, lines: number} | null, share: number | null, matrix: number, height: number}} Layout */

export const BOX = 96;
export const GAP = { way: 26, least: 70 };
/** Above the first row stands the time. */
const TIME = 17;
const NAME_ROW = 20;
const CELLS_ROW = 13;
/** So many units have each a number of their own; of more the chosen one has. */
const FEW = 2;

/** @param {Plan} plan @param {{steps: {shape: number[], size: number}[]}} trace @returns {Layout} */
export function layoutOf(plan, { steps }) {
  const few = plan.H <= FEW;
  const lines = few ? plan.H : 1;
  const section = (few ? 0 : CELLS_ROW) + 2 * lines * LINE + 6;
  let y = TIME;
  const row = (/** @type {boolean} */ there, /** @type {number} */ height, /** @type {number} */ gap) => {
    if (!there) return null;
    const at = y;
    y += height + gap;
    return at;
  };
  const outputs = plan.outputs.some((id) => id !== null);
  const loss = row(plan.losses.some((id) => id !== null), NAME_ROW, outputs ? 18 : GAP.way);
  const output = row(outputs, NAME_ROW, GAP.way);
  if (loss === null && output === null) y += 4;
  const frames = /** @type {Frame[]} */ ([]);
  for (const { c } of [...plan.rows].reverse()) {
    const top = y;
    const height = section * (c ? 2 : 1) + (c ? 6 : 0);
    frames.unshift({ top, height, c: c ? { y: top, height: section } : null, h: { y: c ? top + section + 6 : top, height: section } });
    y += height + GAP.way;
  }
  y -= GAP.way;
  const size = Math.max(0, ...plan.inputs.map((id) => (id === null ? 0 : rowSize(steps[id].shape))));
  const inputLines = size <= (few ? FEW : 1) ? size : 0;
  if (size > 0) y += 24;
  const input = size > 0 ? { y, lines: inputLines } : null;
  if (input) y += inputLines ? inputLines * LINE + 5 : NAME_ROW;
  const matrix = Math.max(0, ...plan.weights.map(({ step }) => matrixHeight(steps[step].shape)));
  const share = plan.weights.length ? y + 24 : null;
  if (share !== null) y = share + matrix + LINE + 2;
  if (!input && share === null) y += LINE / 2; // the number on an arrow from the future hangs below its state
  return { units: few ? Array.from({ length: plan.H }, (_, i) => i) : null, lines, cells: !few, loss, output, frames, input, share, matrix, height: y + 2 };
}

/** Numbers of the first example. @param {number[]} shape */
export const rowSize = (shape) => shape.at(-1) ?? 1;

const MOST_SHARES = 256;

/** Rows, columns and side of the picture of a matrix; null if it has too many numbers. @param {number[]} shape */
export function matrixOf(shape) {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.reduce((product, n) => product * n, 1) / (columns || 1);
  if (rows * columns === 0 || rows * columns > MOST_SHARES) return null;
  const largest = rows * columns === 1 ? 18 : 11;
  return { rows, columns, side: Math.max(4, Math.min(largest, Math.floor(112 / columns), Math.floor(34 / rows))) };
}

/** @param {number[]} shape */
function matrixHeight(shape) {
  const matrix = matrixOf(shape);
  return matrix ? matrix.rows * matrix.side + 4 : 0;
}
