/** A language model that writes: how a token is drawn, what goes in for the next, and which specs are refused. */
import assert from "node:assert/strict";
import test from "node:test";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { TraceError, load } from "../../nnlib/widgets/js/engine/trace.js";
import { fields } from "../../nnlib/widgets/js/sequences.js";
import { addFields } from "../../nnlib/widgets/js/ui/fields.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { gaze, headsOf, sideOf } from "../../nnlib/widgets/js/views/generation_heads.js";
import { linkOf, textOf } from "../../nnlib/widgets/js/views/generation_link.js";
import * as model from "../../nnlib/widgets/js/views/generation_model.js";
import { generationFault, planOf } from "../../nnlib/widgets/js/views/generation_plan.js";
import { writer } from "../../nnlib/widgets/js/views/generation_writer.js";
import { Writer, assertClose, generator } from "./helpers.js";

const { cumulated, drawn, largest, logProbability, perplexity, probabilities, ranked, tokensOf, uniform, workOf } = model;
addFields(fields);

// ---------------------------------------------------------------- the draw

test("a temperature divides the logits, and top-k leaves the first of equals", () => {
  assertClose([...probabilities([0, Math.log(3)], 1, 2)], [0.25, 0.75], "as they are");
  assertClose([...probabilities([0, Math.log(3)], 0.5, 2)], [0.1, 0.9], "squared");
  assert.deepEqual([...probabilities([1, 2, 2, 2], 1, 2)], [0, 0.5, 0.5, 0]);
  assert.deepEqual([...probabilities([3, 1], 9, 1)], [1, 0]);
  assert.deepEqual([...largest([1, 5, 5, 0], 2)], [1, 2]);
});

test("what is no number ranks last; infinities rank as what they are", () => {
  assert.deepEqual(ranked([NaN, 1, Infinity, -Infinity, 1]), [2, 1, 4, 3, 0]);
  assert.deepEqual([...probabilities([1e308, -1e308], 1e-10, 2)], [1, 0]);
  assert.ok(probabilities([Infinity, 0], 1, 2).every(Number.isNaN));
  assert.deepEqual([...probabilities([1, 0], 1e-3, 2)], [1, 0]);
  assert.ok(probabilities([NaN, 0], 1, 2).every(Number.isNaN));
});

test("u falls on the first token whose sum exceeds it, never on one without probability", () => {
  const p = [0, 0.25, 0, 0.75, 0];
  assert.deepEqual([0, 0.2499, 0.25, 0.999999, 1 - 2 ** -53].map((u) => drawn(p, u)), [1, 1, 3, 3, 3]);
  assert.deepEqual([...cumulated(p)], [0, 0.25, 0.25, 1, 1]);
  assert.equal(drawn([NaN, 1], 0.5), -1);
  assert.equal(drawn([0, 0], 0), -1);
});

test("the numbers of a seed are the same each time, between 0 and 1, and spread evenly", () => {
  const draws = Array.from({ length: 20_000 }, (_, k) => uniform(7, k));
  assert.ok(draws.every((u) => u >= 0 && u < 1));
  assert.equal(uniform(7, 123), draws[123]);
  const bins = new Array(10).fill(0);
  for (const u of draws) bins[Math.floor(10 * u)] += 1;
  assert.ok(bins.every((n) => Math.abs(n - 2000) < 200), String(bins));
  const firsts = Array.from({ length: 2000 }, (_, seed) => uniform(seed, 0));
  assert.ok(Math.abs(firsts.reduce((sum, u) => sum + u, 0) / 2000 - 0.5) < 0.03);
  assert.equal(new Set(firsts).size, 2000);
  for (const seed of [-1, 0, 2 ** 53 - 1]) assert.ok(uniform(seed, 0) >= 0 && uniform(seed, 0) < 1);
});

test("perplexity is the exponential of the mean surprise; V equal tokens surprise as V", () => {
  const log = logProbability([0, 0, 0, 0], 2);
  assertClose([perplexity([null, log, log])], [4], "uniform");
  assert.ok(Number.isNaN(perplexity([null])));
  assertClose([logProbability([1000, 0], 1)], [-1000], "without a detour through 0");
});

