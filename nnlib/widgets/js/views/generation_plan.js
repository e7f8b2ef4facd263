// Where a trace keeps what a language model reads and writes, and which traces have such a place. No DOM.
import { stepNamed } from "./missing.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */

/**
 * @typedef {object} Plan
 * @property {number} token
 * @property {number} places   1 if the model has a state or reads one token; else the tokens of its window
 * @property {number} logits
 * @property {[number, number][]} state   outputs that become inputs, as [input, output]
 * @property {number[]} attention
 * @property {number[] | null} work   multiplications for the first token, the second ...; the last is also that of those after it
 * @property {number} most     tokens that are remembered: those of the window, or of the cache; or any number
 */

/** @param {Trace} trace @param {any} view @returns {Plan} */
export function planOf(trace, view) {
  const token = stepNamed(trace, view.token);
  const places = trace.steps[token].size;
  const state = pairsOf(view).filter(([old]) => trace.byName.has(old)).map(([old, next]) => /** @type {[number, number]} */ ([stepNamed(trace, old), stepNamed(trace, next)]));
  const attention = (view.attention ?? []).filter((/** @type {string} */ name) => trace.byName.has(name)).map((/** @type {string} */ name) => stepNamed(trace, name));
  const most = places > 1 ? places : state.length > 0 && view.window ? view.window : Infinity;
  return { token, places, logits: stepNamed(trace, view.logits), state, attention, work: workFor(view, places), most };
}

/** @param {any} view @returns {[string, string][]} */
const pairsOf = (view) => view.state ?? [];

/** @param {any} view @param {number} places @returns {number[] | null} */
const workFor = (view, places) => (view.work ?? []).find((/** @type {[number, number[]]} */ [count]) => count === places)?.[1] ?? null;

/** @param {any} value */
const isWork = (value) => Array.isArray(value) && value.length === 2 && isBelow(value[0], 100_000) && Array.isArray(value[1]) && value[1].length > 0 && value[1].length <= 100_000 && value[1].every((n) => Number.isSafeInteger(n) && n >= 0);

/** @param {any} value */
const isText = (value) => typeof value === "string" && value.length > 0 && value.length <= 200;

/** @param {any} value @param {number} most */
const isBelow = (value, most) => Number.isInteger(value) && value >= 0 && value < most;

/** What is wrong with the view itself, then with its tensors in one trace. @param {any} view @param {Trace} trace @returns {string | null} */
export function generationFault(view, trace) {
  return faultOfText(view) ?? faultOfChoices(view) ?? faultOfTensors(view, trace);
}

/** @param {any} value */
function quote(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** @param {any} view */
function faultOfText({ vocabulary, prompt, end }) {
  const fits = Array.isArray(vocabulary) && vocabulary.length >= 2 && vocabulary.length <= 512 && vocabulary.every(isText);
  if (!fits) return `view.vocabulary is ${quote(vocabulary)}, not a list of 2 to 512 texts.`;
  if (new Set(vocabulary).size < vocabulary.length) return "view.vocabulary holds a token twice.";
  if (!Array.isArray(prompt) || prompt.length > 2000 || !prompt.every((id) => isBelow(id, vocabulary.length))) return `view.prompt is ${quote(prompt)}, not a list of tokens 0 to ${vocabulary.length - 1}.`;
  if (end !== undefined && end !== null && !vocabulary.includes(end)) return `view.end is ${quote(end)}, which is not in the vocabulary.`;
  return null;
}

/** @param {any} view */
function faultOfChoices({ temperature, top_k: k, seed, window, work, vocabulary }) {
  if (!(Number.isFinite(temperature) && temperature > 0)) return `view.temperature is ${quote(temperature)}, not a number above 0.`;
  if (k !== undefined && k !== null && !(isBelow(k, vocabulary.length + 1) && k > 0)) return `view.top_k is ${quote(k)}, not a number from 1 to ${vocabulary.length}.`;
  if (!Number.isSafeInteger(seed)) return `view.seed is ${quote(seed)}, not a whole number.`;
  if (window !== undefined && window !== null && !(isBelow(window, 100_000) && window > 0)) return `view.window is ${quote(window)}, not a number of tokens.`;
  if (work !== undefined && work !== null && !(Array.isArray(work) && work.every(isWork))) return `view.work is ${quote(work)}, not a list of pairs: tokens of a pass, and numbers of multiplications.`;
  return null;
}

/** @param {any} view @param {Trace} trace */
function faultOfTensors(view, trace) {
  const { state = [], attention, vocabulary, prompt, window } = view;
  if (!Array.isArray(state) || !state.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isText))) return `view.state is ${quote(state)}, not a list of pairs of names.`;
  const find = (/** @type {any} */ name) => trace.steps[trace.byName.get(name) ?? -1];
  for (const [old, next] of state) {
    const [a, b] = [find(old), find(next)];
    if (a && a.op !== "input") return `view.state names ${quote(old)}, which is no input.`;
    if (a && String(a.shape) !== String(b?.shape)) return `view.state gives ${quote(next)} to ${quote(old)}, which has another shape.`;
  }
  for (const name of attention ?? []) if (find(name) && find(name).shape.length < 2) return `view.attention names ${quote(name)}, which has no rows and columns.`;
  const [token, logits] = [find(view.token), find(view.logits)];
  if (!token || !logits) return null; // another variant has them
  const [most, own] = [token.size > 1 ? token.size : window, workFor(view, token.size)];
  if (own && most && own.length !== most) return `view.work has ${own.length} numbers for passes of ${token.size}, not ${most}.`;
  if (token.op !== "input" || token.size === 0) return `view.token is ${quote(view.token)}, which is no input of tokens.`;
  if (logits.shape.at(-1) !== vocabulary.length || logits.size !== token.size * vocabulary.length) return `view.logits is ${quote(view.logits)} of shape ${quote(logits.shape)}, not ${vocabulary.length} logits for each of ${token.size} tokens.`;
  if (!isBelow(token.value?.[0], vocabulary.length)) return `view.token is ${quote(view.token)}, which holds ${quote(token.value?.[0])}, no token of the vocabulary.`;
  if (prompt.length > 0 && prompt[0] !== token.value?.[0]) return `view.prompt begins with ${prompt[0]}, but the trace with ${token.value?.[0]}.`;
  return null;
}
