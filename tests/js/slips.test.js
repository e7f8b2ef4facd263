import assert from "node:assert/strict";
import { test } from "node:test";
import { agrees, isRight, questions, readAnswer } from "../../nnlib/widgets/js/engine/questions.js";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { slips } from "../../nnlib/widgets/js/engine/slips.js";
import { stops } from "../../nnlib/widgets/js/engine/stops.js";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { threeTwoTwo, Writer } from "./helpers.js";
import { toLatex } from "./latex.js";
import { storedTraces } from "./stored.js";

const text = ({ parts }) => parts.map((part) => (typeof part === "string" ? part : toLatex(part))).join("");

function made(json) {
  const trace = load(json);
  const replay = new Replay(trace);
  return {
    trace, replay,
    of: (label) => {
      const { step, offset } = trace.find(label);
      return slips(trace, replay.values, step, offset);
    },
  };
}

/** The slip of that kind whose number is `value`, as its sentence. */
function told(list, kind, value) {
  const found = list.find((slip) => slip.kind === kind && Math.abs(slip.value - value) <= 1e-9 * Math.max(1, Math.abs(value)));
  assert.ok(found, `no ${kind} with ${value} among ${list.map((s) => `${s.kind} ${s.value}`).join("; ")}`);
  return text(found);
}

const { json } = threeTwoTwo();
const network = made(json);
const x = [1, 4, 5];
const sigma = (z) => 1 / (1 + Math.exp(-z));
const z1 = [4.3, 5.3];
const h = z1.map(sigma);
const z2 = [h[0] * 0.7 + h[1] * 0.9 + 0.5, h[0] * 0.8 + h[1] * 0.1 + 0.5];
const o = z2.map(sigma);
const e = [o[0] - 0.1, o[1] - 0.05];
const delta = e.map((d, i) => d * o[i] * (1 - o[i]));
const up = delta[0] * 0.7 + delta[1] * 0.8;

test("sign", () => {
  assert.match(told(network.of("dL/do1"), "sign", -e[0]), /keep the order of o_\{1\}-y_\{1\}/);
  assert.match(told(network.of("z_h1"), "sign", -4.3), /the sign is not/);
});

test("a difference that was added", () => {
  const w = new Writer();
  const [a, b] = [w.input("a", [], [5]), w.input("b", [], [2])];
  w.step("sub", [a, b], {}, { name: "d", symbol: "d" });
  assert.match(told(made(w.json()).of("d"), "sign", 7), /subtract b/);
});

test("derivative forgotten: what arrives is handed on", () => {
  assert.match(told(network.of("dL/dz_h1"), "slope", up), /as it arrives: multiply it by the local slope h_\{1\}/);
  assert.match(told(network.of("dL/dw3"), "slope", up * h[0] * (1 - h[0])), /local slope x_\{2\}/);
  assert.match(told(network.of("dL/dh1"), "slope", delta[0] + delta[1]), /multiply each by its local slope, w_\{7\}, w_\{8\}/);
});

test("upstream factor forgotten: the local slope alone", () => {
  assert.match(told(network.of("dL/dz_h1"), "upstream", h[0] * (1 - h[0])), /multiply it by the gradient that arrives/);
  assert.match(told(network.of("dL/dw3"), "upstream", x[1]), /x_\{2\} alone/);
});

test("one path only", () => {
  assert.match(told(network.of("dL/dh1"), "path", delta[0] * 0.7), /Only one path .*add .*z_\{o2\}\}\\cdot w_\{8\}/);
  assert.match(told(network.of("dL/dh1"), "path", delta[1] * 0.8), /add .*z_\{o1\}\}\\cdot w_\{7\}/);
});

test("one term left out, and the bias", () => {
  assert.match(told(network.of("z_h1"), "missing", 3.8), /The bias is missing: add b_\{1\}/);
  assert.match(told(network.of("z_h1"), "missing", 4.3 - 4 * 0.3), /add x_\{2\}\\cdot w_\{3\}/);
});

test("transposed: weights along the other axis, W for its transpose, a gradient in the wrong place", () => {
  assert.match(told(network.of("z_h1"), "transposed", 1 * 0.1 + 4 * 0.2 + 5 * 0.3 + 0.5), /the weights here are w_\{1\}, w_\{3\}, w_\{5\}/);
  assert.match(told(network.of("dL/dh1"), "transposed", delta[0] * 0.7 + delta[1] * 0.9), /the weights here are w_\{7\}, w_\{8\}/);
  assert.match(told(network.of("dL/dw8"), "transposed", h[1] * delta[0]), /Rows and columns are exchanged/);
});

