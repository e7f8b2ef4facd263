// The tensors of a stop as heatmaps with numbers, laid out as the equation is written. Tensors that the author chose stay
// on view; where no gradient is among them, the equations of the backward pass follow below.
import { explain } from "../engine/terms.js";
import { held } from "./missing.js";
import { html } from "./svg.js";
import { equations, units } from "./tensor_equation.js";
import { matrix } from "./tensor_matrix.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./tensor_equation.js").Piece_} Piece_ */

/** @param {Context} context @returns {import("./types.js").View} */
export function tensor(context) {
  const { trace, view } = context;
  const fixed = view.tensors?.length > 0;
  const chosen = fixed ? [chosenTensors(trace, view.tensors)] : [];
  const complete = fixed && chosen[0].some((piece) => "step" in piece && trace.steps[piece.step].phase === "backward");
  const element = html("div", { class: "nn-view nn-tensors", role: "group", "aria-label": "Tensors of this step" });
  /** Matrices by step and how often the page has shown that step already. @type {Map<string, import("./tensor_matrix.js").Matrix>} */
  const made = new Map();
  /** @type {import("./tensor_matrix.js").Matrix[]} */
  let onPage = [];
  /** @type {State | null} */
  let state = null;
  /** @type {Place | null} */
  let pointed = null;
  let pageKey = "";
  const watched = { ...context, hover: hoverTerms };

  /** The operands of the element under the pointer light up at once. @param {number} step @param {number | null} offset */
  function hoverTerms(step, offset) {
    pointed = offset === null ? null : { step, offset };
    context.hover(step, offset);
    if (state) paint(state);
  }

  /** @param {State} next */
  function update(next) {
    state = next;
    const alone = complete || (fixed && next.phase === "forward");
    const key = alone ? "alone" : `${next.size}:${next.stop}`;
    if (key !== pageKey) turnTo([...chosen, ...(alone ? [] : equations(trace, next.stops[next.stop]))]);
    pageKey = key;
    paint(next);
  }

  /** @param {Piece_[][]} rows */
  function turnTo(rows) {
    /** @type {Map<number, number>} */
    const seen = new Map();
    const focused = element.contains(document.activeElement) ? /** @type {any} */ (document.activeElement) : null;
    onPage = [];
    element.replaceChildren(...rows.map((row) => html("div", { class: row.some((piece) => "sign" in piece) ? "nn-equation" : "nn-equation nn-list" },
      ...units(row).map((unit) => html("div", { class: "nn-unit" }, ...unit.map((piece) => draw(piece, seen)))))));
    if (focused?.isConnected) focused.focus();
  }

  /** @param {Piece_} piece @param {Map<number, number>} seen */
  function draw(piece, seen) {
    if ("note" in piece) return html("span", { class: "nn-note" }, piece.note);
    if ("sign" in piece) return html("span", { class: "nn-sign" }, piece.sign);
    const count = seen.get(piece.step) ?? 0;
    seen.set(piece.step, count + 1);
    const key = `${piece.step}:${count}:${piece.mark ?? ""}`;
    const block = made.get(key) ?? matrix(watched, piece.step, { transposed: piece.mark === "transposed" });
    made.set(key, block);
    onPage.push(block);
    return block.element;
  }

  /** @param {State} next */
  function paint(next) {
    const terms = termsOf(next, pointed ?? next.selection);
    for (const block of onPage) block.update(next, terms);
  }

  /** @param {State} next @param {Place | null} place */
  function termsOf(next, place) {
    const keys = new Set();
    if (!place || !next.shown(place.step)) return keys;
    collect(explain(trace, next.values, place.step, place.offset), place, keys);
    addFactors(trace, place, keys);
    return keys;
  }

  return { element, update, destroy: () => element.replaceChildren() };
}

/** @param {import("../engine/trace.js").Trace} trace @param {string[]} names @returns {Piece_[]} */
function chosenTensors(trace, names) {
  const { steps, missing } = held(trace, names);
  return [...steps.map((step) => ({ step })), ...missing.map((note) => ({ note }))];
}

/** The elements a number was made of. @param {any} node @param {Place} self @param {Set<string>} keys */
function collect(node, self, keys) {
  if (node.kind === "ref" && !(node.step === self.step && node.offset === self.offset)) keys.add(`${node.step}:${node.offset}`);
  for (const inner of node.args ?? []) collect(inner, self, keys);
}

/** The whole row and column behind an element of a product, of which a long sum spells out the ends only.
 * @param {import("../engine/trace.js").Trace} trace @param {Place} place @param {Set<string>} keys */
function addFactors(trace, { step, offset }, keys) {
  const { op, inputs, shape } = trace.steps[step];
  if (op === "add") {
    for (const id of inputs) if (trace.steps[id].symbol === null && String(trace.steps[id].shape) === String(shape)) addFactors(trace, { step: id, offset }, keys);
  }
  if (op !== "matmul" || shape.length !== 2) return;
  const inner = trace.steps[inputs[0]].shape[1];
  for (let k = 0; k < inner; k += 1) {
    keys.add(original(trace, inputs[0], Math.floor(offset / shape[1]) * inner + k));
    keys.add(original(trace, inputs[1], k * shape[1] + (offset % shape[1])));
  }
}

/** An element of a transposed matrix is an element of the matrix. @param {import("../engine/trace.js").Trace} trace
 * @param {number} id @param {number} offset */
function original(trace, id, offset) {
  const { op, inputs, shape, symbol } = trace.steps[id];
  if (op !== "transpose" || shape.length !== 2 || symbol !== null) return `${id}:${offset}`;
  return `${inputs[0]}:${(offset % shape[1]) * shape[0] + Math.floor(offset / shape[1])}`;
}
