import assert from "node:assert/strict";
import { test } from "node:test";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { agree, threeTwoTwo, Writer } from "./helpers.js";

// Computed with numpy, and by hand in the worked example.
const FORWARD = {
  z_h1: 4.3, z_h2: 5.3, h1: 0.9866130821723351, h2: 0.995033198349943, z_o1: 2.0861590360355833, z_o2: 1.3887937855728625,
  o1: 0.889550613969795, o2: 0.8003996080673895, L: 0.593244871903886,
};
const BACKWARD = {
  "dL/dh1": 0.15020863828428854, "dL/dh2": 0.08180462963291224, "dL/dz_h1": 0.0019839118724015213,
  "dL/dz_h2": 0.0004042893213300725, "dL/dz_o1": 0.0775735998121553, "dL/dz_o2": 0.11988389801972481,
  "dL/dw1": 0.0019839118724015213, "dL/dw2": 0.0004042893213300725, "dL/dw3": 4 * 0.0019839118724015213,
  "dL/dw7": 0.9866130821723351 * 0.0775735998121553, "dL/dw10": 0.995033198349943 * 0.11988389801972481,
};

function start() {
  const { json, ids } = threeTwoTwo();
  const trace = load(json);
  return { trace, ids, replay: new Replay(trace) };
}

test("the 3-2-2 network, forward and backward", () => {
  const { replay } = start();
  for (const [label, value] of Object.entries({ ...FORWARD, ...BACKWARD })) assert.ok(agree(replay.get(label), value, 1e-14), label);
  assert.equal(replay.nonFinite(), -1);
});

test("gradients follow a changed input as finite differences do", () => {
  const { trace, replay } = start();
  replay.set("w3", -0.7);
  replay.set("x2", 2);
  replay.run();
  for (const label of [...trace.labels.keys()].filter((name) => /^w\d+$/.test(name))) {
    const [w, g, h] = [replay.get(label), replay.get(`dL/d${label}`), 1e-5];
    const at = (x) => (replay.set(label, x), replay.run("forward"), replay.get("L"));
    const slope = (at(w + h) - at(w - h)) / (2 * h);
    replay.set(label, w);
    assert.ok(Math.abs(slope - g) < 1e-9, label);
  }
});

test("set, get, setTensor and reset", () => {
  const { replay, ids } = start();
  assert.equal(replay.set("w1", 2), true);
  assert.equal(replay.set("W1[0,1]", 3), true);
  assert.deepEqual([replay.get("w1"), replay.get("w2")], [2, 3]);
  assert.equal(replay.set("h1", 1), false, "h1 is computed");
  assert.equal(replay.set("step14", 1), false, "constants stay");
  assert.equal(replay.set("__proto__", 1), false);
  assert.ok(Number.isNaN(replay.get("nothing")));
  replay.setTensor(ids.x, [0, 0, 0]);
  replay.run();
  assert.deepEqual([replay.get("z_h1"), replay.get("z_h2")], [0.5, 0.5]);
  assert.throws(() => replay.setTensor(ids.x, [1]), /1 values for the 3 elements of "x"/);
  assert.throws(() => replay.setTensor(ids.h, [1, 2]), /is not an input/);
  replay.reset();
  assert.deepEqual([replay.get("w1"), replay.get("z_h1")], [0.1, 4.3]);
});

test("run stops after the phase asked for", () => {
  const { replay } = start();
  const before = replay.get("dL/dw1");
  replay.set("w1", 1);
  replay.run("forward");
  assert.notEqual(replay.get("z_h1"), 4.3);
  assert.equal(replay.get("dL/dw1"), before);
  replay.run("backward");
  assert.notEqual(replay.get("dL/dw1"), before);
  assert.equal(replay.get("W1'[0,0]"), 0.1 - 0.01 * before);
  replay.run();
  assert.notEqual(replay.get("W1'[0,0]"), 0.1 - 0.01 * before);
});

test("training lowers the loss and lands where gradient descent does", () => {
  const { replay } = start();
  assert.ok(agree(replay.train(), FORWARD.L));
  assert.ok(agree(replay.get("w1"), 0.1 - 0.01 * BACKWARD["dL/dw1"]));
  let last = FORWARD.L;
  for (let i = 0; i < 100; i++) {
    const loss = replay.train();
    assert.ok(loss < last);
    last = loss;
  }
});

test("updates that are inputs are exchanged, not overwritten", () => {
  const w = new Writer();
  w.input("a", [], [1]);
  w.input("b", [], [2]);
  const replay = new Replay(load(w.json({}, { updates: { 0: 1, 1: 0 } })));
  assert.ok(Number.isNaN(replay.train()), "there is no loss");
  assert.deepEqual([replay.get("a"), replay.get("b")], [2, 1]);
});

test("overflow is shown and recovered from", () => {
  const { replay, ids } = start();
  for (const number of [1e308, Infinity, NaN, -Infinity]) {
    replay.set("w1", number);
    replay.set("w2", -number);
    replay.run();
    if (!Number.isFinite(number)) assert.equal(replay.nonFinite(), ids.W1);
  }
  replay.set("x1", 1e10);
  replay.set("w1", 1e308);
  replay.set("w2", 0);
  replay.run();
  assert.equal(replay.nonFinite(), ids.p1);
  replay.reset();
  assert.equal(replay.nonFinite(), -1);
  assert.ok(agree(replay.get("L"), FORWARD.L));
});

test("two replays of one trace do not share numbers", () => {
  const { trace, replay } = start();
  const other = new Replay(trace);
  replay.set("w1", 9);
  replay.run();
  assert.equal(other.get("w1"), 0.1);
  assert.equal(new Replay(trace).get("z_h1"), 4.3);
});
