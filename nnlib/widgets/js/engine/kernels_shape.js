/** Ops that move numbers and do no arithmetic. Forward only. */
import { refuse } from "./errors.js";
import { sameShape, shapeText, sizeOf, stridesOf } from "./array.js";
import { broadcastShapes, broadcastStrides } from "./broadcast.js";
import { lanes } from "./kernels_reduce.js";
import { copyBlocks, gather } from "./strided.js";

/** @typedef {import("./kernels.js").Op} Op */

/** @type {Op["shape"]} */
function reshaped([x], { shape }) {
  if (sizeOf(x) !== sizeOf(shape)) refuse(`${sizeOf(x)} elements of shape ${shapeText(x)} do not fill shape ${shapeText(shape)}`);
  return shape;
}

/** @type {Op["shape"]} */
function permuted([x], { axes }) {
  if (axes.length !== x.length || new Set(axes).size !== axes.length) {
    refuse(`axes [${axes.join(", ")}] are not a permutation of the ${x.length} axes of shape ${shapeText(x)}`);
  }
  return axes.map((/** @type {number} */ axis) => x[axis]);
}

/** @type {Op["shape"]} */
function repeated([x], { shape }) {
  if (x.length > shape.length || !sameShape(broadcastShapes(x, shape), shape)) {
    refuse(`shape ${shapeText(x)} does not broadcast to ${shapeText(shape)}`);
  }
  return shape;
}

/** @type {Op["shape"]} */
function joined(shapes, { axis }) {
  const [first] = shapes;
  for (const shape of shapes) {
    const fits = shape.length === first.length && shape.every((n, a) => a === axis || n === first[a]);
    if (!fits) refuse(`shapes ${shapeText(first)} and ${shapeText(shape)} do not join along axis ${axis}`);
  }
  const length = shapes.reduce((sum, shape) => sum + shape[axis], 0);
  return first.map((n, a) => (a === axis ? length : n));
}

/** @type {Op["shape"]} */
function narrowed([x], { axis, start, length }) {
  if (start + length > x[axis]) refuse(`axis ${axis} has ${x[axis]} elements, not ${start + length}`);
  return x.map((n, a) => (a === axis ? length : n));
}

/** @type {Record<string, Op>} */
export const MOVES = {
  reshape: {
    inputs: [1, 1],
    params: { shape: "shape" },
    shape: reshaped,
    kernel: ([x], params, out) => out.data.set(x.data),
  },
  transpose: {
    inputs: [1, 1],
    params: { axes: "permutation" },
    shape: permuted,
    kernel: ([x], { axes }, out) => {
      const strides = stridesOf(x.shape);
      gather(out.data, x.data, out.shape, axes.map((/** @type {number} */ axis) => strides[axis]));
    },
  },
  broadcast_to: {
    inputs: [1, 1],
    params: { shape: "shape" },
    shape: repeated,
    kernel: ([x], params, out) => gather(out.data, x.data, out.shape, broadcastStrides(x.shape, out.shape.length)),
  },
  concat: {
    inputs: [1, Infinity],
    params: { axis: "axis" },
    shape: joined,
    kernel: (inputs, { axis }, out) => {
      const { outer, n, inner } = lanes(out.shape, axis);
      let to = 0;
      for (const x of inputs) {
        const length = x.shape[axis] * inner;
        copyBlocks(out.data, to, n * inner, x.data, 0, length, outer, length);
        to += length;
      }
    },
  },
  narrow: {
    inputs: [1, 1],
    params: { axis: "axis", start: "count", length: "count" },
    shape: narrowed,
    kernel: ([x], { axis, start, length }, out) => {
      const { outer, n, inner } = lanes(x.shape, axis);
      copyBlocks(out.data, 0, length * inner, x.data, start * inner, n * inner, outer, length * inner);
    },
  },
  pad: {
    inputs: [1, 1],
    params: { axis: "axis", before: "count", after: "count" },
    shape: ([x], { axis, before, after }) => x.map((n, a) => (a === axis ? before + n + after : n)),
    kernel: ([x], { axis, before }, out) => {
      out.data.fill(0);
      const { outer, n, inner } = lanes(x.shape, axis);
      copyBlocks(out.data, before * inner, out.shape[axis] * inner, x.data, 0, n * inner, outer, n * inner);
    },
  },
};
