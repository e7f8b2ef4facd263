/** Recomputes a trace after its inputs have changed; the same arrays are written again and again. */
import { NDArray } from "./array.js";
import { refuse, quote } from "./errors.js";
import { KERNELS } from "./kernels.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./step.js").Phase} Phase */

export class Replay {
  /** Values are computed at once, from the inputs as recorded. @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    /** Value of each step, by id. @type {NDArray[]} */
    this.values = trace.steps.map((step) => NDArray.zeros(step.shape));
    /** The arrays that each step reads. */
    this.arguments = trace.steps.map((step) => step.inputs.map((id) => this.values[id]));
    this.kernels = trace.steps.map((step) => KERNELS[step.op] ?? null);
    this.reset();
  }

  /**
   * Sets one element of an input; takes effect with the next run.
   * @param {string} label
   * @param {number} number
   * @returns {boolean} false if no element of an input is called so
   */
  set(label, number) {
    const place = this.trace.find(label);
    if (!place || this.trace.steps[place.step].op !== "input") return false;
    this.values[place.step].data[place.offset] = number;
    return true;
  }

  /**
   * @param {string} label of an element of any step
   * @returns {number} NaN if there is none
   */
  get(label) {
    const place = this.trace.find(label);
    return place ? this.values[place.step].data[place.offset] : NaN;
  }

  /**
   * Sets all elements of an input; takes effect with the next run.
   * @param {number} id
   * @param {ArrayLike<number>} data
   */
  setTensor(id, data) {
    const step = this.trace.steps[id];
    if (step?.op !== "input") refuse(`replay: step ${quote(id)} is not an input`);
    if (data.length !== step.size) refuse(`replay: ${data.length} values for the ${step.size} elements of ${quote(step.name)}`);
    this.values[id].data.set(data);
  }

  /** Computes all steps, or those of the phases up to and including `last`. @param {Phase} [last] */
  run(last) {
    const { steps } = this.trace;
    const end = last === undefined ? steps.length : endOf(steps, last);
    for (let id = 0; id < end; id++) {
      const kernel = this.kernels[id];
      if (kernel) kernel(this.arguments[id], steps[id].params, steps[id].shape, this.values[id]);
    }
  }

  /** Back to the inputs as recorded, and everything computed from them. */
  reset() {
    for (const step of this.trace.steps) if (step.value) this.values[step.id].data.set(step.value);
    this.run();
  }

  /**
   * One training step: runs everything, then the new values become the inputs; call run() to see their effect.
   * @returns {number} the loss before the step, NaN if the trace has none
   */
  train() {
    this.run();
    const { loss } = this.trace.outputs;
    const before = loss === null ? NaN : this.values[loss].data[0];
    const updates = Object.entries(this.trace.updates ?? {});
    // An update may be another input, so all are read before any is written.
    const fresh = updates.map(([, id]) => this.settled(id));
    updates.forEach(([input], i) => this.values[Number(input)].data.set(fresh[i]));
    return before;
  }

  /** @param {number} id */
  settled(id) {
    const { data } = this.values[id];
    return this.trace.steps[id].op === "input" ? data.slice() : data;
  }

  /** @returns {number} id of the first step with a NaN or an infinity, -1 if there is none */
  nonFinite() {
    return this.values.findIndex(({ data }) => !data.every(Number.isFinite));
  }
}

/** @param {readonly {phase: Phase}[]} steps @param {Phase} last */
function endOf(steps, last) {
  const order = ["forward", "backward", "update"];
  const end = steps.findIndex((step) => order.indexOf(step.phase) > order.indexOf(last));
  return end < 0 ? steps.length : end;
}