test("a text is read token by token, the longest first; what is not known is named", () => {
  assert.deepEqual(tokensOf("abba", ["a", "b"]), { ids: [0, 1, 1, 0], wrong: null });
  assert.deepEqual(tokensOf("<end>end", ["e", "n", "d", "<end>"]), { ids: [3, 0, 1, 2], wrong: null });
  assert.deepEqual(tokensOf("a↵", ["a", "\n"]), { ids: [0, 1], wrong: null });
  assert.deepEqual(tokensOf("a↵", ["a", "\n", "↵"]), { ids: [0, 2], wrong: null });
  assert.equal(tokensOf("ab😀", ["a", "b"]).wrong, "😀");
  assert.equal(tokensOf("<b>", ["b", "<b"]).wrong, ">");
  assert.deepEqual(tokensOf("", ["a", "b"]), { ids: [], wrong: null });
});

// ---------------------------------------------------------------- what goes in

const V = 3, H = 2;
const some = (n, seed) => { const draw = generator(seed); return Array.from({ length: n }, () => 2 * draw() - 1); };

/** h' = tanh(E[token] + h W), z = h' U. */
function recurrent() {
  const w = new Writer();
  const token = w.input("token", [1], [1]);
  const h = w.input("h", [1, H], [0.5, 0]);
  const E = w.input("E", [V, H], some(V * H, 1)), W = w.input("W", [H, H], some(H * H, 2)), U = w.input("U", [H, V], some(H * V, 3));
  const pre = w.step("add", [w.step("take", [E, token]), w.step("matmul", [h, W])]);
  const next = w.step("tanh", [pre], {}, { name: "h'", symbol: "h'" });
  w.step("matmul", [next, U], {}, { name: "z", symbol: "z" });
  return w.json();
}

const PLACES = 4;

/** A sum of the embeddings so far, as the simplest model with a window: z_t = (E[1] + ... + E[t]) U. */
function windowed() {
  const w = new Writer();
  const token = w.input("token", [PLACES], [1, 0, 0, 0]);
  const E = w.input("E", [V, H], some(V * H, 1)), U = w.input("U", [H, V], some(H * V, 3));
  const below = w.constant(Array.from({ length: PLACES ** 2 }, (_, i) => Number(i % PLACES <= Math.floor(i / PLACES))), [PLACES, PLACES], { name: "A", symbol: "A" });
  w.step("matmul", [w.step("matmul", [below, w.step("take", [E, token])]), U], {}, { name: "z", symbol: "z" });
  return w.json();
}

/** The same model with a cache: what came before is kept, and the place in it. */
function cached() {
  const w = new Writer();
  const token = w.input("token", [1], [1]);
  const kept = w.input("K", [PLACES, H], new Array(PLACES * H).fill(0)), place = w.input("t", [1], [0]);
  const E = w.input("E", [V, H], some(V * H, 1)), U = w.input("U", [H, V], some(H * V, 3));
  const put = w.step("scatter_add", [w.step("take", [E, token]), place], { length: PLACES });
  const next = w.step("add", [kept, put], {}, { name: "K'", symbol: "K'" });
  w.step("matmul", [w.step("sum", [next], { axes: [0], keepdims: true }), U], {}, { name: "z", symbol: "z" });
  w.step("add", [place, w.constant(1)], {}, { name: "t'", symbol: "t'" });
  return w.json();
}

const VIEW = { kind: "generation", vocabulary: ["a", "b", "c"], token: "token", logits: "z", state: [["h", "h'"], ["K", "K'"], ["t", "t'"]], prompt: [1], window: PLACES, temperature: 1, seed: 0 };

/** Feeds tokens to a replay one by one, as the page does, and keeps what was said. */
function follow(json, view, tokens) {
  const trace = load(json);
  const plan = planOf(trace, view);
  const pen = writer(trace, view, plan);
  const replay = new Replay(trace);
  let text = pen.first();
  const said = [];
  for (const token of tokens) {
    const { z } = pen.outlook(text, replay.values);
    said.push([...z]);
    text = pen.longer(text, token, z);
    for (const [id, data] of pen.following(text.ids, replay.values)) replay.setTensor(id, data);
    replay.run();
  }
  return { trace, plan, pen, replay, text, said };
}

const TOKENS = [0, 2, 2, 1, 0, 0, 2, 1, 1];

