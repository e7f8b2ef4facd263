// The equations of a stop as rows of pieces: matrices, and the signs between them.

import { format } from "../ui/format.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("../ui/types.js").Stop} Stop */
/** @typedef {{step: number, mark?: "transposed"} | {sign: string} | {note: string}} Piece_ */
/** @typedef {{pieces: Piece_[], strength: number}} Phrase */

const LOOSE = 1, FACTOR = 2, ATOM = 4;
const DEEPEST = 4;
const SIGNS = /** @type {Record<string, [string, number]>} */ ({
  add: ["+", LOOSE], sub: ["−", LOOSE], mul: ["⊙", FACTOR], div: ["÷", FACTOR], matmul: ["@", FACTOR], greater: [">", LOOSE],
});

/** @param {Trace} trace @param {Stop} stop @returns {Piece_[][]} */
export function equations(trace, stop) {
  const own = new Set(stop.steps);
  const told = stop.steps.filter((id) => isTold(trace, id, own));
  if (stop.steps.every((id) => isLeaf(trace.steps[id]))) return startRows(trace, stop);
  return told.map((id) => [...phrase(trace, id, 0).pieces, { sign: "=" }, { step: id }, ...resultNote(trace, id)]);
}

/** At the start, and where a gradient passes unchanged, there is nothing to compute: tensors stand on their own.
 * @param {Trace} trace @param {Stop} stop @returns {Piece_[][]} */
function startRows(trace, stop) {
  const named = stop.steps.filter((id) => trace.steps[id].symbol !== null && !isFigure(trace, id));
  const inputs = named.map((id) => /** @type {Piece_} */ ({ step: id }));
  if (stop.of === null || stop.phase !== "backward") return [inputs];
  const of = trace.steps[stop.of];
  const passed = of.contributions.flatMap((id, i) => (id === null ? [] : [passedOn(trace, id, of.inputs[i])]));
  return inputs.length > 0 ? [inputs, ...passed] : passed;
}

/** @param {Trace} trace @param {number} id @param {number} input @returns {Piece_[]} */
function passedOn(trace, id, input) {
  return [{ step: id }, { note: `is passed on unchanged to ${nameOf(trace, input)}` }];
}

/** Steps worth a row of their own: those with a symbol, and those that nothing in this stop consumes.
 * @param {Trace} trace @param {number} id @param {Set<number>} own */
function isTold(trace, id, own) {
  const step = trace.steps[id];
  if (isLeaf(step)) return false;
  return step.symbol !== null || !trace.consumers[id].some((user) => own.has(user));
}

/** What an unnamed result is for. @param {Trace} trace @param {number} id @returns {Piece_[]} */
function resultNote(trace, id) {
  const step = trace.steps[id];
  if (step.symbol !== null || step.of === null) return [];
  const input = trace.steps[step.of].contributions.indexOf(id);
  return input < 0 ? [] : [{ note: `one part of the gradient of ${nameOf(trace, trace.steps[step.of].inputs[input])}` }];
}

/** @param {Trace} trace @param {number} id */
function nameOf(trace, id) {
  const step = trace.steps[id];
  return step.symbol === null ? `the ${step.op.replace("_", " ")} before it` : step.name;
}

/** @param {{op: string}} step */
function isLeaf(step) {
  return step.op === "input" || step.op === "constant";
}

/** A number that the formula holds, such as the 2 of a derivative: text, not a tensor. @param {Trace} trace @param {number} id */
function isFigure(trace, id) {
  const { op, name, size } = trace.steps[id];
  return op === "constant" && size === 1 && name === `step${id}`;
}

