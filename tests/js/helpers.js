/** Shared by the tests of the engine: traces written by hand, seeded numbers, comparison. */
import assert from "node:assert/strict";
import { KERNELS, SHAPES } from "../../nnlib/widgets/js/engine/kernels.js";
import { fromFlat, sizeOf } from "../../nnlib/widgets/js/engine/array.js";

export const decode = (x) => (typeof x === "number" ? x : { inf: Infinity, "-inf": -Infinity, nan: NaN }[x]);
export const encode = (x) => (Number.isFinite(x) ? x : x > 0 ? "inf" : x < 0 ? "-inf" : "nan");
export const array = (shape, list) => fromFlat(shape, list.map(decode));

/** Equal to `tolerance` relative; NaN equals NaN, an infinity only itself. */
export function agree(actual, expected, tolerance = 1e-12) {
  return Object.is(actual, expected) || actual === expected ||
    Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), 1e-300);
}

export function assertClose(actual, expected, message, tolerance) {
  assert.equal(actual.length, expected.length, message);
  actual.forEach((x, i) => assert.ok(agree(x, expected[i], tolerance), `${message} at ${i}: ${x} is not ${expected[i]}`));
}

/** Seeded numbers in [0, 1) (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Writes a trace step by step: names and ids are filled in, shapes come from SHAPES. */
export class Writer {
  constructor() {
    this.steps = [];
    this.common = {};
  }

  leaf(op, shape, value, fields = {}) {
    const id = this.steps.length;
    this.steps.push({ id, op, shape, value: value.map(encode), name: `step${id}`, ...this.common, ...fields });
    return id;
  }

  input(name, shape, value, fields = {}) {
    return this.leaf("input", shape, value, { name, symbol: name, ...fields });
  }

  constant(value, shape = [], fields = {}) {
    return this.leaf("constant", shape, [value].flat(), fields);
  }

  step(op, inputs, params = {}, fields = {}) {
    const id = this.steps.length;
    const shape = SHAPES[op](inputs.map((i) => this.steps[i].shape), params);
    this.steps.push({ id, op, inputs, params, shape, name: `step${id}`, ...this.common, ...fields });
    return id;
  }

  json(outputs = {}, more = {}) {
    return { version: 1, title: "by hand", steps: this.steps, outputs, ...more };
  }
}

const vector = (letter, n, from = 1) => Array.from({ length: n }, (_, i) => `${letter}${from + i}`);

/** The 3-2-2 sigmoid network forward and, by hand, backward; and one step of gradient descent. */
export function threeTwoTwo() {
  const w = new Writer();
  const x = w.input("x", [1, 3], [1, 4, 5], { labels: vector("x", 3) });
  const W1 = w.input("W1", [3, 2], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], { symbol: "W_{1}", labels: vector("w", 6) });
  const b1 = w.input("b1", [2], [0.5, 0.5], { symbol: "b_{1}" });
  const W2 = w.input("W2", [2, 2], [0.7, 0.8, 0.9, 0.1], { symbol: "W_{2}", labels: vector("w", 4, 7) });
  const b2 = w.input("b2", [2], [0.5, 0.5], { symbol: "b_{2}" });
  const y = w.input("y", [1, 2], [0.1, 0.05], { labels: ["y1", "y2"] });
  w.common = { scope: ["hidden layer"] };
  const p1 = w.step("matmul", [x, W1]);
  const z1 = w.step("add", [p1, b1], {}, { name: "z1", symbol: "z_{1}", labels: ["z_h1", "z_h2"] });
  const h = w.step("sigmoid", [z1], {}, { name: "h", symbol: "h", labels: ["h1", "h2"] });
  w.common = { scope: ["output layer"] };
  const p2 = w.step("matmul", [h, W2]);
  const z2 = w.step("add", [p2, b2], {}, { name: "z2", symbol: "z_{2}", labels: ["z_o1", "z_o2"] });
  const o = w.step("sigmoid", [z2], {}, { name: "o", symbol: "o", labels: ["o1", "o2"] });
  w.common = {};
  const e = w.step("sub", [o, y]);
  const e2 = w.step("power", [e], { exponent: 2 });
  const s = w.step("sum", [e2], { axes: [0, 1], keepdims: false });
  const L = w.step("mul", [s, w.constant(0.5)], {}, { name: "L", symbol: "L" });
  const ids = { x, W1, b1, W2, b2, y, p1, z1, h, p2, z2, o, e, e2, s, L };
  backward(w, ids);
  update(w, ids);
  return { json: w.json({ loss: L, gradients: ids.gradients }, { updates: ids.updates }), ids };
}