test("a state is fed back: reading from the beginning gives the same numbers as going on", () => {
  const { pen, replay, text, plan } = follow(recurrent(), { ...VIEW, window: null }, TOKENS);
  const before = [...replay.values[plan.logits].data];
  const { inputs, logs } = pen.afresh(text.ids, replay.values);
  for (const [id, data] of inputs) replay.setTensor(id, data);
  replay.run();
  assert.deepEqual([...replay.values[plan.logits].data], before);
  assert.deepEqual(logs, text.logs);
  assert.equal(logs[0], null);
  assert.equal(logs.length, TOKENS.length + 1);
});

test("the state before the first token is the recorded one", () => {
  const { pen, replay } = follow(recurrent(), { ...VIEW, window: null }, TOKENS);
  const { inputs } = pen.afresh([2], replay.values);
  assert.deepEqual(inputs.map(([id, data]) => [id, [...data]]), [[1, [0.5, 0]], [0, [2]]]);
});

test("with and without a cache the model says the same, also where the window moves on", () => {
  const [plain, kept] = [windowed(), cached()].map((json) => follow(json, VIEW, TOKENS));
  plain.said.forEach((z, i) => assertClose(kept.said[i], z, `token ${i}`, 1e-12));
  assertClose(kept.text.logs.slice(1), plain.text.logs.slice(1), "surprise", 1e-12);
  const { logs } = plain.pen.afresh(plain.text.ids, plain.replay.values);
  assertClose(logs.slice(1), plain.text.logs.slice(1), "read anew", 1e-12);
});

test("of a text longer than the cache only what its first pass tells is known", () => {
  const { pen, replay, text } = follow(cached(), VIEW, TOKENS);
  const { inputs, logs } = pen.afresh(text.ids, replay.values);
  assertClose(logs.slice(1, PLACES), text.logs.slice(1, PLACES), "in the cache", 1e-12);
  assert.ok(logs.slice(PLACES).every((log) => log === null));
  assert.equal(logs.length, text.ids.length);
  const z = [...replay.values[planOf(load(cached()), VIEW).logits].data];
  for (const [id, data] of inputs) replay.setTensor(id, data);
  replay.run();
  assertClose([...replay.values[planOf(load(cached()), VIEW).logits].data], z, "logits", 1e-12);
});

test("the work is counted from the shapes of the matrix products", () => {
  const [plain, kept] = [windowed(), cached()].map((json) => follow(json, VIEW, []).pen);
  const [each, own] = [PLACES * PLACES * H + PLACES * H * V, H * V];
  assert.deepEqual([1, 4, 5].map((n) => plain.work(n)), [1, 4, 5].map(() => ({ passes: 1, each, all: each })));
  assert.deepEqual([1, 4, 5].map((n) => kept.work(n)), [1, 1, PLACES].map((passes) => ({ passes, each: own, all: passes * own })));
  assert.equal(workOf(load(recurrent()), []), 0);
});

test("the author's count goes before that of the shapes; a full cache is filled anew", () => {
  const view = { ...VIEW, work: [[1, [5, 6, 7, 9]], [PLACES, [50, 60, 70, 90]]] };
  const [plain, kept, other] = [windowed(), cached(), recurrent()].map((json) => follow(json, json.steps.length ? view : VIEW, []).pen);
  assert.deepEqual([1, 2, 4, 5, 90].map((n) => plain.work(n).all), [50, 60, 90, 90, 90]);
  assert.deepEqual([1, 2, 4, 5, 90].map((n) => kept.work(n).all), [5, 6, 9, 27, 27]);
  assert.deepEqual(kept.work(5), { passes: PLACES, each: null, all: 27 });
  assert.equal(other.work(2).all, 6);
  const without = { ...view, work: [[PLACES, [50, 60, 70, 90]]] };
  assert.equal(follow(cached(), without, []).pen.work(1).all, H * V);
});

test("a prompt is given, not drawn, and uses no number of the seed", () => {
  const { pen, replay } = follow(recurrent(), { ...VIEW, prompt: [1, 2, 0], window: null }, []);
  let text = pen.first();
  assert.deepEqual([text.ids, text.ahead, text.given], [[1], [2, 0], 1]);
  const outlook = pen.outlook(text, replay.values);
  assert.deepEqual([outlook.token, outlook.given], [2, true]);
  text = pen.longer(text, 2, outlook.z);
  assert.deepEqual([text.ids, text.ahead, text.given, text.draws], [[1, 2], [0], 2, 0]);
  text = pen.longer(pen.longer(text, 0, outlook.z), 1, outlook.z);
  assert.deepEqual([text.ids, text.ahead, text.given, text.draws], [[1, 2, 0, 1], [], 3, 1]);
});

