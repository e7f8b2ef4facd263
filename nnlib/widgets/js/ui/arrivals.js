/** When the walk through a trace reaches each of its steps. */

/** @typedef {import("./types.js").Trace} Trace */
/** @typedef {import("./types.js").Stop} Stop */

const STORED = new Set(["input", "constant"]);

/**
 * The stop at which each step's value becomes known. What is stored is there from the start; a step that
 * belongs to no stop, such as the seed dL/dL = 1, comes with the next one that does.
 * @param {Trace} trace @param {Stop[]} stops
 * @returns {Int32Array}
 */
export function arrivals(trace, stops) {
  const arrival = new Int32Array(trace.steps.length).fill(-1);
  stops.forEach(({ steps }, i) => {
    for (const step of steps) if (arrival[step] < 0) arrival[step] = i;
  });
  let next = stops.length - 1;
  for (let step = arrival.length - 1; step >= 0; step--) {
    const { op, phase } = trace.steps[step];
    if (arrival[step] >= 0) next = arrival[step];
    else arrival[step] = STORED.has(op) && phase === "forward" ? 0 : next;
  }
  return arrival;
}
