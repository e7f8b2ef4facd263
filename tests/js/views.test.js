/** The parts of the drawings that need no page: geometry of the plane, lengths of bars, rows of a sheet. */
import assert from "node:assert/strict";
import test from "node:test";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { scaleOf, spanOf, tickTexts } from "../../nnlib/widgets/js/views/bars_scale.js";
import { placesOf } from "../../nnlib/widgets/js/views/curve_parts.js";
import { linear } from "../../nnlib/widgets/js/views/scale.js";
import { placeLabels } from "../../nnlib/widgets/js/views/network_labels.js";
import * as geometry from "../../nnlib/widgets/js/views/plane_geometry.js";
import { countOf, idsOf, modelOf, plotOf, readingsOf, sentenceOf } from "../../nnlib/widgets/js/views/plane_model.js";
import { valueNow } from "../../nnlib/widgets/js/views/svg.js";
import { formulaOf, groupsOf } from "../../nnlib/widgets/js/views/sheet_rows.js";
import { causesOf } from "../../nnlib/widgets/js/views/training.js";
import { Writer, generator, threeTwoTwo } from "./helpers.js";

const { arrowScale, carried, grown, halfOf, inside, kept, lineOf, score, snapped, squared, tally, turned } = geometry;
const near = (a, b, tolerance = 1e-9) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} is not ${b}`);
const BOX = [[-1, 2], [-3, 3]];

test("a line stands square on w, at the distance |b| / |w|", () => {
  const random = generator(1);
  for (let i = 0; i < 200; i += 1) {
    const [w, b] = [[random() - 0.5, random() - 0.5].map((v) => v * 10 ** (20 * random() - 10)), random() - 0.5];
    const { kind, unit, offset } = lineOf(w, b);
    assert.equal(kind, "line");
    near(Math.hypot(...unit), 1);
    near(unit[0] * w[1], unit[1] * w[0]);
    near(offset, b / Math.hypot(...w));
    assert.equal(Math.sign(offset), Math.sign(b));
  }
});

test("no weight, an infinite one and the largest there are", () => {
  assert.deepEqual(lineOf([0, 0], -2), { kind: "none", sign: -1 });
  assert.equal(lineOf([0, NaN], 1).kind, "odd");
  assert.equal(lineOf([1, 1], Infinity).kind, "odd");
  near(lineOf([1e308, 1e308], 0).unit[0], Math.SQRT1_2);
  assert.equal(lineOf([5e-324, 0], 1).offset, Infinity);
});

test("the shaded half holds exactly the points above zero", () => {
  const random = generator(2);
  for (let i = 0; i < 300; i += 1) {
    const { unit, offset } = lineOf([random() - 0.5, random() - 0.5], 3 * (random() - 0.5));
    const { area, segment } = halfOf(unit, offset, BOX);
    for (const p of segment ?? []) {
      near(score(unit, offset, p), 0);
      assert.ok(inside(p, [[-1 - 1e-9, 2 + 1e-9], [-3 - 1e-9, 3 + 1e-9]]));
    }
    const p = [3 * random() - 1, 6 * random() - 3];
    assert.equal(within(area, p), score(unit, offset, p) > 0);
  }
});

function within(polygon, [x, y]) {
  let odd = false;
  polygon.forEach(([x0, y0], i) => {
    const [x1, y1] = polygon[(i + 1) % polygon.length];
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) odd = !odd;
  });
  return odd;
}

test("a line infinitely far away leaves the box on one side", () => {
  assert.deepEqual(halfOf([1, 0], Infinity, BOX), { area: [[-1, -3], [2, -3], [2, 3], [-1, 3]], segment: null });
  assert.deepEqual(halfOf([1, 0], -Infinity, BOX), { area: [], segment: null });
});

test("a carried line passes through where it was carried to", () => {
  const [w, from, to] = [[1.5, -0.5], [0.2, 0.3], [-1, 2]];
  const b = -(w[0] * from[0] + w[1] * from[1]);
  near(score(w, carried(w, b, from, to), to), 0);
});

test("a turned arrow keeps its length and turns by the angle of the hand", () => {
  const w = turned([3, 4], [1, 0], [0, 2]);
  near(w[0], -4);
  near(w[1], 3);
  near(Math.hypot(...turned([3, 4], [1, 1], [-5, 0.1])), 5);
});

test("a dragged number stands where a slider would", () => {
  const steps = { min: -2, max: 2, step: 0.1 };
  for (const [value, wanted] of [[0.349, 0.3], [0.351, 0.4], [9, 2], [-Infinity, -2], [Infinity, 2], [1e-17, 0]]) assert.equal(snapped(value, steps), wanted);
  assert.equal(snapped(0.98, { min: 0, max: 1, step: 0.3 }), 0.9);
  assert.ok(Object.is(snapped(-0.001, { min: -0.3, max: 0.3, step: 0.1 }), 0));
  assert.equal(snapped(3e-7, { min: 0, max: 1e-6, step: 1e-7 }), 3e-7);
});

test("the ranges grow for points that are near, and one unit is as long across as up", () => {
  assert.deepEqual(grown([-1, 1], [0, 5, NaN, Infinity]), [-1, 1]);
  assert.deepEqual(grown([-1, 1], [2.5]), [-1, 2.66]);
  const [xs, ys] = squared([[0, 1], [0, 2]], { left: 0, right: 300, top: 0, bottom: 100 });
  near((xs[1] - xs[0]) / 300, (ys[1] - ys[0]) / 100);
  near(xs[0] + xs[1], 1);
});

test("an arrow is drawn at a round share of its length, and never outside", () => {
  assert.equal(arrowScale(2, 3), 1);
  near(arrowScale(4, 2.1), 0.5);
  near(arrowScale(1000, 2.1), 0.002);
  assert.equal(arrowScale(Infinity, 2), 1);
  for (const scale of [3.9, 1e9]) assert.ok(inside(kept([0, 0], [scale, -2 * scale], BOX), [[-1, 2.001], [-3.001, 3]]));
});

test("points are counted on the side of their class, or on the line", () => {
  const points = [[[0, 0], true], [[1, 0], false], [[1, 1], true], [[NaN, 0], true]].map(([x, positive]) => ({ x, positive }));
  assert.deepEqual(tally(points, [1, 0], 0), { right: 1, wrong: new Set([1]), open: 1 });
});

function planeTrace(w, b) {
  const made = new Writer();
  made.input("X", [3, 2], [0, 0, 1, 1, 50, 0]);
  made.input("t", [3, 1], [-1, 1, 1]);
  made.input("w", [2, 1], w);
  made.input("b", [], [b]);
  made.input("i", [], [1]);
  const z = made.step("matmul", [0, 2]);
  return load(made.json({ loss: z }));
}

function planeModel(w, b, view = { bias: "b", current: "i" }) {
  const trace = planeTrace(w, b);
  const ids = idsOf(trace, { points: "X", targets: "t", weights: "w", ...view });
  const readings = readingsOf(ids, new Replay(trace).values);
  return modelOf(readings, plotOf(readings, [[-1, 2], [-1, 2]], { left: 0, right: 300, top: 0, bottom: 300 }, 2), true);
}

const NAMES = { sum: "w · X + b", weights: "w", line: ["w[0,0]", "w[1,0]", "b"] };

test("what the plane cannot show it says", () => {
  const says = (w, b) => sentenceOf(planeModel(w, b), NAMES);
  const beyond = "1 point lies outside the drawing.";
  assert.equal(says([1, 1], -0.5), beyond);
  assert.equal(says([0, 0], -0.5), `w is 0, so there is no line: w · X + b is below 0 everywhere. ${beyond}`);
  assert.equal(says([0, 0], 0), `w is 0, so there is no line: w · X + b is 0 everywhere. ${beyond}`);
  assert.equal(says([0, 0], 2), `w is 0, so there is no line: w · X + b is above 0 everywhere. ${beyond}`);
  assert.equal(says([1, 1], 90), `The line lies outside the drawing: w · X + b is above 0 in all of it. ${beyond}`);
  assert.equal(says([1, NaN], 0), `w[1,0] is not a finite number, so there is no line. ${beyond}`);
  assert.equal(says([1, 1], Infinity), `b is not a finite number, so there is no line. ${beyond}`);
});

test("points in words, also those outside the drawing", () => {
  assert.equal(countOf(planeModel([1, 1], -0.5)), "3 of 3 right");
  assert.equal(countOf(planeModel([1, 1], 0)), "2 of 3 right, 1 on the line");
  assert.equal(countOf(planeModel([-1, -1], 0.5)), "0 of 3 right, 3 wrong");
  assert.equal(countOf(planeModel([NaN, 1], 0.5)), "");
  assert.equal(planeModel([1, 1], 0).current, 1);
});

test("without a bias, in the view or in the variant, the line goes through the origin", () => {
  for (const view of [{}, { bias: "none of this" }]) assert.deepEqual(planeModel([1, 1], 5, view).foot?.map(Math.abs), [0, 0]);
});

test("bars: a scale with round ends, zero always on it", () => {
  assert.deepEqual(scaleOf([2, -1, 0.5], "input"), { low: -1, high: 2, share: false });
  assert.deepEqual(scaleOf([-3], "log"), { low: -5, high: 0, share: false });
  assert.deepEqual(scaleOf([0, 0], "input"), { low: 0, high: 1, share: false });
  assert.deepEqual(scaleOf([1000, 7], "input"), { low: 0, high: 1000, share: false });
  assert.deepEqual(scaleOf([NaN], "exp"), { low: 0, high: 1, share: false });
  assert.deepEqual(scaleOf([Infinity, 3], "exp"), { low: 0, high: 5, share: false });
  assert.deepEqual(scaleOf([-Infinity, -3], "log"), { low: -5, high: 0, share: false });
  assert.deepEqual(scaleOf([-Infinity, 3], "log"), { low: -5, high: 5, share: false });
});

test("bars: shares are what sums to one, or comes from softmax or sigmoid", () => {
  assert.equal(scaleOf([0.2, 0.3, 0.5], "div").share, true);
  assert.equal(scaleOf([0.2, 0.3, 0.4], "div").share, false);
  assert.equal(scaleOf([0.2, 0.9], "sigmoid").share, true);
  assert.equal(scaleOf([NaN, NaN], "softmax").share, false);
});

test("bars: from zero to the value, whole for what is not finite", () => {
  const scale = { low: -1, high: 3, share: false };
  assert.deepEqual(spanOf(3, scale), { from: 25, to: 100, odd: false });
  assert.deepEqual(spanOf(-1, scale), { from: 0, to: 25, odd: false });
  assert.deepEqual(spanOf(NaN, scale), { from: 0, to: 100, odd: true });
  assert.deepEqual(spanOf(Infinity, scale), { from: 25, to: 100, odd: true });
  assert.deepEqual(spanOf(-Infinity, scale), { from: 0, to: 25, odd: true });
});

test("bars: an end too near zero has no number, so that no two touch", () => {
  assert.deepEqual(tickTexts({ low: -1, high: 0.05, share: false }), ["−1", "0", ""]);
  assert.deepEqual(tickTexts({ low: -0.002, high: 1, share: false }), ["", "0", "1"]);
  assert.deepEqual(tickTexts({ low: -0.5, high: 0.5, share: false }), ["−0.5", "0", "0.5"]);
  assert.deepEqual(tickTexts({ low: -5, high: 1, share: false }), ["−5", "0", "1"]);
  assert.deepEqual(tickTexts({ low: 0, high: 1, share: true }), ["", "0", "1"]);
});

test("curves: names stand apart where the curves run together", () => {
  const random = generator(5);
  const frame = { left: 46, right: 290, top: 14, bottom: 190 };
  const px = Array.from({ length: 161 }, (_, i) => linear([0, 160], [46, 290])(i));
  for (let n = 0; n < 60; n += 1) {
    const [meet, steep] = [40 + 100 * random(), 0.5 + random()];
    const flat = px.map((_, i) => 150 - 0.2 * steep * Math.max(0, i - meet));
    const high = px.map((_, i) => 150 - steep * Math.max(0, i - meet));
    const [a, b] = placesOf(px, [flat, high], [12, 27], frame);
    assert.ok(a.room > 0 && b.room > 0);
    assert.ok(Math.abs(a.x - b.x) >= 39 || Math.abs(a.y - b.y) >= 20, `${JSON.stringify([a, b])}`);
  }
  const same = px.map(() => 100);
  const [a, b] = placesOf(px, [same, same], [12, 27], frame);
  assert.ok(Math.abs(a.x - b.x) >= 39 || Math.abs(a.y - b.y) >= 20);
});

test("network: names of four crossing edges find room in a narrow gap", () => {
  const ends = [0, 180];
  const lines = ends.flatMap((y0) => ends.map((y1) => ({ between: [0, 34], x0: 0, x1: 34, y0, y1 })));
  const sizes = lines.map(() => ({ width: 20.5, height: 18, margin: -7, drop: 0 }));
  assert.equal(placeLabels(lines, sizes).clear, false);
  const { places, clear } = placeLabels(lines, sizes, 3);
  assert.ok(clear);
  for (const { x } of places) assert.ok(x - 10.25 >= 0 && x + 10.25 <= 34);
});

test("bars: every number of any size stays on its track", () => {
  const random = generator(3);
  for (let i = 0; i < 500; i += 1) {
    const list = Array.from({ length: 4 }, () => [Infinity, NaN, 0, -1.7e308, 1.7e308, (random() - 0.5) * 10 ** (600 * random() - 300)][Math.floor(random() * 6)]);
    const scale = scaleOf(list, "input");
    assert.ok(scale.low <= 0 && scale.high >= 0 && scale.low < scale.high, `${list}`);
    for (const value of list) {
      const { from, to } = spanOf(value, scale);
      assert.ok(from >= 0 && to <= 100 && from <= to, `${value} of ${list}: ${from} to ${to}`);
    }
  }
});

test("sheet: a row for each element, with its gradient where there is one", () => {
  const trace = load(threeTwoTwo().json);
  const groups = groupsOf(trace, ["x", "W1", "h", "L"].map((name) => trace.byName.get(name)));
  assert.deepEqual(groups.map(({ rows }) => rows.length), [3, 6, 2, 1]);
  assert.deepEqual(groups.map(({ rows }) => rows[0].gradient !== null), [false, true, true, true]);
  assert.equal(trace.labelOf(groups[1].rows[5].gradient.step, 5), "dL/dw6");
});

test("sheet: a long tensor is cut, and a long sum counts what it leaves out", () => {
  const made = new Writer();
  made.input("x", [1, 100], Array.from({ length: 100 }, (_, i) => i));
  made.input("W", [100, 1], Array.from({ length: 100 }, () => 1));
  made.step("matmul", [0, 1], {}, { name: "y", symbol: "y" });
  const trace = load(made.json({ loss: 2 }));
  const [{ rows, rest }] = groupsOf(trace, [0]);
  assert.deepEqual([rows.length, rest], [64, 36]);
  const { values } = new Replay(trace);
  assert.equal(formulaOf(trace, values, rows[0]), null);
  const { node, key } = formulaOf(trace, values, { step: 2, offset: 0 });
  assert.ok(node.args.some(({ count }) => count === 90));
  values[0].data[50] = 7;
  assert.equal(formulaOf(trace, values, { step: 2, offset: 0 }).key, key);
});

test("training: the regions follow what the output is computed from, and no rate of learning", () => {
  const made = new Writer();
  made.input("X", [4, 2], [0, 0, 0, 1, 1, 0, 1, 1]);
  made.input("W", [2, 1], [1, 1]);
  made.input("eta", [], [0.1]);
  made.step("matmul", [0, 1], {}, { name: "p", symbol: "p" });
  made.step("mul", [1, 2], {}, { name: "W'", phase: "update" });
  const trace = load(made.json({ loss: null }, { updates: { 1: 4 } }));
  assert.deepEqual(causesOf(trace, 3, [0]), [1]);
});

test("a slider tells assistive technology a plain decimal between its ends", () => {
  const told = [0.25, -3, 1e308, -Infinity, NaN, 1e-17, 0.1 + 0.2].map((value) => valueNow(value, -1, 2));
  assert.deepEqual(told, ["0.25", "-1", "2", "-1", "-1", "0", "0.3"]);
});
