/** The window over an image: its plan, read from the steps, and the three convolutions that a layer is. */
import assert from "node:assert/strict";
import test from "node:test";
import { fields } from "../../nnlib/widgets/js/images.js";
import { TraceError, load } from "../../nnlib/widgets/js/engine/trace.js";
import { addFields } from "../../nnlib/widgets/js/ui/fields.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import * as geometry from "../../nnlib/widgets/js/views/window_geometry.js";
import { planOf, windowFault } from "../../nnlib/widgets/js/views/window_plan.js";
import { forwardSlide, imageSlide, kernelSlide, pairsAt } from "../../nnlib/widgets/js/views/window_slides.js";
import { Writer, generator } from "./helpers.js";

const { fits, placeNear, sizeLine, sizeSum, spreadAt, winner } = geometry;
const IMAGE = 0, KERNEL = 1, BIAS = 2, OUTPUT = 3, G_IMAGE = 4, G_KERNEL = 5, G_OUTPUT = 6;
const near = (a, b) => assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

function axis(n, k, s, d, before, after) {
  const made = { n, k, s, d, before, after, out: 0 };
  return { ...made, out: fits(made) };
}

function planWith(rows, columns, { channels, filters, own }) {
  const gradients = { image: G_IMAGE, kernel: G_KERNEL, output: G_OUTPUT, bias: null };
  return { image: IMAGE, kernel: KERNEL, bias: BIAS, output: OUTPUT, gradients, product: OUTPUT, rows, columns, channels, filters, own, work: "weights" };
}

/** The definition, loop by loop: Z, dK and dX for random numbers. */
function direct(plan, random) {
  const { rows, columns, channels, filters, own } = plan;
  const draw = (size) => Float64Array.from({ length: size }, () => random() - 0.5);
  const values = [draw(channels * rows.n * columns.n), draw(filters * own * rows.k * columns.k), draw(filters), null, null, null, draw(filters * rows.out * columns.out)];
  const [X, K, b, , , , dZ] = values;
  const [Z, dX, dK] = [new Float64Array(dZ.length), new Float64Array(X.length), new Float64Array(K.length)];
  for (let f = 0; f < filters; f += 1) for (let i = 0; i < rows.out; i += 1) for (let j = 0; j < columns.out; j += 1) {
    const z = (f * rows.out + i) * columns.out + j;
    Z[z] = b[f];
    for (let o = 0; o < own; o += 1) for (let u = 0; u < rows.k; u += 1) for (let v = 0; v < columns.k; v += 1) {
      const [r, q] = [i * rows.s + u * rows.d - rows.before, j * columns.s + v * columns.d - columns.before];
      if (r < 0 || r >= rows.n || q < 0 || q >= columns.n) continue;
      const c = Math.floor(f / (filters / (channels / own))) * own + o;
      const [x, k] = [(c * rows.n + r) * columns.n + q, ((f * own + o) * rows.k + u) * columns.k + v];
      Z[z] += X[x] * K[k];
      dX[x] += K[k] * dZ[z];
      dK[k] += X[x] * dZ[z];
    }
  }
  return Object.assign(values, { [OUTPUT]: Z, [G_IMAGE]: dX, [G_KERNEL]: dK });
}

function agree(slide, values) {
  for (let i = 0; i < slide.places[0]; i += 1) for (let j = 0; j < slide.places[1]; j += 1) {
    const sum = pairsAt(slide, [i, j]).reduce((total, [x, w]) => total + values[x.step][x.offset] * values[w.step][w.offset], 0);
    const { step, offset } = slide.target(i, j);
    near(sum + (slide.bias ? values[slide.bias.step][slide.bias.offset] : 0), values[step][offset]);
  }
}

