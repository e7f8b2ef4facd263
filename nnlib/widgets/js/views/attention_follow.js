// Which number a stop is about, and which part of the drawing tells it. Pure: no DOM.

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_plan.js").Plan} Plan */
/** @typedef {import("./attention_plan.js").Spot} Spot */
/** @typedef {import("./attention_plan.js").Matrix} Matrix */
/** @typedef {"whole" | "inputs" | "scores" | "softmax" | "output" | "arcs" | "heads"} Look */

/** A number of the tensor that the stop tells, in the row that was last looked at; null where it tells none that is drawn.
 * @param {Plan} plan @param {State} state @param {number} head @param {{row: number, column: number}} at @returns {Spot | null} */
export function spotOfStop(plan, state, head, at) {
  if (state.stop === 0) return null;
  for (const own of [head, ...plan.heads.map((_, i) => i).filter((i) => i !== head)]) {
    const found = state.phase === "backward" ? toldGradient(plan, state, own) : toldValue(plan, state, own);
    if (!found) continue;
    const { rows, columns } = found.matrix;
    const clamp = (/** @type {number} */ x, /** @type {number} */ n) => Math.min(x, n - 1);
    return { head: own, role: found.role, layer: found.layer, gradient: state.phase === "backward", row: clamp(at.row, rows), column: clamp(at.column, columns) };
  }
  return null;
}

/** @typedef {{role: Spot["role"], layer: number, matrix: Matrix}} Told */

/** @param {Plan} plan @param {State} state @param {number} head @returns {Told | undefined} */
function toldValue(plan, state, head) {
  return all(plan, head).find(({ matrix }) => state.active.has(matrix.step));
}

/** The gradient that the stop tells; where a rule hands it on unchanged, that of what it was handed on to. @param {Plan} plan @param {State} state @param {number} head */
function toldGradient(plan, state, head) {
  const { of } = state.stops[state.stop];
  const known = all(plan, head).filter(({ matrix }) => matrix.gradient !== null);
  const found = known.filter(({ matrix }) => state.active.has(/** @type {number} */ (matrix.gradient)));
  const handed = known.filter(({ matrix }) => of !== null && plan.inputs[of].includes(matrix.step));
  return found.find(({ role }) => role === "V" || role === "Q" || role === "K") ?? handed[0] ?? found[0];
}

/** @param {Plan} plan @param {number} head @returns {Told[]} */
function all(plan, head) {
  const own = plan.heads[head];
  const rows = /** @type {const} */ (["O", "V", "Q", "K"]).map((role) => ({ role, layer: 0, matrix: own[role] }));
  return [...own.layers.map((matrix, layer) => ({ role: /** @type {"layer"} */ ("layer"), layer, matrix })), ...rows, ...(plan.X ? [{ role: /** @type {"X"} */ ("X"), layer: 0, matrix: plan.X }] : [])];
}

/** The operation that a spot belongs to. @param {Plan} plan @param {Spot | null} spot @returns {Look} */
export function lookOf(plan, spot) {
  if (spot === null || spot.role === "X") return plan.X ? "inputs" : "scores";
  const weights = plan.heads[spot.head].layers.length - 1;
  if (spot.role === "O" || (spot.gradient && (spot.role === "V" || (spot.role === "layer" && spot.layer === weights)))) return "output";
  if (spot.role === "layer") return spot.layer === weights || (spot.gradient && spot.layer === weights - 1) ? "softmax" : "scores";
  return spot.gradient || !plan.X ? "scores" : "inputs";
}
