// Reads from a trace what attention is made of: for each head its matrices, and what lies between the product and the weights.
import { fitted } from "./attention_digits.js";
import { stepNamed } from "./missing.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("../engine/step.js").Step} Step */
/** @typedef {"Q" | "K" | "V" | "O" | "X"} Role */
/** A part of a tensor: the rows and columns of one head. @typedef {{step: number, gradient: number | null, base: number, rows: number, columns: number}} Matrix */
/** @typedef {Matrix & {kind: "product" | "scale" | "mask" | "weights" | "other", label: string}} Layer */
/** @typedef {{Q: Matrix, K: Matrix, V: Matrix, O: Matrix, layers: Layer[], sums: Matrix | null}} Head layers: the scores as they become weights, which
 *   are the last; sums: what each row of the softmax subtracts on the way back */
/** @typedef {{tokens: string[], keys: string[], X: Matrix | null, heads: Head[], dot: boolean, inputs: number[][], loss: string}} Plan dot: the scores are dot products of rows of Q and K;
 *   inputs: of each step; loss: LaTeX of its name */
/** @typedef {{head: number, role: Role | "layer", layer: number, gradient: boolean, row: number, column: number}} Spot a number by its place in the drawing */

const LISTS = /** @type {const} */ (["Q", "K", "V", "weights", "output"]);
/** A mask of −10000 or less leaves nothing either. */
const FAR_DOWN = -1e4;
export const MOST = { tokens: 24, features: 32, heads: 12 };

/** @param {Trace} trace @param {any} view @returns {Plan} */
export function planOf(trace, view) {
  const named = LISTS.map((field) => view[field].map((/** @type {string} */ name) => trace.steps[stepNamed(trace, name)]));
  /** @type {Head[]} */
  const heads = [];
  let dot = true;
  for (let i = 0; i < named[0].length; i += 1) {
    const [Q, K, V, A, O] = named.map((steps) => steps[i]);
    const chain = chainOf(trace, A, Q);
    dot &&= isDot(trace, chain[0].step, Q.id, K.id);
    for (let h = 0; h < count(A); h += 1) {
      const [q, k, v, o] = [Q, K, V, O].map((step) => matrix(trace, step, h));
      heads.push({ Q: q, K: k, V: v, O: o, layers: chain.map(({ step, kind, label }) => ({ ...matrix(trace, step, h), kind, label })), sums: sumsOf(trace, A, h) });
    }
  }
  const X = view.X ? matrix(trace, trace.steps[stepNamed(trace, view.X)], 0) : null;
  const loss = trace.outputs.loss === null ? null : trace.steps[trace.outputs.loss];
  return { tokens: view.tokens, keys: view.keys, X, heads, dot, inputs: trace.steps.map(({ inputs }) => inputs), loss: loss?.symbol ?? "L" };
}

/** Heads that one tensor holds: its axis before the rows. @param {Step} step */
const count = ({ shape }) => (shape.length > 2 ? shape[shape.length - 3] : 1);

/** @param {Trace} trace @param {Step} step @param {number} head @returns {Matrix} */
function matrix(trace, { id, shape, gradient }, head) {
  const [rows, columns] = shape.slice(-2);
  const own = gradient !== null && String(trace.steps[gradient].shape) === String(shape) ? gradient : null;
  return { step: id, gradient: own, base: head * rows * columns, rows, columns };
}

/** @param {Trace} trace @param {Step} weights @param {number} head @returns {Matrix | null} */
function sumsOf({ steps }, weights, head) {
  const rows = weights.shape.at(-2) ?? 0;
  const found = weights.op !== "softmax" ? undefined : steps.find((step) => step.phase === "backward" && step.of === weights.id && step.op === "sum" && step.size * (weights.shape.at(-1) ?? 0) === weights.size);
  return found ? { step: found.id, gradient: null, base: head * rows, rows, columns: 1 } : null;
}

/** The steps that the scores go through, from the product to the weights. @param {Trace} trace @param {Step} weights @param {Step} Q */
function chainOf({ steps, consumers }, weights, Q) {
  const fromQ = reached(consumers, Q.id, weights.id);
  /** @type {Step[]} */
  const chain = [weights];
  for (let step = weights; step.op !== "matmul";) {
    const before = step.inputs.map((id) => steps[id]).find(({ id, size }) => size === weights.size && fromQ.has(id));
    if (!before) break;
    step = before;
    if (String(step.shape) === String(weights.shape)) chain.unshift(step);
  }
  return chain.map((step, i) => ({ step, ...kindOf(steps, step, i === chain.length - 1, Q.shape.at(-1) ?? 1) }));
}

