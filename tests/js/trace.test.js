import assert from "node:assert/strict";
import { test } from "node:test";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { load, TraceError } from "../../nnlib/widgets/js/engine/trace.js";
import { generator, threeTwoTwo, Writer } from "./helpers.js";

/** A small good trace: x, W -> matmul y -> sum L, and its gradient. */
function good() {
  const w = new Writer();
  const x = w.input("x", [1, 2], [1, 2], { labels: ["x1", "x2"] });
  const W = w.input("W", [2, 1], [3, 4]);
  const y = w.step("matmul", [x, W], {}, { name: "y", symbol: "y" });
  const L = w.step("sum", [y], { axes: [0, 1], keepdims: false }, { name: "L", symbol: "L" });
  w.common = { phase: "backward" };
  const seed = w.constant(1, [], { of: L });
  const gy = w.step("broadcast_to", [seed], { shape: [1, 1] }, { of: L });
  const gW = w.step("matmul", [w.step("transpose", [x], { axes: [1, 0] }, { of: y }), gy], {}, { of: y, name: "dL/dW" });
  Object.assign(w.steps[L], { gradient: seed, contributions: [gy] });
  Object.assign(w.steps[y], { gradient: gy, contributions: [null, gW] });
  w.steps[W].gradient = gW;
  return w.json({ loss: L, gradients: { W: gW } }, { updates: { [W]: gW } });
}

