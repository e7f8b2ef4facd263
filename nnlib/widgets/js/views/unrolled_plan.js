// What an unrolled network is made of: states in rows and columns, and the ways on which their gradients arrive. No DOM.
import { stepNamed } from "./missing.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** "h" and "c" of one time feed each other; "above" is the layer above. @typedef {"loss" | "future" | "h" | "c" | "above"} From */
/** One term of a gradient; `step` holds it. @typedef {{step: number, from: From}} Arrival */
/** A state at one time; `cut` if it is not computed from the one before it.
 * @typedef {{step: number, gradient: number | null, arrivals: Arrival[], cut: boolean}} Node */
/** A layer; an LSTM has `c`. @typedef {{h: Node[], c: Node[] | null}} Row */
/** shares[t]: the steps that add up to what time t gives to the gradient; `at` is the arrow that it stands at.
 * @typedef {{step: number, gradient: number | null, shares: number[][], at: "in" | "loop" | "out" | null}} Weight */
/** @typedef {{time: number, row: number, kind: "h" | "c" | "x" | "y" | "L"}} Mark */
/**
 * @typedef {object} Plan
 * @property {number} T
 * @property {number} H units of a state
 * @property {Row[]} rows the lowest layer first
 * @property {(number | null)[]} inputs
 * @property {(number | null)[]} outputs
 * @property {(number | null)[]} losses
 * @property {number[]} first
 * @property {Weight[]} weights
 * @property {number[][]} near for each step the states, outputs and losses that it leads to
 * @property {(number | null)[]} timeOf the time that each step of the trace belongs to, from 0
 */

/** @param {Trace} trace @param {any} view @returns {Plan} */
export function planOf(trace, view) {
  const ids = (/** @type {(string | null)[] | undefined} */ names) => (names ?? []).map((name) => (name === null ? null : stepNamed(trace, name)));
  const known = (/** @type {string[] | undefined} */ names) => /** @type {number[]} */ (ids(names));
  const states = inRows(known(view.states), view.layers);
  const cells = view.cells ? inRows(known(view.cells), view.layers) : null;
  const [inputs, outputs, losses] = [view.inputs, view.outputs, view.losses].map(ids);
  const marks = marksOf({ states, cells, inputs, outputs, losses });
  const near = nearestMarks(trace, marks);
  const rows = states.map((row, r) => ({ h: nodesOf(trace, row, marks, near), c: cells && nodesOf(trace, cells[r], marks, near) }));
  markCuts(trace, rows, marks, near);
  const T = states[0].length;
  return {
    T, H: trace.steps[states[0][0]].shape.at(-1) ?? 1, rows, inputs, outputs, losses, first: known(view.first), near, timeOf: timesOf(trace, marks, near),
    weights: known(view.weights).map((step) => weightOf(trace, step, T, marks, near)),
  };
}

/** @param {number[]} list @param {number} count */
function inRows(list, count) {
  const length = list.length / count;
  return Array.from({ length: count }, (_, r) => list.slice(r * length, (r + 1) * length));
}

/** @param {{states: number[][], cells: number[][] | null, inputs: (number | null)[], outputs: (number | null)[], losses: (number | null)[]}} lists */
function marksOf({ states, cells, inputs, outputs, losses }) {
  const marks = /** @type {Map<number, Mark>} */ (new Map());
  const put = (/** @type {Mark["kind"]} */ kind, /** @type {number} */ row) => (/** @type {number | null} */ step, /** @type {number} */ time) => {
    if (step !== null) marks.set(step, { time, row, kind });
  };
  inputs.forEach(put("x", 0));
  outputs.forEach(put("y", 0));
  losses.forEach(put("L", 0));
  states.forEach((row, r) => row.forEach(put("h", r)));
  cells?.forEach((row, r) => row.forEach(put("c", r)));
  return marks;
}

/** For each step the states, outputs and losses that are computed from it before any other of them is.
 * @param {Trace} trace @param {Map<number, Mark>} marks @returns {number[][]} */
function nearestMarks({ steps, consumers }, marks) {
  const near = /** @type {number[][]} */ (steps.map(() => []));
  for (let id = steps.length - 1; id >= 0; id -= 1) {
    if (steps[id].phase === "forward") near[id] = marks.has(id) ? [id] : beyond(consumers[id], near);
  }
  return near;
}

/** @param {number[]} consumers @param {number[][]} near */
function beyond(consumers, near) {
  return consumers.length === 1 ? near[consumers[0]] : [...new Set(consumers.flatMap((id) => near[id]))];
}

/** @param {Trace} trace @param {number[]} row @param {Map<number, Mark>} marks @param {number[][]} near @returns {Node[]} */
function nodesOf(trace, row, marks, near) {
  return row.map((step) => ({
    step, gradient: trace.steps[step].gradient, cut: false,
    arrivals: termsOf(trace, step).map(({ term, consumer }) => ({ step: term, from: fromOf(/** @type {Mark} */ (marks.get(step)), near[consumer].map((id) => /** @type {Mark} */ (marks.get(id)))) })),
  }));
}

