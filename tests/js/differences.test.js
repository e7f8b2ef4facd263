import assert from "node:assert/strict";
import { test } from "node:test";
import { Differences, places, sample } from "../../nnlib/widgets/js/engine/differences.js";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { threeTwoTwo, Writer } from "./helpers.js";

function checkAll(json, set = {}) {
  const trace = load(json);
  const replay = new Replay(trace);
  for (const [label, value] of Object.entries(set)) replay.set(label, value);
  replay.run();
  const before = replay.values.map(({ data }) => data.slice());
  const differences = new Differences(new Replay(trace), replay.values);
  const rows = places(trace).map((place) => differences.check(place));
  replay.values.forEach(({ data }, i) => assert.deepEqual(data, before[i], "what is on show stays"));
  return { trace, rows, by: Object.fromEntries(rows.map((row) => [trace.labelOf(row.gradient, row.offset), row])) };
}

/** L = f(x) with a gradient that is made by `slope`, a step of its own. */
function scalar(x, forward, slope) {
  const w = new Writer();
  const input = w.input("x", [], [x]);
  const L = forward(w, input);
  Object.assign(w.steps[L], { name: "L", symbol: "L" });
  w.common = { phase: "backward", of: L };
  const g = slope(w, input);
  Object.assign(w.steps[g], { name: "dL/dx" });
  return w.json({ loss: L, gradients: { x: g } });
}

const relu = (w, x) => w.step("maximum", [x, w.constant(0)]);
const isPositive = (w, x) => w.step("greater", [x, w.constant(0)]);
const kindOf = (json) => checkAll(json).rows[0].verdict;

test("every number of the 3-2-2 network agrees, at once and after a change", () => {
  for (const set of [{}, { w1: -0.7, x2: 2, w10: 1.5 }]) {
    const { rows } = checkAll(threeTwoTwo().json, set);
    assert.equal(rows.length, 14);
    for (const row of rows) {
      assert.equal(row.verdict, "agrees");
      assert.ok(row.deviation < 1e-7);
    }
  }
});

test("a wrong gradient is found: the sign, a factor, the upstream gradient forgotten", () => {
  const square = (w, x) => w.step("mul", [x, x]);
  const times = (factor) => (w, x) => w.step("mul", [w.constant(factor), x]);
  assert.equal(kindOf(scalar(3, square, times(2))), "agrees");
  for (const factor of [-2, 1, 2.001, 0]) assert.equal(kindOf(scalar(3, square, times(factor))), "differs", `factor ${factor}`);
  const { json, ids } = threeTwoTwo();
  json.steps[ids.gradients.W2].inputs = [json.steps[ids.gradients.W2].inputs[0], json.steps[ids.e].gradient];
  assert.ok(checkAll(json).rows.filter(({ verdict }) => verdict === "differs").length >= 4);
});

test("a kink is not called an error, and is told with both slopes", () => {
  const { rows: [row] } = checkAll(scalar(0, relu, isPositive));
  assert.deepEqual([row.verdict, row.left, row.right, row.value], ["kink", 0, 1, 0]);
  assert.equal(kindOf(scalar(0, isPositive, (w) => w.constant(0))), "kink", "a jump");
  assert.equal(kindOf(scalar(2, relu, isPositive)), "agrees");
  assert.equal(kindOf(scalar(3e-6, relu, isPositive)), "agrees", "a kink inside the first step only");
  assert.equal(kindOf(scalar(2, relu, (w) => w.constant(0.5))), "differs", "half a slope is no excuse where there is no kink");
});

test("the squared kink of a solved problem has gradient zero, and says so", () => {
  const squared = (w, x) => w.step("power", [relu(w, x)], { exponent: 2 });
  assert.equal(kindOf(scalar(0, squared, (w) => w.constant(0))), "faint");
});

test("what is not finite is told, not compared", () => {
  const log = (w, x) => w.step("log", [x]);
  const inverse = (w, x) => w.step("div", [w.constant(1), x]);
  assert.equal(kindOf(scalar(0, log, inverse)), "odd");
  assert.equal(kindOf(scalar(-1, log, inverse)), "odd");
  assert.equal(kindOf(scalar(1, log, inverse)), "agrees");
  assert.equal(kindOf(scalar(1, log, (w) => w.constant(NaN))), "odd");
  assert.equal(kindOf(scalar(1e308, (w, x) => w.step("mul", [x, x]), inverse)), "odd");
});

test("a gradient below the rounding error of a difference is faint", () => {
  const bent = (w, x) => w.step("sigmoid", [x]);
  const slope = (w, x) => { const a = w.step("sigmoid", [x]); return w.step("mul", [a, w.step("sub", [w.constant(1), a])]); };
  assert.equal(kindOf(scalar(30, bent, slope)), "faint");
  assert.equal(kindOf(scalar(5, bent, slope)), "agrees");
  const far = (w, x) => w.step("sub", [w.step("add", [x, w.constant(1e9)]), w.constant(1e9)]);
  assert.notEqual(kindOf(scalar(0.5, far, (w) => w.constant(1))), "differs", "cancellation on the way to the loss is rounding too");
});

test("the element told first comes first, and a large trace is sampled evenly", () => {
  const all = Array.from({ length: 500 }, (_, i) => i);
  const chosen = sample(all, 60, (i) => i === 333);
  assert.equal(chosen.length, 60);
  assert.equal(new Set(chosen).size, 60);
  assert.equal(chosen[0], 333);
  const gaps = chosen.slice(2).map((i, k) => i - chosen[k + 1]);
  assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 2);
  assert.deepEqual(sample([1, 2, 3], 60, (i) => i === 2), [2, 1, 3]);
  assert.deepEqual(sample(all, 60, () => true), all.slice(0, 60));
});

test("a trace without a loss has nothing to check", () => {
  const w = new Writer();
  w.input("x", [], [1]);
  assert.deepEqual(places(load(w.json({ gradients: {} }))), []);
});
