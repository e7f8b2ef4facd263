/** Receptive fields: what the geometry says is what happens to the numbers when one pixel changes. */
import assert from "node:assert/strict";
import test from "node:test";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { channelsSeen, pixelsOf, placeAlong, placesSeeing, sightsFrom, spanOf } from "../../nnlib/widgets/js/views/receptive.js";
import { NotAChain, chainOf } from "../../nnlib/widgets/js/views/receptive_chain.js";
import { Writer, generator, randomList } from "./helpers.js";

/** The steps that conv2d of nnlib records. */
function conv(w, x, count, kernel, { stride = 1, padding = 0, dilation = 1, groups = 1, random, name }) {
  const [kh, kw] = [kernel].flat().length === 2 ? kernel : [kernel, kernel];
  const [, channels] = w.steps[x].shape;
  const own = channels / groups;
  const K = w.input(`K_${name}`, [count, own, kh, kw], randomList(random, [count, own, kh, kw]).map(Math.abs));
  if (padding) for (const axis of [2, 3]) x = w.step("pad", [x], { axis, before: padding, after: padding });
  const patches = w.step("unfold", [x], { kernel: [kh, kw], stride: [stride, stride], dilation: [dilation, dilation] });
  const [n, , , , H, W] = w.steps[patches].shape;
  const parts = groups > 1 ? [groups] : [];
  const columns = w.step("reshape", [patches], { shape: [n, ...parts, own * kh * kw, H * W] });
  const rows = w.step("reshape", [K], { shape: [...parts, count / groups, own * kh * kw] });
  const y = w.step("reshape", [w.step("matmul", [rows, columns])], { shape: [n, count, H, W] });
  const b = w.step("reshape", [w.input(`b_${name}`, [count], Array(count).fill(0.1))], { shape: [count, 1, 1] });
  return w.step("add", [y, b], {}, { name, symbol: name });
}

/** The steps of max_pool2d or avg_pool2d; a sum feels every pixel, which a maximum does not. */
function pool(w, x, kernel, stride, { op = "sum", name }) {
  const patches = w.step("unfold", [x], { kernel: [kernel, kernel], stride: [stride, stride], dilation: [1, 1] });
  const [n, c, kh, kw, H, W] = w.steps[patches].shape;
  const windows = w.step("reshape", [patches], { shape: [n, c, kh * kw, H, W] });
  const params = op === "sum" ? { axes: [2], keepdims: false } : { axis: 2, keepdims: false };
  return w.step(op, [windows], params, { name, symbol: name });
}

const image = (w, shape, random) => w.input("x", shape, randomList(random, shape).map((v) => 1 + Math.abs(v)));

/** Element by element: change one pixel, and see who notices. */
function assertFelt(made, from, to) {
  const trace = load(made.json());
  const replay = new Replay(trace);
  const sight = sightsFrom(trace, from).get(to);
  const { shape, size } = trace.steps[from];
  const before = replay.values[to].data.slice();
  for (let pixel = 0; pixel < size; pixel += 1) {
    const data = trace.steps[from].value.slice();
    data[pixel] += 1;
    replay.setTensor(from, data);
    replay.run();
    const felt = [...replay.values[to].data].flatMap((v, i) => (v === before[i] ? [] : [i]));
    const said = [...before.keys()].filter((i) => sees(sight, i, pixel, shape));
    assert.deepEqual(said, felt, `pixel ${pixel}`);
  }
}

function sees(sight, offset, pixel, [, count, height, width]) {
  const along = (part, at) => part === null || pixelsOf(part, placeAlong(part, offset)).includes(at);
  const [first, last] = channelsSeen(sight, offset, count);
  const channel = Math.floor(pixel / (height * width));
  return channel >= first && channel <= last && along(sight.rows, Math.floor(pixel / width) % height) && along(sight.columns, pixel % width);
}

const NETWORKS = {
  "one convolution": (w, x, random) => conv(w, x, 2, 3, { random, name: "y" }),
  "padding and stride": (w, x, random) => conv(w, x, 2, 3, { stride: 2, padding: 1, random, name: "y" }),
  "dilation leaves gaps": (w, x, random) => conv(w, x, 1, 3, { dilation: 2, padding: 1, random, name: "y" }),
  "a stride wider than the kernel": (w, x, random) => conv(w, x, 1, 2, { stride: 3, random, name: "y" }),
  "a kernel that is no square": (w, x, random) => conv(w, x, 1, [1, 4], { random, name: "y" }),
  "groups of channels": (w, x, random) => conv(w, x, 4, 3, { groups: 2, padding: 1, random, name: "y" }),
  "each channel by itself": (w, x, random) => conv(w, x, 8, 3, { groups: 4, random, name: "y" }),
  "pooling keeps channels": (w, x) => pool(w, x, 2, 2, { name: "y" }),
  "windows that overlap": (w, x) => pool(w, x, 3, 2, { name: "y" }),
  "three layers": (w, x, random) => {
    const a = w.step("mul", [conv(w, x, 2, 3, { padding: 1, random, name: "z1" }), w.constant(0.5)]);
    return conv(w, pool(w, a, 2, 2, { name: "p1" }), 2, 3, { padding: 1, random, name: "y" });
  },
  "groups of groups": (w, x, random) => conv(w, pool(w, conv(w, x, 4, 3, { groups: 4, random, name: "z1" }), 2, 1, { name: "p1" }), 2, 1, { groups: 2, random, name: "y" }),
  "around a block": (w, x, random) => w.step("add", [conv(w, conv(w, x, 4, 3, { padding: 1, random, name: "z1" }), 4, 3, { padding: 1, random, name: "z2" }), x], {}, { name: "y" }),
  "two kernels side by side": (w, x, random) => w.step("concat", [conv(w, x, 1, 1, { random, name: "z1" }), conv(w, x, 1, 3, { padding: 1, random, name: "z2" })], { axis: 1 }, { name: "y" }),
  "down to one place": (w, x, random) => conv(w, conv(w, x, 1, 6, { random, name: "z1" }), 1, 3, { padding: 1, random, name: "y" }),
  "all of the image": (w, x, random) => {
    const rows = w.step("reshape", [conv(w, x, 1, 3, { random, name: "z1" })], { shape: [1, 16] });
    return w.step("matmul", [rows, w.input("W", [16, 3], randomList(random, [16, 3]).map(Math.abs))], {}, { name: "y" });
  },
  "the mean of each channel": (w, x) => w.step("sum", [x], { axes: [2, 3], keepdims: false }, { name: "y" }),
};

