/** A Transformer block: what lies between two tensors of the stream, and which specs of one are refused. */
import assert from "node:assert/strict";
import test from "node:test";
import { fields } from "../../nnlib/widgets/js/attention.js";
import { TraceError, load } from "../../nnlib/widgets/js/engine/trace.js";
import { addFields } from "../../nnlib/widgets/js/ui/fields.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { blockFault, blockPlan, norm, rowNorms, stepsOf } from "../../nnlib/widgets/js/views/block_plan.js";
import { Writer, generator } from "./helpers.js";

addFields(fields);
const VIEW = { kind: "block", stream: ["x0", "x1", "x2"], tokens: ["a", "b"] };

/** Two sub-layers; a norm stands for a scope of two steps. */
function json({ pre = true, memory = 0 } = {}) {
  const w = new Writer();
  let x = w.input("x0", [2, 3], [1, 2, 3, 4, 5, 6]);
  const m = w.input("m", [2, 3], [1, 1, 1, 1, 1, 1]);
  const W = w.input("W", [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const inside = (names, make) => {
    w.common = { scope: ["block", ...names] };
    const made = make();
    w.common = { scope: ["block"] };
    return made;
  };
  const normed = (y) => inside(["norm"], () => w.step("tanh", [w.step("neg", [y])]));
  const sub = (y, l) => {
    const a = inside([`layer ${l}`, "inner"], () => w.step("matmul", [y, W]));
    return inside([`layer ${l}`], () => (memory === l ? w.step("mul", [a, w.step("exp", [m])]) : w.step("exp", [a])));
  };
  w.common = { scope: ["block"] };
  for (const l of [1, 2]) {
    x = pre ? w.step("add", [x, sub(normed(x), l)]) : normed(w.step("add", [x, sub(x, l)]));
    Object.assign(w.steps[x], { name: `x${l}`, symbol: `x_${l}` });
  }
  return w.json();
}

const names = ({ parts }) => parts.map((part) => (typeof part === "number" ? part : part.name));

test("in pre-norm the norm stands on the branch, in post-norm on the stream", () => {
  const pre = blockPlan(load(json()), VIEW);
  assert.deepEqual(pre.layers.map(({ branch, line }) => [names(branch), names(line)]), [[["norm", "layer 1"], []], [["norm", "layer 2"], []]]);
  const post = blockPlan(load(json({ pre: false })), VIEW);
  assert.deepEqual(post.layers.map(({ branch, line }) => [names(branch), names(line)]), [[["layer 1"], ["norm"]], [["layer 2"], ["norm"]]]);
});

test("each box has a path of its own, and the same one wherever its scope stands", () => {
  const [pre, post] = [true, false].map((where) => blockPlan(load(json({ pre: where })), VIEW).boxes);
  assert.deepEqual(pre, ["block-norm", "block-layer 1", "block-layer 1-inner", "block-norm-2", "block-layer 2", "block-layer 2-inner"]);
  assert.deepEqual(new Set(post), new Set(pre));
});

test("sub-layers between two named tensors are found", () => {
  for (const pre of [true, false]) {
    const trace = load(json({ pre }));
    const all = blockPlan(trace, VIEW);
    assert.deepEqual(blockPlan(trace, { ...VIEW, stream: ["x0", "x2"] }), all);
    assert.equal(all.stream.length, 3);
  }
});

test("scopes hold the scopes inside of them, and every step once", () => {
  const trace = load(json());
  const { layers } = blockPlan(trace, VIEW);
  const [, own] = layers[0].branch.parts;
  assert.deepEqual(names(own).slice(0, 1), ["inner"]);
  for (const { from, to, add, branch } of layers) {
    const steps = stepsOf(branch);
    assert.equal(new Set(steps).size, steps.length);
    assert.equal(trace.steps[add].op, "add");
    assert.ok(steps.every((id) => id > from && id < to));
  }
});

test("a sub-layer that reads the encoder's output is marked", () => {
  const trace = load(json({ memory: 2 }));
  const plan = blockPlan(trace, { ...VIEW, memory: "m" });
  assert.deepEqual(plan.layers.map(({ memory }) => memory), [false, true]);
  const first = blockPlan(load(json({ memory: 1 })), { ...VIEW, memory: "m" });
  assert.deepEqual(first.layers.map(({ memory }) => memory), [true, false], "by way of the stream is no look at the memory");
});

test("the norms of all and of each row", () => {
  assert.equal(norm([3, 4]), 5);
  assert.deepEqual(rowNorms(Float64Array.of(3, 4, 0, 2), 2), [5, 2]);
  assert.ok(Number.isNaN(norm([NaN, 1])));
  assert.equal(norm([1e300, 1e300]) > 1e300, true);
});

const FAULTS = [
  [{ tokens: "ab" }, "view.tokens is not a list of 1 to 24 short texts."],
  [{ tokens: ["a"] }, 'view.stream[0] is "x0" of shape (2, 3), not (1, d) with d up to 32.'],
  [{ stream: ["x0", "W"] }, 'view.stream[1] is "W" of shape (3, 3), not (2, d) with d up to 32.'],
  [{ stream: ["x1", "x0"] }, 'view.stream[1] is "x0", which does not come from the one before it.'],
  [{ stream: ["x0", "m"] }, 'view.stream[1] is "m", which does not come from the one before it.'],
  [{ stream: Array(34).fill("x0") }, "view.stream has 34 tensors, more than 33."],
];

for (const [change, sentence] of FAULTS) {
  test(`refused: ${sentence}`, () => assert.equal(blockFault({ ...VIEW, ...change }, load(json())), sentence));
}

const JUNK = [null, undefined, 1, "", "x0", [], ["x0"], ["x0", "x2"], ["x2", "x0"], ["x0", "x0"], ["a", "b"], ["x0", 5], {}, { length: 2 }, "__proto__"];

test("any block is read, and then has a plan, or is refused in a sentence", () => {
  const random = generator(3);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const raw = json();
  const known = load(raw);
  let refused = 0;
  for (let i = 0; i < 1000; i += 1) {
    const view = { ...VIEW };
    for (let k = 0; k <= random() * 2; k += 1) view[pick(["stream", "tokens", "memory"])] = pick(JUNK);
    try {
      const spec = parseSpec({ version: 1, slug: "s", title: "A title", view, variants: [{ label: "one", trace: raw }] });
      assert.equal(blockPlan(known, spec.view).layers.length, 2);
    } catch (error) {
      assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
      assert.match(error.message, /^[^\n]{10,300}\.$/);
      refused += 1;
    }
  }
  assert.ok(refused > 400 && refused < 1000, `${refused} of 1000`);
});
