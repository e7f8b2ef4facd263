/** Ops that only move numbers: which element of which input an element of the result is. */
import { sizeOf, stridesOf } from "./array.js";
import { broadcastOffset } from "./broadcast.js";
import { rowOf, patchStrides } from "./kernels_linear.js";
import { lanes } from "./kernels_reduce.js";

/** @typedef {import("./array.js").NDArray} NDArray */
/** @typedef {import("./step.js").Step} Step */
/** @typedef {{input: number, offset: number}} Place which input (0, 1, ...), and which element of it */

/**
 * Position met when `offset` walks `shape` row by row while the array is read with `strides`.
 * @param {number[]} shape
 * @param {number[]} strides
 * @param {number} offset
 */
export function walk(shape, strides, offset) {
  let position = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position += (offset % shape[axis]) * strides[axis];
    offset = Math.floor(offset / shape[axis]);
  }
  return position;
}

/**
 * The same element of an input that is longer or shorter along `axis`, moved by `shift`; -1 if that is outside.
 * @param {Step} step
 * @param {number} offset
 * @param {number} length of the input along the axis
 * @param {number} shift
 */
function slide({ shape, params: { axis } }, offset, length, shift) {
  const { n, inner } = lanes(shape, axis);
  const along = (Math.floor(offset / inner) % n) + shift;
  if (along < 0 || along >= length) return -1;
  return (Math.floor(offset / (n * inner)) * length + along) * inner + (offset % inner);
}

/** @type {Record<string, (step: Step, offset: number, inputs: NDArray[]) => Place | null>} */
const SOURCES = {
  reshape: (step, offset) => ({ input: 0, offset }),
  broadcast_to: ({ shape }, offset, [x]) => ({ input: 0, offset: broadcastOffset(shape, x.shape, offset) }),
  transpose: ({ shape, params }, offset, [x]) => {
    const strides = stridesOf(x.shape);
    return { input: 0, offset: walk(shape, params.axes.map((/** @type {number} */ axis) => strides[axis]), offset) };
  },
  narrow: (step, offset, [x]) => ({ input: 0, offset: slide(step, offset, x.shape[step.params.axis], step.params.start) }),
  pad: (step, offset, [x]) => inside(slide(step, offset, x.shape[step.params.axis], -step.params.before)),
  concat: (step, offset, inputs) => {
    let shift = 0;
    for (let input = 0; input < inputs.length; input++) {
      const length = inputs[input].shape[step.params.axis];
      const place = slide(step, offset, length, -shift);
      if (place >= 0) return { input, offset: place };
      shift += length;
    }
    return null;
  },
  take: (step, offset, [x, indices]) => {
    const width = sizeOf(x.shape.slice(1));
    const row = rowOf(indices.data[Math.floor(offset / width)], x.shape[0]);
    return inside(row < 0 ? -1 : row * width + (offset % width));
  },
  unfold: ({ shape, params }, offset, [x]) => {
    const strides = patchStrides(x.shape, /** @type {any} */ (params));
    return { input: 0, offset: walk(shape, strides, offset) };
  },
};

/** @param {number} offset @returns {Place | null} */
const inside = (offset) => (offset < 0 ? null : { input: 0, offset });

/** @param {string} op */
export const moves = (op) => Object.hasOwn(SOURCES, op);

/**
 * @param {Step} step whose op moves numbers
 * @param {number} offset
 * @param {NDArray[]} inputs
 * @returns {Place | null} null where the element comes from nowhere: padding, or a row that does not exist
 */
export function sourceOf(step, offset, inputs) {
  return SOURCES[step.op](step, offset, inputs);
}