test("output, gradient of the kernel and gradient of the image are what the definition gives", () => {
  const random = generator(3);
  const from = (low, high) => low + Math.floor(random() * (high - low + 1));
  for (let round = 0; round < 150; round += 1) {
    const one = () => {
      const [k, d] = [from(1, 3), from(1, 3)];
      const [before, after] = [from(0, 3), from(0, 3)];
      return axis(Math.max(1, from(1, 7), (k - 1) * d + 1 - before - after), k, from(1, 3), d, before, after);
    };
    const groups = from(1, 2);
    const own = from(1, 2);
    const plan = planWith(one(), one(), { channels: groups * own, filters: groups * from(1, 2), own });
    const values = direct(plan, random);
    for (let f = 0; f < plan.filters; f += 1) {
      const slide = forwardSlide(plan, f);
      agree(slide, values);
      for (const { index } of slide.lanes) agree(kernelSlide(plan, f, index), values);
    }
    for (let c = 0; c < plan.channels; c += 1) agree(imageSlide(plan, c), values);
  }
});

test("the size of the output, with its numbers", () => {
  assert.equal(sizeSum(axis(6, 3, 1, 2, 1, 1)), "⌊(6 + 2·1 − 2·(3 − 1) − 1)/1⌋ + 1 = 4");
  assert.equal(sizeSum(axis(6, 2, 2, 1, 0, 1)), "⌊(6 + 0 + 1 − 1·(2 − 1) − 1)/2⌋ + 1 = 3");
  const [square, wide] = [axis(6, 3, 1, 1, 0, 0), axis(8, 3, 1, 1, 0, 0)];
  assert.equal(sizeLine(square, square), "Size of the output: ⌊(6 + 2·0 − 1·(3 − 1) − 1)/1⌋ + 1 = 4");
  assert.match(sizeLine(square, wide), /^Rows of the output: .* = 4; columns: .* = 6$/);
});

test("upstream gradients lie a stride apart, with zeros around them", () => {
  const made = axis(6, 3, 2, 1, 1, 1);
  assert.deepEqual(Array.from({ length: geometry.spreadLength(made) }, (_, t) => spreadAt(made, t)), [-1, 0, -1, 1, -1, 2, -1, -1]);
});

test("a pointer takes the window by its middle", () => {
  const window = { taps: 3, gap: 1, step: 1, count: 4 };
  assert.deepEqual([0, 1.5, 2.4, 2.6, 9].map((pixel) => placeNear(pixel, window)), [0, 0, 1, 1, 3]);
  assert.equal(placeNear(4.5, { taps: 3, gap: 2, step: 2, count: 2 }), 1);
});

test("the first of the largest wins; a number that is none beats all", () => {
  assert.deepEqual(winner([1, 3, 3, 2]), { at: 1, ties: 2 });
  assert.deepEqual(winner([-1]), { at: 0, ties: 1 });
  assert.deepEqual(winner([5, NaN, 7]), { at: 1, ties: 1 });
  assert.deepEqual(winner([-Infinity, -Infinity]), { at: 0, ties: 2 });
});

function json({ pad = 1, filters = 2, size = [3, 3], stride = [1, 1], between = false } = {}) {
  const made = new Writer();
  made.input("X", [1, 2, 5, 6], Array(60).fill(1));
  made.input("K", [filters, 2, ...size], Array(filters * 2 * size[0] * size[1]).fill(1));
  made.input("b", [filters], Array(filters).fill(0));
  let x = 0;
  if (between) x = made.step("exp", [x], {});
  if (pad) x = made.step("pad", [x], { axis: 2, before: pad, after: pad });
  if (pad) x = made.step("pad", [x], { axis: 3, before: pad, after: 0 });
  const places = [5 + 2 * pad, 6 + pad].map((n, k) => Math.floor((n - size[k]) / stride[k]) + 1);
  const patches = made.step("unfold", [x], { kernel: size, stride, dilation: [1, 1] });
  const columns = made.step("reshape", [patches], { shape: [1, 2 * size[0] * size[1], places[0] * places[1]] });
  const weights = made.step("reshape", [1], { shape: [filters, 2 * size[0] * size[1]] });
  const y = made.step("reshape", [made.step("matmul", [weights, columns])], { shape: [1, filters, ...places] });
  const z = made.step("add", [y, made.step("reshape", [2], { shape: [filters, 1, 1] })], {}, { name: "Z", symbol: "Z" });
  return made.json({ loss: made.step("sum", [z], { axes: [0, 1, 2, 3] }) });
}

