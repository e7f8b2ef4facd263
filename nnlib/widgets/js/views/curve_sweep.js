// A curve over a range of one input: the whole trace is replayed at every point, on values of the view's own.
import { Replay } from "../engine/replay.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {{x: number[], y: number[][]}} Sweep y holds one list per curve; a NaN is a gap */

const POINTS = 161;
const FINEST = 1 / 4096;

/** @param {Trace} trace @param {Place} input @param {Place[]} curves @param {[number, number]} range */
export function sweeper(trace, input, curves, range) {
  const own = new Replay(trace);
  const inputs = trace.steps.filter((step) => step.op === "input").map((step) => step.id);
  /** @type {Float64Array[]} */
  let known = [];

  /** Did any input but the swept element change? @param {{data: Float64Array}[]} values */
  function changed(values) {
    return inputs.some((id, i) => !known[i] || values[id].data.some((value, k) => value !== known[i][k] && !(id === input.step && k === input.offset)));
  }

  /** @param {number} x @returns {number[]} */
  function at(x) {
    own.values[input.step].data[input.offset] = x;
    own.run("backward");
    return curves.map(({ step, offset }) => own.values[step].data[offset]);
  }

  /** @param {{data: Float64Array}[]} values @returns {Sweep} */
  function sweep(values) {
    known = inputs.map((id) => values[id].data.slice());
    inputs.forEach((id, i) => own.values[id].data.set(known[i]));
    const xs = Array.from({ length: POINTS }, (_, i) => cleaned(range[0] + ((range[1] - range[0]) * i) / (POINTS - 1)));
    return withGaps(xs, xs.map(at), at);
  }

  return { changed, sweep };
}

/** -0.30000000000000004 is -0.3. @param {number} x */
function cleaned(x) {
  return Number(x.toPrecision(12)) + 0;
}

/** Where a curve jumps, neighbours are not joined: a NaN stands between them.
 * @param {number[]} xs @param {number[][]} rows @param {(x: number) => number[]} at @returns {Sweep} */
function withGaps(xs, rows, at) {
  const x = [xs[0]];
  const y = rows[0].map((value) => [finite(value)]);
  const spans = rows[0].map((_, k) => spanOf(rows.map((row) => row[k])));
  for (let i = 1; i < xs.length; i += 1) {
    const jumps = spans.map((span, k) => Math.abs(rows[i][k] - rows[i - 1][k]) > 0.2 * span && isJump(at, k, xs[i - 1], xs[i], rows[i - 1][k], rows[i][k]));
    if (jumps.some(Boolean)) {
      x.push((xs[i] + xs[i - 1]) / 2);
      jumps.forEach((jump, k) => y[k].push(jump ? NaN : (rows[i][k] + rows[i - 1][k]) / 2));
    }
    x.push(xs[i]);
    rows[i].forEach((value, k) => y[k].push(finite(value)));
  }
  return { x, y };
}

/** Halves the interval: at a jump the whole difference stays in one half, however small.
 * @param {(x: number) => number[]} at @param {number} k @param {number} a @param {number} b @param {number} ya @param {number} yb */
function isJump(at, k, a, b, ya, yb) {
  const whole = Math.abs(yb - ya);
  for (let width = 1; width > FINEST; width /= 2) {
    const middle = (a + b) / 2;
    const ym = at(middle)[k];
    if (Math.abs(ym - ya) >= Math.abs(yb - ym)) [b, yb] = [middle, ym];
    else [a, ya] = [middle, ym];
  }
  return Math.abs(yb - ya) > 0.5 * whole;
}

/** @param {number[]} values */
function spanOf(values) {
  const real = values.filter(Number.isFinite);
  return real.length === 0 ? Infinity : Math.max(...real) - Math.min(...real) || Infinity;
}

/** @param {number} value */
function finite(value) {
  return Number.isFinite(value) ? value : NaN;
}

/** Is the second curve the slope of the first? Judged by differences along the sweep, kinks apart.
 * @param {Sweep} sweep @param {number} f @param {number} d */
export function isSlope({ x, y }, f, d) {
  const span = spanOf(y[d]);
  let [asked, agreed] = [0, 0];
  for (let i = 1; i + 1 < x.length; i += 1) {
    const slope = (y[f][i + 1] - y[f][i - 1]) / (x[i + 1] - x[i - 1]);
    if (!Number.isFinite(slope) || !Number.isFinite(y[d][i])) continue;
    asked += 1;
    if (Math.abs(slope - y[d][i]) <= 0.02 * (Number.isFinite(span) ? span : 1) + 0.05 * Math.abs(slope)) agreed += 1;
  }
  return asked > 0 && agreed >= 0.85 * asked;
}
