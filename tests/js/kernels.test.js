import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NDArray } from "../../nnlib/widgets/js/engine/array.js";
import { KERNELS, SHAPES } from "../../nnlib/widgets/js/engine/kernels.js";
import { erf, sigmoid } from "../../nnlib/widgets/js/engine/special.js";
import { TraceError } from "../../nnlib/widgets/js/engine/errors.js";
import { agree, apply, array, assertClose, decode } from "./helpers.js";

// op, inputs as [shape, values], params, shape and values of the result: computed with numpy 2.4, edge cases
// (NaN, infinities, empty arrays, all kinds of broadcasting) included.
const CASES = JSON.parse(readFileSync(new URL("kernel_cases.json", import.meta.url), "utf8"));
const OPS = ("add sub mul div maximum greater neg exp log log1p tanh sigmoid erf power sum max first_max reshape transpose " +
  "broadcast_to concat narrow pad matmul take scatter_add softmax logsumexp unfold fold").split(" ");

for (const name of OPS) {
  test(`${name} agrees with numpy`, () => {
    const cases = CASES.filter(([op]) => op === name);
    assert.ok(cases.length >= 2);
    for (const [op, inputs, params, shape, values] of cases) {
      const message = JSON.stringify([op, inputs, params]);
      assert.deepEqual(SHAPES[op](inputs.map(([s]) => s), params), shape, message);
      assertClose([...apply(op, inputs, params).data], values.map(decode), message);
    }
  });

  test(`${name} overwrites whatever its output held`, () => {
    for (const [op, inputs, params, shape, values] of CASES.filter(([other]) => other === name)) {
      const out = NDArray.zeros(shape);
      out.data.fill(123);
      KERNELS[op](inputs.map(([s, v]) => array(s, v)), params, shape, out);
      assertClose([...out.data], values.map(decode), JSON.stringify([op, inputs]));
    }
  });
}

test("there are these ops and no others, and no inherited ones", () => {
  assert.deepEqual(Object.keys(KERNELS).sort(), [...OPS].sort());
  assert.deepEqual(Object.keys(SHAPES).sort(), [...OPS].sort());
  assert.equal(KERNELS.constructor, undefined);
});

test("erf to 1e-15", () => {
  const exact = {
    1e-300: 1.1283791670955126e-300, 1e-10: 1.1283791670955126e-10, 0.1: 0.1124629160182849, 0.5: 0.5204998778130465,
    1: 0.8427007929497149, 1.7: 0.9837904585907746, 2.4: 0.9993114861033549, 2.5: 0.999593047982555,
    3: 0.9999779095030014, 4.5: 0.9999999998033839, 5.9: 0.9999999999999999,
  };
  for (const [x, y] of Object.entries(exact)) {
    assert.ok(agree(erf(Number(x)), y, 1e-15), `erf(${x}) = ${erf(Number(x))}`);
    assert.equal(erf(-Number(x)), -erf(Number(x)));
  }
  assert.deepEqual([erf(0), erf(7), erf(-Infinity), erf(NaN)], [0, 1, -1, NaN]);
});

test("sigmoid keeps its tail on the left", () => {
  assert.equal(sigmoid(-700), Math.exp(-700));
  assert.equal(sigmoid(-800), 0);
  assert.equal(sigmoid(800), 1);
});

test("rows that do not exist are not numbers", () => {
  const indices = [[4], [0, 1.5, 2, -1]];
  assertClose([...apply("take", [[[2], [5, 6]], indices]).data], [5, NaN, NaN, NaN], "take");
  assertClose([...apply("scatter_add", [[[4], [5, 6, 7, 8]], indices], { length: 2 }).data], [5, 0], "scatter_add");
});

const MISFITS = [
  ["add", [[2], [3]], {}, "shapes (2,) and (3,) do not broadcast"],
  ["matmul", [[2, 3], [2, 3]], {}, "x (2, 3) has 3 columns but W (2, 3) has 2 rows"],
  ["matmul", [[3], [3, 2]], {}, "shapes (3,) and (3, 2) need rows and columns"],
  ["reshape", [[2, 3]], { shape: [4] }, "6 elements of shape (2, 3) do not fill shape (4,)"],
  ["transpose", [[2, 3]], { axes: [0, 0] }, "axes [0, 0] are not a permutation of the 2 axes of shape (2, 3)"],
  ["broadcast_to", [[2]], { shape: [3] }, "shapes (2,) and (3,) do not broadcast"],
  ["broadcast_to", [[2]], { shape: [1] }, "shape (2,) does not broadcast to (1,)"],
  ["concat", [[2, 3], [2, 4]], { axis: 0 }, "shapes (2, 3) and (2, 4) do not join along axis 0"],
  ["narrow", [[3]], { axis: 0, start: 2, length: 2 }, "axis 0 has 3 elements, not 4"],
  ["max", [[2, 0]], { axis: 1 }, "axis 1 of shape (2, 0) has no elements to choose from"],
  ["take", [[], [2]], {}, "a scalar has no rows to take"],
  ["scatter_add", [[2, 3], [3]], { length: 2 }, "indices (3,) do not match the leading axes of x (2, 3)"],
  ["unfold", [[1, 1, 2, 2]], { kernel: [3, 1], stride: [1, 1], dilation: [1, 1] }, "a (3, 1) kernel with dilation (1, 1) does not fit in 2 x 2 pixels"],
  ["unfold", [[2, 2]], { kernel: [1, 1], stride: [1, 1], dilation: [1, 1] }, "shape (2, 2) is not (N, C, H, W)"],
  ["fold", [[1, 1, 2, 2, 1, 1]], { size: [3, 2], stride: [1, 1], dilation: [1, 1] }, "patches (1, 1, 2, 2, 1, 1) do not come from 3 x 2 pixels"],
];

test("shapes that do not fit are refused with a sentence", () => {
  for (const [op, shapes, params, sentence] of MISFITS) {
    assert.throws(() => SHAPES[op](shapes, params), (error) => error instanceof TraceError && error.message === sentence);
  }
});