/** What is done to the good trace, and the sentence it is refused with. */
const MALFORMED = [
  [() => null, "trace: null is not an object"],
  [() => 3, "trace: 3 is not an object"],
  [() => [], "trace: [] is not an object"],
  [() => "{", "trace: not JSON"],
  [() => "[1]", "trace: [1] is not an object"],
  [(t) => void delete t.version, "trace: version is undefined, and only version 1 can be read"],
  [(t) => void (t.version = 2), "trace: version is 2, and only version 1 can be read"],
  [(t) => void (t.version = "1"), 'trace: version is "1", and only version 1 can be read'],
  [(t) => void (t.title = 7), "trace: title is 7, not a text"],
  [(t) => void delete t.steps, "trace: steps is undefined, not a list"],
  [(t) => void (t.steps = {}), "trace: steps is an object, not a list"],
  [(t) => void (t.steps = []), "trace: there are no steps"],
  [(t) => void (t.steps = Array(20001).fill({})), "trace: 20001 steps are more than 20000"],
  [(t) => void (t.steps[1] = null), "trace: step 1: null is not an object"],
  [(t) => void (t.steps[1] = [1]), "trace: step 1: [1] is not an object"],
  [(t) => void (t.steps[1].id = 2), "trace: step 1 has id 2"],
  [(t) => void (t.steps[1].id = "1"), 'trace: step 1 has id "1"'],
  [(t) => void delete t.steps[0].id, "trace: step 0 has id undefined"],
  [(t) => void (t.steps[2].op = "evil"), 'trace: step 2 has the unknown op "evil"'],
  [(t) => void (t.steps[2].op = "constructor"), 'trace: step 2 has the unknown op "constructor"'],
  [(t) => void (t.steps[2].op = "__proto__"), 'trace: step 2 has the unknown op "__proto__"'],
  [(t) => void (t.steps[2].op = 1), "trace: step 2 has the unknown op 1"],
  [(t) => void (t.steps[2].op = "x".repeat(99)), `trace: step 2 has the unknown op "${"x".repeat(39)}...`],
  [(t) => void (t.steps[2].inputs = [0]), "trace: step 2 (matmul): 1 inputs, where it needs 2"],
  [(t) => void (t.steps[2].inputs = [0, 1, 1]), "trace: step 2 (matmul): 3 inputs, where it needs 2"],
  [(t) => void (t.steps[2].inputs = [0, 2]), "trace: step 2 (matmul): input 2 is not an earlier step"],
  [(t) => void (t.steps[2].inputs = [0, -1]), "trace: step 2 (matmul): input -1 is not an earlier step"],
  [(t) => void (t.steps[2].inputs = [0, 0.5]), "trace: step 2 (matmul): input 0.5 is not an earlier step"],
  [(t) => void (t.steps[2].inputs = [0, "1"]), 'trace: step 2 (matmul): input "1" is not an earlier step'],
  [(t) => void (t.steps[2].inputs = "01"), 'trace: step 2 (matmul): inputs is "01", not a list'],
  [(t) => void (t.steps[2].inputs = null), "trace: step 2 (matmul): inputs is null, not a list"],
  [(t) => void (t.steps[0].inputs = [0]), "trace: step 0 (input): 1 inputs, where it needs 0"],
  [(t) => void Object.assign(t.steps[3], { op: "concat", inputs: [] }), "trace: step 3 (concat): 0 inputs, where it needs at least 1"],
  [(t) => void (t.steps[3].params.axis = 1), 'trace: step 3 (sum): unknown parameter "axis"'],
  [(t) => void (t.steps[3].params = JSON.parse('{"__proto__": {"axes": [0]}}')), 'trace: step 3 (sum): unknown parameter "__proto__"'],
  [(t) => void (t.steps[3].params = []), "trace: step 3 (sum): params is [], not an object"],
  [(t) => void delete t.steps[3].params, "trace: step 3 (sum): parameter axes must be a list of different axes of the input, not undefined"],
  [(t) => void (t.steps[3].params.axes = [0, 0]), "trace: step 3 (sum): parameter axes must be a list of different axes of the input, not [0, 0]"],
  [(t) => void (t.steps[3].params.axes = [2]), "trace: step 3 (sum): parameter axes must be a list of different axes of the input, not [2]"],
  [(t) => void (t.steps[3].params.axes = 0), "trace: step 3 (sum): parameter axes must be a list of different axes of the input, not 0"],
  [(t) => void (t.steps[3].params.keepdims = 1), "trace: step 3 (sum): parameter keepdims must be true or false, not 1"],
  [(t) => void (t.steps[0].params = { a: 1 }), 'trace: step 0 (input): unknown parameter "a"'],
  [(t) => void Object.assign(t.steps[3], { op: "power", params: { exponent: "2" } }), 'trace: step 3 (power): parameter exponent must be a number, not "2"'],
  [(t) => void Object.assign(t.steps[3], { op: "narrow", params: { axis: 0, start: -1, length: 1 } }), "trace: step 3 (narrow): parameter start must be a count, not -1"],
  [(t) => void Object.assign(t.steps[3], { op: "softmax", params: { axis: -1 } }), "trace: step 3 (softmax): parameter axis must be an axis of the input, not -1"],
  [(t) => void Object.assign(t.steps[3], { op: "unfold", params: { kernel: [0, 1], stride: [1, 1], dilation: [1, 1] } }), "trace: step 3 (unfold): parameter kernel must be two counts of at least 1, not [0, 1]"],
  [(t) => void (t.steps[2].shape = [1, 2]), "trace: step 2 (matmul): shape is (1, 2) but its inputs give (1, 1)"],
  [(t) => void (t.steps[2].shape = [-1]), "trace: step 2 (matmul): shape is [-1], not a list of counts"],
  [(t) => void (t.steps[2].shape = "1,1"), 'trace: step 2 (matmul): shape is "1,1", not a list of counts'],
  [(t) => void delete t.steps[2].shape, "trace: step 2 (matmul): shape is undefined, not a list of counts"],
  [(t) => void (t.steps[2].shape = Array(17).fill(1)), "trace: step 2 (matmul): 17 axes are more than 16"],
  [(t) => void (t.steps[0].shape = [2000, 2000]), "trace: step 0 (input): with shape (2000, 2000) the trace has more than 2000000 elements"],
  [(t) => void (t.steps[0].shape = [1e9]), "trace: step 0 (input): shape is [1000000000], not a list of counts"],
  [(t) => void Object.assign(t.steps[1], { shape: [3, 1], value: [1, 2, 3] }), "trace: step 2 (matmul): x (1, 2) has 2 columns but W (3, 1) has 3 rows"],
  [(t) => void (t.steps[0].value = [1]), "trace: step 0 (input): 1 values for 2 elements"],
  [(t) => void delete t.steps[0].value, "trace: step 0 (input): value is undefined, not a list"],
  [(t) => void (t.steps[0].value = [1, "2"]), 'trace: step 0 (input): "2" is not a number'],
  [(t) => void (t.steps[0].value = [1, null]), "trace: step 0 (input): null is not a number"],
  [(t) => void (t.steps[0].value = [1, Infinity]), "trace: step 0 (input): Infinity is not a number"],
  [(t) => void (t.steps[0].value = [1, [2]]), "trace: step 0 (input): [2] is not a number"],
  [(t) => void (t.steps[2].value = [1]), "trace: step 2 (matmul): only inputs and constants carry a value"],
  [(t) => void (t.steps[2].name = "x"), 'trace: step 2 is called "x", and so is an earlier step'],
  [(t) => void delete t.steps[2].name, "trace: step 2 (matmul): name is undefined, not a text"],
  [(t) => void (t.steps[2].name = ""), 'trace: step 2 (matmul): name is "", not a text'],
  [(t) => void (t.steps[2].symbol = 1), "trace: step 2 (matmul): symbol is 1, not a text"],
  [(t) => void (t.steps[2].latex = {}), "trace: step 2 (matmul): latex is an object, not a text"],
  [(t) => void (t.steps[2].scope = "a"), 'trace: step 2 (matmul): scope is "a", not a list of texts'],
  [(t) => void (t.steps[2].scope = [1]), "trace: step 2 (matmul): scope is [1], not a list of texts"],
  [(t) => void (t.steps[2].phase = "sideways"), 'trace: step 2 (matmul): phase is "sideways", not forward, backward or update'],
  [(t) => void (t.steps[2].phase = "update"), "trace: step 3 (sum): phase forward comes after phase update"],
  [(t) => void (t.steps[0].labels = ["a"]), "trace: step 0 (input): 1 labels for 2 elements"],
  [(t) => void (t.steps[0].labels = ["a", "a"]), 'trace: the label "a" names two elements'],
  [(t) => void (t.steps[1].labels = ["x1", "b"]), 'trace: the label "x1" names two elements'],
  [(t) => void (t.steps[0].labels = ["a", 1]), 'trace: step 0 (input): labels is ["a", 1], not a list of texts'],
  [(t) => void (t.steps[2].of = 1), "trace: step 2 (matmul): of belongs to backward steps only"],
  [(t) => void (t.steps[5].of = 99), "trace: step 5 (broadcast_to): of is 99, not the id of a forward step"],
  [(t) => void (t.steps[5].of = 4), "trace: step 5 (broadcast_to): of is 4, not the id of a forward step"],
  [(t) => void (t.steps[5].of = "length"), 'trace: step 5 (broadcast_to): of is "length", not the id of a forward step'],
  [(t) => void (t.steps[2].gradient = 1), "trace: step 2 (matmul): gradient is 1, not the id of a backward step"],
  [(t) => void (t.steps[2].gradient = 7), "trace: step 2 (matmul): its gradient has shape (2, 1), not (1, 1)"],
  [(t) => void (t.steps[5].gradient = 5), "trace: step 5 (broadcast_to): gradient belongs to forward steps only"],
  [(t) => void (t.steps[2].contributions = [7]), "trace: step 2 (matmul): 1 contributions for 2 inputs"],
  [(t) => void (t.steps[2].contributions = [0, 7]), "trace: step 2 (matmul): contribution 0 is not the id of a backward step"],
  [(t) => void (t.steps[2].contributions = {}), "trace: step 2 (matmul): contributions is an object, not a list"],
  [(t) => void (t.steps[5].contributions = [4]), "trace: step 5 (broadcast_to): contributions belong to forward steps only"],
  [(t) => void delete t.outputs, "trace: outputs: undefined is not an object"],
  [(t) => void (t.outputs.loss = 99), "trace: outputs.loss is 99, not the id of a step"],
  [(t) => void (t.outputs.loss = "3"), 'trace: outputs.loss is "3", not the id of a step'],
  [(t) => void (t.outputs.gradients = [1]), "trace: outputs.gradients: [1] is not an object"],
  [(t) => void (t.outputs.gradients.W = -1), 'trace: outputs.gradients of "W" is -1, not the id of a step'],
  [(t) => void (t.updates = 1), "trace: updates: 1 is not an object"],
  [(t) => void (t.updates = { 2: 7 }), 'trace: updates names "2", which is not the id of an input'],
  [(t) => void (t.updates = { "01": 7 }), 'trace: updates names "01", which is not the id of an input'],
  [(t) => void (t.updates = { 1: 99 }), 'trace: the update of "W" is 99, not the id of a step'],
  [(t) => void (t.updates = { 0: 7 }), 'trace: the update of "x" has shape (2, 1), not (1, 2)'],
  [(t) => void (t.updates = JSON.parse('{"__proto__": 7}')), 'trace: updates names "__proto__", which is not the id of an input'],
];