const trace = (options) => load(json(options));

const VIEW = { kind: "window", image: "X", output: "Z", kernel: "K", bias: "b" };

test("kernel size, stride, padding and dilation are read from the steps", () => {
  const plan = planOf(trace({ stride: [2, 1] }), VIEW);
  assert.deepEqual(plan.rows, { n: 5, k: 3, s: 2, d: 1, before: 1, after: 1, out: 3 });
  assert.deepEqual(plan.columns, { n: 6, k: 3, s: 1, d: 1, before: 1, after: 0, out: 5 });
  assert.deepEqual([plan.channels, plan.filters, plan.own, plan.work], [2, 2, 2, "weights"]);
  assert.equal(plan.product, 8);
});

const FAULTS = [
  [{ image: "K" }, 'view.image is "K" of shape [2,2,3,3], not (1, channels, rows, columns).'],
  [{ output: "b" }, 'view.output is "b" of shape [2], not (1, channels, rows, columns).'],
  [{ output: "X" }, 'view.output is "X", and no window lies between "X" and it.'],
  [{ image: "Z", output: "X" }, 'view.output is "X", and no window lies between "Z" and it.'],
  [{ kernel: "b" }, 'view.kernel is "b" of shape [2], which does not make 2 channels of 2 with a window of 3 x 3.'],
  [{ kernel: "X" }, /^view\.kernel is "X" of shape \[1,2,5,6\], which does not make/],
  [{ bias: "K" }, 'view.bias is "K" with 36 numbers, not 2.'],
];

for (const [change, sentence] of FAULTS) {
  test(`refused: ${sentence}`, () => {
    const said = windowFault({ ...VIEW, ...change }, trace());
    if (typeof sentence === "string") assert.equal(said, sentence);
    else assert.match(said, sentence);
  });
}

test("what is accepted has a plan; a tensor that is not there is another variant's", () => {
  assert.equal(windowFault(VIEW, trace()), null);
  assert.equal(windowFault({ ...VIEW, kernel: null, bias: undefined }, trace()), null);
  assert.match(windowFault({ ...VIEW, kernel: undefined }, trace({ filters: 1 })), /with 1 channels, but "X" has 2 and there is no kernel/);
  assert.equal(windowFault({ ...VIEW, image: "nobody" }, trace()), null);
  assert.match(windowFault(VIEW, trace({ between: true })), /no window lies between/);
  assert.throws(() => planOf(trace({ between: true }), VIEW), { name: "MissingTensor" });
});

const JUNK = [null, undefined, true, 0, -1, NaN, "", "X", "K", "b", "Z", "step5", "constructor", "__proto__", [], ["X"], {}, { length: 4 }];

test("any window is read, and then has a plan, or is refused in a sentence", () => {
  addFields(fields);
  const random = generator(13);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const raw = json();
  const known = load(raw);
  let refused = 0;
  for (let i = 0; i < 2000; i += 1) {
    const view = { ...VIEW };
    for (let k = 0; k <= random() * 2; k += 1) view[pick(["image", "output", "kernel", "bias"])] = pick(JUNK);
    try {
      const spec = parseSpec({ version: 1, slug: "s", title: "A title", view, variants: [{ label: "one", trace: raw }] });
      const { rows, columns } = planOf(known, spec.view);
      for (const one of [rows, columns]) assert.equal(one.out, fits(one));
    } catch (error) {
      assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
      assert.match(error.message, /^[^\n]{10,300}\.$/);
      refused += 1;
    }
  }
  assert.ok(refused > 800 && refused < 2000, `${refused} of 2000`);
});
