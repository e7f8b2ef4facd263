// Windows on a line of pixels: where a kernel lies, what it meets, and how often it fits. Pure numbers: no DOM.

/**
 * One axis of a convolution: n pixels, k taps of a kernel, stride s, dilation d, zeros before and after, and the places.
 * @typedef {{n: number, k: number, s: number, d: number, before: number, after: number, out: number}} Axis
 */

/** The pixel under tap u of the kernel in place i; padding lies outside of 0 ... n - 1. @param {Axis} axis @param {number} i @param {number} u */
export function pixelAt({ s, d, before }, i, u) {
  return i * s + u * d - before;
}

/** @param {Axis} axis */
export function paddedLength({ n, before, after }) {
  return n + before + after;
}

/** From the first tap to the last. @param {number} taps @param {number} gap */
export function reach(taps, gap) {
  return (taps - 1) * gap + 1;
}

/**
 * For the gradient of the image the turned kernel slides over the gradients of the output, which lie a stride apart with
 * zeros between and around them. Which of them lies at t, or -1 for a zero.
 * @param {Axis} axis @param {number} t
 */
export function spreadAt({ k, s, d, before, out }, t) {
  const away = t - ((k - 1) * d - before);
  return away >= 0 && away % s === 0 && away / s < out ? away / s : -1;
}

/** @param {Axis} axis */
export function spreadLength({ n, k, d }) {
  return n + (k - 1) * d;
}

/** The place of a window that has a pixel nearest to its middle. @param {number} pixel of the padded line, may be a fraction
 * @param {{taps: number, gap: number, step: number, count: number}} window */
export function placeNear(pixel, { taps, gap, step, count }) {
  const first = pixel - reach(taps, gap) / 2;
  return Math.min(count - 1, Math.max(0, Math.round(first / step)));
}

/** How often the kernel fits. @param {Axis} axis */
export function fits({ n, k, s, d, before, after }) {
  return Math.floor((n + before + after - d * (k - 1) - 1) / s) + 1;
}

/** The sum that gives the size of the output, with its numbers. @param {Axis} axis */
export function sizeSum(axis) {
  const { n, k, s, d, before, after } = axis;
  const zeros = before === after ? `2·${before}` : `${before} + ${after}`;
  return `⌊(${n} + ${zeros} − ${d}·(${k} − 1) − 1)/${s}⌋ + 1 = ${fits(axis)}`;
}

/** The line about the size; rows and columns apart where they differ. @param {Axis} rows @param {Axis} columns */
export function sizeLine(rows, columns) {
  const [tall, wide] = [sizeSum(rows), sizeSum(columns)];
  return tall === wide ? `Size of the output: ${tall}` : `Rows of the output: ${tall}; columns: ${wide}`;
}

/** Where the largest of a list is, the first of equals, and how many are equal to it. A NaN is the largest. @param {number[]} values */
export function winner(values) {
  let at = 0;
  for (let i = 1; i < values.length && !Number.isNaN(values[at]); i += 1) if (values[i] > values[at] || Number.isNaN(values[i])) at = i;
  return { at, ties: values.filter((value) => Object.is(value, values[at]) || value === values[at]).length };
}
