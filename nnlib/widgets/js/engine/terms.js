/**
 * The microscope: which numbers made this number, and how. `explain` gives an expression tree for any element of
 * any step; anonymous intermediates are opened in place, what has a name stands as it is.
 */
import { unravel } from "./array.js";
import { broadcastOffset } from "./broadcast.js";
import { close, number, sum, terms, valueOf } from "./nodes.js";
import { OPENERS, View } from "./openers.js";
import { moves, sourceOf } from "./sources.js";
import { latexOf } from "./symbols.js";

export { valueOf };

/** @typedef {import("./nodes.js").Node} Node */
/** @typedef {import("./array.js").NDArray} NDArray */
/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./step.js").Step} Step */

const DEPTH = 6;
const DEEPEST = 20;
const MOST_NODES = 300;
const MOST_ADDENDS = 2000; // sums of sums of themselves would double without end

/**
 * @param {Trace} trace
 * @param {NDArray[]} values of a replay of the trace
 * @param {number} id of the step
 * @param {number} offset of the element
 * @param {{depth?: number}} [options] depth: how many anonymous steps are opened inside one another
 * @returns {Node}
 */
export function explain(trace, values, id, offset, { depth = DEPTH } = {}) {
  const value = values[id].data[offset];
  for (let limit = Math.max(1, Math.min(depth, DEEPEST)); ; limit--) {
    const build = new Builder(trace, values);
    const node = build.root(id, offset, limit);
    // Too large to read, or rounded apart from the kernel by re-ordering: a shallower tree.
    if (limit === 1 || (build.count <= MOST_NODES && close(valueOf(node), value))) return node;
  }
}

/** Builds one tree. */
export class Builder {
  /** @param {Trace} trace @param {NDArray[]} values */
  constructor(trace, values) {
    this.trace = trace;
    this.values = values;
    this.count = 0;
  }

  /** @param {number} id @param {number} offset @param {number} depth @returns {Node} */
  root(id, offset, depth) {
    const step = this.trace.steps[id];
    return step.value ? this.leaf(step, offset) : this.open(step, offset, depth);
  }

  /**
   * Anonymous steps that only move numbers are looked through at no cost in depth: they add nothing to read.
   * @param {number} id @param {number} offset
   * @returns {{step: Step, offset: number, nowhere: boolean}} nowhere: padding, or a row that does not exist
   */
  origin(id, offset) {
    let step = this.trace.steps[id];
    while (step.symbol === null && moves(step.op)) {
      const place = sourceOf(step, offset, this.inputs(step));
      if (!place) return { step, offset, nowhere: true };
      offset = place.offset;
      step = this.trace.steps[step.inputs[place.input]];
    }
    return { step, offset, nowhere: false };
  }

  /** An element inside a formula. @param {number} id @param {number} offset @param {number} depth @returns {Node} */
  element(id, offset, depth) {
    const place = this.origin(id, offset);
    if (place.nowhere) return number(this.values[place.step.id].data[place.offset]);
    return this.closed(place.step, depth) ? this.leaf(place.step, place.offset) : this.open(place.step, place.offset, depth);
  }

  /** @param {Step} step @param {number} depth */
  closed(step, depth) {
    return step.value !== null || step.symbol !== null || depth <= 0 || this.count > MOST_NODES;
  }

  /**
   * a + b + c + ... is one sum however it was nested, and costs one depth however long it is: the gradient of a
   * shared weight has a term for each of its uses.
   * @param {View} view of an add
   */
  addends({ step, offset, depth }) {
    const [x, y] = step.inputs.map((id) => this.operand(step, id, offset));
    const stack = [y, x];
    /** @type {{step: Step, offset: number, nowhere: boolean}[]} */
    const places = [];
    for (let place = stack.pop(); place; place = stack.pop()) {
      const inner = place.step;
      const room = places.length + stack.length < MOST_ADDENDS;
      const further = room && !place.nowhere && inner.op === "add" && !this.closed(inner, depth);
      if (further) stack.push(this.operand(inner, inner.inputs[1], place.offset), this.operand(inner, inner.inputs[0], place.offset));
      else places.push(place);
    }
    const value = (/** @type {number} */ k) => this.values[places[k].step.id].data[places[k].offset];
    return sum(terms(places.length, (k) => this.element(places[k].step.id, places[k].offset, depth), value));
  }

  /** @param {Step} step @param {number} id of an input of it @param {number} offset */
  operand(step, id, offset) {
    return this.origin(id, broadcastOffset(step.shape, this.values[id].shape, offset));
  }

  /** @param {Step} step */
  inputs(step) {
    return step.inputs.map((id) => this.values[id]);
  }

  /** @param {Step} step @param {number} offset @returns {Node} */
  leaf(step, offset) {
    this.count++;
    const value = this.values[step.id].data[offset];
    if (step.op === "constant" && step.symbol === null) return number(value);
    const label = this.trace.labelOf(step.id, offset);
    return { kind: "ref", step: step.id, offset, label, latex: elementLatex(step, offset, label), value };
  }

  /** @param {Step} step @param {number} offset @param {number} depth @returns {Node} */
  open(step, offset, depth) {
    this.count++;
    if (moves(step.op)) {
      const place = sourceOf(step, offset, this.inputs(step));
      return place ? this.element(step.inputs[place.input], place.offset, depth) : number(this.values[step.id].data[offset]);
    }
    return OPENERS[step.op](new View(this, step, offset, depth - 1));
  }
}

/** @param {Step} step @param {number} offset @param {string} label */
export function elementLatex({ symbol, shape, labels }, offset, label) {
  if (labels || symbol === null) return latexOf(label);
  return shape.length === 0 ? symbol : `${symbol}[${unravel(shape, offset).join(",")}]`;
}
