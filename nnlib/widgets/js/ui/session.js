/** One variant being explored: its trace, its numbers, the way through it, and what can be undone. */

import { Replay } from "../engine/replay.js";
import { stops as stopsOf } from "../engine/stops.js";
import { explain } from "../engine/terms.js";
import { unravel } from "../engine/array.js";
import { latexOf } from "../engine/symbols.js";
import { arrivals } from "./arrivals.js";
import { onOneLine } from "./latex.js";
import { isInput } from "./spec.js";

/** @typedef {import("./types.js").Trace} Trace */
/** @typedef {import("./types.js").Stop} Stop */
/** @typedef {import("./types.js").Size} Size */
/** @typedef {import("./types.js").Place} Place */

const UNDO_DEPTH = 50;

export class Session {
  /** @type {Map<number, number>} */
  #owner;

  /** @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    this.replay = new Replay(trace);
    this.replay.run();
    this.stale = false;
    /** @type {Record<Size, Stop[]>} */
    this.stops = { big: stopsOf(trace, "big"), small: stopsOf(trace, "small") };
    this.arrival = { big: arrivals(trace, this.stops.big), small: arrivals(trace, this.stops.small) };
    /** @type {number[]} */
    this.losses = this.trainable ? [this.loss()] : [];
    /** @type {{inputs: {step: number, data: Float64Array}[], losses: number, kept: unknown}[]} */
    this.past = [];
    /** What a drawing keeps beside the numbers, such as a text that it has written; null before it has anything. @type {unknown} */
    this.kept = null;
    this.oddFromTheStart = this.replay.nonFinite();
    /** For each gradient the step that it belongs to; the last one, which is nearest to it. */
    this.#owner = new Map(trace.steps.filter(({ gradient }) => gradient !== null).map(({ id, gradient }) => [/** @type {number} */ (gradient), id]));
  }

  get trainable() {
    return Object.keys(this.trace.updates ?? {}).length > 0;
  }

  /** The loss, or NaN in a trace that has none. */
  loss() {
    const { loss } = this.trace.outputs;
    return loss === null ? NaN : this.replay.values[loss].data[0];
  }

  lossName() {
    const { loss } = this.trace.outputs;
    return loss === null ? "" : this.trace.steps[loss].name;
  }

  /** @param {string} target */
  has(target) {
    return isInput(this.trace, target);
  }

  /** @param {string} target @returns {number} */
  get(target) {
    return this.replay.get(target);
  }

  /** Whether the author named it; a bare number in a formula is a constant without a name. @param {number} step */
  isNamed(step) {
    const { symbol, name } = this.trace.steps[step];
    return symbol !== null && name !== `step${step}`;
  }

  /** The value in the recording. @param {string} target */
  recorded(target) {
    const place = this.trace.find(target);
    return place ? this.trace.steps[place.step].value?.[place.offset] : undefined;
  }

  /** @param {string} target @param {number} value */
  set(target, value) {
    if (Object.is(this.replay.get(target), value)) return;
    this.replay.set(target, value);
    this.stale = true;
  }

  /**
   * Whole inputs at once, as a drawing feeds back the state of a network, and what it keeps about them.
   * @param {Iterable<[number, ArrayLike<number>]>} inputs @param {unknown} kept
   */
  feed(inputs, kept) {
    for (const [step, data] of inputs) {
      this.replay.setTensor(step, data);
      this.stale = true;
    }
    this.kept = kept;
  }

  /** Recomputes everything if an input changed. */
  refresh() {
    if (this.stale) this.replay.run();
    this.stale = false;
  }

  reset() {
    this.replay.reset();
    this.replay.run();
    this.stale = false;
    this.past.length = 0;
    this.kept = null;
    this.losses = this.trainable ? [this.loss()] : [];
  }

  /**
   * Training steps until `enough` says so; the loss after each is kept.
   * @param {(done: number) => boolean} enough
   */
  train(enough) {
    for (let done = 1; ; done++) {
      const before = this.replay.train();
      if (done > 1) this.losses.push(before);
      if (enough(done)) break;
    }
    this.replay.run();
    this.stale = false;
    this.losses.push(this.loss());
  }

  /** Remembers the inputs as they are, to come back to. */
  remember() {
    this.past.push({ inputs: this.#inputs(), losses: this.losses.length, kept: this.kept });
    if (this.past.length > UNDO_DEPTH) this.past.shift();
  }

  undo() {
    const before = this.past.pop();
    for (const { step, data } of before?.inputs ?? []) this.replay.setTensor(step, data);
    this.losses.length = before?.losses ?? this.losses.length;
    if (before) this.kept = before.kept;
    this.replay.run();
    this.stale = false;
  }

  #inputs() {
    return this.trace.steps.filter(({ op }) => op === "input")
      .map(({ id }) => ({ step: id, data: this.replay.values[id].data.slice() }));
  }

  /** The first step that stopped being finite through the reader's changes, or -1. */
  firstOdd() {
    const step = this.replay.nonFinite();
    return step === this.oddFromTheStart ? -1 : step;
  }

  /** @param {number} step @param {number} offset */
  explain(step, offset) {
    return explain(this.trace, this.replay.values, step, offset, {});
  }

  /**
   * As `explain`, with one step left whole although it has no name: the upstream gradient of a rule.
   * @param {number} whole
   * @returns {(step: number, offset: number) => any}
   */
  explainWith(whole) {
    const steps = this.trace.steps.slice();
    steps[whole] = { ...steps[whole], symbol: steps[whole].symbol ?? "g" };
    const trace = Object.assign(Object.create(this.trace), { steps });
    return (step, offset) => explain(trace, this.replay.values, step, offset, {});
  }

  /** @param {number} step @param {number} offset */
  describe(step, offset) {
    const { name, shape } = this.trace.steps[step];
    return { name, index: unravel(shape, offset).join(","), label: this.trace.labelOf(step, offset) };
  }

  /** @param {number} step */
  size(step) {
    return this.replay.values[step].data.length;
  }

  /** LaTeX of one element: its label, or its tensor with the index. @param {number} step @param {number} offset */
  elementLatex(step, offset) {
    const { symbol, latex, shape, labels } = this.trace.steps[step];
    const owner = this.#owner.get(step);
    if (labels || (!symbol && !latex && owner === undefined)) return onOneLine(latexOf(this.trace.labelOf(step, offset)));
    const index = shape.length ? `[${unravel(shape, offset).join(",")}]` : "";
    if (!symbol && owner === undefined) return index ? `\\left(${latex}\\right)${index}` : /** @type {string} */ (latex);
    return onOneLine(symbol ?? this.gradientLatex(/** @type {number} */ (owner))) + index;
  }

  /** @param {number} step */
  tensorLatex(step) {
    const { symbol, latex, name } = this.trace.steps[step];
    return symbol ?? latex ?? latexOf(name);
  }

  /** The gradient with respect to a step; that of an unnamed step is written with its formula. @param {number} step */
  gradientLatex(step) {
    const { steps, outputs } = this.trace;
    const { gradient, symbol } = steps[step];
    // A gradient that was handed on unchanged is named after the step it came from.
    const own = gradient !== null && this.#owner.get(gradient) === step;
    if (symbol && own && steps[gradient].symbol) return /** @type {string} */ (steps[gradient].symbol);
    const top = outputs.loss === null ? "" : this.tensorLatex(outputs.loss);
    const below = this.tensorLatex(step);
    return `\\frac{\\partial ${top}}{\\partial ${symbol ? below : `\\left(${below}\\right)`}}`;
  }

  /** The value a gradient belongs to, and the gradient a value has. @param {Place} place @returns {Place | null} */
  twin({ step, offset }) {
    const { gradient } = this.trace.steps[step];
    return gradient === null || !sameSize(this.trace, step, gradient) ? null : { step: gradient, offset };
  }
}

/** @param {Trace} trace @param {number} a @param {number} b */
function sameSize(trace, a, b) {
  return String(trace.steps[a].shape) === String(trace.steps[b].shape);
}
