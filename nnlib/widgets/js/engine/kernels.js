/**
 * The ops: kernels compute values forward; there is no derivative anywhere in this engine. The backward pass
 * of a trace is itself a list of these ops.
 */
import { NDArray } from "./array.js";
import { ELEMENTWISE } from "./kernels_elementwise.js";
import { LINEAR } from "./kernels_linear.js";
import { REDUCTIONS } from "./kernels_reduce.js";
import { MOVES } from "./kernels_shape.js";

/**
 * inputs: least and most; params: name -> kind (see params.js); shape: of the result, or a TraceError;
 * kernel: writes every element of `out`.
 * @typedef {{
 *   inputs: [number, number],
 *   params: Record<string, string>,
 *   shape: (shapes: number[][], params: any) => number[],
 *   kernel: (inputs: NDArray[], params: any, out: NDArray) => void,
 * }} Op
 */

/** @type {Map<string, Op>} */
export const OPS = new Map(Object.entries({ ...ELEMENTWISE, ...REDUCTIONS, ...MOVES, ...LINEAR }));

/** @typedef {(inputs: NDArray[], params?: any, shape?: number[], out?: NDArray) => NDArray} Kernel */

/**
 * KERNELS[op](inputs, params, shape, out): the value of a step. `out`, if given, is written to and returned.
 * @type {Record<string, Kernel>}
 */
export const KERNELS = Object.create(null);

/**
 * SHAPES[op](shapes, params): the shape of the result; throws a TraceError if the inputs do not fit.
 * @type {Record<string, (shapes: number[][], params?: any) => number[]>}
 */
export const SHAPES = Object.create(null);

for (const [name, op] of OPS) {
  SHAPES[name] = (shapes, params = {}) => op.shape(shapes, params);
  KERNELS[name] = (inputs, params = {}, shape, out) => {
    const target = out ?? NDArray.zeros(shape ?? op.shape(inputs.map((x) => x.shape), params));
    op.kernel(inputs, params, target);
    return target;
  };
}
