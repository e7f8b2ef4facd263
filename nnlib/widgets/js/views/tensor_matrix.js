// One tensor of an equation: its symbol and shape over a grid of its numbers, or several for more than two axes.
import { onOneLine } from "../ui/latex.js";
import { html, mark } from "./svg.js";
import { grid } from "./tensor_grid.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {ReturnType<typeof matrix>} Matrix */

const MOST_SLICES = 6;

/** Rows and columns of the last two axes; earlier axes count slices. @param {number[]} shape */
function gridShape(shape) {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.length > 1 ? /** @type {number} */ (shape.at(-2)) : 1;
  const slices = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return { rows, columns, slices };
}

/** @param {Context} context @param {number} step @param {{transposed: boolean}} options */
export function matrix(context, step, { transposed }) {
  const { shape, phase, op, name } = context.trace.steps[step];
  const { rows, columns, slices } = gridShape(shape);
  const at = (/** @type {number} */ slice) => (/** @type {number} */ r, /** @type {number} */ c) =>
    (transposed ? c * columns + r : slice * rows * columns + r * columns + c);
  const size = transposed ? [columns, rows] : [rows, columns];
  const grids = Array.from({ length: Math.min(slices, MOST_SLICES) }, (_, i) => grid(context, step, at(i), size[0], size[1]));
  const hidden = slices > MOST_SLICES ? [html("div", { class: "nn-shape" }, `and ${slices - MOST_SLICES} more`)] : [];
  const plain = op === "constant" && name === `step${step}` ? " nn-plain" : "";
  const element = html("figure", { class: `nn-matrix nn-hue-${phase}${plain}` },
    caption(context, step, transposed), html("div", { class: "nn-slices" }, ...grids.map((g) => g.element), ...hidden));

  /** @param {State} state @param {Set<string>} terms */
  function update(state, terms) {
    const known = state.shown(step);
    mark(element, "is-empty", !known);
    mark(element, "is-active", state.active.has(step) && state.stop > 0);
    const largest = known ? largestOf(state.values[step].data) : 0;
    for (const part of grids) part.update(state, terms, known, largest);
  }

  return { element, update };
}

/** @param {Context} context @param {number} step @param {boolean} transposed */
function caption(context, step, transposed) {
  const { symbol, shape } = context.trace.steps[step];
  const line = symbol === null ? null : onOneLine(symbol);
  const latex = transposed && line !== null ? `${line}^{\\top}` : line;
  const shown = transposed ? [...shape].reverse() : shape;
  const sizes = shape.length === 0 ? [] : [html("span", { class: "nn-shape" }, `(${shown.join(", ")})`)];
  return html("figcaption", {}, ...(latex === null ? [] : [context.math(latex)]), ...sizes);
}

/** @param {Float64Array} data */
function largestOf(data) {
  let largest = 0;
  for (const value of data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
}
