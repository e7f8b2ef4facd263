// Numbers written into small cells: as many digits as there is room for, four at most. Pure: no DOM.
import { format } from "../ui/format.js";

const DIGITS = 4;

/** @param {number} value @param {number} letters that fit @returns {string} */
export function fitted(value, letters) {
  if (Number.isNaN(value)) return "NaN";
  const whole = format(value);
  if (whole.length <= letters || !Number.isFinite(value)) return whole;
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 1e4) return sign + power(size);
  for (let digits = DIGITS - 1; digits > 0; digits -= 1) {
    const text = sign + decimals(size, digits);
    if (text.length <= letters) return text;
  }
  return sign + (size < 0.95 ? decimals(size, 1).slice(1) : size.toFixed(0));
}

/** @param {number} size @param {number} digits that count, of a small number those after the point */
function decimals(size, digits) {
  return size >= 1 ? size.toFixed(Math.max(0, digits - Math.floor(Math.log10(size)) - 1)) : size.toFixed(digits);
}

/** @param {number} size */
function power(size) {
  const [mantissa, exponent] = size.toExponential(0).split("e");
  return `${mantissa}e${exponent.replace("+", "")}`;
}
