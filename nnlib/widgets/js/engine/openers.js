/** The microscope's knowledge of each computing op: the expression that makes one element of its result. */
import { sizeOf, stridesOf } from "./array.js";
import { broadcastOffset } from "./broadcast.js";
import { patchStrides, rowOf } from "./kernels_linear.js";
import { lanes } from "./kernels_reduce.js";
import { call, close, maxOf, product, sum, terms, valueOf } from "./nodes.js";
import { walk } from "./sources.js";
import { larger } from "./special.js";

/** @typedef {import("./nodes.js").Node} Node */
/** @typedef {import("./step.js").Step} Step */

/** One step and element being opened; what the openers below read. */
export class View {
  /** @param {import("./terms.js").Builder} builder @param {Step} step @param {number} offset @param {number} depth of what is inside */
  constructor(builder, step, offset, depth) {
    this.builder = builder;
    this.step = step;
    this.offset = offset;
    this.depth = depth;
    this.inputs = builder.inputs(step);
    this.params = step.params;
  }

  /** @param {number} input @param {number} offset @returns {Node} */
  at(input, offset) {
    return this.builder.element(this.step.inputs[input], offset, this.depth);
  }

  /** The element of a broadcast input. @param {number} input @returns {Node} */
  same(input) {
    return this.at(input, broadcastOffset(this.step.shape, this.inputs[input].shape, this.offset));
  }

  /** The sum of n elements of input 0. @param {number} n @param {(k: number) => number} place @returns {Node} */
  sumAt(n, place) {
    const { data } = this.inputs[0];
    return sum(terms(n, (k) => this.at(0, place(k)), (k) => data[place(k)]));
  }
}

/** The lane of a reduction to one element per lane. @param {View} view */
function reducedLane({ inputs: [x], params, offset }) {
  const { n, inner } = lanes(x.shape, params.axis);
  return { start: Math.floor(offset / inner) * n * inner + (offset % inner), n, inner };
}

/** The lane that the element itself is in, and where. @param {View} view */
function ownLane({ step: { shape }, params, offset }) {
  const { n, inner } = lanes(shape, params.axis);
  const start = Math.floor(offset / (n * inner)) * n * inner + (offset % inner);
  return { start, n, inner, own: Math.floor((offset - start) / inner) };
}

/**
 * Elements of a lane, their middle left out if there are many.
 * @param {View} view @param {{start: number, inner: number}} lane @param {number} from @param {number} to
 */
function maxOfLane(view, { start, inner }, from, to) {
  const { data } = view.inputs[0];
  if (from === to) return call("max");
  return maxOf(terms(to - from, (k) => view.at(0, start + (from + k) * inner), (k) => data[start + (from + k) * inner], larger));
}

/**
 * Sum over a lane of e^x, or of e^(x - top).
 * @param {View} view @param {{start: number, n: number, inner: number}} lane @param {Node | null} top
 */
function sumOfExps(view, { start, n, inner }, top) {
  const { data } = view.inputs[0];
  const shift = top ? valueOf(top) : 0;
  return sum(terms(n, (k) => expOf(view.at(0, start + k * inner), top), (k) => Math.exp(data[start + k * inner] - shift)));
}

/** @param {Node} x @param {Node | null} top */
const expOf = (x, top) => call("exp", top ? { kind: "difference", args: [x, top] } : x);

/** The largest element of a lane. @param {View} view @param {{start: number, n: number, inner: number}} lane */
function topOf(view, { start, n, inner }) {
  const { data } = view.inputs[0];
  let best = 0;
  for (let k = 1; k < n; k++) if (larger(data[start + best * inner], data[start + k * inner]) !== data[start + best * inner]) best = k;
  return view.at(0, start + best * inner);
}

/**
 * The formula as on paper if it survives in floating point, else the shifted one that the kernel computes.
 * @param {View} view @param {(top: Node | null) => Node} formula @param {{start: number, n: number, inner: number}} lane
 */
function paperOrShifted(view, formula, lane) {
  const paper = formula(null);
  return close(valueOf(paper), view.builder.values[view.step.id].data[view.offset]) ? paper : formula(topOf(view, lane));
}

