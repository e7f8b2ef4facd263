/** Reading and adding along strides: transpose, broadcast_to and unfold read; sum and fold, their adjoints, add. */

/**
 * Joins neighbouring axes that run evenly, so that inner loops are as long as they can be.
 * @param {number[]} shape
 * @param {number[]} strides
 * @returns {[number[], number[]]}
 */
function collapse(shape, strides) {
  const dims = [1];
  const steps = [0];
  for (let axis = 0; axis < shape.length; axis++) {
    const last = dims.length - 1;
    if (shape[axis] === 1) continue;
    if (dims[last] === 1 || steps[last] === strides[axis] * shape[axis]) {
      dims[last] *= shape[axis];
      steps[last] = strides[axis];
    } else {
      dims.push(shape[axis]);
      steps.push(strides[axis]);
    }
  }
  return [dims, steps];
}

/**
 * out[0], out[1], ... = the elements of x met by walking `shape` with `strides`.
 * @param {Float64Array} out
 * @param {Float64Array} x
 * @param {number[]} shape
 * @param {number[]} strides
 */
export function gather(out, x, shape, strides) {
  if (out.length === 0) return;
  const [dims, steps] = collapse(shape, strides);
  const last = dims.length - 1;
  const n = dims[last];
  const s = steps[last];
  const index = new Int32Array(last);
  let from = 0;
  for (let o = 0; o < out.length; o += n) {
    for (let k = 0; k < n; k++) out[o + k] = x[from + k * s];
    from = advance(index, dims, steps, from);
  }
}

/**
 * The elements of x, in order, are added to the places of out met by walking `shape` with `strides`.
 * @param {Float64Array} out
 * @param {Float64Array} x
 * @param {number[]} shape
 * @param {number[]} strides
 */
export function scatter(out, x, shape, strides) {
  out.fill(0);
  if (x.length === 0) return;
  const [dims, steps] = collapse(shape, strides);
  const last = dims.length - 1;
  const n = dims[last];
  const s = steps[last];
  const index = new Int32Array(last);
  let to = 0;
  for (let i = 0; i < x.length; i += n) {
    if (s === 0) out[to] += total(x, i, n);
    else for (let k = 0; k < n; k++) out[to + k * s] += x[i + k];
    to = advance(index, dims, steps, to);
  }
}

/**
 * @param {Float64Array} x
 * @param {number} start
 * @param {number} n
 */
function total(x, start, n) {
  let sum = 0;
  for (let k = start; k < start + n; k++) sum += x[k];
  return sum;
}

/**
 * Moves an odometer over all axes but the last by one.
 * @param {Int32Array} index
 * @param {number[]} dims
 * @param {number[]} steps
 * @param {number} position
 */
function advance(index, dims, steps, position) {
  for (let axis = index.length - 1; axis >= 0; axis--) {
    position += steps[axis];
    if (++index[axis] < dims[axis]) return position;
    position -= steps[axis] * dims[axis];
    index[axis] = 0;
  }
  return position;
}

/**
 * Copies `count` blocks of `length` elements that lie `fromStep` and `toStep` apart.
 * @param {Float64Array} out
 * @param {number} to
 * @param {number} toStep
 * @param {Float64Array} x
 * @param {number} from
 * @param {number} fromStep
 * @param {number} count
 * @param {number} length
 */
export function copyBlocks(out, to, toStep, x, from, fromStep, count, length) {
  for (let block = 0; block < count; block++) {
    for (let k = 0; k < length; k++) out[to + k] = x[from + k];
    to += toStep;
    from += fromStep;
  }
}
