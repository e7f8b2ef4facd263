/** Random steps and random traces for the property tests. */
import { sizeOf } from "../../nnlib/widgets/js/engine/array.js";
import { randomList, Writer } from "./helpers.js";

const whole = (random, n, from = 0) => from + Math.floor(random() * n);
const shapeOf = (random, rank, most = 4) => Array.from({ length: rank }, () => whole(random, most, 1));
let serial = 0;
const input = (w, random, shape, spread) => w.input(`in${serial++}`, shape, randomList(random, shape, spread));

/** A shape that broadcasts with the given one: axes set to 1, leading axes dropped. */
const thinned = (random, shape) => shape.map((n) => (random() < 0.4 ? 1 : n)).slice(random() < 0.3 ? 1 : 0);

const pair = (random, w) => {
  const shape = shapeOf(random, whole(random, 4));
  return { inputs: [input(w, random, thinned(random, shape)), input(w, random, thinned(random, shape))] };
};
const single = (random, w) => ({ inputs: [input(w, random, shapeOf(random, whole(random, 4)))] });
const along = (extra = () => ({}), most = 4) => (random, w) => {
  const shape = shapeOf(random, whole(random, 3, 1), most);
  const axis = whole(random, shape.length);
  return { inputs: [input(w, random, shape)], params: { axis, ...extra(random, shape[axis]) } };
};
const keepdims = (random) => ({ keepdims: random() < 0.5 });

function shuffled(random, n) {
  return Array.from({ length: n }, (_, i) => [random(), i]).sort(([a], [b]) => a - b).map(([, i]) => i);
}

function indices(random, w, rows) {
  const shape = shapeOf(random, whole(random, 3));
  const list = Array.from({ length: sizeOf(shape) }, () => whole(random, rows));
  return { shape, id: w.input(`ids${serial++}`, shape, list) };
}

const patches = (random) => ({ kernel: [whole(random, 2, 1), whole(random, 3, 1)], stride: [whole(random, 2, 1), whole(random, 2, 1)], dilation: [whole(random, 2, 1), 1] });

/** For each op a random choice of inputs and params; `exact` names inputs that must stay whole numbers. */
export const SAMPLES = {
  add: pair, sub: pair, mul: pair, div: pair, maximum: pair, greater: pair,
  neg: single, exp: single, log: single, log1p: single, tanh: single, sigmoid: single, erf: single,
  power: (random, w) => ({ ...single(random, w), params: { exponent: [2, -1, 0.5, -0.5, 3, 1.7][whole(random, 6)] } }),
  sum: (random, w) => {
    const shape = shapeOf(random, whole(random, 4), 5);
    return { inputs: [input(w, random, shape)], params: { axes: shape.map((_, a) => a).filter(() => random() < 0.5), ...keepdims(random) } };
  },
  max: along(keepdims, 16), first_max: along(undefined, 16), softmax: along(undefined, 16), logsumexp: along(keepdims, 16),
  reshape: (random, w) => {
    const shape = shapeOf(random, 3);
    return { inputs: [input(w, random, shape)], params: { shape: [shape[1], shape[0] * shape[2]] } };
  },
  transpose: (random, w) => {
    const shape = shapeOf(random, whole(random, 4));
    return { inputs: [input(w, random, shape)], params: { axes: shuffled(random, shape.length) } };
  },
  broadcast_to: (random, w) => {
    const shape = shapeOf(random, 3);
    return { inputs: [input(w, random, thinned(random, shape))], params: { shape } };
  },
  concat: (random, w) => {
    const shape = shapeOf(random, whole(random, 3, 1));
    const axis = whole(random, shape.length);
    const piece = () => input(w, random, shape.map((n, a) => (a === axis ? whole(random, 4) : n)));
    return { inputs: [piece(), piece(), piece()], params: { axis } };
  },
  narrow: along((random, n) => {
    const start = whole(random, n);
    return { start, length: whole(random, n - start + 1) };
  }),
  pad: along((random) => ({ before: whole(random, 3), after: whole(random, 3) })),
  matmul: (random, w) => {
    const [b, m, k, n] = shapeOf(random, 4, 5);
    const left = random() < 0.5 ? [m, k] : [random() < 0.5 ? 1 : b, m, k];
    return { inputs: [input(w, random, left), input(w, random, random() < 0.5 ? [k, n] : [2, b, k, n])] };
  },
  take: (random, w) => {
    const shape = shapeOf(random, whole(random, 2, 1));
    const { id } = indices(random, w, shape[0] + 1); // now and then a row that does not exist
    return { inputs: [input(w, random, shape), id], exact: [id] };
  },
  scatter_add: (random, w) => {
    const { shape, id } = indices(random, w, 4);
    return { inputs: [input(w, random, [...shape, ...shapeOf(random, whole(random, 2))]), id], params: { length: 3 }, exact: [id] };
  },
  unfold: (random, w) => ({ inputs: [input(w, random, [1, 2, whole(random, 3, 3), whole(random, 3, 3)])], params: patches(random) }),
  fold: (random, w) => {
    const { kernel, stride, dilation } = patches(random);
    const [oh, ow] = shapeOf(random, 2, 3);
    const reach = (axis, o) => dilation[axis] * (kernel[axis] - 1) + 1 + stride[axis] * (o - 1);
    return { inputs: [input(w, random, [2, 1, ...kernel, oh, ow])], params: { size: [reach(0, oh), reach(1, ow)], stride, dilation } };
  },
};

const ONE = ["neg", "tanh", "sigmoid", "erf", "exp"];
const TWO = ["add", "sub", "mul", "maximum", "greater", "matmul", "add", "mul"];

/** A trace of n steps on (3, 3) arrays, most of them anonymous. */
export function program(random, n) {
  const w = new Writer();
  const pool = [input(w, random, [3, 3], 2), input(w, random, [3, 3], 2), w.constant(Array(9).fill(1), [3, 3])];
  const any = () => pool[whole(random, pool.length)];
  const named = () => (random() < 0.2 ? { name: `v${serial}`, symbol: `v_{${serial++}}` } : {});
  for (let i = 0; i < n; i++) pool.push(randomStep(random, w, any, named()));
  return w;
}

function randomStep(random, w, any, fields) {
  const kind = whole(random, 10);
  if (kind < 4) return w.step(TWO[whole(random, TWO.length)], [any(), any()], {}, fields);
  if (kind < 6) return w.step("tanh", [w.step(ONE[whole(random, ONE.length)], [any()])], {}, fields);
  if (kind === 6) return w.step("softmax", [any()], { axis: whole(random, 2) }, fields);
  if (kind === 7) return w.step("transpose", [any()], { axes: [1, 0] }, fields);
  if (kind === 8) return w.step("add", [any(), w.step("sum", [any()], { axes: [whole(random, 2)], keepdims: true })], {}, fields);
  return w.step("sub", [any(), w.step("logsumexp", [any()], { axis: 1, keepdims: true })], {}, fields);
}