/** L = mean of (w x_n - t_n)^2 over N = 3 rows, and its gradient. */
function meanOfSquares() {
  const w = new Writer();
  const X = w.input("X", [3, 1], [1, 2, 3]);
  const W = w.input("W", [1, 1], [2]);
  const t = w.input("t", [3, 1], [1, 1, 1]);
  const y = w.step("matmul", [X, W], {}, { name: "y", symbol: "y" });
  const d = w.step("sub", [y, t]);
  const p = w.step("power", [d], { exponent: 2 });
  const s = w.step("sum", [p], { axes: [0, 1], keepdims: false });
  const n = w.constant(3);
  const L = w.step("div", [s, n], {}, { name: "L", symbol: "L" });
  const at = (of) => (w.common = { phase: "backward", of });
  const link = (of, gradient, contributions) => Object.assign(w.steps[of], { gradient, contributions });
  at(L);
  const seed = w.constant(1, [], { name: "dL/dL", symbol: "g" });
  const gs = w.step("div", [seed, n]);
  link(L, seed, [gs, null]);
  at(s);
  const gp = w.step("broadcast_to", [gs], { shape: [3, 1] });
  link(s, gs, [gp]);
  at(p);
  const gd = w.step("mul", [gp, w.step("mul", [w.constant(2), d])], {}, { name: "dL/dy", symbol: "g_y" });
  link(p, gp, [gd]);
  link(d, gd, [gd, null]);
  at(y);
  const gW = w.step("matmul", [w.step("transpose", [X], { axes: [1, 0] }), gd], {}, { name: "dL/dW", symbol: "g_W" });
  link(y, gd, [null, gW]);
  w.steps[W].gradient = gW;
  return w.json({ loss: L });
}

test("summed instead of averaged, averaged instead of summed", () => {
  const batch = made(meanOfSquares()); // errors 1, 3, 5
  assert.match(told(batch.of("L"), "mean", 35), /divide by 3/);
  assert.match(told(batch.of("dL/dy[1,0]"), "mean", 6), /factor 1\/3 belongs/);
  const gW = (2 * (1 * 1 + 2 * 3 + 3 * 5)) / 3;
  assert.match(told(batch.of("dL/dW"), "mean", gW * 3), /factor 1\/3 belongs/);
  assert.match(told(batch.of("dL/dW"), "mean", gW / 3), /average of the 3 terms.*already in the gradient that arrives/);
});

test("pre-activation for activation: as a value, in the next layer, inside f'", () => {
  assert.match(told(network.of("h1"), "pre", 4.3), /z_\{h1\}, which goes into the function: apply σ/);
  assert.match(told(network.of("z_o1"), "pre", 4.3 * 0.7 + 5.3 * 0.9 + 0.5), /use h_\{1\}, h_\{2\}/);
  assert.match(told(network.of("dL/dz_h1"), "pre", up * 4.3 * (1 - 4.3)), /use h_\{1\}/);
  assert.match(told(network.of("dL/dw7"), "pre", 4.3 * delta[0]), /z_\{h1\} from before the activation/);
});

test("the ½ and the 2 of the squared error, and the square itself", () => {
  assert.match(told(network.of("L"), "factor", e[0] ** 2 + e[1] ** 2), /factor 0.5 is missing/);
  assert.match(told(network.of("dL/do1"), "factor", e[0] / 2), /factor 2 is missing: the derivative of a square/);
  assert.match(told(network.of("dL/do1"), "upstream", e[0] * 2), /local slope/);
  const w = new Writer();
  w.step("power", [w.input("a", [], [3])], { exponent: 2 }, { name: "s", symbol: "s" });
  assert.match(told(made(w.json()).of("s"), "power", 3), /square a/);
});

test("softmax: not normalised, shared out without the exponential, twice", () => {
  const w = new Writer();
  const z = w.input("z", [1, 3], [1, 2, 3], { labels: ["z1", "z2", "z3"] });
  w.step("softmax", [z], { axis: 1 }, { name: "p", symbol: "p" });
  const list = made(w.json()).of("p[0,1]");
  const [a, b, c] = [1, 2, 3].map(Math.exp);
  assert.match(told(list, "softmax", b), /divide it by the sum/);
  assert.match(told(list, "softmax", Math.exp(-1)), /exponential alone/);
  assert.match(told(list, "softmax", 2 / 6), /exponential of each first/);
  const p = [a, b, c].map((v) => Math.exp(v / (a + b + c)));
  assert.match(told(list, "twice", p[1] / (p[0] + p[1] + p[2])), /twice/);
});

test("the softmax gradient without what lies off its diagonal", () => {
  const w = new Writer();
  const z = w.input("z", [2], [0, 1]);
  const p = w.step("softmax", [z], { axis: 0 }, { name: "p", symbol: "p" });
  w.common = { phase: "backward", of: p };
  const g = w.leaf("constant", [2], [1, 3], { name: "dL/dp", symbol: "g" });
  const inner = w.step("sum", [w.step("mul", [g, p])], { axes: [0], keepdims: true });
  const gz = w.step("mul", [p, w.step("sub", [g, inner])], {}, { name: "dL/dz", symbol: "g_z" });
  Object.assign(w.steps[p], { gradient: g, contributions: [gz] });
  w.steps[z].gradient = gz;
  assert.match(told(made(w.json({})).of("dL/dz[0]"), "path", 1 / (1 + Math.E)), /Only the direct path/);
});