const fraction = (name) => ({ name: `dL/d${name}`, symbol: `\\frac{\\partial L}{\\partial ${name}}` });

function backward(w, ids) {
  const at = (of) => (w.common = { phase: "backward", of, scope: w.steps[of].scope ?? [] });
  const link = (of, gradient, contributions) => Object.assign(w.steps[of], { gradient, contributions });
  at(ids.L);
  const seed = w.constant(1, [], fraction("L"));
  const gs = w.step("mul", [seed, w.steps[ids.L].inputs[1]]);
  link(ids.L, seed, [gs, null]);
  at(ids.s);
  const ge2 = w.step("broadcast_to", [gs], { shape: [1, 2] });
  link(ids.s, gs, [ge2]);
  at(ids.e2);
  const ge = w.step("mul", [ge2, w.step("mul", [w.constant(2), ids.e])]);
  link(ids.e2, ge2, [ge]);
  at(ids.e);
  link(ids.e, ge, [ge, null]);
  Object.assign(w.steps[ge], fraction("o"));
  const gz2 = throughSigmoid(w, ids.o, ids.z2, ge, at, link);
  const { gx: gh } = throughLinear(w, ids, [ids.h, ids.W2, ids.b2, ids.p2, ids.z2], gz2, at, link);
  Object.assign(w.steps[gh], fraction("h"));
  const gz1 = throughSigmoid(w, ids.h, ids.z1, gh, at, link);
  throughLinear(w, ids, [ids.x, ids.W1, ids.b1, ids.p1, ids.z1], gz1, at, link);
  ids.gradients = Object.fromEntries(["W1", "b1", "W2", "b2"].map((name) => [name, w.steps[ids[name]].gradient]));
}

function throughSigmoid(w, a, z, g, at, link) {
  at(a);
  const slope = w.step("mul", [a, w.step("sub", [w.constant(1), a])]);
  const gz = w.step("mul", [g, slope], {}, fraction(w.steps[z].name));
  link(a, g, [gz]);
  return gz;
}

function throughLinear(w, ids, [x, W, b, p, z], g, at, link) {
  at(z);
  const gb = w.step("sum", [g], { axes: [0], keepdims: false }, fraction(w.steps[b].name));
  link(z, g, [g, gb]);
  w.steps[b].gradient = gb;
  at(p);
  const gW = w.step("matmul", [w.step("transpose", [x], { axes: [1, 0] }), g], {}, fraction(w.steps[W].name));
  w.steps[W].gradient = gW;
  const gx = x === ids.x ? null : w.step("matmul", [g, w.step("transpose", [W], { axes: [1, 0] })]);
  link(p, g, [gx, gW]);
  return { gx };
}

function update(w, ids) {
  w.common = { phase: "update" };
  const rate = w.constant(0.01);
  ids.updates = {};
  for (const [name, gradient] of Object.entries(ids.gradients)) {
    const change = w.step("mul", [rate, gradient]);
    ids.updates[ids[name]] = w.step("sub", [ids[name], change], {}, { name: `${name}'`, symbol: `${name}'` });
  }
}

/** One kernel applied to plain lists. */
export function apply(op, inputs, params) {
  return KERNELS[op](inputs.map(([shape, list]) => array(shape, list)), params);
}

export const randomList = (random, shape, spread = 4) => Array.from({ length: sizeOf(shape) }, () => (random() - 0.5) * spread);