/** The right-hand side of a step. @param {Trace} trace @param {number} id @param {number} depth @returns {Phrase} */
function phrase(trace, id, depth) {
  const { op, inputs, params } = trace.steps[id];
  const operand = (/** @type {number} */ i, /** @type {number} */ needed) => bracketed(term(trace, inputs[i], depth + 1), needed);
  if (op in SIGNS) return infix(trace, id, operand);
  if (op === "neg") return { pieces: [{ sign: "−" }, ...operand(0, FACTOR)], strength: LOOSE };
  if (op === "power") return { pieces: [...operand(0, ATOM), { sign: powerSign(params.exponent) }], strength: ATOM };
  if (op === "sum") return { pieces: [{ sign: sumSign(params.axes, trace.steps[inputs[0]].shape) }, ...operand(0, ATOM)], strength: FACTOR };
  if (op === "broadcast_to" || op === "reshape") return term(trace, inputs[0], depth);
  if (op === "transpose") return { pieces: [turned(trace, id)], strength: ATOM };
  const list = inputs.flatMap((input, i) => [...(i > 0 ? [{ sign: "," }] : []), ...term(trace, input, depth + 1).pieces]);
  return { pieces: [{ sign: `${callName(op)}(` }, ...list, { sign: ")" }], strength: ATOM };
}

/** A transposed matrix shows the elements of the matrix itself. @param {Trace} trace @param {number} id @returns {Piece_} */
function turned(trace, id) {
  const source = trace.steps[trace.steps[id].inputs[0]];
  return source.shape.length === 2 && source.symbol !== null ? { step: source.id, mark: "transposed" } : { step: id };
}

/** @param {number[]} axes @param {number[]} shape */
function sumSign(axes, shape) {
  if (axes.length === shape.length) return "sum of all";
  if (shape.length === 2) return axes[0] === 0 ? "sum over rows" : "sum over columns";
  return `sum over axes ${axes.join(", ")}`;
}

/** Pieces that stay on one line: an operator goes with the matrix that follows it, a closing bracket with the one before.
 * @param {Piece_[]} row @returns {Piece_[][]} */
export function units(row) {
  /** @type {Piece_[][]} */
  const list = [];
  let open = true;
  for (const piece of row) {
    const closing = "sign" in piece && [")", "²", "³", ",", "⁻¹"].includes(piece.sign);
    if (list.length === 0 || !(open || closing)) list.push([]);
    list[list.length - 1].push(piece);
    open = "sign" in piece && !closing;
  }
  return list;
}

/** @param {string} op */
function callName(op) {
  return { maximum: "max", sigmoid: "σ" }[op] ?? op.replace(/_/g, " ");
}

/** @param {number} exponent */
function powerSign(exponent) {
  return { 2: "²", 3: "³", "-1": "⁻¹", 0.5: "^½", "-0.5": "^−½" }[exponent] ?? `^${exponent}`;
}

/** @param {Trace} trace @param {number} id @param {(i: number, needed: number) => Piece_[]} operand @returns {Phrase} */
function infix(trace, id, operand) {
  const { op, inputs } = trace.steps[id];
  const [sign, strength] = SIGNS[op];
  const scalar = op === "mul" && inputs.some((input) => trace.steps[input].size === 1);
  const right = op === "add" ? strength : strength + 1;
  return { pieces: [...operand(0, strength), { sign: scalar ? "·" : sign }, ...operand(1, right)], strength };
}

/** A named tensor stands as it is; an unnamed one is written out in place. @param {Trace} trace @param {number} id @param {number} depth
 * @returns {Phrase} */
function term(trace, id, depth) {
  const step = trace.steps[id];
  if (isFigure(trace, id)) return { pieces: [{ sign: format(step.value?.[0] ?? NaN) }], strength: ATOM };
  if (step.symbol !== null || isLeaf(step) || depth > DEEPEST) return { pieces: [{ step: id }], strength: ATOM };
  return phrase(trace, id, depth);
}

/** @param {Phrase} inner @param {number} needed @returns {Piece_[]} */
function bracketed({ pieces, strength }, needed) {
  return strength >= needed ? pieces : [{ sign: "(" }, ...pieces, { sign: ")" }];
}
