/** How a number is written. */

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} exponent */
function superscript(exponent) {
  const digits = [...String(Math.abs(exponent))].map((d) => SUPERSCRIPTS[Number(d)]).join("");
  return (exponent < 0 ? "⁻" : "") + digits;
}

/**
 * Four significant digits, a true minus sign, and powers of ten where zeros would hide the size.
 * @param {number} value
 * @returns {string}
 */
export function format(value) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size < 1e4 && Number(size.toPrecision(4)) < 1e4 && size >= 1e-4) return sign + plain(size);
  if (Number.isInteger(size) && size < 1e6) return sign + size;
  const [digits, exponent] = size.toExponential(3).split("e");
  return `${sign}${trim(digits)}×10${superscript(Number(exponent))}`;
}

/** @param {number} size */
function plain(size) {
  return trim(size.toPrecision(4));
}

/** @param {string} digits */
function trim(digits) {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

/**
 * The same number in words that a screen reader says right.
 * @param {number} value
 */
export function spoken(value) {
  return format(value).replace("∞", "infinity").replace(/×10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/, (_, minus, digits) =>
    ` times 10 to the ${minus && "minus "}${[...digits].map((d) => SUPERSCRIPTS.indexOf(d)).join("")}`).replace("−", "minus ");
}