/** @param {number[][]} consumers @param {number} from @param {number} to */
function reached(consumers, from, to) {
  const found = new Set([from]);
  for (const id of found) for (const next of consumers[id]) if (next <= to) found.add(next);
  return found;
}

/** @param {Step[]} steps @param {Step} step @param {boolean} last @param {number} d features of a query
 * @returns {{kind: Layer["kind"], label: string}} */
function kindOf(steps, step, last, d) {
  const { op, inputs } = step;
  if (last) return { kind: "weights", label: op === "softmax" ? "softmax" : "weights" };
  if (op === "matmul") return { kind: "product", label: "Q Kᵀ" };
  const factor = op === "div" || op === "mul" ? inputs.map((id) => steps[id]).find(({ size }) => size === 1) : undefined;
  if (factor) return { kind: "scale", label: scaleLabel(op, factor, d) };
  if (op === "add" || op === "sub" || op === "mul") return { kind: "mask", label: "mask" };
  return { kind: "other", label: op.replace("_", " ") };
}

/** @param {string} op @param {Step} factor @param {number} d */
function scaleLabel(op, { op: kind, value, symbol, name }, d) {
  const number = kind === "constant" && value ? value[0] : NaN;
  const root = op === "div" ? number : 1 / number;
  if (Math.abs(root - Math.sqrt(d)) <= 1e-6 * root) return "÷ √d";
  const text = Number.isFinite(number) ? fitted(number, 6) : symbol && !name.startsWith("step") ? name : "scale";
  return `${op === "div" ? "÷" : "·"} ${text}`;
}

/** Whether a product is that of Q and the transpose of K. @param {Trace} trace @param {Step} product @param {number} Q @param {number} K */
function isDot({ steps }, { op, inputs }, Q, K) {
  const source = (/** @type {number} */ id, /** @type {number} */ wanted) => {
    while (id !== wanted && steps[id].op === "transpose") [id] = steps[id].inputs;
    return id === wanted;
  };
  return op === "matmul" && source(inputs[0], Q) && source(inputs[1], K);
}

/** The matrix that a spot lies in. @param {Plan} plan @param {Spot} spot @returns {Matrix} */
export function matrixOf(plan, { head, role, layer }) {
  if (role === "X") return /** @type {Matrix} */ (plan.X);
  return role === "layer" ? plan.heads[head].layers[layer] : plan.heads[head][role];
}

/** @param {Plan} plan @param {Spot} spot @returns {import("./types.js").Place} */
export function placeOf(plan, spot) {
  const { step, gradient, base, columns } = matrixOf(plan, spot);
  return { step: spot.gradient ? gradient ?? step : step, offset: base + spot.row * columns + spot.column };
}

/** Where in the drawing a number of the trace stands, if it does; of two layers that share a gradient it is that of `layer`.
 * @param {Plan} plan @param {import("./types.js").Place} place @param {number} preferred @returns {Spot | null} */
export function spotOf(plan, { step, offset }, preferred) {
  const found = spotsOf(plan, step, offset);
  return found.find(({ role, layer }) => role === "layer" && layer === preferred) ?? found[0] ?? null;
}

/** @param {Plan} plan @param {number} step @param {number} offset */
function spotsOf(plan, step, offset) {
  /** @type {Spot[]} */
  const found = [];
  const roles = /** @type {const} */ (["Q", "K", "V", "O"]);
  for (let head = 0; head < plan.heads.length; head += 1) {
    const own = plan.heads[head];
    const all = [...roles.map((role) => ({ role, layer: 0, matrix: own[role] })), ...own.layers.map((matrix, layer) => ({ role: /** @type {"layer"} */ ("layer"), layer, matrix })),
      ...(plan.X ? [{ role: /** @type {"X"} */ ("X"), layer: 0, matrix: plan.X }] : [])];
    for (const { role, layer, matrix: m } of all) {
      const at = offset - m.base;
      if ((m.step !== step && m.gradient !== step) || at < 0 || at >= m.rows * m.columns) continue;
      found.push({ head, role, layer, gradient: m.step !== step, row: Math.floor(at / m.columns), column: at % m.columns });
    }
  }
  return found;
}

