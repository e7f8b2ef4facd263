// Which tensors kernel regression is drawn from, where each point stands, and the curve of its prediction. No DOM.
import { forwardTo } from "./forward.js";
import { optionalStep, stepNamed } from "./missing.js";
import { padded } from "./scale.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {{data: Float64Array}[]} Values */
/** @typedef {{points: number, values: number, query: number, weights: number, prediction: number, width: number | null, loss: number | null}} Ids */
/** @typedef {[number, number]} Range */

const SAMPLES = 201;

/** @param {Trace} trace @param {any} view @returns {Ids} */
export function idsOf(trace, view) {
  return {
    points: stepNamed(trace, view.points), values: stepNamed(trace, view.values), query: stepNamed(trace, view.query), weights: stepNamed(trace, view.weights),
    prediction: stepNamed(trace, view.prediction), width: optionalStep(trace, view.width), loss: optionalStep(trace, view.loss),
  };
}

/** @param {any} view @param {Trace} trace @returns {string | null} */
export function regressionFault(view, trace) {
  const find = (/** @type {any} */ name) => trace.steps[trace.byName.get(name) ?? -1];
  const { range } = view;
  if (range !== undefined && range !== null && !(Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] < range[1])) return `view.range is ${JSON.stringify(range)}, not two numbers, the smaller first.`;
  const n = find(view.points)?.size ?? 0;
  if (find(view.points) && n === 0) return `view.points is ${JSON.stringify(view.points)}, which holds no points.`;
  for (const field of ["values", "weights"]) if (n && find(view[field]) && find(view[field]).size !== n) return `view.${field} is ${JSON.stringify(view[field])} with ${find(view[field]).size} numbers, but there are ${n} points.`;
  for (const field of ["query", "prediction", "width", "loss"]) if (find(view[field]) && find(view[field]).size !== 1) return `view.${field} is ${JSON.stringify(view[field])} with ${find(view[field]).size} numbers, not 1.`;
  const query = find(view.query);
  return query && query.op !== "input" ? `view.query is ${JSON.stringify(view.query)}, which is no input.` : null;
}

/** Where queries may lie. @param {any} view @param {ArrayLike<number>} points @returns {Range} */
export function rangeOf(view, points) {
  if (view.range) return view.range;
  const finite = Array.from(points).filter(Number.isFinite);
  return finite.length ? padded([Math.min(...finite), Math.max(...finite)]) : [0, 1];
}

/** The prediction for every query in a range. @param {Trace} trace @param {Ids} ids @param {Range} range */
export function sweep(trace, ids, [low, high]) {
  const own = forwardTo(trace, [ids.prediction]);
  const others = own.inputs.filter((id) => id !== ids.query);
  const xs = Array.from({ length: SAMPLES }, (_, i) => low + ((high - low) * i) / (SAMPLES - 1));
  /** @type {Float64Array[]} */
  let known = [];
  let ys = new Float64Array(SAMPLES);

  /** Anew where anything but the query has changed. @param {Values} values @returns {boolean} whether it has */
  function update(values) {
    if (known.length > 0 && others.every((id, i) => values[id].data.every((value, k) => Object.is(value, known[i][k])))) return false;
    known = others.map((id) => values[id].data.slice());
    own.copy(values);
    ys = Float64Array.from(xs, (x) => {
      own.values[ids.query].data[0] = x;
      own.run();
      return own.values[ids.prediction].data[0];
    });
    return true;
  }

  return { xs, update, ys: () => ys };
}

/** @param {ArrayLike<number>} values */
export function mean(values) {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** How many points count: 1 if one has all the weight, n if all have the same (the exponential of the entropy).
 * @param {ArrayLike<number>} weights */
export function effective(weights) {
  return Math.exp(-Array.from(weights).reduce((sum, a) => sum + (a > 0 ? a * Math.log(a) : a), 0));
}
