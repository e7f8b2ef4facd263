// Whether an unrolled network can be drawn, for a spec that may come from anywhere.

/** @param {any} view @param {import("../engine/trace.js").Trace} trace @returns {string | null} */
export function unrolledFault(view, trace) {
  const { states, layers } = view;
  if (!Number.isInteger(layers) || layers < 1 || states.length % layers !== 0) return `view.layers is ${quote(layers)}, which does not part ${states.length} states.`;
  const steps = states.length / layers;
  if (view.cells && view.cells.length !== states.length) return `view.cells has ${view.cells.length} names, but there are ${states.length} states.`;
  for (const field of ["inputs", "outputs", "losses"]) {
    if (view[field] && view[field].length !== steps) return `view.${field} has ${view[field].length} names for ${steps} time steps.`;
  }
  for (const field of ["states", "cells", "first", "weights"]) {
    if (view[field]?.includes(null)) return `view.${field} holds null where a name is needed.`;
  }
  return shapesFault(view, trace);
}

/** @param {any} view @param {import("../engine/trace.js").Trace} trace */
function shapesFault(view, trace) {
  const shapeOf = (/** @type {string} */ name) => trace.steps[trace.byName.get(name) ?? -1]?.shape;
  const all = [...view.states, ...(view.cells ?? [])];
  const wrong = all.find((name) => (shapeOf(name)?.length ?? 0) > 2 || shapeOf(name)?.includes(0));
  if (wrong) return `view.states has ${quote(wrong)} of shape (${shapeOf(wrong).join(", ")}), not (N, H).`;
  const twice = all.find((name, i) => all.indexOf(name) !== i);
  if (twice) return `view.states has ${quote(twice)} twice.`;
  const loss = (view.losses ?? []).find((/** @type {string | null} */ name) => name !== null && shapeOf(name)?.some((n) => n !== 1));
  return loss ? `view.losses has ${quote(loss)} of shape (${shapeOf(loss).join(", ")}), which is not one number.` : null;
}

/** @param {any} value */
const quote = (value) => String(JSON.stringify(value)).slice(0, 40);
