/**
 * Row-major float64 arrays. Everything the engine computes is one of these; indices are integral floats.
 */
export class NDArray {
  /**
   * @param {number[]} shape
   * @param {Float64Array} data
   */
  constructor(shape, data) {
    this.shape = shape;
    this.data = data;
    this.size = data.length;
  }

  /** @param {number[]} shape */
  static zeros(shape) {
    return new NDArray(shape, new Float64Array(sizeOf(shape)));
  }
}

/**
 * @param {number[]} shape
 * @param {ArrayLike<number>} list row-major values, as many as the shape holds
 */
export function fromFlat(shape, list) {
  if (list.length !== sizeOf(shape)) {
    throw new RangeError(`fromFlat: ${list.length} values do not fill shape (${shape.join(", ")})`);
  }
  return new NDArray([...shape], Float64Array.from(list));
}

/** @param {number[]} shape */
export function sizeOf(shape) {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/**
 * @param {number[]} shape
 * @returns {number[]} how far apart neighbours along each axis lie in the flat data
 */
export function stridesOf(shape) {
  const strides = new Array(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/**
 * @param {number[]} shape
 * @param {number[]} index
 * @returns {number} position of that element in the flat data
 */
export function offset(shape, index) {
  let position = 0;
  for (let axis = 0; axis < shape.length; axis++) position = position * shape[axis] + index[axis];
  return position;
}

/**
 * @param {number[]} shape
 * @param {number} position in the flat data
 * @returns {number[]} index of that element
 */
export function unravel(shape, position) {
  const index = new Array(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = position % shape[axis];
    position = Math.floor(position / shape[axis]);
  }
  return index;
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
export function sameShape(a, b) {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** @param {number[]} shape */
export function shapeText(shape) {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
