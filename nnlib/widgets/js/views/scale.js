// Axes: positions, round tick values and how they are written.

/** @typedef {{(value: number): number, invert: (position: number) => number}} Scale */

/** @param {[number, number]} domain @param {[number, number]} range @returns {Scale} */
export function linear([d0, d1], [r0, r1]) {
  const slope = (r1 - r0) / (d1 - d0 || 1);
  const scale = (/** @type {number} */ value) => r0 + (value - d0) * slope;
  return Object.assign(scale, { invert: (/** @type {number} */ position) => d0 + (position - r0) / slope });
}

/** Positions by the logarithm. @param {[number, number]} domain @param {[number, number]} range @returns {Scale} */
export function logarithmic([d0, d1], range) {
  const inner = linear([Math.log10(d0), Math.log10(d1)], range);
  const scale = (/** @type {number} */ value) => inner(Math.log10(value));
  return Object.assign(scale, { invert: (/** @type {number} */ position) => 10 ** inner.invert(position) });
}

/** Round values 1, 2 or 5 times a power of ten apart, at most about `count` of them.
 * @param {number} low @param {number} high @param {number} count */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (/** @type {number} */ ([1, 2, 5, 10].find((m) => m * power >= rough * 0.999)));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten, with 2 and 5 between them where there are few. @param {number} low @param {number} high */
export function logTicks(low, high) {
  const decades = Math.log10(high / low);
  const steps = decades > 2.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / 5));
  const values = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    if (steps.length === 1 && power % every !== 0) continue;
    for (const step of steps) values.push(Number((step * 10 ** power).toPrecision(6)));
  }
  return values.filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/** @param {number} value */
export function tickText(value) {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? powerText(size) : String(Number(size.toPrecision(6)));
  return (value < 0 ? "−" : "") + text;
}

/** @param {number} size */
function powerText(size) {
  const [digits, exponent] = size.toExponential(0).split("e");
  const raised = [...String(Number(exponent))].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");
  return `${digits === "1" ? "" : `${digits}·`}10${raised}`;
}

/** The range of the finite values, without the few that would flatten the rest.
 * @param {number[]} values @returns {[number, number]} */
export function robustRange(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return [-1, 1];
  const at = (/** @type {number} */ share) => sorted[Math.round(share * (sorted.length - 1))];
  const [low, high, least, most] = [at(0.03), at(0.97), sorted[0], sorted[sorted.length - 1]];
  const span = high - low || Math.abs(high) || 1;
  return [least < low - 1.5 * span ? low - 0.5 * span : least, most > high + 1.5 * span ? high + 0.5 * span : most];
}

/** A little room at both ends. @param {[number, number]} range @returns {[number, number]} */
export function padded([low, high]) {
  const span = high - low || Math.abs(high) || 1;
  return [low - 0.07 * span, high + 0.07 * span];
}
