/** Attention: its plan, read from the steps; what each number is made of; how numbers are fitted into cells. */
import assert from "node:assert/strict";
import test from "node:test";
import { fields } from "../../nnlib/widgets/js/attention.js";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { TraceError, load } from "../../nnlib/widgets/js/engine/trace.js";
import { addFields } from "../../nnlib/widgets/js/ui/fields.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { fitted } from "../../nnlib/widgets/js/views/attention_digits.js";
import { lookOf, spotOfStop } from "../../nnlib/widgets/js/views/attention_follow.js";
import { attentionFault, blindQueries, maskOf, placeOf, planOf, spotOf } from "../../nnlib/widgets/js/views/attention_plan.js";
import { entropy, originOf, placesOf, rowSum } from "../../nnlib/widgets/js/views/attention_terms.js";
import { Writer, generator } from "./helpers.js";

addFields(fields);
const WORDS = ["the", "cat", "sat"];
const VIEW = { kind: "attention", tokens: WORDS, keys: WORDS, Q: ["Q"], K: ["K"], V: ["V"], weights: ["A"], output: ["O"] };
const near = (a, b, what) => assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${what}: ${a} is not ${b}`);

/** Three tokens, forward and, by hand, backward: the gradient of the output is G. `lead` puts two heads before the rows. */
function json({ lead = [], mask = [1, 0, 0, 1, 1, 0, 1, 1, 1], scale = "div" } = {}) {
  const w = new Writer();
  const random = generator(5);
  const heads = lead.reduce((a, b) => a * b, 1);
  const draw = (n) => Array.from({ length: heads * n }, () => Math.round(20 * random() - 10) / 4);
  const own = (...shape) => [...lead, ...shape];
  const axes = [...lead.map((_, i) => i), lead.length + 1, lead.length];
  const [Q, K, V, G] = [["Q", 4], ["K", 4], ["V", 2], ["G", 2]].map(([name, d]) => w.input(name, own(3, d), draw(3 * d)));
  const M = w.input("M", [3, 3], mask);
  const KT = w.step("transpose", [K], { axes });
  const R = w.step("matmul", [Q, KT], {}, { name: "R", symbol: "R" });
  const c = w.constant(scale === "div" ? 2 : 0.5);
  const S = w.step(scale, [R, c], {}, { name: "S", symbol: "S" });
  const Z = w.step("add", [S, w.step("log", [M])], {}, { name: "Z", symbol: "Z" });
  const A = w.step("softmax", [Z], { axis: lead.length + 1 }, { name: "A", symbol: "A" });
  const O = w.step("matmul", [A, V], {}, { name: "O", symbol: "O" });
  const L = w.step("sum", [w.step("mul", [O, G])], { axes: [...Array(lead.length + 2).keys()], keepdims: false }, { name: "L", symbol: "L" });
  const at = (of) => (w.common = { phase: "backward", of });
  const turn = (x) => w.step("transpose", [x], { axes });
  at(L);
  const dO = w.step("mul", [w.constant(1), G]);
  at(O);
  const [dA, dV] = [w.step("matmul", [dO, turn(V)]), w.step("matmul", [turn(A), dO])];
  at(A);
  const sums = w.step("sum", [w.step("mul", [dA, A])], { axes: [lead.length + 1], keepdims: true });
  const dZ = w.step("mul", [A, w.step("sub", [dA, sums])]);
  at(S);
  const dR = w.step(scale, [dZ, c]);
  at(R);
  const [dQ, dK] = [w.step("matmul", [dR, K]), turn(w.step("matmul", [turn(Q), dR]))];
  for (const [of, gradient] of [[O, dO], [A, dA], [V, dV], [Z, dZ], [S, dZ], [R, dR], [Q, dQ], [K, dK]]) w.steps[of].gradient = gradient;
  return w.json({ loss: L });
}

/** The plan with all of its numbers, as at the last stop. */
function planned(options, view = VIEW) {
  const trace = load(json(options));
  const { values } = new Replay(trace);
  return { trace, plan: planOf(trace, view), state: { values, shown: () => true } };
}

test("the way from the product to the weights is read from the steps", () => {
  const { plan, trace } = planned();
  const [{ layers, sums }] = plan.heads;
  assert.deepEqual(layers.map(({ step, kind, label }) => [trace.steps[step].name, kind, label]), [
    ["R", "product", "Q Kᵀ"], ["S", "scale", "÷ √d"], ["Z", "mask", "mask"], ["A", "weights", "softmax"],
  ]);
  assert.equal(trace.steps[sums.step].op, "sum");
  assert.ok(plan.dot);
  assert.equal(planned({ scale: "mul" }).plan.heads[0].layers[1].label, "÷ √d");
});

test("an axis before the rows holds heads", () => {
  const { plan, state } = planned({ lead: [1, 2] });
  assert.deepEqual(plan.heads.map(({ Q, O, layers }) => [Q.base, O.base, layers[0].base]), [[0, 0, 0], [12, 6, 9]]);
  assert.ok(plan.dot);
  everyNumber(plan, state);
});

test("each number is the sum of its products, forward and backward", () => {
  const { plan, state } = planned();
  assert.equal(everyNumber(plan, state), 9 + 6 + 9 + 6 + 12 + 12);
});

test("a query tells of products only where its scores are dot products", () => {
  const { plan } = planned();
  const spot = (role) => ({ head: 0, role, layer: 0, gradient: true, row: 1, column: 0 });
  for (const role of ["Q", "K"]) {
    assert.equal(originOf(plan, spot(role)).pairs.length, 3);
    const { pairs, lines, says } = originOf({ ...plan, dot: false }, spot(role));
    assert.equal(pairs.length, 0);
    assert.deepEqual(lines.map(({ row, column }) => [row, column]), [role === "Q" ? [1, null] : [null, 1]]);
    assert.match(says, /the function that scores/);
  }
});

/** How many numbers have products; those must add up to the number. */
function everyNumber(plan, state) {
  const value = ({ step, offset }) => state.values[step].data[offset];
  let count = 0;
  for (let head = 0; head < plan.heads.length; head += 1) for (const gradient of [false, true]) {
    const own = plan.heads[head];
    const all = [...["Q", "K", "V", "O"].map((role) => [role, 0, own[role]]), ...own.layers.map((m, layer) => ["layer", layer, m])];
    for (const [role, layer, m] of all) for (let row = 0; row < m.rows; row += 1) for (let column = 0; column < m.columns; column += 1) {
      const spot = { head, role, layer, gradient, row, column };
      const { pairs } = originOf(plan, spot);
      assert.deepEqual(spotOf(plan, placeOf(plan, spot), layer), spot);
      if (pairs.length === 0) continue;
      count += 1;
      near(placesOf(plan, pairs).reduce((sum, [a, b]) => sum + value(a) * value(b), 0), value(placeOf(plan, spot)), JSON.stringify(spot));
    }
  }
  return count;
}

test("a score lights the row of the query and the row of the key", () => {
  const { plan } = planned();
  const { lines } = originOf(plan, { head: 0, role: "layer", layer: 0, gradient: false, row: 2, column: 1 });
  assert.deepEqual(lines.map(({ role, row, column }) => [role, row, column]), [["Q", 2, null], ["K", 1, null]]);
  const back = originOf(plan, { head: 0, role: "V", layer: 0, gradient: true, row: 2, column: 1 });
  assert.deepEqual(back.lines.map(({ role, gradient, row, column }) => [role, gradient, row, column]), [["layer", false, null, 2], ["O", true, null, 1]]);
});

test("the softmax subtracts the row sum on the way back", () => {
  const { plan, state } = planned();
  const { layers, sums } = plan.heads[0];
  const [weights, arrives, leaves] = [layers[3].step, layers[3].gradient, layers[2].gradient].map((id) => state.values[id].data);
  for (let i = 0; i < 3; i += 1) {
    const row = (data) => [...data.subarray(3 * i, 3 * i + 3)];
    const r = rowSum(row(weights), row(arrives));
    near(r, state.values[sums.step].data[i], "row sum");
    row(leaves).forEach((g, j) => near(g, row(weights)[j] * (row(arrives)[j] - r), `dZ[${i},${j}]`));
  }
});

test("what is masked is known from its score, and a query without keys too", () => {
  const { plan, state } = planned();
  assert.equal(maskOf(state, plan, { head: 0, layer: 1 }), null);
  for (const layer of [2, 3]) {
    const hidden = maskOf(state, plan, { head: 0, layer });
    assert.deepEqual([0, 1, 2].map((i) => [0, 1, 2].map((j) => hidden(i, j))), [[false, true, true], [false, false, true], [false, false, false]]);
  }
  assert.deepEqual(blindQueries(state, plan, 0), []);
  const blind = planned({ mask: [0, 0, 0, 1, 1, 0, 1, 1, 1] });
  assert.deepEqual(blindQueries(blind.state, blind.plan, 0), [0]);
});

test("entropy is 0 where one key has all, ln n where all have the same", () => {
  assert.equal(entropy([0, 1, 0]), 0);
  near(entropy([0.25, 0.25, 0.25, 0.25]), Math.log(4), "equal shares");
  assert.ok(Number.isNaN(entropy([NaN, NaN])));
});

const FITTED = [
  [0.123456, 6, "0.1235"], [0.123456, 5, "0.123"], [-0.123456, 5, "−0.12"], [-0.123456, 4, "−0.1"], [-0.123456, 3, "−.1"], [-0.97, 3, "−1"],
  [12.3456, 5, "12.35"], [12.3456, 4, "12.3"], [12.3456, 3, "12"], [-12.3456, 3, "−12"], [0, 3, "0"], [1, 3, "1"], [0.0004, 4, "0.00"], [-3.2, 5, "−3.2"],
  [123456.7, 5, "1e5"], [-2.5e300, 5, "−3e300"], [NaN, 5, "NaN"], [Infinity, 3, "∞"], [-Infinity, 3, "−∞"],
];

for (const [value, letters, text] of FITTED) {
  test(`${value} in ${letters} letters is ${text}`, () => assert.equal(fitted(value, letters), text));
}

test("no number is so odd that it has no text", () => {
  const random = generator(8);
  for (let i = 0; i < 3000; i += 1) {
    const value = (random() - 0.5) * 10 ** Math.floor(80 * random() - 40);
    for (let letters = 2; letters < 9; letters += 1) {
      const text = fitted(value, letters);
      assert.match(text, /^−?[\d.]+(e-?\d+|×10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?$/);
      assert.equal(text.startsWith("−"), value < 0);
    }
  }
});

test("a stop is told where its number stands", () => {
  const { plan, trace } = planned();
  const id = (name) => trace.byName.get(name);
  const state = (phase, active, of = null) => ({ stop: 1, phase, active: new Set(active), stops: [null, { of }] });
  const at = { row: 1, column: 3 };
  const forward = spotOfStop(plan, state("forward", [id("A")]), 0, at);
  assert.deepEqual([forward.role, forward.layer, forward.row, forward.column], ["layer", 3, 1, 2]);
  assert.equal(lookOf(plan, forward), "softmax");
  const { V, layers } = plan.heads[0];
  const back = spotOfStop(plan, state("backward", [V.gradient, layers[3].gradient], id("O")), 0, at);
  assert.deepEqual([back.role, back.gradient, lookOf(plan, back)], ["V", true, "output"]);
  const handed = spotOfStop(plan, state("backward", [], id("Z")), 0, at);
  assert.deepEqual([handed.role, handed.layer, lookOf(plan, handed)], ["layer", 1, "scores"]);
  assert.equal(spotOfStop(plan, state("forward", [id("L")]), 0, at), null);
  assert.equal(spotOfStop(plan, { ...state("forward", [id("A")]), stop: 0 }, 0, at), null);
});

const FAULTS = [
  [{ tokens: [] }, "view.tokens is not a list of 1 to 24 short texts."],
  [{ keys: ["a", 1, "c"] }, "view.keys is not a list of 1 to 24 short texts."],
  [{ tokens: ["one", "two"] }, 'view.Q[0] is "Q" of shape (3, 4), not (2, 4) with at most 32 columns.'],
  [{ V: ["M"], output: ["M"] }, null],
  [{ K: ["V"] }, 'view.K[0] is "V" of shape (3, 2), not (3, 4) with at most 32 columns.'],
  [{ Q: ["Q", "Q"] }, "view names 2, 1, 1, 1, 1 of Q, K, V, weights, output, not as many of each."],
  [{ X: "L" }, 'view.X is "L" of shape (), not (3, 0) with at most 32 columns.'],
];

for (const [change, sentence] of FAULTS) {
  test(`${sentence ?? "accepted"}: ${JSON.stringify(change)}`, () => assert.equal(attentionFault({ ...VIEW, ...change }, load(json())), sentence));
}

const JUNK = [null, undefined, true, 0, NaN, "", "Q", "L", "constructor", "__proto__", [], ["Q"], ["Q", "K"], ["M"], ["step5"], [null], {}, { length: 3 }, ["a", "b", "c"]];

test("any attention is read, and then has a plan, or is refused in a sentence", () => {
  const random = generator(21);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const raw = json();
  const known = load(raw);
  let refused = 0;
  for (let i = 0; i < 2000; i += 1) {
    const view = { ...VIEW };
    for (let k = 0; k <= random() * 2; k += 1) view[pick(["tokens", "keys", "Q", "K", "V", "weights", "output", "X"])] = pick(JUNK);
    try {
      const spec = parseSpec({ version: 1, slug: "s", title: "A title", view, variants: [{ label: "one", trace: raw }] });
      assert.equal(planOf(known, spec.view).heads.length, 1);
    } catch (error) {
      assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
      assert.match(error.message, /^[^\n]{10,300}\.$/);
      refused += 1;
    }
  }
  assert.ok(refused > 800 && refused < 2000, `${refused} of 2000`);
});

test("a variant without one of the tensors says so in place of the drawing", () => {
  const known = load(json());
  assert.equal(attentionFault({ ...VIEW, weights: ["nobody"] }, known), null);
  assert.throws(() => planOf(known, { ...VIEW, weights: ["nobody"] }), { name: "MissingTensor" });
});