test("the good trace loads, from an object and from text", () => {
  const trace = load(good());
  assert.deepEqual([trace.title, trace.steps.length, trace.byName.get("y"), trace.outputs.loss], ["by hand", 8, 2, 3]);
  assert.deepEqual(trace.consumers[0], [2, 6]);
  assert.deepEqual({ ...trace.updates }, { 1: 7 });
  assert.equal(load(JSON.stringify(good())).steps.length, 8);
  const { steps } = trace;
  assert.deepEqual([steps[2].scope, steps[2].of, steps[2].labels, steps[4].phase], [[], null, null, "backward"]);
});

test(`${MALFORMED.length} malformed traces are refused with the right sentence`, () => {
  for (const [spoil, sentence] of MALFORMED) {
    const trace = good();
    const json = spoil(trace) === undefined ? trace : spoil(trace);
    assert.throws(() => load(json), (error) => error instanceof TraceError && error.message === sentence, sentence);
  }
});

/** Values that a careless reader would trip over. */
const STRANGE = [null, undefined, -1, 0.5, 1e300, NaN, "", "__proto__", "constructor", [], [[]], {}, { length: 5 }, true, [1e9, 1e9], Array(50).fill(0),
  JSON.parse('{"__proto__": [1]}'), [null], "nan", ["inf"], 2 ** 53];