/** Which numbers of a layer are masked there: pushed to −∞, or so far down that nothing is left; null in layers before the mask.
 * @param {import("./types.js").State} state @param {Plan} plan @param {{head: number, layer: number}} at @returns {((row: number, column: number) => boolean) | null} */
export function maskOf(state, plan, { head, layer }) {
  const { layers } = plan.heads[head];
  const at = layers.findIndex(({ kind }) => kind === "mask");
  if (at < 1 || layer < at || !state.shown(layers[at].step)) return null;
  const [before, after] = [layers[at - 1], layers[at]];
  return (row, column) => {
    const offset = before.base + row * before.columns + column;
    const [score, masked] = [state.values[before.step].data[offset], state.values[after.step].data[offset]];
    return masked === -Infinity || masked - score <= FAR_DOWN;
  };
}

/** Queries that may look at no key, so that the softmax has nothing to share out. @param {import("./types.js").State} state @param {Plan} plan @param {number} head */
export function blindQueries(state, plan, head) {
  const before = plan.heads[head].layers.at(-2);
  if (!before || !state.shown(before.step)) return [];
  const { data } = state.values[before.step];
  return plan.tokens.map((_, i) => i).filter((i) => data.subarray(before.base + i * before.columns, before.base + (i + 1) * before.columns).every((/** @type {number} */ score) => score === -Infinity));
}

/** What is wrong with the names of a view, in a sentence, or null. @param {any} view @param {Trace} trace @returns {string | null} */
export function attentionFault(view, trace) {
  for (const field of ["tokens", "keys"]) {
    if (!areTexts(view[field])) return `view.${field} is not a list of 1 to ${MOST.tokens} short texts.`;
  }
  const lengths = LISTS.map((field) => view[field].length);
  if (new Set(lengths).size > 1) return `view names ${lengths.join(", ")} of ${LISTS.join(", ")}, not as many of each.`;
  for (let i = 0; i < lengths[0]; i += 1) {
    const fault = headFault(view, trace, i);
    if (fault) return fault;
  }
  const X = trace.steps[trace.byName.get(view.X ?? "") ?? -1];
  return X ? shapeFault("view.X", X, [view.tokens.length, X.shape.at(-1) ?? 0], 1) : null;
}

/** @param {any} view @param {Trace} trace @param {number} i */
function headFault(view, trace, i) {
  const found = LISTS.map((field) => trace.steps[trace.byName.get(view[field][i]) ?? -1]);
  if (found.some((step) => !step)) return null; // another variant's
  const [Q, K, V, A, O] = found;
  const [q, k, d, v, heads] = [view.tokens.length, view.keys.length, Q.shape.at(-1) ?? 0, V.shape.at(-1) ?? 0, count(A)];
  if (heads * view.Q.length > MOST.heads) return `view shows ${heads * view.Q.length} heads, more than ${MOST.heads}.`;
  const wanted = [[Q, q, d], [K, k, d], [V, k, v], [A, q, k], [O, q, v]];
  for (let f = 0; f < LISTS.length; f += 1) {
    const [step, rows, columns] = /** @type {[Step, number, number]} */ (wanted[f]);
    const fault = shapeFault(`view.${LISTS[f]}[${i}]`, step, [rows, columns], heads);
    if (fault) return fault;
  }
  return null;
}

/** @param {string} field @param {Step} step @param {[number, number]} wanted @param {number} heads */
function shapeFault(field, { name, shape }, [rows, columns], heads) {
  const fits = shape.length >= 2 && shape.at(-2) === rows && shape.at(-1) === columns && columns > 0 && columns <= MOST.features &&
    (shape.at(-3) ?? 1) === heads && shape.slice(0, -3).every((n) => n === 1);
  return fits ? null : `${field} is ${JSON.stringify(name).slice(0, 40)} of shape (${shape.join(", ")}), not ${heads === 1 ? "" : `${heads} times `}(${rows}, ${columns}) with at most ${MOST.features} columns.`;
}

/** @param {any} list */
export function areTexts(list) {
  return Array.isArray(list) && list.length > 0 && list.length <= MOST.tokens && list.every((text) => typeof text === "string" && text.length > 0 && text.length <= 40);
}
