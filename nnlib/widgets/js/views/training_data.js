// Data points read from the trace: where each stands and which class it has.

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

/** @param {Context} context @param {any} steps @param {State} state @param {boolean} flat */
export function dataRows({ trace }, steps, state, flat) {
  const xs = state.values[steps.inputs].data;
  const ts = state.values[steps.targets].data;
  const n = trace.steps[steps.inputs].shape[0];
  const [columns, width] = [xs.length / n, ts.length / n];
  return Array.from({ length: n }, (_, i) => ({
    x: xs[i * columns], y: flat ? xs[i * columns + 1] : ts[i * width], kind: flat ? classOf(ts, i, width, trace.steps[steps.output].size / n) : 0,
  }));
}

/** @param {Float64Array} ts @param {number} i @param {number} width numbers per target @param {number} classes */
function classOf(ts, i, width, classes) {
  if (width > 1) return Math.min(3, ts.subarray(i * width, (i + 1) * width).indexOf(Math.max(...ts.subarray(i * width, (i + 1) * width))));
  return classes > 1 ? Math.min(3, Math.max(0, Math.round(ts[i]) || 0)) : Number(ts[i] > 0.5);
}

/** @param {Context["trace"]} trace @param {any} steps @param {State} state */
export function chosenRow(trace, steps, { selection }) {
  if (!selection || ![steps.inputs, steps.targets, steps.output].includes(selection.step)) return -1;
  return Math.floor(selection.offset / (trace.steps[selection.step].size / trace.steps[steps.inputs].shape[0]));
}