/** Every place in a JSON value that can be replaced. */
function* places(value) {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    yield [value, key];
    yield* places(value[key]);
  }
}

test("whatever stands anywhere in it, a trace loads and replays or is refused with one sentence", () => {
  const random = generator(3);
  const count = [...places(threeTwoTwo().json)].length;
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const { json } = threeTwoTwo();
    const [holder, key] = [...places(json)][Math.floor(random() * count)];
    holder[key] = STRANGE[Math.floor(random() * STRANGE.length)];
    try {
      new Replay(load(json));
    } catch (error) {
      refused++;
      assert.ok(error instanceof TraceError, `${key}: ${error.stack}`);
      assert.match(error.message, /^trace: [^\n]{5,200}$/);
    }
  }
  assert.ok(refused > 500);
  assert.equal({}.axes, undefined);
});

test("labels: own, by name and index, and of gradients", () => {
  const trace = load(threeTwoTwo().json);
  assert.equal(trace.labelOf(1, 2), "w3");
  assert.equal(trace.labelOf(2, 1), "b1[1]");
  assert.equal(trace.labelOf(trace.byName.get("L"), 0), "L");
  assert.deepEqual(trace.find("w3"), { step: 1, offset: 2 });
  assert.deepEqual(trace.find("W1[1,0]"), { step: 1, offset: 2 });
  assert.deepEqual(trace.find("dL/dw3"), { step: trace.byName.get("dL/dW1"), offset: 2 });
  assert.deepEqual(trace.find("dL/dW1[1,0]"), trace.find("dL/dw3"));
  for (const [id, step] of trace.steps.entries()) {
    for (let offset = 0; offset < step.size; offset++) assert.deepEqual(trace.find(trace.labelOf(id, offset)), { step: id, offset });
  }
});

test("what is no label finds nothing", () => {
  const trace = load(threeTwoTwo().json);
  const none = ["", "w11", "W1", "W1[]", "W1[3,0]", "W1[0]", "W1[0,0,0]", "W1[-1,0]", "W1[0, 0]", "W1[1e0,0]", "W1[0,0", "]", "[0]", "__proto__", "constructor", "toString"];
  for (const label of none) assert.equal(trace.find(label), null, label);
});
