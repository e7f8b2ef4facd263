// Where the nodes and edges of a network go, for one width. Pure geometry: no DOM.

/** @typedef {import("./network_model.js").NetworkModel} NetworkModel */
/** @typedef {{x: number, y: number, width: number, height: number}} Box x and y are the centre */
/** @typedef {{kind: "roomy" | "narrow" | "dense", single: number, node: number, tag: number, pitch: number, gap: number}} Style */
/** @typedef {{x0: number, y0: number, x1: number, y1: number, between: [number, number], rail?: number}} Line `between`: where labels may stand; `rail`: x of a detour */

export const HEADER = 44;
const FOOT = { roomy: 60, narrow: 64, dense: 40 };
const MARGIN = 3;
const RAIL = 16;

/** Sizes in px: `single` width and `node` height of a compartment, `tag` room for the gradient below it.
 * @param {NetworkModel} model @param {number} width @returns {Style} */
export function chooseStyle(model, width) {
  const tallest = Math.max(...model.columns.map((column) => column.rows.length));
  if (tallest > 5) return { kind: "dense", single: width < 480 ? 56 : 68, node: 20, tag: 13, pitch: 34, gap: 0 };
  const roomy = /** @type {Style} */ ({ kind: "roomy", single: 66, node: 38, tag: 15, pitch: 82, gap: 0 });
  const room = width - model.columns.reduce((total, column) => total + columnWidth(column, roomy), 0);
  if (room >= model.gaps.length * 68) return roomy;
  return { kind: "narrow", single: 54, node: 34, tag: 15, pitch: 92, gap: 17 };
}

/** Nodes without a gradient need no room for one. @param {any} column @param {Style} style */
function columnWidth(column, style) {
  if (style.kind === "dense") return style.single;
  const one = column.kind === "layer" ? style.single : style.single - 12;
  return column.pre !== null && style.kind === "roomy" ? 2 * one : one;
}

/** The least width at which nodes and edges of a network can be told apart. @param {NetworkModel} model */
export function leastWidth(model) {
  const dense = chooseStyle(model, 320).kind === "dense";
  return dense ? model.columns.length * 56 + model.gaps.length * 40 : 280;
}

/** @param {NetworkModel} model @param {number} width @param {number} stretch of the distances between rows */
export function layoutColumns(model, width, stretch = 1) {
  const style = chooseStyle(model, width);
  const lossBelow = style.kind === "narrow" && model.columns.at(-1)?.kind === "loss";
  const area = stretch * Math.max(...model.columns.map((column) => column.rows.length * rowHeight(column, style)), style.kind === "narrow" ? 336 : 170);
  const foot = lossBelow || model.gaps.some((gap) => gap.bias !== null);
  const height = HEADER + area + (foot ? FOOT[style.kind] : 6);
  const xs = columnCentres(model, width, style, lossBelow);
  const bottom = height - FOOT[style.kind] / 2 - (style.kind === "dense" ? -2 : 6);
  const columns = model.columns.map((column, i) => ({
    x: xs[i].x,
    width: xs[i].width,
    nodes: column.rows.map((_, row) => ({ x: xs[i].x, y: HEADER + ((row + 0.5) * area) / column.rows.length - style.tag / 2 })),
    bias: { x: xs[i].x + xs[i].width / 2, y: bottom },
  }));
  if (lossBelow) columns[columns.length - 1].nodes = [{ x: xs[columns.length - 1].x, y: bottom }];
  return { style, height, columns, lossBelow };
}

/** @param {any} column @param {Style} style */
function rowHeight(column, style) {
  return style.kind === "narrow" && column.pre !== null ? 132 : style.pitch;
}

/** The loss stands right of the outputs, or below them where the drawing is narrow.
 * @param {NetworkModel} model @param {number} width @param {Style} style @param {boolean} lossBelow */
function columnCentres(model, width, style, lossBelow) {
  const across = lossBelow ? model.columns.slice(0, -1) : model.columns;
  const shares = model.gaps.slice(0, across.length - 1).map((gap) => (gap.weight === null ? 0.42 : 1));
  const widths = across.map((column) => columnWidth(column, style));
  const free = width - 2 * MARGIN - (lossBelow ? RAIL : 0) - sum(widths);
  let left = MARGIN;
  const centres = widths.map((w, i) => {
    const centre = { x: left + w / 2, width: w };
    left += w + (shares[i] ?? 0) * (free / sum(shares));
    return centre;
  });
  return lossBelow ? [...centres, centres[centres.length - 1]] : centres;
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, n) => total + n, 0);
}

/** Where the compartments of a node stand: one, side by side, or one above the other.
 * @param {Style} style @param {boolean} double @param {number} x @param {number} y @param {number} width @returns {Box[]} */
export function compartments(style, double, x, y, width) {
  const side = double && style.kind === "roomy";
  const box = { width: side ? width / 2 : width, height: style.node };
  if (!double || style.kind === "dense") return [{ x, y, ...box }];
  if (side) return [{ x: x - width / 4, y, ...box }, { x: x + width / 4, y, ...box }];
  const half = (style.node + style.gap) / 2;
  return [{ x, y: y - half, ...box }, { x, y: y + half, ...box }];
}

/** Ends of edges fan out a little, so that arrowheads stay apart.
 * @param {number} i @param {number} n @param {number} height */
export function fan(i, n, height) {
  const step = Math.min(7, (height - 8) / Math.max(1, n - 1));
  return (i - (n - 1) / 2) * step;
}
