// What a language model may write next, and how one of it is drawn: the rules of nnlib.language, in numbers. No DOM.
import { KERNELS } from "../engine/kernels.js";
import { fromFlat } from "../engine/array.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */

/**
 * As next_token_probabilities of nnlib.language: of equal logits the first stays among the k largest.
 * @param {ArrayLike<number>} z logits @param {number} temperature @param {number} k how many stay; all of them if as many as there are
 * @returns {Float64Array}
 */
export function probabilities(z, temperature, k) {
  const ids = ranked(z).slice(0, k);
  const scaled = new Float64Array(z.length).fill(-Infinity);
  for (const v of ids) scaled[v] = (z[v] - z[ids[0]]) / temperature; // however cold it is, the best stays at 0
  return KERNELS.softmax([fromFlat([scaled.length], scaled)], { axis: 0 }).data;
}

/** What is no number comes last, as where numpy sorts. @param {ArrayLike<number>} z @param {number} k @returns {Set<number>} */
export function largest(z, k) {
  return new Set(ranked(z).slice(0, k));
}

/** Numbers of the tokens, the largest first; of equals the first. @param {ArrayLike<number>} z */
export function ranked(z) {
  const last = (/** @type {number} */ v) => Number(Number.isNaN(z[v]));
  return Array.from(z, (_, v) => v).sort((a, b) => last(a) - last(b) || (z[a] === z[b] ? 0 : z[b] > z[a] ? 1 : -1) || a - b);
}

/** As nnlib.language.sample: the first token at which the sum exceeds u; -1 if there is no such sum.
 * @param {ArrayLike<number>} p @param {number} u in [0, 1) */
export function drawn(p, u) {
  const sums = cumulated(p);
  const total = sums[sums.length - 1];
  if (!(total > 0)) return -1;
  return sums.findIndex((sum) => sum > u * total);
}

/** @param {ArrayLike<number>} p */
export function cumulated(p) {
  let sum = 0;
  return Float64Array.from(p, (value) => (sum += value));
}

/** The k-th number of a seeded sequence, in [0, 1): the same seed, the same text (mulberry32). @param {number} seed @param {number} k */
export function uniform(seed, k) {
  const state = (Math.imul(seed, 0x9e3779b1) + Math.imul(k + 1, 0x6d2b79f5)) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** The logarithm of one softmax, without a detour through numbers that vanish. @param {ArrayLike<number>} z @param {number} token */
export function logProbability(z, token) {
  const all = KERNELS.logsumexp([fromFlat([z.length], z)], { axis: 0, keepdims: false }).data[0];
  return z[token] - all;
}

/** How many equally likely tokens would surprise as much; NaN of none. @param {(number | null)[]} logs */
export function perplexity(logs) {
  const known = logs.filter((log) => log !== null);
  return Math.exp(-known.reduce((sum, log) => sum + log, 0) / known.length);
}

/** A text as numbers of tokens; where several fit, the longest. The sign for a new line stands for it.
 * @param {string} text @param {string[]} vocabulary @returns {{ids: number[], wrong: string | null}} `wrong`: what is not in it */
export function tokensOf(text, vocabulary) {
  const number = new Map(vocabulary.map((token, v) => [token, v]));
  const longest = Math.max(...vocabulary.map((token) => token.length));
  const ids = [];
  for (let at = 0; at < text.length;) {
    let size = Math.min(longest, text.length - at);
    while (size > 0 && !number.has(text.slice(at, at + size))) size -= 1;
    const newLine = size === 0 && text[at] === "↵" ? number.get("\n") : undefined;
    if (size === 0 && newLine === undefined) return { ids, wrong: String.fromCodePoint(/** @type {number} */ (text.codePointAt(at))) };
    ids.push(newLine ?? /** @type {number} */ (number.get(text.slice(at, at + size))));
    at += size || 1;
  }
  return { ids, wrong: null };
}

const SEEN = new Map([[" ", "␣"], ["\n", "↵"], ["\t", "⇥"]]);

/** A token as it can be seen. @param {string} token */
export function seen(token) {
  return SEEN.get(token) ?? token;
}

const SAID = new Map([[" ", "space"], ["\n", "new line"], ["\t", "tab"], [".", "full stop"], [",", "comma"], ["'", "apostrophe"], ["-", "hyphen"]]);

/** A token as it can be heard. @param {string} token */
export function said(token) {
  return SAID.get(token) ?? token;
}

/** Products of numbers in the matrix products among these steps, counted from their shapes. @param {Trace} trace @param {number[]} ids */
export function workOf({ steps }, ids) {
  return ids.filter((id) => steps[id].op === "matmul")
    .reduce((sum, id) => sum + steps[id].size * /** @type {number} */ (steps[steps[id].inputs[0]].shape.at(-1)), 0);
}