test("a window that was recorded with more of the prompt begins there", () => {
  const json = windowed();
  json.steps[0].value = [1, 2, 0, 0];
  const text = follow(json, { ...VIEW, prompt: [1, 2, 1] }, []).pen.first();
  assert.deepEqual([text.ids, text.ahead, text.logs.length, text.logs[0]], [[1, 2], [1], 2, null]);
  assert.ok(text.logs[1] < 0);
});

test("u follows from the seed until it is set by hand", () => {
  const { pen, replay, text } = follow(recurrent(), { ...VIEW, seed: 5, window: null }, [0]);
  assert.equal(pen.outlook(text, replay.values).u, uniform(5, 1));
  assert.equal(pen.outlook({ ...text, u: 0.5 }, replay.values).u, 0.5);
  assert.equal(pen.longer({ ...text, u: 0.5 }, 1, [0, 0, 0]).u, null);
});

// ---------------------------------------------------------------- heads

test("each leading index of the weights is a head, and what it looks at is the last row", () => {
  const w = new Writer();
  w.input("A", [1, 2, PLACES, PLACES], Array.from({ length: 32 }, (_, i) => i));
  w.input("B", [1, PLACES], [1, 2, 3, 4]);
  const trace = load(w.json());
  const heads = headsOf(trace, { attention: [0, 1] });
  assert.deepEqual(heads.map(({ step, start, rows }) => [step, start, rows]), [[0, 0, 4], [0, 16, 4], [1, 0, 1]]);
  const data = trace.steps[0].value;
  assert.deepEqual(gaze(heads[1], data, 2), [20, 21]);
  assert.deepEqual(gaze(heads[0], data, 6), [null, null, 12, 13, 14, 15]);
  assert.deepEqual(gaze(heads[2], trace.steps[1].value, 3), [1, 2, 3]);
});

test("maps fit beside each other, in whole pixels where there is room", () => {
  for (const [heads, cells, width] of [[1, 8, 400], [2, 8, 400], [4, 32, 400], [8, 32, 300], [16, 64, 240]]) {
    const side = sideOf(heads, cells, width);
    assert.ok(side >= 24 && side <= 206, `${heads} heads: ${side}`);
    if (side >= cells) assert.equal(side % cells, 0);
  }
});

// ---------------------------------------------------------------- in an address

const TEXT = { ids: [1, 2, 0, 0], given: 2, draws: 2, seed: -7, temperature: 0.25, k: 2, head: -1, order: "size", ahead: [] };

test("a text in an address is read again, numbers of any size too", () => {
  for (const change of [{}, { temperature: 1e-300 }, { temperature: 5e-324 }, { temperature: 1e300 }, { seed: 2 ** 53 - 1 }, { order: "vocabulary", head: 1 }, { ahead: [2, 0] }]) {
    const text = { ...TEXT, ...change };
    assert.deepEqual(textOf(linkOf(text), 3, 2), text);
  }
  assert.equal(linkOf({ ...TEXT, ids: new Array(2000).fill(1) }), null);
});

test("an address that cannot be is not followed", () => {
  for (const change of [{ ids: [3] }, { ids: [] }, { ids: [-1] }, { ids: [0.5] }, { given: 0 }, { given: 5 }, { draws: -1 }, { seed: 0.5 }, { seed: 2 ** 60 }, { temperature: 0 }, { temperature: -1 },
    { temperature: NaN }, { temperature: Infinity }, { k: 0 }, { k: 4 }, { head: 2 }, { head: -2 }, { order: "constructor" }, { ahead: [3] }, { ahead: new Array(1000).fill(1) }]) {
    assert.equal(textOf(linkOf({ ...TEXT, ...change }), 3, 2), null, JSON.stringify(change));
  }
  const random = generator(23);
  for (let i = 0; i < 3000; i += 1) {
    const link = Array.from(linkOf(TEXT), (c) => (random() < 0.1 ? "0_.e-9xü"[Math.floor(random() * 8)] : c)).join("");
    const text = textOf(link, 3, 2);
    if (text) assert.deepEqual(textOf(linkOf(text), 3, 2), text);
  }
  for (const junk of ["", "_", "_______", "1_".repeat(4000), "<img>"]) assert.equal(textOf(junk, 3, 2), null);
});

