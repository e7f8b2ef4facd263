// What the network view draws, read from the trace: columns of nodes, gaps of edges, and the part that each step plays.

import { optionalStep, stepNamed } from "./missing.js";

const SHAPE_OPS = new Set(["reshape", "transpose", "broadcast_to"]);
const MOST_NODES = 10;
const KEPT_AT_EACH_END = 4;

/**
 * @typedef {object} Column
 * @property {"inputs" | "layer" | "loss"} kind
 * @property {number} step
 * @property {number | null} pre step of the pre-activation
 * @property {number} size nodes in the layer
 * @property {(number | null)[]} rows drawn nodes; null is the ellipsis
 * @property {string} title
 * @property {boolean} felt whether it has a gradient
 *
 * @typedef {object} Gap edges from one column to the next
 * @property {number} from index of the left column
 * @property {number | null} weight step of the weights; null between outputs and loss
 * @property {boolean} turned the weights are stored (out, in)
 * @property {number | null} bias
 * @property {boolean} shared one bias number for all nodes
 *
 * @typedef {{gap: number, weights: boolean, bias: boolean, loss: boolean}} Role
 * @typedef {{columns: Column[], gaps: Gap[], roles: Map<number, Role>, target: number | null}} NetworkModel
 */

/** @param {any} trace @param {any} view @returns {NetworkModel} */
export function readNetwork(trace, view) {
  const columns = view.layers.map((/** @type {any} */ layer, /** @type {number} */ i) => layerColumn(trace, layer, i));
  const gaps = columns.slice(1).map((/** @type {Column} */ _, /** @type {number} */ i) => weightGap(trace, view, columns, i));
  const loss = optionalStep(trace, view.loss);
  if (loss !== null) {
    columns.push(column(trace, "loss", loss, null, 1, "loss"));
    gaps.push({ from: columns.length - 2, weight: null, turned: false, bias: null, shared: false });
  }
  return { columns, gaps, roles: readRoles(trace, columns, gaps), target: optionalStep(trace, view.target) };
}

/** @param {any} trace @param {any} layer @param {number} i @returns {Column} */
function layerColumn(trace, layer, i) {
  const step = stepNamed(trace, layer.nodes);
  const { shape, scope } = trace.steps[step];
  const title = layer.title ?? (i === 0 ? "inputs" : scope?.at(-1) ?? layer.nodes);
  return column(trace, i === 0 ? "inputs" : "layer", step, optionalStep(trace, layer.pre), shape.at(-1) ?? 1, title);
}

/** @param {any} trace @param {Column["kind"]} kind @param {number} step @param {number | null} pre @param {number} size @param {string} title
 * @returns {Column} */
function column(trace, kind, step, pre, size, title) {
  return { kind, step, pre, size, rows: drawnRows(size), title, felt: trace.steps[step].gradient !== null };
}

/** @param {number} size @returns {(number | null)[]} */
function drawnRows(size) {
  const all = Array.from({ length: size }, (_, i) => i);
  if (size <= MOST_NODES) return all;
  return [...all.slice(0, KEPT_AT_EACH_END), null, ...all.slice(-KEPT_AT_EACH_END)];
}

/** @param {any} trace @param {any} view @param {Column[]} columns @param {number} i @returns {Gap} */
function weightGap(trace, view, columns, i) {
  const weight = stepNamed(trace, view.weights[i]);
  const bias = optionalStep(trace, view.biases?.[i]);
  const rows = trace.steps[weight].shape[0];
  const shared = bias !== null && columns[i + 1].size > 1 && size(trace.steps[bias].shape) === 1;
  return { from: i, weight, turned: rows !== columns[i].size, bias, shared };
}

/** @param {number[]} shape */
export function size(shape) {
  return shape.reduce((product, n) => product * n, 1);
}

/** The flat position of the weight between two nodes.
 * @param {NetworkModel} model @param {Gap} gap @param {number} source @param {number} target */
export function weightOffset(model, gap, source, target) {
  const [into, out] = [model.columns[gap.from].size, model.columns[gap.from + 1].size];
  return gap.turned ? target * into + source : source * out + target;
}

/** Which part of the drawing each forward step belongs to.
 * @param {any} trace @param {Column[]} columns @param {Gap[]} gaps @returns {Map<number, Role>} */
function readRoles(trace, columns, gaps) {
  /** @type {Map<number, Role>} */
  const roles = new Map();
  gaps.forEach((gap, i) => {
    const next = columns[gap.from + 1];
    for (const id of between(trace, next.step, new Set([columns[gap.from].step]))) {
      roles.set(id, {
        gap: i,
        weights: gap.weight !== null && feeds(trace, gap.weight, id),
        bias: gap.bias !== null && feeds(trace, gap.bias, id),
        loss: next.kind === "loss",
      });
    }
  });
  return roles;
}

/** Steps from `end` back to the steps in `border`. @param {any} trace @param {number} end @param {Set<number>} border */
function between(trace, end, border) {
  const found = new Set();
  const waiting = [end];
  while (waiting.length > 0) {
    const id = /** @type {number} */ (waiting.pop());
    const { op, inputs } = trace.steps[id];
    if (found.has(id) || border.has(id) || op === "input" || op === "constant") continue;
    found.add(id);
    waiting.push(...inputs);
  }
  return found;
}

/** Does `source` enter this step itself, perhaps reshaped on the way? @param {any} trace @param {number} source @param {number} id
 * @returns {boolean} */
function feeds(trace, source, id) {
  return trace.steps[id].inputs.some((/** @type {number} */ input) =>
    input === source || (SHAPE_OPS.has(trace.steps[input].op) && feeds(trace, source, input)));
}
