/** Matrix products, gather and scatter along axis 0, and patches of images. Forward only. */
import { refuse } from "./errors.js";
import { sameShape, shapeText, stridesOf } from "./array.js";
import { broadcastOffset, broadcastShapes } from "./broadcast.js";
import { gather, scatter } from "./strided.js";

/** @typedef {import("./array.js").NDArray} NDArray */
/** @typedef {import("./kernels.js").Op} Op */

/** @type {Op["shape"]} */
function product([x, W]) {
  if (x.length < 2 || W.length < 2) refuse(`shapes ${shapeText(x)} and ${shapeText(W)} need rows and columns`);
  const k = x[x.length - 1];
  if (k !== W[W.length - 2]) refuse(`x ${shapeText(x)} has ${k} columns but W ${shapeText(W)} has ${W[W.length - 2]} rows`);
  return [...broadcastShapes(x.slice(0, -2), W.slice(0, -2)), x[x.length - 2], W[W.length - 1]];
}

/** @type {Op["kernel"]} */
function matmul([x, W], params, out) {
  const rank = out.shape.length;
  const m = out.shape[rank - 2];
  const n = out.shape[rank - 1];
  const depth = x.shape[x.shape.length - 1];
  if (out.size === 0) return;
  out.data.fill(0);
  if (x.size === m * depth && W.size === depth * n) return addProduct(out.data, 0, x.data, 0, W.data, 0, m, depth, n);
  const batch = out.shape.slice(0, -2);
  const xBatch = x.shape.slice(0, -2);
  const WBatch = W.shape.slice(0, -2);
  for (let b = 0; b < out.size / (m * n); b++) {
    const i = broadcastOffset(batch, xBatch, b) * m * depth;
    const j = broadcastOffset(batch, WBatch, b) * depth * n;
    addProduct(out.data, b * m * n, x.data, i, W.data, j, m, depth, n);
  }
}

/**
 * out += x W for one pair of matrices; the order i, k, j walks all three along their rows.
 * @param {Float64Array} out
 * @param {number} o
 * @param {Float64Array} x
 * @param {number} xo
 * @param {Float64Array} W
 * @param {number} Wo
 * @param {number} m
 * @param {number} depth
 * @param {number} n
 */
function addProduct(out, o, x, xo, W, Wo, m, depth, n) {
  for (let i = 0; i < m; i++) {
    const row = o + i * n;
    for (let k = 0; k < depth; k++) {
      const factor = x[xo + i * depth + k];
      const from = Wo + k * n;
      for (let j = 0; j < n; j++) out[row + j] += factor * W[from + j];
    }
  }
}

/**
 * An index as the kernels and the microscope read it.
 * @param {number} index
 * @param {number} length
 * @returns {number} the row, or -1 if there is no such row
 */
export function rowOf(index, length) {
  return Number.isInteger(index) && index >= 0 && index < length ? index : -1;
}

/** @type {Op["kernel"]} */
function take([x, indices], params, out) {
  const width = indices.size === 0 ? 0 : out.size / indices.size;
  for (let i = 0; i < indices.size; i++) {
    const row = rowOf(indices.data[i], x.shape[0]);
    // A row that does not exist is not a number: the reader sees which ones, and can go back.
    for (let k = 0; k < width; k++) out.data[i * width + k] = row < 0 ? NaN : x.data[row * width + k];
  }
}

/** @type {Op["kernel"]} */
function scatterAdd([x, indices], { length }, out) {
  out.data.fill(0);
  const width = indices.size === 0 ? 0 : x.size / indices.size;
  for (let i = 0; i < indices.size; i++) {
    const row = rowOf(indices.data[i], length);
    if (row >= 0) for (let k = 0; k < width; k++) out.data[row * width + k] += x.data[i * width + k];
  }
}

/** @type {Op["shape"]} */
function scattered([x, indices], { length }) {
  if (!sameShape(x.slice(0, indices.length), indices)) {
    refuse(`indices ${shapeText(indices)} do not match the leading axes of x ${shapeText(x)}`);
  }
  return [length, ...x.slice(indices.length)];
}

/** @type {Op["shape"]} */
function taken([x, indices]) {
  if (x.length === 0) refuse("a scalar has no rows to take");
  return [...indices, ...x.slice(1)];
}

/**
 * @param {number} size
 * @param {number} kernel
 * @param {number} stride
 * @param {number} dilation
 * @returns {number} how many places a kernel fits, below 1 if none
 */
function places(size, kernel, stride, dilation) {
  return Math.floor((size - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** @type {Op["shape"]} */
function unfolded([x], { kernel: [kh, kw], stride, dilation }) {
  if (x.length !== 4) refuse(`shape ${shapeText(x)} is not (N, C, H, W)`);
  const oh = places(x[2], kh, stride[0], dilation[0]);
  const ow = places(x[3], kw, stride[1], dilation[1]);
  if (oh < 1 || ow < 1) refuse(`a (${kh}, ${kw}) kernel with dilation (${dilation.join(", ")}) does not fit in ${x[2]} x ${x[3]} pixels`);
  return [x[0], x[1], kh, kw, oh, ow];
}

/** @type {Op["shape"]} */
function folded([x], { size: [H, W], stride, dilation }) {
  if (x.length !== 6) refuse(`shape ${shapeText(x)} is not (N, C, K_h, K_w, H_out, W_out)`);
  const oh = places(H, x[2], stride[0], dilation[0]);
  const ow = places(W, x[3], stride[1], dilation[1]);
  if (oh !== x[4] || ow !== x[5]) refuse(`patches ${shapeText(x)} do not come from ${H} x ${W} pixels`);
  return [x[0], x[1], H, W];
}

/**
 * Strides with which the patches (N, C, K_h, K_w, H_out, W_out) lie in the image (N, C, H, W).
 * @param {number[]} image
 * @param {{stride: number[], dilation: number[]}} params
 */
export function patchStrides(image, { stride, dilation }) {
  const [n, c, h, w] = stridesOf(image);
  return [n, c, dilation[0] * h, dilation[1] * w, stride[0] * h, stride[1] * w];
}

/** @type {Record<string, Op>} */
export const LINEAR = {
  matmul: { inputs: [2, 2], params: {}, shape: product, kernel: matmul },
  take: { inputs: [2, 2], params: {}, shape: taken, kernel: take },
  scatter_add: { inputs: [2, 2], params: { length: "count" }, shape: scattered, kernel: scatterAdd },
  unfold: {
    inputs: [1, 1],
    params: { kernel: "pair", stride: "pair", dilation: "pair" },
    shape: unfolded,
    kernel: ([x], params, out) => gather(out.data, x.data, out.shape, patchStrides(x.shape, params)),
  },
  fold: {
    inputs: [1, 1],
    params: { size: "size", stride: "pair", dilation: "pair" },
    shape: folded,
    kernel: ([x], params, out) => scatter(out.data, x.data, x.shape, patchStrides(out.shape, params)),
  },
};
