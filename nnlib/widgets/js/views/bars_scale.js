// How long a bar is: one scale for all numbers of a tensor, round at its ends so that it stands still. No DOM.
import { tickText } from "./scale.js";

const SHARES = new Set(["softmax", "sigmoid"]);
const EVEN = 1e-9;
/** Half a digit below a track of 57 px, the narrowest, and the least room between two ticks, in per cent of it. */
const HALF_DIGIT = 5.8;
const TICK_ROOM = 4;

/** @typedef {{low: number, high: number, share: boolean}} Scale `share`: from 0 to 1, as probabilities are */
/** @typedef {{from: number, to: number, odd: boolean}} Span in per cent of the track */

/** @param {ArrayLike<number>} values @param {string} op of the step that made them @returns {Scale} */
export function scaleOf(values, op) {
  const list = Array.from(values);
  const between = list.every((v) => v >= 0 && v <= 1);
  if (between && (SHARES.has(op) || Math.abs(total(list) - 1) < EVEN)) return { low: 0, high: 1, share: true };
  const finite = list.filter(Number.isFinite);
  const bound = (/** @type {number} */ sign) => round(Math.max(0, ...finite.map((v) => sign * v)));
  const [down, up] = [bound(-1), bound(1)];
  const fallback = down || up || 1;
  const low = list.includes(-Infinity) ? -(down || fallback) : -down || 0;
  const high = list.includes(Infinity) || !(low < 0) ? up || fallback : up;
  return { low, high, share: false };
}

/** The next of 1, 2, 5, 10, 20 ... @param {number} size */
function round(size) {
  if (size === 0) return 0;
  const power = 10 ** Math.floor(Math.log10(size));
  const found = [1, 2, 5, 10].find((m) => m * power >= size * (1 - 1e-12));
  return Math.min(Number.MAX_VALUE, (found ?? 10) * power);
}

/** From zero to the value; the whole of its side for an infinity, the whole track for what is no number.
 * @param {number} value @param {Scale} scale @returns {Span} */
export function spanOf(value, { low, high }) {
  const share = (/** @type {number} */ v) => 100 * ((v / 2 - low / 2) / (high / 2 - low / 2));
  const zero = share(0);
  if (Number.isNaN(value)) return { from: 0, to: 100, odd: true };
  if (!Number.isFinite(value)) return value > 0 ? { from: zero, to: 100, odd: true } : { from: 0, to: zero, odd: true };
  const end = Math.min(100, Math.max(0, share(value)));
  return { from: Math.min(zero, end), to: Math.max(zero, end), odd: false };
}

/** What stands below the two ends and zero, nothing where it would run into its neighbour. @param {Scale} scale @returns {string[]} */
export function tickTexts(scale) {
  const zero = spanOf(0, scale).from;
  const end = (/** @type {number} */ at, /** @type {number} */ gap) => {
    const text = tickText(at);
    return at !== 0 && gap > TICK_ROOM + (HALF_DIGIT * (text.length + 1)) ? text : "";
  };
  return [end(scale.low, zero), "0", end(scale.high, 100 - zero)];
}

/** @param {ArrayLike<number>} values */
export function total(values) {
  return Array.from(values).reduce((sum, v) => sum + v, 0);
}
