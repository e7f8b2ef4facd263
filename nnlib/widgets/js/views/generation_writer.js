// A text that a model reads and writes: which numbers go in for each token, and what the text holds so far. No DOM.
import { forwardTo } from "./forward.js";
import { drawn, logProbability, probabilities, uniform, workOf } from "./generation_model.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("./generation_plan.js").Plan} Plan */
/** @typedef {import("./forward.js").Values} Values */
/** @typedef {[number, ArrayLike<number>][]} Inputs */

/**
 * @typedef {object} Text     nothing in it changes: each change makes another
 * @property {Trace} trace    that the model's inputs now belong to
 * @property {number[]} ids   tokens read so far
 * @property {number[]} ahead tokens of the prompt that are still to be read
 * @property {number} given   how many of those read belong to the prompt
 * @property {(number | null)[]} logs  log P of each token read, as the model had it; null where nothing was asked
 * @property {number} draws
 * @property {number | null} u  set by hand for the next draw; else it follows from the seed
 * @property {number} seed
 * @property {number} temperature
 * @property {number} k       how many of the largest logits stay
 * @property {"size" | "vocabulary"} order  of the bars
 * @property {number} head    whose weights are marked above the text; -1 for none
 */

export const LONGEST = 1000;
export const LONGEST_PROMPT = 200;

/** @param {Trace} trace @param {any} view @param {Plan} plan */
export function writer(trace, view, plan) {
  const V = view.vocabulary.length;
  const own = forwardTo(trace, [plan.logits, ...plan.state.map(([, next]) => next)]);
  const begin = plan.state.map(([old]) => /** @type {[number, ArrayLike<number>]} */ ([old, trace.steps[old].value ?? []]));
  const shapes = workOf(trace, own.computed);
  const recorded = Array.from(trace.steps[plan.token].value ?? []);

  /** As the trace was recorded: a window may hold more of the prompt than its first token. @returns {Text} */
  function first() {
    const prompt = view.prompt.length ? view.prompt : [recorded[0]];
    let read = 1;
    while (read < Math.min(prompt.length, plan.places) && recorded[read] === prompt[read]) read += 1;
    const logs = prompt.slice(0, read).map((/** @type {number} */ id, /** @type {number} */ i) => (i === 0 ? null : logProbability(logitsAt(own.values, i), id)));
    return {
      trace, ids: prompt.slice(0, read), ahead: prompt.slice(read), given: read, logs, draws: 0, u: null,
      seed: view.seed, temperature: view.temperature, k: view.top_k ?? V, order: "size", head: 0,
    };
  }

  /** What the model says after so many tokens. @param {Values} values @param {number} read */
  function logitsAt(values, read) {
    const place = Math.min(read, plan.places) - 1;
    return values[plan.logits].data.subarray(place * V, (place + 1) * V);
  }

  /** @param {Text} text @param {Values} values */
  function outlook(text, values) {
    const z = logitsAt(values, text.ids.length);
    const p = probabilities(z, text.temperature, text.k);
    const u = text.u ?? uniform(text.seed, text.draws);
    const [ahead] = text.ahead;
    return { z, p, u, token: ahead ?? drawn(p, u), given: ahead !== undefined, offset: (Math.min(text.ids.length, plan.places) - 1) * V };
  }

  /** The text with one token more. @param {Text} text @param {number} token @param {ArrayLike<number>} z @returns {Text} */
  function longer(text, token, z) {
    const given = text.ahead.length > 0;
    return {
      ...text, ids: [...text.ids, token], logs: [...text.logs, logProbability(z, token)], ahead: text.ahead.slice(1),
      given: text.given + Number(given), draws: text.draws + Number(!given), u: given ? text.u : null,
    };
  }

  /** The inputs with which the last of these tokens is read, after the present outputs. @param {number[]} ids @param {Values} values @returns {Inputs} */
  function following(ids, values) {
    if (plan.places > 1) return [windowOf(ids)];
    if (plan.state.length > 0 && ids.length > plan.most) return afresh(ids, values).inputs;
    return [...plan.state.map(([old, next]) => /** @type {[number, Float64Array]} */ ([old, values[next].data.slice()])), [plan.token, [ids[ids.length - 1]]]];
  }

  /** The last tokens of a text, at the first places of the window. @param {number[]} ids @returns {[number, ArrayLike<number>]} */
  function windowOf(ids) {
    const last = ids.slice(-plan.places);
    return [plan.token, Float64Array.from({ length: plan.places }, (_, i) => last[i] ?? 0)];
  }

  /** Reads tokens from the very beginning. @param {number[]} ids @param {Values} values whose weights count @returns {{inputs: Inputs, logs: (number | null)[]}} */
  function afresh(ids, values) {
    own.copy(values);
    return plan.places > 1 ? { inputs: [windowOf(ids)], logs: logsOfWindow(ids) } : readOneByOne(ids);
  }

  /** A cache that is full is filled anew for each token; what these passes would tell is left to those who ask. @param {number[]} ids */
  function readOneByOne(ids) {
    const known = pass(ids.slice(0, plan.most));
    const logs = ids.map((_, i) => (i < known.length ? known[i] : null));
    if (ids.length > plan.most) pass(ids.slice(-plan.most));
    const state = plan.state.map(([old]) => /** @type {[number, Float64Array]} */ ([old, own.values[old].data.slice()]));
    return { inputs: /** @type {Inputs} */ ([...state, [plan.token, [ids[ids.length - 1]]]]), logs };
  }

  /** Leaves the state as it is before the last of these tokens. @param {number[]} ids */
  function pass(ids) {
    /** @type {(number | null)[]} */
    const logs = [null];
    put(begin);
    for (let i = 0; i + 1 < ids.length; i += 1) {
      put([[plan.token, [ids[i]]]]);
      own.run();
      logs.push(logProbability(logitsAt(own.values, 1), ids[i + 1]));
      put(plan.state.map(([old, next]) => [old, own.values[next].data.slice()]));
    }
    return logs;
  }

  /** One pass tells all that a window holds; each token beyond needs one of its own. @param {number[]} ids */
  function logsOfWindow(ids) {
    /** @type {(number | null)[]} */
    const logs = [null];
    for (let read = Math.min(ids.length, plan.places); read <= ids.length; read += 1) {
      put([windowOf(ids.slice(0, read))]);
      own.run();
      for (let i = logs.length; i < read; i += 1) logs.push(logProbability(logitsAt(own.values, i), ids[i]));
      if (read === ids.length) break;
      logs.push(logProbability(logitsAt(own.values, read), ids[read]));
    }
    return logs;
  }

  /** @param {Inputs} inputs */
  function put(inputs) {
    for (const [id, data] of inputs) own.values[id].data.set(data);
  }

  /** Multiplications for the token that was read last, as the author counted them or else from the shapes; how many passes that were. @param {number} read */
  function work(read) {
    const passes = plan.state.length > 0 && read > plan.most ? plan.most : 1;
    if (!plan.work) return { passes, each: shapes, all: passes * shapes };
    const all = passes > 1 ? plan.work.reduce((sum, n) => sum + n, 0) : plan.work[Math.min(read, plan.work.length) - 1];
    return { passes, each: null, all };
  }

  return { first, outlook, longer, following, afresh, work };
}
