/** What a stop can be asked for before it is shown, how a typed number is read, and when it counts as right. */

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {{value: number, digits: number}} Answer digits: how many significant ones were typed */

const NEAR = 0.005;
const NOTHING = 1e-12; // what rounding leaves of a zero
const MOST_ELEMENTS = 6;

/**
 * The elements worth asking for: those of named tensors; where there are none, the gradients that the stop hands
 * on, or its last result. Constants and helpers such as 1 - a are not asked for.
 * @param {Trace} trace @param {{steps: number[]}} stop
 * @returns {{step: number, offset: number}[]}
 */
export function questions({ steps }, stop) {
  const made = stop.steps.map((id) => steps[id]).filter(({ op, size }) => op !== "constant" && op !== "input" && size > 0);
  const named = made.filter(({ symbol }) => symbol !== null);
  const handedOn = new Set(steps.flatMap(({ gradient, contributions }) => [gradient, ...contributions]));
  const gradients = made.filter(({ id }) => handedOn.has(id));
  const told = [named, gradients, made.slice(-1)].find((list) => list.length > 0) ?? [];
  return told.flatMap(({ id, size }) => Array.from({ length: Math.min(size, MOST_ELEMENTS) }, (_, offset) => ({ step: id, offset })));
}

/** @type {[RegExp, number][]} */
const WORDS = [[/^(nan|not a number)$/i, NaN], [/^\+?(inf|infinity|∞)$/i, Infinity], [/^-(inf|infinity|∞)$/i, -Infinity]];

/**
 * A number as people type it: with a point or a comma, a long minus, 2e-3 or 2×10^-3, nan, inf.
 * @param {string} text
 * @returns {Answer | null}
 */
export function readAnswer(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(",", ".").replace(/\s*[x×*·]\s*10\s*\^?\s*(?=[-+\d])/, "e");
  const word = WORDS.find(([pattern]) => pattern.test(plain));
  if (word) return { value: word[1], digits: 0 };
  const parts = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.exec(plain);
  if (!parts || !Number.isFinite(Number(plain))) return null;
  return { value: Number(plain), digits: parts[1].replace(".", "").replace(/^0+/, "").length };
}

/** The same number to a reader: within half a percent, both nothing, or the same infinity. @param {number} a @param {number} b */
export function agrees(a, b) {
  if (Object.is(a, b) || a === b) return true;
  const size = Math.max(Math.abs(a), Math.abs(b));
  return size <= NOTHING || (Number.isFinite(size) && Math.abs(a - b) <= NEAR * size);
}

/** Also right: a number rounded to the digits typed, if there are two. @param {Answer} answer @param {number} value */
export function isRight({ value: typed, digits }, value) {
  if (agrees(typed, value)) return true;
  return digits >= 2 && Number.isFinite(value) && Number(value.toPrecision(Math.min(digits, 15))) === typed;
}
