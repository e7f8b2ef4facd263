// Where the nodes and edges of a network go, for one width. Pure geometry: no DOM.

/** @typedef {import("./network_model.js").NetworkModel} NetworkModel */
/** @typedef {import("./network_model.js").Column} Column */
/** @typedef {{x: number, y: number, width: number, height: number}} Box x and y are the centre */
/** @typedef {{x0: number, y0: number, x1: number, y1: number, between: [number, number], rail?: number}} Line `between`: where labels may stand; `rail`: x of a detour */
/** Sizes in px: `single` width and `node` height of a compartment, `tag` room for the gradient below it.
 * @typedef {{kind: "side" | "stacked" | "narrow" | "dense", single: number, node: number, tag: number, pitch: number, tall: number, foot: number}} Style
 * `pitch` and `tall` are the distances between nodes of one and of two compartments; `foot` is the room for biases */

const HEADER = 44;
/** The height that the shell gives a drawing beside the ledger. */
const TALLEST = 358;
const PHONE = 480;
const MARGIN = 3;
const RAIL = 16;
/** Width of a bias that all nodes of a layer share. */
export const BIAS = 54;
const LOSS_GAP = 28;
const BETWEEN = 3;
const EASY = 130;
const TIGHT = 76;
const LEAST_GAP = 30;

const ROOMY = { single: 60, node: 36, tag: 16, pitch: 72, tall: 126, foot: 60 };
const SIDE = /** @type {Style} */ ({ ...ROOMY, kind: "side", tall: ROOMY.pitch });
const STACKED = /** @type {Style} */ ({ ...ROOMY, kind: "stacked" });
const NARROW = /** @type {Style} */ ({ ...ROOMY, kind: "narrow", single: 56, pitch: 92, tall: 138, foot: 66 });

/** @param {NetworkModel} model @param {number} width @returns {Style} */
function chooseStyle(model, width) {
  const tallest = Math.max(...model.columns.map((column) => column.rows.length));
  if (tallest > 5) return { kind: "dense", single: width < PHONE ? 56 : 68, node: 20, tag: 13, pitch: 34, tall: 34, foot: 40 };
  if (width < PHONE) return NARROW;
  if (gapRoom(model, SIDE, width) >= EASY) return SIDE;
  if (HEADER + leastArea(model, STACKED) + STACKED.foot <= TALLEST) return STACKED;
  return gapRoom(model, SIDE, width) >= TIGHT ? SIDE : NARROW;
}

/** Width left between two layers. @param {NetworkModel} model @param {Style} style @param {number} width */
function gapRoom(model, style, width) {
  const weighted = model.gaps.filter((gap) => gap.weight !== null).length;
  const taken = sum(model.columns.map((column) => columnWidth(column, style))) + (model.gaps.length - weighted) * LOSS_GAP;
  return (width - 2 * MARGIN - taken) / weighted;
}

/** Values without a gradient are those given, mostly short numbers. @param {Column} column @param {Style} style */
function columnWidth(column, style) {
  if (style.kind === "dense") return style.single;
  if (!column.felt) return style.single - 14;
  return column.pre !== null && style.kind === "side" ? 2 * style.single : style.single;
}

/** The least width at which nodes and edges of a network can be told apart. @param {NetworkModel} model */
export function leastWidth(model) {
  const style = chooseStyle(model, 0);
  if (style.kind === "dense") return model.columns.length * 56 + model.gaps.length * 40;
  const across = model.columns.filter((column) => column.kind !== "loss");
  return sum(across.map((column) => columnWidth(column, style))) + (across.length - 1) * LEAST_GAP + RAIL + 2 * MARGIN;
}

/** @param {NetworkModel} model @param {Style} style */
function leastArea(model, style) {
  const rows = model.columns.map((column) => column.rows.length * (column.pre === null ? style.pitch : style.tall));
  return Math.max(...rows, style.kind === "narrow" ? 336 : 220);
}

/** @param {NetworkModel} model @param {number} width @param {number} stretch from 0, the least height, to 1, all there is */
export function layoutColumns(model, width, stretch = 0) {
  const style = chooseStyle(model, width);
  const lossBelow = style.kind === "narrow" && model.columns.at(-1)?.kind === "loss";
  const foot = lossBelow || model.gaps.some((gap) => gap.bias !== null) ? style.foot : 6;
  const least = leastArea(model, style);
  const most = width < PHONE ? 1.25 * least : Math.max(least, TALLEST - HEADER - foot);
  const area = least + stretch * (most - least);
  const height = HEADER + area + foot;
  const xs = columnCentres(model, width, style, lossBelow);
  const bottom = height - style.tag - 20;
  const columns = model.columns.map((column, i) => ({
    x: xs[i].x,
    width: xs[i].width,
    nodes: column.rows.map((_, row) => ({ x: xs[i].x, y: HEADER + ((row + 0.5) * area) / column.rows.length - style.tag / 2 })),
    bias: { x: Math.max(BIAS / 2 + 1, xs[i].x), y: bottom },
  }));
  if (lossBelow) columns[columns.length - 1].nodes = [{ x: xs[columns.length - 1].x, y: bottom }];
  return { style, height, columns, lossBelow };
}

/** The loss stands right of the outputs, or below them where the drawing is narrow.
 * @param {NetworkModel} model @param {number} width @param {Style} style @param {boolean} lossBelow */
function columnCentres(model, width, style, lossBelow) {
  const across = lossBelow ? model.columns.slice(0, -1) : model.columns;
  const gaps = model.gaps.slice(0, across.length - 1);
  const widths = across.map((column) => columnWidth(column, style));
  const toLoss = gaps.filter((gap) => gap.weight === null).length * LOSS_GAP;
  const weighted = gaps.filter((gap) => gap.weight !== null).length;
  const free = width - 2 * MARGIN - (lossBelow ? RAIL : 0) - sum(widths) - toLoss;
  let left = MARGIN;
  const centres = widths.map((w, i) => {
    const centre = { x: left + w / 2, width: w };
    left += w + (gaps[i]?.weight === null ? LOSS_GAP : free / weighted);
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
  const side = double && style.kind === "side";
  const box = { width: side ? width / 2 - BETWEEN / 2 : width, height: style.node };
  if (!double || style.kind === "dense") return [{ x, y, ...box }];
  const across = width / 4 + BETWEEN / 4;
  if (side) return [{ x: x - across, y, ...box }, { x: x + across, y, ...box }];
  const half = (style.node + style.tag + BETWEEN) / 2;
  return [{ x, y: y - half, ...box }, { x, y: y + half, ...box }];
}

/** Ends of edges fan out a little, so that arrowheads stay apart.
 * @param {number} i @param {number} n @param {number} height */
export function fan(i, n, height) {
  const step = Math.min(7, (height - 8) / Math.max(1, n - 1));
  return (i - (n - 1) / 2) * step;
}
