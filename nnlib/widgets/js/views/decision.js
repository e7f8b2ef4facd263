// What a network says about a plane (or a line) of inputs: batches of grid points are replayed forward on values of its own,
// a few milliseconds at a time, so that the page stays smooth while it trains.
import { Replay } from "../engine/replay.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {{width: number, height: number, classes: number, data: Float64Array}} Field `classes` numbers for every point, row by row */

const BUDGET = 5;

/** @param {Trace} trace @param {number} input @param {number} output @param {number[][]} points one row of inputs per point */
export function evaluator(trace, input, output, points) {
  const own = new Replay(trace);
  const learned = trace.steps.filter((step) => step.op === "input" && step.id !== input).map((step) => step.id);
  const { shape } = trace.steps[input];
  const batch = shape[0];
  const classes = trace.steps[output].size / batch;
  const work = new Float64Array(points.length * classes);
  let next = points.length;

  /** Starts a new pass with the present weights. @param {{data: Float64Array}[]} values */
  function start(values) {
    for (const id of learned) own.values[id].data.set(values[id].data);
    next = 0;
  }

  /** Works for a few milliseconds, or to the end. @param {boolean} whole @returns {boolean} finished */
  function proceed(whole) {
    const until = performance.now() + BUDGET;
    while (next < points.length && (whole || performance.now() < until)) evaluate();
    return next >= points.length;
  }

  function evaluate() {
    const data = own.values[input].data;
    const width = points[0].length;
    const count = Math.min(batch, points.length - next);
    for (let i = 0; i < count; i += 1) for (let k = 0; k < width; k += 1) data[i * width + k] = points[next + i][k];
    own.run("forward");
    work.set(own.values[output].data.subarray(0, count * classes), next * classes);
    next += count;
  }

  return { start, proceed, result: work, classes, idle: () => next >= points.length };
}

/** Line pieces along which a field of numbers equals `level`, in grid units (marching squares).
 * @param {Float64Array} field @param {number} columns @param {number} rows @param {number} level @returns {number[][]} */
export function contour(field, columns, rows, level) {
  /** @type {number[][]} */
  const pieces = [];
  for (let r = 0; r + 1 < rows; r += 1) {
    for (let c = 0; c + 1 < columns; c += 1) {
      const i = r * columns + c;
      const corners = [field[i], field[i + 1], field[i + columns + 1], field[i + columns]];
      pieces.push(...cut(corners, level).map(([x0, y0, x1, y1]) => [c + x0, r + y0, c + x1, r + y1]));
    }
  }
  return pieces;
}

const SIDES = [[0, 0, 1, 0], [1, 0, 1, 1], [1, 1, 0, 1], [0, 1, 0, 0]];

/** Crossings on the four sides of one cell, joined in pairs. @param {number[]} corners clockwise @param {number} level */
function cut(corners, level) {
  const hits = SIDES.flatMap(([x0, y0, x1, y1], side) => {
    const [a, b] = [corners[side], corners[(side + 1) % 4]];
    if (!Number.isFinite(a) || !Number.isFinite(b) || a > level === b > level) return [];
    const t = (level - a) / (b - a);
    return [[x0 + t * (x1 - x0), y0 + t * (y1 - y0)]];
  });
  const pairs = [];
  for (let i = 0; i + 1 < hits.length; i += 2) pairs.push([...hits[i], ...hits[i + 1]]);
  return pairs;
}

/** For each point the lead of class `k` over the best other class: zero on its boundary.
 * @param {Float64Array} field @param {number} classes @param {number} k */
export function lead(field, classes, k) {
  const points = field.length / classes;
  return Float64Array.from({ length: points }, (_, i) => {
    let other = -Infinity;
    for (let j = 0; j < classes; j += 1) if (j !== k) other = Math.max(other, field[i * classes + j]);
    return field[i * classes + k] - other;
  });
}
