// A text as part of an address, and back. An address comes from anywhere, so each number in it is checked.
import { LONGEST, LONGEST_PROMPT } from "./generation_writer.js";

/** @typedef {import("./generation_writer.js").Text} Text */
/** @typedef {Pick<Text, "ids" | "given" | "draws" | "seed" | "temperature" | "k" | "head" | "order" | "ahead">} Linked */

const MOST = 3000; // characters
const WHOLE = /^(0|-?[1-9]\d{0,15})$/;
const DECIMAL = /^\d{1,20}(\.\d{1,20})?(e[-+]?\d{1,3})?$/;

/** Tokens by their numbers, those of the prompt that are still to be read at the end: a vocabulary may hold any sign.
 * Null where the text is too long for an address. @param {Linked} text */
export function linkOf({ ids, given, draws, seed, temperature, k, head, order, ahead }) {
  const link = [given, draws, seed, temperature, k, head, order, ids.join("."), ...(ahead.length ? [ahead.join(".")] : [])].join("_");
  return link.length <= MOST ? link : null;
}

/** @param {string} link @param {number} V @param {number} heads @returns {Linked | null} null if anything in it cannot be */
export function textOf(link, V, heads) {
  const parts = link.split("_");
  if (parts.length < 8 || parts.length > 9 || link.length > MOST) return null;
  const [given, draws, seed, k, head] = [0, 1, 2, 4, 5].map((i) => (WHOLE.test(parts[i]) ? Number(parts[i]) : NaN));
  const temperature = DECIMAL.test(parts[3]) ? Number(parts[3]) : NaN;
  const [ids, ahead = []] = parts.slice(7).map((list) => list.split(".").map((id) => (WHOLE.test(id) ? Number(id) : NaN)));
  const order = parts[6] === "size" || parts[6] === "vocabulary" ? parts[6] : null;
  const within = (/** @type {number} */ n, /** @type {number} */ low, /** @type {number} */ high) => n >= low && n <= high;
  const fits = [...ids, ...ahead].every((id) => within(id, 0, V - 1)) && within(ids.length + ahead.length, 1, LONGEST) && within(given, 1, Math.min(ids.length, LONGEST_PROMPT)) &&
    within(draws, 0, LONGEST) && Number.isSafeInteger(seed) && within(k, 1, V) && within(head, -1, Math.max(0, heads - 1)) && temperature > 0 && temperature < Infinity;
  return fits && order ? { ids, given, draws, seed, temperature, k, head, order, ahead } : null;
}
