/** Pairing the elements of two arrays as numpy does. */
import { sameShape, shapeText } from "./array.js";
import { refuse } from "./errors.js";

/** @typedef {import("./array.js").NDArray} NDArray */
/**
 * One row of a binary op: out[o + k] from x[i + k sx] and y[j + k sy]. One such function per op, so that
 * the engine compiles each to a tight loop of its own.
 * @typedef {(out: Float64Array, o: number, n: number, x: Float64Array, i: number, sx: number,
 *   y: Float64Array, j: number, sy: number) => void} Row
 */

/**
 * @param {number[]} a
 * @param {number[]} b
 * @returns {number[]}
 */
export function broadcastShapes(a, b) {
  const rank = Math.max(a.length, b.length);
  const shape = new Array(rank);
  for (let axis = 0; axis < rank; axis++) {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) refuse(`shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast`);
    shape[axis] = m === 1 ? n : m;
  }
  return shape;
}

/**
 * Strides with which an array of `shape` is read when broadcast to rank `rank`: 0 along repeated axes.
 * @param {number[]} shape
 * @param {number} rank
 * @returns {number[]}
 */
export function broadcastStrides(shape, rank) {
  const strides = new Array(rank).fill(0);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) strides[axis + rank - shape.length] = step;
    step *= shape[axis];
  }
  return strides;
}

/**
 * Where the element that lands at `position` of a broadcast result comes from.
 * @param {number[]} result
 * @param {number[]} shape
 * @param {number} position
 */
export function broadcastOffset(result, shape, position) {
  let source = 0;
  let step = 1;
  for (let axis = result.length - 1; axis >= 0; axis--) {
    const own = axis - result.length + shape.length;
    const index = position % result[axis];
    position = Math.floor(position / result[axis]);
    if (own < 0) break;
    if (shape[own] !== 1) source += index * step;
    step *= shape[own];
  }
  return source;
}

/**
 * @param {Row} row
 * @param {NDArray} x
 * @param {NDArray} y
 * @param {NDArray} out
 */
export function pairwise(row, x, y, out) {
  if (out.size === 0) return;
  if (x.size === out.size && y.size === out.size) row(out.data, 0, out.size, x.data, 0, 1, y.data, 0, 1);
  else if (y.size === 1) row(out.data, 0, out.size, x.data, 0, x.size === 1 ? 0 : 1, y.data, 0, 0);
  else if (x.size === 1) row(out.data, 0, out.size, x.data, 0, 0, y.data, 0, 1);
  else rows(row, x, y, out);
}

/**
 * @param {Row} row
 * @param {NDArray} x
 * @param {NDArray} y
 * @param {NDArray} out
 */
function rows(row, x, y, out) {
  const rank = out.shape.length;
  const xs = broadcastStrides(x.shape, rank);
  const ys = broadcastStrides(y.shape, rank);
  const inner = innerAxes(out.shape, xs, ys);
  let n = 1;
  for (let axis = inner; axis < rank; axis++) n *= out.shape[axis];
  const sx = lastStride(out.shape, xs, inner);
  const sy = lastStride(out.shape, ys, inner);
  const index = new Int32Array(inner);
  let i = 0;
  let j = 0;
  for (let o = 0; o < out.size; o += n) {
    row(out.data, o, n, x.data, i, sx, y.data, j, sy);
    for (let axis = inner - 1; axis >= 0; axis--) {
      i += xs[axis];
      j += ys[axis];
      if (++index[axis] < out.shape[axis]) break;
      i -= xs[axis] * out.shape[axis];
      j -= ys[axis] * out.shape[axis];
      index[axis] = 0;
    }
  }
}

/**
 * The first axis from which both operands run evenly to the end, so that one row covers all of those axes.
 * @param {number[]} shape
 * @param {number[]} xs
 * @param {number[]} ys
 */
function innerAxes(shape, xs, ys) {
  let start = shape.length - 1;
  let n = shape[start];
  while (start > 0 && even(shape, xs, start, n) && even(shape, ys, start, n)) n *= shape[--start];
  return start;
}

/**
 * @param {number[]} shape
 * @param {number[]} strides
 * @param {number} start
 * @param {number} n elements in the row so far
 */
function even(shape, strides, start, n) {
  return shape[start - 1] === 1 || n === 1 || strides[start - 1] === lastStride(shape, strides, start) * n;
}

/**
 * @param {number[]} shape
 * @param {number[]} strides
 * @param {number} start
 */
function lastStride(shape, strides, start) {
  for (let axis = shape.length - 1; axis >= start; axis--) if (shape[axis] !== 1) return strides[axis];
  return 0;
}

/**
 * Result shape of an op of two arrays.
 * @param {number[][]} shapes
 */
export function pairShape([a, b]) {
  return sameShape(a, b) ? a : broadcastShapes(a, b);
}
