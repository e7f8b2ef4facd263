/** Unrolled networks: who feeds whom, what adds up to which gradient, how large it is told to be; and hostile specs. */
import assert from "node:assert/strict";
import test from "node:test";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { fields } from "../../nnlib/widgets/js/sequences.js";
import { addFields } from "../../nnlib/widgets/js/ui/fields.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { unpacked } from "../../nnlib/widgets/js/ui/unpack.js";
import { planOf as cellPlan } from "../../nnlib/widgets/js/views/cell_plan.js";
import { barHeight, scaleOfSizes, sizesTold } from "../../nnlib/widgets/js/views/unrolled_bars.js";
import { layoutOf, matrixOf } from "../../nnlib/widgets/js/views/unrolled_layout.js";
import { arrowPath, fullness } from "../../nnlib/widgets/js/views/unrolled_parts.js";
import { arriving, planOf, sizeOf, toldBy } from "../../nnlib/widgets/js/views/unrolled_plan.js";
import { windowOf } from "../../nnlib/widgets/js/views/unrolled_told.js";
import { Writer, generator } from "./helpers.js";

addFields(fields);

/** h_t = w h_(t-1) + x_t, L_t = h_t h_t, three times, and its backward pass by hand; without `cut` one chain. */
function made({ cut = 0 } = {}) {
  const w = new Writer();
  const ids = { w: w.input("w", [], [0.5]), h: [w.input("h0", [], [1])], x: [], p: [], L: [] };
  for (let t = 1; t <= 3; t += 1) {
    ids.x.push(w.input(`x${t}`, [], [t]));
    const before = t === cut ? w.constant(2) : ids.h[t - 1];
    ids.p.push(w.step("mul", [ids.w, before]));
    ids.h.push(w.step("add", [ids.p[t - 1], ids.x[t - 1]], {}, { name: `h${t}`, symbol: `h_{${t}}` }));
    ids.L.push(w.step("mul", [ids.h[t], ids.h[t]], {}, { name: `L${t}`, symbol: `L_{${t}}` }));
  }
  const L = w.step("add", [w.step("add", [ids.L[0], ids.L[1]]), ids.L[2]], {}, { name: "L", symbol: "L" });
  backward(w, ids, cut);
  return { trace: load(w.json({ loss: L })), ids };
}

function backward(w, ids, cut) {
  const seed = w.constant(1, [], { phase: "backward", name: "dL/dL" });
  let future = null;
  for (let t = 3; t >= 1; t -= 1) {
    const at = (of) => (w.common = { phase: "backward", of });
    const [h, p, L] = [ids.h[t], ids.p[t - 1], ids.L[t - 1]];
    at(L);
    const half = w.step("mul", [seed, h]);
    const other = w.step("mul", [seed, h]);
    let g = w.step("add", [half, other]);
    if (future !== null) g = w.step("add", [g, future]);
    Object.assign(w.steps[L], { gradient: seed, contributions: [half, other] });
    Object.assign(w.steps[g], { name: `dL/dh${t}` });
    Object.assign(w.steps[h], { gradient: g, contributions: [g, null] });
    at(p);
    const before = w.steps[p].inputs[1];
    const share = w.step("mul", [g, before]);
    future = t === cut ? null : w.step("mul", [g, ids.w]);
    Object.assign(w.steps[p], { gradient: g, contributions: [share, future] });
    w.common = {};
  }
}

const VIEW = { kind: "unrolled", layers: 1, states: ["h1", "h2", "h3"], inputs: ["x1", "x2", "x3"], losses: ["L1", null, "L3"], first: ["h0"], weights: ["w"] };

test("what arrives at a state comes from the loss or from the future", () => {
  const { trace, ids } = made();
  const plan = planOf(trace, VIEW);
  const [first, , last] = plan.rows[0].h;
  assert.deepEqual([plan.T, plan.H], [3, 1]);
  assert.equal(arriving(first, "loss").length, 2);
  assert.deepEqual(arriving(first, "future"), [trace.steps[ids.p[1]].contributions[1]]);
  assert.deepEqual(arriving(last, "future"), []);
  assert.deepEqual(plan.rows[0].h.map(({ cut }) => cut), [false, false, false]);
});

test("the share of a time is what the steps of that time give", () => {
  const { trace, ids } = made();
  const [weight] = planOf(trace, VIEW).weights;
  assert.deepEqual(weight.shares, ids.p.map((p) => [trace.steps[p].contributions[0]]));
  assert.equal(weight.at, "loop");
});

