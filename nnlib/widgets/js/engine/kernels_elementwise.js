/** Arithmetic and functions of one variable, element by element. Forward only. */
import { pairShape, pairwise } from "./broadcast.js";
import { erf, larger, power, sigmoid } from "./special.js";

/** @typedef {import("./array.js").NDArray} NDArray */
/** @typedef {import("./broadcast.js").Row} Row */
/** @typedef {import("./kernels.js").Op} Op */

/** @param {Row} row @returns {Op} */
const pair = (row) => ({
  inputs: [2, 2],
  params: {},
  shape: pairShape,
  kernel: ([x, y], params, out) => pairwise(row, x, y, out),
});

/**
 * @param {(out: Float64Array, x: Float64Array, params: any) => void} loop
 * @param {Record<string, string>} [params]
 * @returns {Op}
 */
const single = (loop, params = {}) => ({
  inputs: [1, 1],
  params,
  shape: ([x]) => x,
  kernel: ([x], given, out) => loop(out.data, x.data, given),
});

/** Each op has its own loop on purpose: a shared one that calls a function per element is slower. @type {Record<string, Op>} */
export const ELEMENTWISE = {
  add: pair((out, o, n, x, i, sx, y, j, sy) => {
    for (let k = 0; k < n; k++) out[o + k] = x[i + k * sx] + y[j + k * sy];
  }),
  sub: pair((out, o, n, x, i, sx, y, j, sy) => {
    for (let k = 0; k < n; k++) out[o + k] = x[i + k * sx] - y[j + k * sy];
  }),
  mul: pair((out, o, n, x, i, sx, y, j, sy) => {
    for (let k = 0; k < n; k++) out[o + k] = x[i + k * sx] * y[j + k * sy];
  }),
  div: pair((out, o, n, x, i, sx, y, j, sy) => {
    for (let k = 0; k < n; k++) out[o + k] = x[i + k * sx] / y[j + k * sy];
  }),
  maximum: pair((out, o, n, x, i, sx, y, j, sy) => {
    for (let k = 0; k < n; k++) out[o + k] = larger(x[i + k * sx], y[j + k * sy]);
  }),
  greater: pair((out, o, n, x, i, sx, y, j, sy) => {
    for (let k = 0; k < n; k++) out[o + k] = x[i + k * sx] > y[j + k * sy] ? 1 : 0;
  }),
  neg: single((out, x) => {
    for (let k = 0; k < out.length; k++) out[k] = -x[k];
  }),
  exp: single((out, x) => {
    for (let k = 0; k < out.length; k++) out[k] = Math.exp(x[k]);
  }),
  log: single((out, x) => {
    for (let k = 0; k < out.length; k++) out[k] = Math.log(x[k]);
  }),
  log1p: single((out, x) => {
    for (let k = 0; k < out.length; k++) out[k] = Math.log1p(x[k]);
  }),
  tanh: single((out, x) => {
    for (let k = 0; k < out.length; k++) out[k] = Math.tanh(x[k]);
  }),
  sigmoid: single((out, x) => {
    for (let k = 0; k < out.length; k++) out[k] = sigmoid(x[k]);
  }),
  erf: single((out, x) => {
    for (let k = 0; k < out.length; k++) out[k] = erf(x[k]);
  }),
  power: single(
    (out, x, { exponent }) => {
      for (let k = 0; k < out.length; k++) out[k] = power(x[k], exponent);
    },
    { exponent: "number" },
  ),
};
