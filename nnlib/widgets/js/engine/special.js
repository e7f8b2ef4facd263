/** Scalar functions that need care; kernels and the microscope use the same ones. */

/**
 * Logistic function, stable for both signs: e^x of a large x is never formed.
 * @param {number} x
 */
export function sigmoid(x) {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/**
 * Maximum that lets NaN through, as numpy.maximum does.
 * @param {number} x
 * @param {number} y
 */
export function larger(x, y) {
  return x >= y || x !== x ? x : y;
}

/**
 * The special exponents are exact where Math.pow need not be.
 * @param {number} x
 * @param {number} exponent
 */
export function power(x, exponent) {
  if (exponent === 2) return x * x;
  if (exponent === -1) return 1 / x;
  if (exponent === 0.5) return Math.sqrt(x);
  if (exponent === -0.5) return 1 / Math.sqrt(x);
  // IEEE pow(1, anything) and pow(-1, +-inf) are 1; JavaScript says NaN.
  if (x === 1 || (x === -1 && !Number.isFinite(exponent) && exponent === exponent)) return 1;
  return Math.pow(x, exponent);
}

/**
 * e^(-x^2) without the rounding error of x^2: the square of a short x is exact.
 * @param {number} x
 */
function gaussian(x) {
  const short = Math.trunc(x * 16) / 16;
  return Math.exp(-short * short) * Math.exp(-(x - short) * (x + short));
}

/**
 * Error function to about 1e-15. Near 0 a series with positive terms only (nothing cancels):
 * erf x = 2/sqrt(pi) e^(-x^2) (x + 2x^3/3 + 4x^5/15 + ...); further out 1 - erfc x, by a continued fraction.
 * @param {number} x
 */
export function erf(x) {
  const size = Math.abs(x);
  if (size < 2.5) return (2 / Math.sqrt(Math.PI)) * gaussian(x) * series(x);
  if (size >= 6) return Math.sign(x);
  return Math.sign(x) * (1 - erfc(size)); // NaN takes this way too
}

/** @param {number} x */
function series(x) {
  let term = x;
  let total = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(total); n += 2) {
    term *= (2 * x * x) / n;
    total += term;
  }
  return total;
}

/** @param {number} x at least 2.5 */
function erfc(x) {
  let tail = x;
  for (let n = 60; n >= 1; n--) tail = x + n / 2 / tail;
  return gaussian(x) / (tail * Math.sqrt(Math.PI));
}