test("a state whose past is a constant is cut off", () => {
  const { trace } = made({ cut: 2 });
  const plan = planOf(trace, VIEW);
  assert.deepEqual(plan.rows[0].h.map(({ cut }) => cut), [false, true, false]);
  assert.deepEqual(arriving(plan.rows[0].h[0], "future"), []);
});

test("every step belongs to the time whose state it leads to", () => {
  const { trace, ids } = made();
  const plan = planOf(trace, VIEW);
  ids.p.forEach((p, t) => assert.equal(plan.timeOf[p], t));
  assert.equal(plan.timeOf[trace.steps[ids.p[2]].contributions[1]], 2);
  assert.equal(plan.timeOf[ids.L[1]], null, "a loss that the view does not name belongs to none");
  assert.deepEqual([...toldBy(plan, new Set([ids.p[0]]))], [ids.h[1]]);
});

test("a tensor that another variant has is missed by name", () => {
  assert.throws(() => planOf(made().trace, { ...VIEW, states: ["h1", "h2", "nobody"] }), { name: "MissingTensor", message: /nobody/ });
  assert.throws(() => cellPlan(made().trace, 1, 1), { name: "MissingTensor" });
});

test("the parts of a column lie below one another", () => {
  const { trace } = made();
  const { loss, frames, input, share, height } = layoutOf(planOf(trace, VIEW), trace);
  const edges = [0, loss, frames[0].top, frames[0].top + frames[0].height, input.y, share, height];
  assert.deepEqual(edges, [...edges].sort((a, b) => a - b));
  assert.deepEqual(matrixOf([4, 16]), { rows: 4, columns: 16, side: 7 });
  assert.deepEqual(matrixOf([]), { rows: 1, columns: 1, side: 18 });
  assert.equal(matrixOf([64, 64]), null);
});

test("a size is the root of the sum of squares, and does not overflow before it must", () => {
  assert.equal(sizeOf([3, -4, 100], 2), 5);
  assert.equal(sizeOf([0, 0], 2), 0);
  for (const unit of [1e200, 1e-200]) assert.ok(Math.abs(sizeOf([3 * unit, 4 * unit], 2) / (5 * unit) - 1) < 1e-15);
  assert.equal(sizeOf([1, -Infinity], 2), Infinity);
  assert.ok(Number.isNaN(sizeOf([NaN, 1], 2)));
});

test("sizes that span decades are told by their logarithms", () => {
  const powers = Array.from({ length: 50 }, (_, t) => 0.9 ** (49 - t));
  const scale = scaleOfSizes(powers);
  assert.ok(scale.log);
  const heights = powers.map((size) => barHeight(size, scale));
  assert.ok(heights[0] > 0 && heights[49] === 1);
  for (let t = 2; t < 50; t += 1) assert.ok(Math.abs(heights[t] - 2 * heights[t - 1] + heights[t - 2]) < 1e-12);
  assert.deepEqual(scaleOfSizes([1, 2]), { log: false, low: 0, high: 2 });
  assert.deepEqual(scaleOfSizes([0, NaN, Infinity]), { log: false, low: 0, high: 1 });
  assert.deepEqual([0, Infinity, NaN].map((size) => barHeight(size, scale)), [0, 1, 1]);
});

test("zeros and what is not finite are told in words", () => {
  const all = [true, true, true];
  assert.equal(sizesTold([0.25, 0.5, 1], all), "1 at t = 3 → 0.25 at t = 1 (× 0.25).");
  assert.equal(sizesTold([0, 0, 1], all), "1 at t = 3 → 0 at t = 1. Exactly 0 at t = 1, 2.");
  assert.equal(sizesTold([Infinity, NaN, 1], all), "1 at t = 3 → ∞ at t = 1. Not finite at t = 1, 2.");
  assert.equal(sizesTold([9, 9, 1], [false, false, true]), "1 at t = 3.");
  assert.equal(sizesTold([1], [false]), "The gradients are not yet computed.");
});

test("a long sum over time names two terms, a short one all", () => {
  assert.deepEqual(windowOf(3, 2), [0, 3]);
  assert.deepEqual(windowOf(50, 7), [7, 9]);
  assert.deepEqual(windowOf(50, 49), [48, 50]);
});

test("squares: 0 is empty, a negative one half, what is not finite stands out", () => {
  assert.deepEqual([0, 1, -1, NaN, Infinity].map((v) => fullness(v, 1)), [0, 100, -100, 101, 101]);
  assert.ok(fullness(1e-12, 1) >= 12);
  assert.equal(fullness(5, 0), 0);
});

test("an arrow ends where it points", () => {
  assert.match(arrowPath(0, 0, 10, 0).head, /L10 0L/);
  assert.doesNotMatch(arrowPath(3, 3, 3, 3).head, /NaN/);
});

