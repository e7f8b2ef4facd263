/** Variants: switches from labels of several parts, and traces told by what differs from another. */
import assert from "node:assert/strict";
import test from "node:test";
import { TraceError } from "../../nnlib/widgets/js/engine/trace.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { unpacked } from "../../nnlib/widgets/js/ui/unpack.js";
import { switchesOf, variantWith } from "../../nnlib/widgets/js/ui/variants.js";
import { Writer, generator } from "./helpers.js";

const LABELS = [["stride 1", "same"], ["stride 2", "same"], ["stride 1", "valid"]];

test("labels that share their first word give a switch its name", () => {
  const [stride, padding] = switchesOf(LABELS);
  assert.deepEqual(stride, { name: "stride", options: [{ value: "stride 1", label: "1" }, { value: "stride 2", label: "2" }] });
  assert.deepEqual(padding, { name: "", options: [{ value: "same", label: "same" }, { value: "valid", label: "valid" }] });
});

test("a word alone, or one that begins another, is no name", () => {
  assert.deepEqual(switchesOf([["max"], ["max 2"]])[0].name, "");
  assert.deepEqual(switchesOf([["max pool"], ["maximum pool"]])[0].name, "");
});

test("the variant with another value, if there is one", () => {
  assert.equal(variantWith(LABELS, 0, 0, "stride 2"), 1);
  assert.equal(variantWith(LABELS, 0, 1, "valid"), 2);
  assert.equal(variantWith(LABELS, 1, 1, "valid"), -1);
});

function trace(value = 0.5) {
  const made = new Writer();
  made.input("w", [2], [1, 2]);
  made.input("b", [], [value]);
  const z = made.step("add", [0, 1], {}, { name: "z", symbol: "z" });
  return made.json({ loss: z });
}

const spec = (variants) => ({ version: 1, slug: "s", title: "A title", view: { kind: "tensor" }, variants });

test("a variant is its like with other steps", () => {
  const whole = trace(3);
  const told = { label: ["b"], like: 0, trace: { steps: [1, { value: [3] }, 1] } };
  assert.deepEqual(unpacked([{ label: ["a"], trace: trace() }, told])[1].trace, whole);
  const parsed = parseSpec(spec([{ label: ["a", "x"], trace: trace() }, { ...told, label: ["b", "x"] }]));
  assert.deepEqual(parsed.variants.map(({ label, parts }) => [label, parts]), [["a, x", ["a", "x"]], ["b, x", ["b", "x"]]]);
  assert.equal(parsed.variants[1].trace.steps[1].value[0], 3);
});

test("null takes a field away", () => {
  const [, { trace: { steps } }] = unpacked([{ trace: trace() }, { like: 0, trace: { steps: [2, { symbol: null }] } }]);
  assert.ok(!("symbol" in steps[2]));
});

/** Two steps in columns: words, and the places of each step's own. */
const columns = (op, value) => ({ steps: { op: [op, [0, 1]], value: [value, [0, -1]] } });

test("a variant in columns takes its words from the one that it is like", () => {
  const list = [{ trace: columns(["input", "neg"], [[1]]) }, { like: 0, trace: columns(["exp"], []) }];
  const again = { like: 1, trace: { steps: { op: [[], [0, 0]] } } };
  const [, told, third] = unpacked([...list, again]);
  assert.deepEqual(told.trace.steps, [{ id: 0, name: "step0", op: "input", value: [1] }, { id: 1, name: "step1", op: "neg" }]);
  assert.deepEqual(third.trace.steps.map(({ op }) => op), ["exp", "exp"]);
  assert.equal(told.like, undefined);
  for (const like of [1, -1, 0.5, null, "__proto__", [0, 1]]) assert.throws(() => unpacked([list[0], { like, trace: columns([], []) }]), /^Error: variant 1 is told in columns, which are not lists/);
});

const WRONG = [
  [[{ label: ["a"] }], /trace: undefined is not an object/],
  [[{ label: ["a"], trace: trace() }, { label: ["a", "b"], trace: trace() }], /^variant 1 has the label \["a","b"\], not a list of 1 texts\.$/],
  [[{ label: ["a"], trace: trace() }, { label: ["a"], trace: trace() }], /^there are two variants with the label \["a"\]\.$/],
  [[{ label: ["a"], trace: trace() }, { label: "b", trace: trace() }], /^variant 1 has the label "b"/],
  [[{ label: [], trace: trace() }], /^variant 0 has the label \[\]/],
  [[{ label: ["a"], trace: trace() }, { label: ["b"], like: 1, trace: { steps: [3] } }], /^variant 1 is told by what differs from variant 1, which is no trace before it\.$/],
  [[{ label: ["a"], trace: trace() }, { label: ["b"], like: "__proto__", trace: { steps: [3] } }], /no trace before it/],
  [[{ label: ["a"], trace: trace() }, { label: ["b"], like: 0, trace: { steps: [4] } }], /^variant 1 repeats 4 steps, which/],
  [[{ label: ["a"], trace: trace() }, { label: ["b"], like: 0, trace: { steps: [0] } }], /^variant 1 repeats 0 steps/],
  [[{ label: ["a"], trace: trace() }, { label: ["b"], like: 0, trace: { steps: [1e9] } }], /^variant 1 repeats 1000000000 steps/],
  [[{ label: ["a"], trace: trace() }, { label: ["b"], like: 0 }], /^variant 1 has no list of the steps/],
  [Array(41).fill({ label: "a", trace: trace() }), /not a list of 1 to 40 traces\.$/],
];

WRONG.forEach(([variants, sentence]) => {
  test(`refused: ${sentence}`, () => assert.throws(() => parseSpec(spec(variants)), (error) => {
    assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
    assert.match(error.message, sentence);
    return true;
  }));
});

const JUNK = [null, undefined, true, 0, 1, 2, 3, -1, 0.5, 1e9, NaN, "", "x", "__proto__", [], [1], [null], {}, { value: [4] }, { op: null }, { __proto__: null }, [3], [1, 2], ["a"]];

test("any variants are read or refused in a sentence", () => {
  const random = generator(11);
  const pick = (list) => list[Math.floor(random() * list.length)];
  let refused = 0;
  for (let i = 0; i < 3000; i += 1) {
    const told = { label: ["b"], like: 0, trace: { steps: [pick([1, 2, 3]), { value: [3] }, pick(JUNK)].slice(0, 1 + Math.floor(3 * random())) } };
    if (random() < 0.3) told[pick(["label", "like", "trace"])] = pick(JUNK);
    if (random() < 0.3 && told.trace) told.trace = { ...told.trace, [pick(["steps", "outputs", "version", "title"])]: pick(JUNK) };
    try {
      parseSpec(spec([{ label: ["a"], trace: trace() }, told]));
    } catch (error) {
      assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
      assert.match(error.message, /^[^\n]{10,300}\.?$/);
      refused += 1;
    }
  }
  assert.ok(refused > 1000 && refused < 3000, `${refused} of 3000`);
});
