/** Kernel regression: the curve that is swept, how many points count, and which specs are refused. */
import assert from "node:assert/strict";
import test from "node:test";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { TraceError, load } from "../../nnlib/widgets/js/engine/trace.js";
import { fields } from "../../nnlib/widgets/js/attention.js";
import { addFields } from "../../nnlib/widgets/js/ui/fields.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { effective, idsOf, mean, rangeOf, regressionFault, sweep } from "../../nnlib/widgets/js/views/regression_model.js";
import { Writer, assertClose, generator } from "./helpers.js";

addFields(fields);
const XS = [0, 1, 3], YS = [2, -1, 4];

function json() {
  const w = new Writer();
  const [x_i, y_i, x, width] = [w.input("x_i", [3], XS), w.input("y_i", [3], YS), w.input("x", [], [0.5]), w.input("w", [], [1])];
  const u = w.step("mul", [w.step("sub", [x, x_i]), width]);
  const s = w.step("mul", [w.step("power", [u], { exponent: 2 }), w.constant(-0.5)]);
  const a = w.step("softmax", [s], { axis: 0 }, { name: "a", symbol: "a" });
  w.step("sum", [w.step("mul", [a, y_i])], { axes: [0] }, { name: "f", symbol: "f" });
  return w.json();
}

const VIEW = { kind: "regression", points: "x_i", values: "y_i", query: "x", weights: "a", prediction: "f", width: "w" };

/** The definition, without a softmax. */
function direct(x, width) {
  const kernels = XS.map((at) => Math.exp(-0.5 * ((x - at) * width) ** 2));
  const sum = kernels.reduce((total, k) => total + k, 0);
  return kernels.reduce((total, k, i) => total + (k / sum) * YS[i], 0);
}

test("the curve is the prediction for every query, anew where the width has changed", () => {
  const trace = load(json());
  const replay = new Replay(trace);
  const curve = sweep(trace, idsOf(trace, VIEW), [-1, 4]);
  for (const width of [1, 0.1, 3]) {
    replay.set("w", width);
    assert.ok(curve.update(replay.values));
    assert.ok(!curve.update(replay.values));
    assertClose([...curve.ys()], curve.xs.map((x) => direct(x, width)), `width ${width}`, 1e-10);
  }
  replay.set("x", 2);
  assert.ok(!curve.update(replay.values), "the query alone changes no curve");
  assert.equal(replay.get("x"), 2);
});

test("a width too large leaves gaps, and the next one mends them", () => {
  const trace = load(json());
  const replay = new Replay(trace);
  const curve = sweep(trace, idsOf(trace, VIEW), [-1, 4]);
  replay.set("w", 1e200);
  curve.update(replay.values);
  assert.ok([...curve.ys()].some(Number.isNaN));
  replay.set("w", 1);
  curve.update(replay.values);
  assert.ok([...curve.ys()].every(Number.isFinite));
});

test("how many points count, their mean, and the range of queries", () => {
  assertClose([effective([0.25, 0.25, 0.25, 0.25]), effective([1, 0, 0])], [4, 1], "count");
  assert.ok(Number.isNaN(effective([NaN, 1])));
  assert.equal(mean(YS), 5 / 3);
  assertClose(rangeOf({}, XS), [-0.21, 3.21], "a little more than the points");
  assert.deepEqual(rangeOf({ range: [0, 9] }, XS), [0, 9]);
  assert.deepEqual(rangeOf({}, [NaN]), [0, 1]);
});

const FAULTS = [
  [{ range: [2, 1] }, "view.range is [2,1], not two numbers, the smaller first."],
  [{ values: "w" }, 'view.values is "w" with 1 numbers, but there are 3 points.'],
  [{ weights: "f" }, 'view.weights is "f" with 1 numbers, but there are 3 points.'],
  [{ prediction: "a" }, 'view.prediction is "a" with 3 numbers, not 1.'],
  [{ loss: "a" }, 'view.loss is "a" with 3 numbers, not 1.'],
  [{ query: "f" }, 'view.query is "f", which is no input.'],
];

for (const [change, sentence] of FAULTS) {
  test(`refused: ${sentence}`, () => assert.equal(regressionFault({ ...VIEW, ...change }, load(json())), sentence));
}

const JUNK = [null, undefined, true, 0, NaN, "", "x", "x_i", "a", "f", "w", "constructor", "__proto__", [], [1, 2], {}, { length: 3 }];

test("any spec is read and swept, or refused in a sentence", () => {
  assert.equal(regressionFault(VIEW, load(json())), null);
  const random = generator(19);
  const pick = (list) => list[Math.floor(random() * list.length)];
  let refused = 0;
  for (let i = 0; i < 1500; i += 1) {
    const view = { ...VIEW };
    for (let k = 0; k <= random() * 2; k += 1) view[pick(["points", "values", "query", "weights", "prediction", "width", "loss", "range"])] = pick(JUNK);
    try {
      const raw = json();
      const spec = parseSpec({ version: 1, slug: "s", title: "A title", view, variants: [{ label: "one", trace: raw }] });
      const trace = load(raw);
      const replay = new Replay(trace);
      sweep(trace, idsOf(trace, spec.view), rangeOf(spec.view, XS)).update(replay.values);
    } catch (error) {
      assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
      assert.match(error.message, /^[^\n]{10,300}\.$/);
      refused += 1;
    }
  }
  assert.ok(refused > 500 && refused < 1500, `${refused} of 1500`);
});