const trace = made().trace;

function refused(view) {
  const raw = new Writer();
  raw.input("h1", [1, 2], [0, 0]);
  raw.input("h2", [1, 2], [0, 0]);
  raw.input("x", [1, 1, 1], [0]);
  raw.input("L", [], [0]);
  try {
    parseSpec({ version: 1, slug: "s", title: "A title", view, controls: [], variants: [{ label: "one", trace: raw.json() }] });
    return null;
  } catch (error) {
    assert.ok(error instanceof SpecError, error.stack);
    return error.message;
  }
}

const GOOD = { kind: "unrolled", layers: 1, states: ["h1", "h2"] };
const FAULTS = [
  [{ layers: 0 }, "view.layers is 0, which does not part 2 states."],
  [{ layers: 3 }, "view.layers is 3, which does not part 2 states."],
  [{ inputs: ["x"] }, "view.inputs has 1 names for 2 time steps."],
  [{ cells: ["h1"] }, "view.cells has 1 names, but there are 2 states."],
  [{ states: ["h1", null] }, "view.states holds null where a name is needed."],
  [{ states: ["h1", "h1"] }, 'view.states has "h1" twice.'],
  [{ states: ["h1", "x"] }, 'view.states has "x" of shape (1, 1, 1), not (N, H).'],
  [{ losses: ["h1", null] }, 'view.losses has "h1" of shape (1, 2), which is not one number.'],
  [{ states: ["h1", "nobody"] }, 'view.states[1] is "nobody", which names no tensor of the trace.'],
];

for (const [change, sentence] of FAULTS) {
  test(`refused: ${sentence}`, () => assert.equal(refused({ ...GOOD, ...change }), sentence));
}

test("accepted: an unrolled network with gaps, and a cell", () => {
  assert.equal(refused({ ...GOOD, inputs: [null, "x"], losses: [null, "L"], weights: ["x"], first: ["x"] }), null);
  assert.equal(refused({ kind: "cell", steps: [1, 2], layer: 1 }), null);
  assert.equal(refused({ kind: "cell", steps: [null], layer: 2 }), null);
  assert.equal(refused({ kind: "cell", steps: [], layer: 1 }), "view.steps is [], not a list of numbers of time steps.");
  assert.equal(refused({ kind: "cell", steps: [1], layer: "1" }), 'view.layer is "1", not a number from 1 on.');
});

test("any spec of them is accepted or refused in a sentence", () => {
  const random = generator(17);
  const junk = [null, undefined, true, 0, -1, 1, 2, 1.5, NaN, "h1", "", [], ["h1"], ["h1", "h2"], ["h1", null], [["h1"]], ["__proto__"], {}, { length: 2 }, Array(401).fill("h1"), [1, 2]];
  const pick = (list) => list[Math.floor(random() * list.length)];
  let passed = 0;
  for (let i = 0; i < 3000; i += 1) {
    const view = { ...(random() < 0.7 ? GOOD : { kind: "cell", steps: [1], layer: 1 }) };
    for (let k = 0; k <= random() * 2; k += 1) view[pick(["states", "cells", "inputs", "outputs", "losses", "first", "weights", "layers", "steps", "layer"])] = pick(junk);
    const sentence = refused(view);
    if (sentence === null) passed += 1;
    else assert.match(sentence, /^[^\n]{10,300}\.$/);
  }
  assert.ok(passed > 300, `${passed} passed`);
  assert.ok(trace.steps.length > 0);
});

test("columns are written out, or refused in a sentence", () => {
  const columns = { op: [["input", "neg"], [0, 1]], name: [["x"], [0, -1]], inputs: [[[0]], [-1, 0]] };
  const [{ trace: told }] = unpacked([{ trace: { steps: columns } }]);
  assert.deepEqual(told.steps, [{ id: 0, name: "x", op: "input" }, { id: 1, name: "step1", op: "neg", inputs: [0] }]);
  const bad = [{ op: [["neg"], [1]] }, { op: [["neg"], [0]], name: [[], []] }, { op: [["neg"], [0.5]] }, { op: [["neg"], ["0"]] }, { op: "neg" }, { op: null }, {}, { op: [["neg"], Array(20_001).fill(0)] }, { op: [["neg"], [-2]] }];
  for (const steps of bad) assert.throws(() => unpacked([{ trace: { steps } }]), (error) => error instanceof SpecError && /^variant 0 is told in columns, .*\.$/.test(error.message));
  for (const odd of [null, 3, {}, { trace: null }, { trace: { steps: null } }]) assert.deepEqual(unpacked([odd]), [odd]);
});