for (const [words, make] of Object.entries(NETWORKS)) {
  test(`who notices a pixel: ${words}`, () => {
    const random = generator(words.length);
    const w = new Writer();
    const x = image(w, [1, 4, 6, 6], random);
    if (words === "around a block" || words === "two kernels side by side") return assertWithin(w, x, make(w, x, random));
    return assertFelt(w, x, make(w, x, random));
  });
}

/** Where two ways meet, the union of both is said, so that none who notices is left out. */
function assertWithin(made, from, to) {
  const trace = load(made.json());
  const { rows, columns, channels } = sightsFrom(trace, from).get(to);
  assert.equal(channels, null);
  for (const along of [rows, columns]) assert.deepEqual([spanOf(along), along.jump, along.taps[0]], made.steps[to].op === "add" ? [5, 1, -2] : [3, 1, -1]);
}

/** conv 3, stride 1, padding 1; pool 2, 2; conv 3; pool 2, 2: the usual sum. */
function usual(w = new Writer(), random = generator(3)) {
  const x = image(w, [1, 1, 12, 12], random);
  const z1 = conv(w, x, 2, 3, { padding: 1, random, name: "z1" });
  const a1 = w.step("tanh", [z1], {}, { name: "a1", symbol: "a1" });
  const p1 = pool(w, a1, 2, 2, { op: "max", name: "p1" });
  const z2 = conv(w, p1, 2, 3, { random, name: "z2" });
  const p2 = pool(w, z2, 2, 2, { name: "p2" });
  const f = w.step("reshape", [p2], { shape: [1, 8] }, { name: "f", symbol: "f" });
  return { w, x, z1, a1, p1, z2, p2, f };
}

test("the table of a chain has the numbers of its kernels", () => {
  const { w, x, a1, p1, z2, p2 } = usual();
  const { layers } = chainOf(load(w.json()), [x, a1, p1, z2, p2]);
  assert.deepEqual(layers.map(({ kind }) => kind), ["the image", "convolution", "max pooling", "convolution", "mean pooling"]);
  assert.deepEqual(layers.map(({ rows }) => [rows.size, rows.f, rows.s, rows.p, rows.j, rows.r]),
    [[12, 1, 1, 0, 1, 1], [12, 3, 1, 1, 1, 3], [6, 2, 2, 0, 2, 4], [4, 3, 1, 0, 2, 8], [2, 2, 2, 0, 4, 10]]);
  for (const { rows: { rTerms: [r, f, d, j], jTerms, ...row } } of layers.slice(1)) {
    assert.equal(row.r, r + (f - 1) * d * j);
    assert.equal(row.j, jTerms[0] * jTerms[1]);
  }
});

test("layers between are looked through, as one window with their reach", () => {
  const { w, x, p2 } = usual();
  const { layers: [, { kind, columns }] } = chainOf(load(w.json()), [x, p2]);
  assert.deepEqual([kind, columns.f, columns.s, columns.p, columns.r], ["convolution", 10, 4, 1, 10]);
});

test("the units that see a pixel are those that have it among their pixels", () => {
  const { w, x, p2 } = usual();
  const { columns } = sightsFrom(load(w.json()), x).get(p2);
  for (let pixel = 0; pixel < 12; pixel += 1) {
    assert.deepEqual(placesSeeing(columns, pixel), [0, 1].filter((i) => pixelsOf(columns, i).includes(pixel)));
  }
});

test("what is no chain is said in a sentence", () => {
  const { w, x, z1, p1, f } = usual();
  const other = w.input("other", [1, 1, 4, 4], Array(16).fill(0));
  const wide = w.step("reshape", [z1], { shape: [1, 2, 1, 144] }, { name: "wide" });
  const trace = load(w.json());
  const says = (ids, sentence) => assert.throws(() => chainOf(trace, ids), (error) => error instanceof NotAChain && error.message === sentence);
  says([x, p1, f], "f is not laid out as p1 is: each of its numbers sees all of it.");
  says([x, other], "other is not computed from x.");
  says([p1, x], "x does not come after p1; layers are named from the image on.");
  says([x, wide], "wide is not laid out as x is: each of its numbers sees all of it.");
  says([x, w.steps.findIndex(({ name }) => name === "b_z1")], "b_z1 of shape (2) has no rows and columns, so its units have no place in the image.");
});
