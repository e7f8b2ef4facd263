// What each number of attention is made of: pairs that are multiplied and added, and rows that belong together. Pure: no DOM.
import { matrixOf, placeOf } from "./attention_plan.js";

/** @typedef {import("./attention_plan.js").Plan} Plan */
/** @typedef {import("./attention_plan.js").Spot} Spot */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {{role: Spot["role"], layer: number, gradient: boolean, row: number | null, column: number | null}} Line a row or a column, or with neither the whole */
/** @typedef {{lines: Line[], pairs: [Spot, Spot][], says: string}} Origin pairs: what is multiplied and added up */

const NONE = { pairs: [] };

/** @param {Plan} plan @param {Spot} spot @returns {Origin} */
export function originOf(plan, spot) {
  const { role, gradient } = spot;
  if (role === "X") return { ...NONE, lines: [], says: "" };
  if (role === "layer") return gradient ? backScore(plan, spot) : score(plan, spot);
  return gradient ? backRow(plan, spot) : forwardRow(plan, spot);
}

/** Index of the last layer: the weights. @param {Plan} plan @param {Spot} spot */
const last = (plan, spot) => plan.heads[spot.head].layers.length - 1;

/** @param {Spot} spot @param {Line} line @param {number} at @returns {Spot} one number of a line */
const along = (spot, line, at) => ({ ...spot, ...line, row: line.row ?? at, column: line.column ?? at });

/** @param {Spot["role"]} role @param {number | null} row @param {number | null} column @param {boolean} [gradient] @param {number} [layer] @returns {Line} */
const line = (role, row, column, gradient = false, layer = 0) => ({ role, layer, gradient, row, column });

/** Two lines multiplied number by number. @param {Spot} spot @param {Line} a @param {Line} b @param {number} n @param {string} says @returns {Origin} */
function product(spot, a, b, n, says) {
  return { lines: [a, b], pairs: Array.from({ length: n }, (_, k) => [along(spot, a, k), along(spot, b, k)]), says };
}

/** A score, or what becomes of it. @param {Plan} plan @param {Spot} spot @returns {Origin} */
function score(plan, spot) {
  const { row, column, layer, head } = spot;
  const { kind } = plan.heads[head].layers[layer];
  const [q, k] = [line("Q", row, null), line("K", column, null)];
  if (kind === "product" && plan.dot) return product(spot, q, k, plan.heads[head].Q.columns, "a row of Q times a row of K, number by number");
  if (kind === "weights") return { ...NONE, lines: [line("layer", row, null, false, layer - 1)], says: "its share of the row, by the softmax" };
  return { ...NONE, lines: plan.dot ? [q, k] : [], says: kind === "scale" ? "the product, scaled" : kind === "mask" ? "the score, or −∞ where it is masked" : "" };
}

/** @param {Plan} plan @param {Spot} spot @returns {Origin} */
function forwardRow(plan, spot) {
  const { role, row, column } = spot;
  if (role === "O") return product(spot, line("layer", row, null, false, last(plan, spot)), line("V", null, column), plan.keys.length, "the row of weights times a column of V");
  const made = plan.X !== null && plan.X.rows === matrixOf(plan, spot).rows;
  return { ...NONE, lines: made ? [line("X", row, null)] : [], says: "" };
}

/** A query or key whose scores are no dot products: which of them it moves, no product to tell. @param {"Q" | "K"} role @param {number} row @returns {Origin} */
function throughScore(role, row) {
  const [i, j] = role === "Q" ? [row, null] : [null, row];
  return { ...NONE, lines: [line("layer", i, j, true, 0)], says: `gradient of the ${role === "Q" ? "query" : "key"}: from its scores, back through the function that scores` };
}

/** @param {Plan} plan @param {Spot} spot @returns {Origin} */
function backRow(plan, spot) {
  const { role, row, column } = spot;
  if (role === "V") return product(spot, line("layer", null, row, false, last(plan, spot)), line("O", null, column, true), plan.tokens.length, "gradient of the value: a column of weights times a column of ∂L/∂O");
  if ((role === "Q" || role === "K") && !plan.dot) return throughScore(role, row);
  if (role === "Q") return product(spot, line("layer", row, null, true, 0), line("K", null, column), plan.keys.length, "gradient of the query: a row of the scores' gradient times a column of K");
  if (role === "K") return product(spot, line("layer", null, row, true, 0), line("Q", null, column), plan.tokens.length, "gradient of the key: a column of the scores' gradient times a column of Q");
  return { ...NONE, lines: [], says: "" };
}

/** @param {Plan} plan @param {Spot} spot @returns {Origin} */
function backScore(plan, spot) {
  const { row, column, layer, head } = spot;
  const weights = last(plan, spot);
  if (layer === weights) return product(spot, line("O", row, null, true), line("V", column, null), plan.heads[head].V.columns, "gradient of the weight: a row of ∂L/∂O times a row of V");
  if (layer === weights - 1) return { ...NONE, lines: [line("layer", row, null, true, weights), line("layer", row, null, false, weights)], says: "gradient of the score: weight times (what arrives − the row sum r)" };
  return { ...NONE, lines: [line("layer", row, null, true, layer + 1)], says: plan.heads[head].layers[layer + 1].kind === "scale" ? "gradient of the product: scaled as the product was" : "gradient of the score: handed on unchanged" };
}

/** @param {Plan} plan @param {[Spot, Spot][]} pairs @returns {[Place, Place][]} */
export function placesOf(plan, pairs) {
  return pairs.map(([a, b]) => [placeOf(plan, a), placeOf(plan, b)]);
}

/** Entropy of shares, in nats; 0 where one of them is all; NaN where they are none. @param {number[]} shares */
export function entropy(shares) {
  return shares.reduce((sum, share) => (share === 0 ? sum : sum - share * Math.log(share)), 0);
}

/** What a row of the softmax subtracts on the way back: the sum of weight times gradient. @param {number[]} weights @param {number[]} gradients */
export function rowSum(weights, gradients) {
  return weights.reduce((sum, weight, k) => sum + weight * gradients[k], 0);
}
