// A chain of layers and its sum: r_l = r_(l-1) + (k_l - 1) j_(l-1), j_l = j_(l-1) s_l, with the numbers of this network.
import { sightsFrom, spanOf } from "./receptive.js";

/** @typedef {import("./receptive.js").Trace} Trace */
/** @typedef {import("./receptive.js").Along} Along */
/** @typedef {import("./receptive.js").Sight} Sight */
/** @typedef {{size: number, f: number, s: number, p: number, d: number, r: number, j: number, rTerms: number[], jTerms: number[]}} Row */
/** @typedef {{step: number, name: string, kind: string, height: number, width: number, rows: Row, columns: Row}} Layer */
/** sights[e].get(step): what that step sees of layer e. @typedef {{layers: Layer[], sights: Map<number, Sight>[]}} Chain */

/** Layers that do not follow one another, or whose places are not laid out as an image. */
export class NotAChain extends Error {}

/** @param {Trace} trace @param {number[]} ids @returns {Chain} */
export function chainOf(trace, ids) {
  ids.forEach((id, l) => needImage(trace, id, l > 0 ? ids[l - 1] : null));
  const sights = ids.map((id) => sightsFrom(trace, id));
  const layers = ids.map((step, l) => layerOf(trace, ids, sights, l, step));
  return { layers, sights };
}

/** @param {Trace} trace @param {number} id @param {number | null} before */
function needImage({ steps }, id, before) {
  const { name, shape } = steps[id];
  if (shape.length < 2) throw new NotAChain(`${name} of shape (${shape.join(", ")}) has no rows and columns, so its units have no place in the image.`);
  if (before !== null && id <= before) throw new NotAChain(`${name} does not come after ${steps[before].name}; layers are named from the image on.`);
}

/** @param {Trace} trace @param {number[]} ids @param {Map<number, Sight>[]} sights @param {number} l @param {number} step @returns {Layer} */
function layerOf(trace, ids, sights, l, step) {
  const { name, shape } = trace.steps[step];
  const [height, width] = shape.slice(-2);
  const first = /** @type {Sight} */ (sights[0].get(ids[0]));
  if (l === 0) return { step, name, kind: "the image", height, width, rows: start(first.rows), columns: start(first.columns) };
  const own = linkOf(trace, sights[l - 1], ids[l - 1], step);
  const whole = needSight(trace, sights[0], ids[0], step);
  const before = needSight(trace, sights[0], ids[0], ids[l - 1]);
  const row = (/** @type {"rows" | "columns"} */ axis) => rowOf(own, axis, whole[axis], before[axis]);
  return { step, name, kind: own.kind, height, width, rows: row("rows"), columns: row("columns") };
}

/** @param {Along | null} along @returns {Row} */
function start(along) {
  return { size: along?.size ?? 1, f: 1, s: 1, p: 0, d: 1, r: 1, j: 1, rTerms: [1], jTerms: [1] };
}

/** @param {Trace} trace @param {Map<number, Sight>} sights @param {number} from @param {number} to @returns {{rows: Along, columns: Along}} */
function needSight({ steps }, sights, from, to) {
  const [earlier, later] = [steps[from].name, steps[to]];
  const sight = sights.get(to);
  if (!sight) throw new NotAChain(`${later.name} is not computed from ${earlier}.`);
  const { rows, columns } = sight;
  const [height, width] = later.shape.slice(-2);
  if (!rows || !columns || rows.size !== height || columns.size !== width || columns.stride !== 1 || rows.stride !== width) {
    throw new NotAChain(`${later.name} is not laid out as ${earlier} is: each of its numbers sees all of it.`);
  }
  return { rows, columns };
}

/** One layer seen from the one before. @param {Trace} trace @param {Map<number, Sight>} sights @param {number} from @param {number} to */
function linkOf(trace, sights, from, to) {
  const sight = needSight(trace, sights, from, to);
  const between = stepsBetween(trace, sights, to);
  const ops = between.map(({ op }) => op);
  const slides = between.filter(({ op }) => op === "unfold");
  const kind = slides.length === 0 ? "element-wise" : ops.includes("matmul") ? "convolution" : ops.includes("max") ? "max pooling" : "mean pooling";
  return { ...sight, kind, params: slides.length === 1 ? slides[0].params : null };
}

/** Steps on the way from the start of the sights to a step. @param {Trace} trace @param {Map<number, Sight>} sights @param {number} to */
function stepsBetween({ steps }, sights, to) {
  const [from] = sights.keys();
  const wanted = new Set([to]);
  for (let id = to; id > from; id -= 1) {
    if (wanted.has(id)) for (const input of steps[id].inputs) if (input > from && sights.has(input)) wanted.add(input);
  }
  return [...wanted].map((id) => steps[id]);
}

/** @param {{rows: Along, columns: Along, params: Record<string, any> | null}} own @param {"rows" | "columns"} axis
 * @param {Along} whole @param {Along} before @returns {Row} */
function rowOf(own, axis, whole, before) {
  const k = axis === "rows" ? 0 : 1;
  const along = own[axis];
  // Several windows in one layer are told as the one that has their reach.
  const [f, d] = own.params ? [own.params.kernel[k], own.params.dilation[k]] : [spanOf(along), 1];
  const [r, j] = [spanOf(before), before.jump];
  return {
    size: along.size, f, d, s: along.jump, p: Math.max(0, -along.taps[0]), r: spanOf(whole), j: whole.jump,
    rTerms: [r, f, d, j], jTerms: [j, along.jump],
  };
}

/** @typedef {{before: number, after: number}} Margin */

/** How far the units of later layers reach beyond the first and last pixel of layer `e`. @param {Chain} chain @param {number} e
 * @param {"rows" | "columns"} axis @returns {Margin} */
export function marginOf({ layers, sights }, e, axis) {
  let [before, after] = [0, 0];
  for (const later of layers.slice(e + 1)) {
    const along = sights[e].get(later.step)?.[axis];
    if (!along) continue;
    const last = (along.size - 1) * along.jump + along.taps[along.taps.length - 1];
    before = Math.max(before, -along.taps[0]);
    after = Math.max(after, last - (layers[e][axis].size - 1));
  }
  return { before, after };
}
