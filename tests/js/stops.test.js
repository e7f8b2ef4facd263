import assert from "node:assert/strict";
import { test } from "node:test";
import { stops } from "../../nnlib/widgets/js/engine/stops.js";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { threeTwoTwo, Writer } from "./helpers.js";

const { json, ids } = threeTwoTwo();
const trace = load(json);
const nameOf = (id) => trace.steps[id].name;

test("small stops: one per forward step, then one per differentiated step, then one per parameter", () => {
  const list = stops(trace, "small");
  const of = (phase) => list.filter((stop) => stop.phase === phase);
  assert.deepEqual(list[0].title, "the inputs");
  assert.deepEqual(of("forward").slice(1).map((stop) => stop.steps), [[6], [7], [8], [9], [10], [11], [12], [13], [14], [ids.L]]);
  assert.deepEqual(of("backward").map((stop) => stop.of), [ids.L, ids.s, ids.e2, ids.e, ids.o, ids.z2, ids.p2, ids.h, ids.z1, ids.p1]);
  assert.deepEqual(of("update").map((stop) => stop.title), ["update W1", "update b1", "update W2", "update b2"]);
  assert.deepEqual(of("update").map((stop) => stop.of), [ids.W1, ids.b1, ids.W2, ids.b2]);
});

test("every computed step belongs to exactly one stop, in both sizes", () => {
  for (const size of ["small", "big"]) {
    const told = stops(trace, size).flatMap((stop) => stop.steps).sort((a, b) => a - b);
    assert.deepEqual(told, trace.steps.filter((step) => step.op !== "constant" || told.includes(step.id)).map((step) => step.id));
    assert.equal(new Set(told).size, told.length);
  }
});

test("the backward stop of the hidden layer's sigmoid tells its whole rule", () => {
  const stop = stops(trace, "small").find(({ phase, of }) => phase === "backward" && of === ids.h);
  assert.equal(stop.title, "back through h by sigmoid");
  assert.deepEqual(stop.scope, ["hidden layer"]);
  assert.deepEqual(stop.steps.map((id) => trace.steps[id].op), ["constant", "sub", "mul", "mul"]);
  assert.equal(nameOf(stop.steps.at(-1)), "dL/dz1");
});

test("big stops: one per layer and pass", () => {
  assert.deepEqual(stops(trace, "big").map(({ phase, title }) => [phase, title]), [
    ["forward", "the inputs"], ["forward", "hidden layer"], ["forward", "output layer"], ["forward", "L"],
    ["backward", "dL/do"], ["backward", "back through output layer"], ["backward", "back through hidden layer"], ["update", "update"],
  ]);
});

test("stops do not change the trace, and asking twice gives the same", () => {
  assert.deepEqual(stops(trace, "big"), stops(trace, "big"));
  assert.deepEqual(stops(trace, "small"), stops(load(json), "small"));
});

test("a gradient's sum of contributions is told with the contribution that completes it", () => {
  const w = new Writer();
  const x = w.input("x", [], [3]);
  const y = w.step("mul", [x, x], {}, { name: "y", symbol: "y" });
  w.common = { phase: "backward", of: y };
  const seed = w.constant(1);
  const a = w.step("mul", [seed, x]);
  const b = w.step("mul", [seed, x]);
  delete w.common.of;
  const total = w.step("add", [a, b]);
  Object.assign(w.steps[y], { gradient: seed, contributions: [a, b] });
  w.steps[x].gradient = total;
  const list = stops(load(w.json({ loss: y })), "small");
  assert.deepEqual(list.at(-1).steps, [seed, a, b, total]);
});

test("updates with a scope are one stop per scope", () => {
  const w = new Writer();
  const a = w.input("a", [], [1]);
  const b = w.input("b", [], [1]);
  const half = (id, scope, name) => w.step("add", [id, id], {}, { phase: "update", scope, name });
  half(a, ["update a"], "t");
  const newA = half(a, ["update a"], "a'");
  const newB = half(b, ["update b"], "b'");
  const list = stops(load(w.json({}, { updates: { [a]: newA, [b]: newB } })), "small");
  assert.deepEqual(list.slice(1).map(({ title, steps }) => [title, steps.length]), [["update a", 2], ["update b", 1]]);
});

test("a backward pass without links is one stop", () => {
  const w = new Writer();
  w.common = { phase: "backward" };
  const one = w.constant(1);
  w.step("neg", [one]);
  const list = stops(load(w.json()), "small");
  assert.deepEqual(list.map(({ steps, title }) => [title, steps]), [["the inputs", []], ["the backward pass", [0, 1]]]);
});