/** Where the row of x and the column of W start that make an element of their product. @param {View} view */
function rowAndColumn({ step: { shape }, inputs: [x, W], offset }) {
  const [m, n] = shape.slice(-2);
  const depth = W.shape[W.shape.length - 2];
  const batch = Math.floor(offset / (m * n));
  const outer = shape.slice(0, -2);
  const i = broadcastOffset(outer, x.shape.slice(0, -2), batch) * m + (Math.floor(offset / n) % m);
  const j = broadcastOffset(outer, W.shape.slice(0, -2), batch) * depth * n + (offset % n);
  return { i: i * depth, j, n, depth };
}

/** @param {string} name @returns {(view: View) => Node} */
const calls = (name) => (view) => call(name, ...view.inputs.map((_, input) => view.same(input)));

/** How an element of each computing op is made. @type {Record<string, (view: View) => Node>} */
export const OPENERS = {
  add: (view) => view.builder.addends(view),
  sub: (view) => ({ kind: "difference", args: [view.same(0), view.same(1)] }),
  mul: (view) => product(view.same(0), view.same(1)),
  div: (view) => ({ kind: "quotient", args: [view.same(0), view.same(1)] }),
  neg: (view) => ({ kind: "negative", args: [view.same(0)] }),
  power: (view) => ({ kind: "power", args: [view.same(0)], exponent: view.params.exponent }),
  maximum: calls("maximum"),
  greater: calls("greater"),
  exp: calls("exp"),
  log: calls("log"),
  log1p: calls("log1p"),
  tanh: calls("tanh"),
  sigmoid: calls("sigmoid"),
  erf: calls("erf"),

  matmul(view) {
    const [x, W] = view.inputs;
    const { i, j, n, depth } = rowAndColumn(view);
    const build = (/** @type {number} */ k) => product(view.at(0, i + k), view.at(1, j + k * n));
    return sum(terms(depth, build, (k) => x.data[i + k] * W.data[j + k * n]));
  },

  sum(view) {
    const { shape } = view.inputs[0];
    const { axes } = view.params;
    const inside = shape.filter((_, axis) => axes.includes(axis));
    const own = stridesOf(shape).filter((_, axis) => axes.includes(axis));
    const outside = shape.filter((_, axis) => !axes.includes(axis));
    const first = walk(outside, stridesOf(shape).filter((_, axis) => !axes.includes(axis)), view.offset);
    return view.sumAt(sizeOf(inside), (k) => first + walk(inside, own, k));
  },

  max: (view) => {
    const lane = reducedLane(view);
    return maxOfLane(view, lane, 0, lane.n);
  },

  first_max(view) {
    const lane = ownLane(view);
    return call("first_max", view.at(0, view.offset), maxOfLane(view, lane, 0, lane.own), maxOfLane(view, lane, lane.own + 1, lane.n));
  },

  softmax(view) {
    const lane = ownLane(view);
    return paperOrShifted(view, (top) => ({
      kind: "quotient", args: [expOf(view.at(0, view.offset), top), sumOfExps(view, lane, top)],
    }), lane);
  },

  logsumexp(view) {
    const lane = reducedLane(view);
    return paperOrShifted(view, (top) => {
      const log = call("log", sumOfExps(view, lane, top));
      return top ? sum([log, top]) : log;
    }, lane);
  },

  scatter_add(view) {
    const [x, indices] = view.inputs;
    const width = indices.size === 0 ? 1 : x.size / indices.size;
    const row = Math.floor(view.offset / width);
    /** @type {number[]} */
    const places = [];
    for (let i = 0; i < indices.size; i++) {
      if (rowOf(indices.data[i], view.params.length) === row) places.push(i * width + (view.offset % width));
    }
    return view.sumAt(places.length, (k) => places[k]);
  },

  fold(view) {
    const patches = view.inputs[0].shape.slice(2);
    const strides = patchStrides(view.step.shape, /** @type {any} */ (view.params)).slice(2);
    const size = sizeOf(patches);
    const pixels = sizeOf(view.step.shape.slice(2));
    const first = Math.floor(view.offset / pixels) * size;
    /** @type {number[]} */
    const places = [];
    for (let k = 0; k < size; k++) if (walk(patches, strides, k) === view.offset % pixels) places.push(first + k);
    return view.sumAt(places.length, (k) => places[k]);
  },
};
