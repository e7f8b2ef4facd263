// Which steps of a trace are the parts of a recurrent cell: an LSTM, a GRU of one of four conventions, or a plain one. No DOM.
import { MissingTensor } from "./missing.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** Steps by what they are in the cell. @typedef {Record<string, number>} Parts */
/** @typedef {"cho" | "chung" | "reset after" | "pytorch"} Convention */
/** @typedef {{kind: "lstm" | "gru" | "rnn", parts: Parts, convention: Convention | null, units: number}} Plan */

const GATES = /** @type {["lstm" | "gru" | "rnn", string[]][]} */ ([["lstm", ["i", "f", "g", "o"]], ["gru", ["r", "z", "n"]], ["rnn", ["h"]]]);

/** @param {Trace} trace @param {number | null} time @param {number} layer @returns {Plan} */
export function planOf(trace, time, layer) {
  const tail = `${time ?? ""}${layer > 1 ? `_${layer}` : ""}`;
  for (const [kind, letters] of GATES) {
    const ids = letters.map((letter) => trace.byName.get(letter + tail));
    if (ids.some((id) => id === undefined)) continue;
    const gates = /** @type {Parts} */ (Object.fromEntries(letters.map((letter, k) => [letter, ids[k]])));
    const parts = new Reader(trace);
    const found = kind === "lstm" ? lstmParts(parts, gates) : kind === "gru" ? gruParts(parts, gates) : rnnParts(parts, gates);
    if (found) return { kind, convention: null, units: trace.steps[found.parts.h].shape.at(-1) ?? 1, ...found };
  }
  throw new MissingTensor(`a cell of ${GATES.map(([, letters]) => letters.map((letter) => letter + tail).join(", ")).join(" or of ")}`);
}

/** Follows the steps of a trace forward and back. */
class Reader {
  /** @param {Trace} trace */
  constructor({ steps, consumers }) {
    this.steps = steps;
    this.consumers = consumers;
  }

  /** The first step that reads this one by an operation. @param {number} id @param {string} op @returns {number | undefined} */
  into(id, op) {
    return this.consumers[id]?.find((consumer) => this.steps[consumer].op === op && this.steps[consumer].phase === "forward");
  }

  /** All of them. @param {number} id @param {string} op */
  allInto(id, op) {
    return this.consumers[id].filter((consumer) => this.steps[consumer].op === op && this.steps[consumer].phase === "forward");
  }

  /** The other factor, or the other term. @param {number} id @param {number} not */
  other(id, not) {
    const { inputs } = this.steps[id];
    return inputs[0] === not ? inputs[1] : inputs[0];
  }

  /** @param {number} id @param {string} op */
  is(id, op) {
    return this.steps[id]?.op === op;
  }

  /** The products of matrices that a sum is made of, in order. @param {number} id @returns {number[]} */
  products(id) {
    const { op, inputs } = this.steps[id];
    if (op === "matmul") return [id];
    return op === "add" || op === "narrow" ? inputs.flatMap((input) => this.products(input)) : [];
  }

  /** What stands left in the first and last product of matrices, x and the state; nothing where the gates are given as numbers. @param {number} id
   * @returns {Parts} */
  inputs(id) {
    const found = this.products(id).map((product) => this.steps[product].inputs[0]);
    return found.length >= 2 ? { x: found[0], hPrev: found[found.length - 1] } : {};
  }
}

/** @param {Reader} read @param {Parts} gates @returns {{parts: Parts} | null} */
function lstmParts(read, { i, f, g, o }) {
  const keep = read.into(f, "mul");
  const write = read.into(i, "mul");
  if (keep === undefined || write === undefined || read.other(write, i) !== g) return null;
  const c = read.into(keep, "add");
  const seen = c === undefined ? undefined : read.allInto(c, "tanh").find((id) => read.into(id, "mul") !== undefined && read.into(id, "mul") === read.into(o, "mul"));
  if (c === undefined || read.other(c, keep) !== write || seen === undefined) return null;
  const h = /** @type {number} */ (read.into(o, "mul"));
  const before = read.inputs(read.steps[i].inputs[0]);
  const pre = Object.fromEntries(Object.entries({ i, f, g, o }).map(([letter, id]) => [`pre_${letter}`, read.steps[id].inputs[0]]));
  return { parts: { i, f, g, o, keep, write, c, seen, h, cPrev: read.other(keep, f), ...before, ...pre } };
}

/** @param {Reader} read @param {Parts} gates @returns {{parts: Parts, convention: Convention} | null} */
function gruParts(read, { r, z, n }) {
  const takes = read.allInto(n, "mul").find((id) => read.into(id, "add") !== undefined);
  const h = takes === undefined ? undefined : read.into(takes, "add");
  if (takes === undefined || h === undefined) return null;
  const keeps = read.other(h, takes);
  const share = read.other(takes, n);
  const kept = read.steps[keeps].inputs.find((id) => id === z || (read.is(id, "sub") && read.steps[id].inputs[1] === z));
  const sum = read.steps[n].inputs[0];
  const [, seen] = read.steps[sum].inputs;
  if (!read.is(keeps, "mul") || kept === undefined || !read.is(sum, "add")) return null;
  const after = read.is(seen, "mul");
  const rest = after ? seen : read.steps[seen].inputs[0];
  const before = read.inputs(read.steps[r].inputs[0]);
  if (!read.is(rest, "mul") || !read.steps[rest].inputs.includes(r)) return null;
  const met = read.other(rest, r);
  const convention = !after ? (share === z ? "chung" : "cho") : biased(read, met) ? "pytorch" : "reset after";
  const pre = { pre_r: read.steps[r].inputs[0], pre_z: read.steps[z].inputs[0], pre_n: sum };
  return { convention, parts: { r, z, n, h, takes, keeps, share, kept, reset: rest, met, seen, ...before, hPrev: read.other(keeps, kept), ...pre } };
}

/** Whether a bias was added before the part was cut out. @param {Reader} read @param {number} id */
const biased = (read, id) => read.is(id, "narrow") && read.is(read.steps[id].inputs[0], "add");

/** @param {Reader} read @param {Parts} gates @returns {{parts: Parts} | null} */
function rnnParts(read, { h }) {
  if (!read.is(h, "tanh")) return null;
  const pre = read.steps[h].inputs[0];
  return { parts: { h, pre_h: pre, ...read.inputs(pre) } };
}

/** What a step gives to the gradient of one of its inputs. @param {Trace} trace @param {number} step @param {number} input */
export function backFrom({ steps }, step, input) {
  return steps[step].contributions[steps[step].inputs.indexOf(input)] ?? null;
}

/** @param {any} view @returns {string | null} */
export function cellFault({ steps, layer }) {
  const fits = Array.isArray(steps) && steps.length >= 1 && steps.length <= 400 && steps.every((step) => step === null || (Number.isInteger(step) && step >= 1));
  if (!fits) return `view.steps is ${String(JSON.stringify(steps)).slice(0, 40)}, not a list of numbers of time steps.`;
  return Number.isInteger(layer) && layer >= 1 ? null : `view.layer is ${String(JSON.stringify(layer)).slice(0, 40)}, not a number from 1 on.`;
}
