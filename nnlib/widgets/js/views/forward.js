// The part of a trace that some of its steps hang on, computed on values of a drawing's own: forward, and nothing besides.
import { Replay } from "../engine/replay.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {{data: Float64Array}[]} Values */

/** @param {Trace} trace @param {number[]} outputs the steps that are wanted */
export function forwardTo(trace, outputs) {
  const own = new Replay(trace);
  const wanted = causesOf(trace, outputs);
  const inputs = wanted.filter((id) => trace.steps[id].op === "input");
  const computed = wanted.filter((id) => own.kernels[id]);

  /** Takes over the inputs of another replay. @param {Values} values */
  function copy(values) {
    for (const id of inputs) own.values[id].data.set(values[id].data);
  }

  function run() {
    for (const id of computed) /** @type {any} */ (own.kernels[id])(own.arguments[id], trace.steps[id].params, trace.steps[id].shape, own.values[id]);
  }

  return { values: /** @type {Values} */ (own.values), inputs, computed, copy, run };
}

/** These steps and all that they are computed from, in order. @param {Trace} trace @param {number[]} outputs */
function causesOf(trace, outputs) {
  const found = new Set(outputs);
  for (let id = Math.max(...outputs); id >= 0; id -= 1) if (found.has(id)) for (const input of trace.steps[id].inputs) found.add(input);
  return [...found].sort((a, b) => a - b);
}
