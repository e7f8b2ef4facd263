/** Reductions and the ops that work along one axis. Forward only. */
import { refuse } from "./errors.js";
import { shapeText, sizeOf } from "./array.js";
import { scatter } from "./strided.js";
import { larger } from "./special.js";

/** @typedef {import("./array.js").NDArray} NDArray */
/** @typedef {import("./kernels.js").Op} Op */

/**
 * The lanes along an axis: `outer` times `inner` of them, each of `n` elements that lie `inner` apart.
 * @param {number[]} shape
 * @param {number} axis
 */
export function lanes(shape, axis) {
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

/**
 * @param {number[]} shape
 * @param {number[]} axes
 * @param {boolean} keepdims
 */
function reduced(shape, axes, keepdims) {
  if (keepdims) return shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return shape.filter((n, axis) => !axes.includes(axis));
}

/**
 * @param {number[]} shape
 * @param {number} axis
 */
function needElements(shape, axis) {
  if (shape[axis] === 0) refuse(`axis ${axis} of shape ${shapeText(shape)} has no elements to choose from`);
}

/**
 * Strides of the sum within its input's shape: 0 along the axes that are summed.
 * @param {number[]} shape
 * @param {number[]} axes
 */
export function sumStrides(shape, axes) {
  const strides = new Array(shape.length).fill(0);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.includes(axis)) continue;
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/**
 * An op that works on one lane at a time; `write` gets the lane's first position and its step in x, and the
 * number of the lane.
 * @param {(out: Float64Array, x: Float64Array, start: number, step: number, n: number, lane: number) => void} write
 * @returns {Op["kernel"]}
 */
const perLane = (write) => ([x], { axis }, out) => {
  const { outer, n, inner } = lanes(x.shape, axis);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) write(out.data, x.data, o * n * inner + i, inner, n, o * inner + i);
  }
};

/** @type {Op["shape"]} */
function reduceOne([x], { axis, keepdims }) {
  needElements(x, axis);
  return reduced(x, [axis], keepdims);
}

/** @type {Op["shape"]} */
function sameAlong([x], { axis }) {
  needElements(x, axis);
  return x;
}

/**
 * @param {Float64Array} x
 * @param {number} start
 * @param {number} step
 * @param {number} n
 */
function maxOfLane(x, start, step, n) {
  let best = x[start];
  for (let k = 1; k < n; k++) best = larger(best, x[start + k * step]);
  return best;
}

/**
 * Position in the lane of its first maximum; a NaN counts as the maximum, as in numpy.argmax.
 * @param {ArrayLike<number>} x
 * @param {number} start
 * @param {number} step
 * @param {number} n
 */
export function argmaxOfLane(x, start, step, n) {
  let best = 0;
  for (let k = 0; k < n; k++) {
    const value = x[start + k * step];
    if (value !== value) return k;
    if (value > x[start + best * step]) best = k;
  }
  return best;
}

/** @type {Record<string, Op>} */
export const REDUCTIONS = {
  sum: {
    inputs: [1, 1],
    params: { axes: "axes", keepdims: "flag" },
    shape: ([x], { axes, keepdims }) => reduced(x, axes, keepdims),
    kernel: ([x], { axes }, out) => scatter(out.data, x.data, x.shape, sumStrides(x.shape, axes)),
  },
  max: {
    inputs: [1, 1],
    params: { axis: "axis", keepdims: "flag" },
    shape: reduceOne,
    kernel: perLane((out, x, start, step, n, lane) => {
      out[lane] = maxOfLane(x, start, step, n);
    }),
  },
  first_max: {
    inputs: [1, 1],
    params: { axis: "axis" },
    shape: sameAlong,
    kernel: perLane((out, x, start, step, n) => {
      for (let k = 0; k < n; k++) out[start + k * step] = 0;
      out[start + argmaxOfLane(x, start, step, n) * step] = 1;
    }),
  },
  softmax: {
    inputs: [1, 1],
    params: { axis: "axis" },
    shape: sameAlong,
    kernel: perLane((out, x, start, step, n) => {
      // Shifting by the maximum changes nothing on paper and keeps exp below 1.
      const top = maxOfLane(x, start, step, n);
      let total = 0;
      for (let k = 0; k < n; k++) total += out[start + k * step] = Math.exp(x[start + k * step] - top);
      for (let k = 0; k < n; k++) out[start + k * step] /= total;
    }),
  },
  logsumexp: {
    inputs: [1, 1],
    params: { axis: "axis", keepdims: "flag" },
    shape: reduceOne,
    kernel: perLane((out, x, start, step, n, lane) => {
      // An infinite maximum cannot be subtracted: inf - inf would make a NaN of an honest infinity.
      const top = maxOfLane(x, start, step, n);
      const shift = Number.isFinite(top) ? top : 0;
      let total = 0;
      for (let k = 0; k < n; k++) total += Math.exp(x[start + k * step] - shift);
      out[lane] = Math.log(total) + shift;
    }),
  },
};
