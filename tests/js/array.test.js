import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFlat, NDArray, offset, sameShape, shapeText, stridesOf, unravel } from "../../nnlib/widgets/js/engine/array.js";

test("offset and unravel are inverse", () => {
  const shape = [2, 3, 4];
  for (let i = 0; i < 24; i++) assert.equal(offset(shape, unravel(shape, i)), i);
  assert.deepEqual(unravel(shape, 17), [1, 1, 1]);
  assert.equal(offset([], []), 0);
  assert.deepEqual(unravel([], 0), []);
});

test("arrays know their size", () => {
  assert.equal(NDArray.zeros([2, 3]).size, 6);
  assert.equal(NDArray.zeros([]).size, 1);
  assert.equal(NDArray.zeros([2, 0]).size, 0);
  assert.deepEqual([...fromFlat([2], [1, 2]).data], [1, 2]);
  assert.throws(() => fromFlat([3], [1, 2]), /2 values do not fill shape \(3\)/);
});

test("strides, comparison and text of shapes", () => {
  assert.deepEqual(stridesOf([2, 3, 4]), [12, 4, 1]);
  assert.ok(sameShape([1, 2], [1, 2]) && !sameShape([1, 2], [2, 1]) && !sameShape([1], [1, 1]));
  assert.deepEqual([[], [3], [3, 2]].map(shapeText), ["()", "(3,)", "(3, 2)"]);
});