/** What adds up to the gradient of a step, each with the step that it comes through.
 * @param {Trace} trace @param {number} step @returns {{term: number, consumer: number}[]} */
function termsOf({ steps, consumers }, step) {
  return consumers[step].flatMap((consumer) => steps[consumer].inputs.flatMap((input, k) => {
    const term = input === step ? steps[consumer].contributions[k] ?? null : null;
    return term === null ? [] : [{ term, consumer }];
  }));
}

/** @param {Mark} own @param {Mark[]} reached @returns {From} */
function fromOf(own, reached) {
  const states = reached.filter(({ kind }) => kind === "h" || kind === "c");
  if (states.some(({ time }) => time > own.time)) return "future";
  if (states.length === 0) return "loss";
  return states[0].row > own.row ? "above" : /** @type {From} */ (states[0].kind);
}

/** @param {Trace} trace @param {Row[]} rows @param {Map<number, Mark>} marks @param {number[][]} near */
function markCuts({ consumers }, rows, marks, near) {
  for (const { h, c } of rows) {
    h.forEach((node, t) => {
      if (t === 0) return;
      const before = [h[t - 1], ...(c ? [c[t - 1]] : [])];
      const fed = before.flatMap(({ step }) => beyond(consumers[step], near)).some((id) => marks.get(id)?.time === t);
      node.cut = !fed;
      if (c) c[t].cut = !fed;
    });
  }
}

/** @param {Trace} trace @param {Map<number, Mark>} marks @param {number[][]} near */
function timesOf({ steps }, marks, near) {
  const times = /** @type {(number | null)[]} */ (steps.map(() => null));
  for (const { id, phase, op, of } of steps) {
    if (phase === "backward") times[id] = of === null ? null : times[of];
    else if (op !== "input" && op !== "constant") times[id] = earliest(near[id], marks);
  }
  return times;
}

/** @param {number[]} ids @param {Map<number, Mark>} marks */
function earliest(ids, marks) {
  return ids.length === 0 ? null : Math.min(...ids.map((id) => /** @type {Mark} */ (marks.get(id)).time));
}

/** @param {Trace} trace @param {number} step @param {number} T @param {Map<number, Mark>} marks @param {number[][]} near @returns {Weight} */
function weightOf(trace, step, T, marks, near) {
  const shares = /** @type {number[][]} */ (Array.from({ length: T }, () => []));
  for (const { term, consumer } of termsOf(trace, step)) {
    const time = earliest(near[consumer], marks);
    if (time !== null) shares[time].push(term);
  }
  return { step, gradient: trace.steps[step].gradient, shares, at: arrowOf(trace, step, marks, near) };
}

/** The arrow that a weight stands at, by what it is multiplied with on the way to a state or an output.
 * @param {Trace} trace @param {number} step @param {Map<number, Mark>} marks @param {number[][]} near @returns {Weight["at"]} */
function arrowOf({ steps, consumers }, step, marks, near) {
  const ahead = (/** @type {number} */ id) => consumers[id].filter((consumer) => steps[consumer].phase === "forward");
  for (let id = ahead(step).at(-1); id !== undefined; id = ahead(id)[0]) {
    const factor = steps[id].op === "matmul" || steps[id].op === "mul" ? steps[id].inputs.map((input) => marks.get(input)).find((mark) => mark) : undefined;
    const kinds = near[id].map((mark) => /** @type {Mark} */ (marks.get(mark)).kind);
    if (factor) return factor.kind === "x" ? "in" : kinds.every((kind) => kind === "y" || kind === "L") ? "out" : "loop";
    if (marks.has(id)) return null;
  }
  return null;
}

/** What the steps of a stop lead to, or are themselves. @param {Plan} plan @param {Set<number>} active */
export function toldBy({ near }, active) {
  return new Set([...active].flatMap((id) => (near[id].length ? near[id] : [id])));
}

/** What a gradient gets from one side: the steps that hold it. @param {Node} node @param {From} side */
export const arriving = (node, side) => node.arrivals.filter(({ from }) => from === side).map(({ step }) => step);

/** How large each gradient is, by its first row: the root of the sum of its squares, which may overflow only if the root does.
 * @param {ArrayLike<number>} data @param {number} count */
export function sizeOf(data, count) {
  const row = Array.from({ length: count }, (_, i) => Math.abs(data[i]));
  const largest = Math.max(...row);
  if (!(largest > 0) || largest === Infinity) return row.some(Number.isNaN) ? NaN : largest;
  return largest * Math.sqrt(row.reduce((sum, v) => sum + (v / largest) ** 2, 0));
}