// ---------------------------------------------------------------- refused

const FAULTS = [
  [{ vocabulary: ["a"] }, /^view\.vocabulary is \["a"\], not a list of 2 to 512 texts\.$/],
  [{ vocabulary: ["a", "b", ""] }, /not a list of 2 to 512 texts/],
  [{ vocabulary: ["a", "b", "a"] }, /^view\.vocabulary holds a token twice\.$/],
  [{ prompt: [3] }, /^view\.prompt is \[3\], not a list of tokens 0 to 2\.$/],
  [{ prompt: "ab" }, /^view\.prompt is "ab"/],
  [{ prompt: [0] }, /^view\.prompt begins with 0, but the trace with 1\.$/],
  [{ end: "z" }, /^view\.end is "z", which is not in the vocabulary\.$/],
  [{ temperature: 0 }, /^view\.temperature is 0, not a number above 0\.$/],
  [{ top_k: 4 }, /^view\.top_k is 4, not a number from 1 to 3\.$/],
  [{ seed: 0.5 }, /^view\.seed is 0\.5, not a whole number\.$/],
  [{ window: 0 }, /^view\.window is 0, not a number of tokens\.$/],
  [{ work: 3 }, /^view\.work is 3, not a list of pairs: tokens of a pass, and numbers of multiplications\.$/],
  [{ work: [[1, [0.5]]] }, /^view\.work is \[\[1,\[0\.5\]\]\], not a list of pairs/],
  [{ work: [[1, []]] }, /not a list of pairs/],
  [{ window: 4, work: [[1, [3, 4]]] }, /^view\.work has 2 numbers for passes of 1, not 4\.$/],
  [{ state: [["h"]] }, /^view\.state is \[\["h"\]\], not a list of pairs of names\.$/],
  [{ state: [["h'", "h"]] }, /^view\.state names "h'", which is no input\.$/],
  [{ state: [["h", "z"]] }, /^view\.state gives "z" to "h", which has another shape\.$/],
  [{ attention: ["token"] }, /^view\.attention names "token", which has no rows and columns\.$/],
  [{ token: "h'" }, /^view\.token is "h'", which is no input of tokens\.$/],
  [{ logits: "h'" }, /^view\.logits is "h'" of shape \[1,2\], not 3 logits for each of 1 tokens\.$/],
  [{ token: "W" }, /not 3 logits for each of 4 tokens/],
];

for (const [change, sentence] of FAULTS) {
  test(`refused: ${sentence.source}`, () => assert.match(generationFault({ ...VIEW, ...change }, load(recurrent())) ?? "", sentence));
}

test("what is accepted; a tensor that is not there is another variant's", () => {
  for (const json of [recurrent(), windowed(), cached()]) assert.equal(generationFault(VIEW, load(json)), null);
  assert.equal(generationFault({ ...VIEW, token: "nobody" }, load(recurrent())), null);
});

const JUNK = [null, undefined, true, 0, -1, 1.5, NaN, "", "h", "h'", "W", "z", "token", "constructor", "__proto__", [], ["a"], ["a", "b", "c"], [["h", "h'"]], [[1, 2]], [0], [1, 2], {}, { length: 4 }, 1e9, [[1, [1, 2, 3, 4]]]];

test("any spec is read, and then the model can be followed, or it is refused in a sentence", () => {
  const random = generator(17);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const traces = [recurrent(), windowed(), cached()];
  let refused = 0;
  for (let i = 0; i < 2000; i += 1) {
    const view = { ...VIEW };
    for (let k = 0; k <= random() * 2; k += 1) view[pick(["vocabulary", "token", "logits", "state", "prompt", "window", "work", "attention", "end", "temperature", "top_k", "seed"])] = pick(JUNK);
    const raw = pick(traces);
    try {
      const spec = parseSpec({ version: 1, slug: "s", title: "A title", view, variants: [{ label: "one", trace: raw }] });
      const { said } = follow(raw, spec.view, [0, 1, 0, 1, 0, 1]);
      assert.equal(said.length, 6);
    } catch (error) {
      assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
      assert.match(error.message, /^[^\n]{10,300}\.$/);
      refused += 1;
    }
  }
  assert.ok(refused > 800 && refused < 2000, `${refused} of 2000`);
});
