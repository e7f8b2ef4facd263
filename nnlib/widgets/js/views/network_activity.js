// What a stop sets in motion: which edges carry something, in which direction, and how thick they are drawn.

import { format } from "../ui/numbers.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

/** @param {import("./network_model.js").NetworkModel} model @param {State} state */
export function largestWeight(model, state) {
  let largest = 0;
  for (const { weight } of model.gaps) {
    if (weight === null) continue;
    for (const value of state.values[weight].data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** Which gaps carry something at this stop, and in which direction.
 * @param {any} trace @param {import("./network_model.js").NetworkModel} model @param {State} state */
export function activity(trace, model, state) {
  const gaps = model.gaps.map(() => ({ forward: false, backward: false, forwardBias: false, backwardBias: false }));
  const forwardSteps = new Set();
  for (const id of state.active) {
    const { phase, of } = trace.steps[id];
    if (phase === "update") continue;
    if (phase !== "backward") forwardSteps.add(id);
    const role = model.roles.get(phase === "backward" ? of : id);
    if (!role) continue;
    const direction = phase === "backward" ? "backward" : "forward";
    if (role.weights || role.loss) gaps[role.gap][direction] = true;
    if (role.bias) gaps[role.gap][`${direction}Bias`] = true;
  }
  return { gaps, forwardSteps };
}

/** The number of an element, once it is known. @param {Context} context @param {State | null} state @param {import("./types.js").Place} place */
export function described(context, state, { step, offset }) {
  if (!state?.shown(step)) return "not yet computed";
  const gradient = context.trace.steps[step].phase === "backward" ? "gradient " : "";
  return `${gradient}${format(state.values[step].data[offset])}`;
}