test("another element of the tensor", () => {
  assert.match(told(network.of("z_h1"), "element", 5.3), /z_\{h2\}: the question is about z_\{h1\}/);
});

test("an update: the learning rate forgotten, added instead of subtracted", () => {
  const g = network.replay.get("dL/dw1");
  assert.match(told(network.of("W1'[0,0]"), "factor", 0.1 - g), /factor 0.01/);
  network.replay.set("w1", 0.5);
  const steep = made({ ...json, steps: json.steps.map((s) => (s.name === "y" ? { ...s, value: [-90, 3] } : s)) });
  const big = steep.replay.get("dL/dw5");
  assert.match(told(steep.of("W1'[2,0]"), "sign", 0.5 + 0.01 * big), /subtract/);
});

test("where slips coincide the first is told, and none equals the right number", () => {
  const list = network.of("dL/dz_h1");
  list.forEach((slip, i) => assert.ok(!list.slice(0, i).some(({ value }) => agrees(value, slip.value))));
});

// ---------------------------------------------------------------- every trace of the book

test("over all stored traces: finite numbers that differ from the right one, and a sentence each", () => {
  const traces = storedTraces();
  assert.ok(traces.length > 20, `${traces.length} traces found`);
  let slipped = 0;
  for (const { where, json: stored } of traces) {
    const { trace, replay } = made(stored);
    for (const stop of stops(trace, "small").slice(1)) {
      for (const { step, offset } of questions(trace, stop)) {
        const right = replay.values[step].data[offset];
        for (const slip of slips(trace, replay.values, step, offset)) {
          slipped++;
          const what = `${where}: ${trace.labelOf(step, offset)} ${slip.kind}`;
          assert.ok(Number.isFinite(slip.value), `${what} is ${slip.value}`);
          assert.ok(!agrees(slip.value, right), `${what}: ${slip.value} is the right number`);
          assert.match(text(slip), /^[A-Z].{15,}\.$/s, what);
          assert.doesNotMatch(text(slip), /undefined|NaN|\[object/, what);
        }
      }
    }
  }
  assert.ok(slipped > 1000, `${slipped} slips`);
});

test("every small stop of the 3-2-2 network that computes something can be asked for", () => {
  const list = stops(network.trace, "small").slice(1).map((stop) => questions(network.trace, stop));
  const empty = stops(network.trace, "small").slice(1).filter((_, i) => list[i].length === 0);
  assert.ok(empty.every(({ steps }) => steps.every((id) => network.trace.steps[id].op === "constant")));
  const names = (stop) => questions(network.trace, stop).map(({ step, offset }) => network.trace.labelOf(step, offset));
  assert.deepEqual(names(stops(network.trace, "small")[2]), ["z_h1", "z_h2"]);
  assert.deepEqual(names(stops(network.trace, "big")[1]), ["z_h1", "z_h2", "h1", "h2"]);
});

// ---------------------------------------------------------------- what is typed

test("numbers as people type them", () => {
  const value = (typed) => readAnswer(typed)?.value;
  const table = [["4.3", 4.3], [" 4,3 ", 4.3], ["-2e-3", -2e-3], ["−2", -2], ["+.5", 0.5], ["3.", 3], ["2×10^-3", 2e-3], ["2 x 10-3", 2e-3], ["2*10^3", 2000],
    ["NaN", NaN], ["nan", NaN], ["inf", Infinity], ["-inf", -Infinity], ["−∞", -Infinity], ["Infinity", Infinity]];
  for (const [typed, expected] of table) assert.ok(Object.is(value(typed), expected), `${typed} is ${value(typed)}`);
  for (const typed of ["", "four", "1,000.5", "1 2", "--3", "1e999", "0x10", "<b>", "e5", "."]) assert.equal(readAnswer(typed), null, typed);
});

test("right within half a percent, or to two digits typed", () => {
  const right = (typed, value) => isRight(readAnswer(typed), value);
  for (const [typed, value] of [["4.3", 4.3], ["4.31", 4.3], ["0.0020", 0.001984], ["0.15", 0.1502], ["2e-3", 0.0019999], ["0", 0], ["0", 3e-17], ["nan", NaN], ["inf", Infinity], ["12", 12.4], ["-0.12", -0.1184]]) {
    assert.ok(right(typed, value), `${typed} for ${value}`);
  }
  for (const [typed, value] of [["4", 4.3], ["4.4", 4.3], ["0", 0.001], ["0.2", 0.1502], ["nan", 1], ["1", NaN], ["inf", -Infinity], ["-4.3", 4.3], ["0.002", 0.001984]]) {
    assert.ok(!right(typed, value), `${typed} for ${value}`);
  }
});
