import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeOf } from "../../nnlib/widgets/js/engine/array.js";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { explain, valueOf } from "../../nnlib/widgets/js/engine/terms.js";
import { load } from "../../nnlib/widgets/js/engine/trace.js";
import { agree, generator, randomList, threeTwoTwo, Writer } from "./helpers.js";
import { toLatex, toNumbersLatex } from "./latex.js";
import { program, SAMPLES } from "./programs.js";

function run(writer) {
  const trace = load(writer.json());
  return { trace, values: new Replay(trace).values };
}

function assertExplained({ trace, values }, message, depth) {
  for (const step of trace.steps) {
    for (let offset = 0; offset < step.size; offset++) {
      const expected = values[step.id].data[offset];
      const node = explain(trace, values, step.id, offset, { depth });
      assert.ok(agree(valueOf(node), expected), `${message}: ${step.op} [${offset}] is ${expected}, explained as ${valueOf(node)}`);
      assert.ok(toLatex(node).length > 0 && !/undefined|NaN[^}]/.test(toLatex(node)));
      assert.ok(!/undefined/.test(toNumbersLatex(node)));
    }
  }
}

for (const [op, sample] of Object.entries(SAMPLES)) {
  test(`${op}: every element is worth what its explanation comes to`, () => {
    const random = generator(7);
    for (let round = 0; round < 12; round++) {
      const w = new Writer();
      const { inputs, params } = sample(random, w);
      w.step(op, inputs, params, round % 2 ? {} : { name: "y", symbol: "y" });
      assertExplained(run(w), `${op} round ${round}`);
    }
  });

  test(`${op}: so it is with NaN, infinities and huge numbers`, () => {
    const random = generator(11);
    const odd = [NaN, Infinity, -Infinity, 0, 800, -800, 1e308, -1e-308];
    for (let round = 0; round < 12; round++) {
      const w = new Writer();
      const { inputs, params, exact } = sample(random, w);
      w.step(op, inputs, params);
      for (const id of inputs) {
        if (exact?.includes(id)) continue;
        w.steps[id].value = w.steps[id].value.map((x) => (random() < 0.4 ? odd[Math.floor(random() * odd.length)] : x)).map(String)
          .map((x) => ({ NaN: "nan", Infinity: "inf", "-Infinity": "-inf" })[x] ?? Number(x));
      }
      assertExplained(run(w), `${op} round ${round}`);
    }
  });
}

test("programs of anonymous steps, at every depth", () => {
  for (let seed = 0; seed < 30; seed++) {
    const made = run(program(generator(seed), 18));
    for (const depth of [1, 2, 6, 12]) assertExplained(made, `program ${seed}, depth ${depth}`, depth);
  }
});

const network = (() => {
  const { json, ids } = threeTwoTwo();
  const trace = load(json);
  const { values } = new Replay(trace);
  const at = (label) => {
    const { step, offset } = trace.find(label);
    return explain(trace, values, step, offset);
  };
  return { trace, values, at, ids };
})();

test("the 3-2-2 network: every element explained, forward, backward and update", () => assertExplained(network, "3-2-2"));

test("a weighted sum is spelled out with names and with numbers", () => {
  const node = network.at("z_h1");
  assert.equal(toLatex(node), "x_{1}\\cdot w_{1}+x_{2}\\cdot w_{3}+x_{3}\\cdot w_{5}+b_{1}[0]");
  assert.equal(toNumbersLatex(node), "1\\cdot 0.1+4\\cdot 0.3+5\\cdot 0.5+0.5");
  assert.deepEqual(node.args[0].args[1], { kind: "ref", step: network.ids.W1, offset: 0, label: "w1", latex: "w_{1}", value: 0.1 });
});

test("the backward pass reads as the chain rule: upstream times local, paths summed", () => {
  const { at } = network;
  assert.equal(toLatex(at("h1")), "\\sigma(z_{h1})");
  assert.equal(toLatex(at("dL/dz_h1")), "\\frac{\\partial L}{\\partial h_{1}}\\cdot h_{1}\\cdot (1-h_{1})");
  assert.equal(toLatex(at("dL/dh1")),
    "\\frac{\\partial L}{\\partial z_{o1}}\\cdot w_{7}+\\frac{\\partial L}{\\partial z_{o2}}\\cdot w_{8}");
  assert.equal(toLatex(at("dL/dw1")), "x_{1}\\cdot \\frac{\\partial L}{\\partial z_{h1}}");
  assert.equal(toLatex(at("dL/do1")), "\\frac{\\partial L}{\\partial L}\\cdot 0.5\\cdot 2\\cdot (o_{1}-y_{1})");
  assert.equal(toNumbersLatex(at("dL/dw1")), "1\\cdot 0.001984");
  assert.equal(toLatex(at("L")), "((o_{1}-y_{1})^{2}+(o_{2}-y_{2})^{2})\\cdot 0.5");
  const slope = at("dL/dz_h1");
  assert.equal(slope.kind, "product");
  assert.equal(slope.args[0].label, "dL/dh1");
});

test("inputs and constants are leaves", () => {
  assert.equal(network.at("x1").kind, "ref");
  const w = new Writer();
  w.constant([2.5]);
  const { trace, values } = run(w);
  assert.deepEqual(explain(trace, values, 0, 0), { kind: "number", value: 2.5 });
});

/** LaTeX of the last step's first element; the inputs are called a, b, c. */
function latexOfLast(build, numbers = [0.5, -2, 1.23456e-5]) {
  const w = new Writer();
  const [a, b, c] = ["a", "b", "c"].map((name, i) => w.input(name, [], [numbers[i]]));
  const id = build(w, a, b, c);
  const { trace, values } = run(w);
  const node = explain(trace, values, id, 0);
  return [toLatex(node), toNumbersLatex(node)];
}

test("as few brackets as possible, and none too few", () => {
  const s = (op, params) => (w, ...inputs) => w.step(op, inputs, params);
  const table = [
    [(w, a, b, c) => s("mul")(w, s("add")(w, a, b), c), "(a+b)\\cdot c", "(0.5+(-2))\\cdot 1.235\\times10^{-5}"],
    [(w, a, b, c) => s("add")(w, a, s("add")(w, b, c)), "a+b+c", "0.5+(-2)+1.235\\times10^{-5}"],
    [(w, a, b, c) => s("sub")(w, a, s("add")(w, b, c)), "a-(b+c)", "0.5-((-2)+1.235\\times10^{-5})".replace("((-2)", "(-2")],
    [(w, a, b, c) => s("sub")(w, s("sub")(w, a, b), c), "a-b-c", "0.5-(-2)-1.235\\times10^{-5}"],
    [(w, a, b) => s("add")(w, a, s("neg")(w, b)), "a-b", "0.5-(-2)"],
    [(w, a, b) => s("mul")(w, a, s("neg")(w, b)), "a\\cdot (-b)", "0.5\\cdot (-(-2))"],
    [(w, a, b) => s("neg")(w, s("add")(w, a, b)), "-(a+b)", "-(0.5+(-2))"],
    [(w, a, b) => s("neg")(w, s("mul")(w, a, b)), "-a\\cdot b", "-0.5\\cdot (-2)"],
    [(w, a, b) => s("div")(w, s("add")(w, a, b), b), "\\frac{a+b}{b}", "\\frac{0.5+(-2)}{-2}"],
    [(w, a, b) => s("power", { exponent: 2 })(w, s("div")(w, a, b)), "\\left(\\frac{a}{b}\\right)^{2}", "\\left(\\frac{0.5}{-2}\\right)^{2}"],
    [(w, a, b) => s("power", { exponent: 3 })(w, b), "b^{3}", "(-2)^{3}"],
    [(w, a) => s("power", { exponent: 0.5 })(w, a), "\\sqrt{a}", "\\sqrt{0.5}"],
    [(w, a) => s("power", { exponent: -0.5 })(w, a), "\\frac{1}{\\sqrt{a}}", "\\frac{1}{\\sqrt{0.5}}"],
    [(w, a) => s("power", { exponent: -1 })(w, a), "\\frac{1}{a}", "\\frac{1}{0.5}"],
    [(w, a, b) => s("exp")(w, s("sub")(w, a, b)), "e^{a-b}", "e^{0.5-(-2)}"],
    [(w, a, b) => s("power", { exponent: 2 })(w, s("exp")(w, a)), "(e^{a})^{2}", "(e^{0.5})^{2}"],
    [(w, a, b) => s("maximum")(w, a, b), "\\max(a,\\,b)", "\\max(0.5,\\,-2)"],
    [(w, a, b) => s("greater")(w, a, b), "[a>b]", "[0.5>-2]"],
    [(w, a, b) => s("log")(w, s("div")(w, a, b)), "\\log\\left(\\frac{a}{b}\\right)", "\\log\\left(\\frac{0.5}{-2}\\right)"],
    [(w, a) => s("mul")(w, a, w.constant(1)), "a", "0.5"],
    [(w, a) => s("add")(w, a, w.constant(0)), "a", "0.5"],
    [(w, a) => s("tanh")(w, a), "\\tanh(a)", "\\tanh(0.5)"],
    [(w, a) => s("erf")(w, a), "\\operatorname{erf}(a)", "\\operatorname{erf}(0.5)"],
  ];
  for (const [build, names, numbers] of table) assert.deepEqual(latexOfLast(build), [names, numbers]);
});

test("numbers: four digits, infinities, NaN, large and small", () => {
  const shown = (x) => latexOfLast((w, a) => w.step("neg", [a]), [x, 0, 0])[1].slice(1);
  assert.equal(shown(1234.5678), "1235");
  assert.equal(shown(12345), "12345");
  assert.equal(shown(1e5), "1\\times10^{5}");
  assert.equal(shown(0.00012345), "0.0001234".replace("234", (0.00012345).toPrecision(4).slice(-3)));
  assert.equal(shown(-1.2e-5), "(-1.2\\times10^{-5})");
  assert.equal(shown(NaN), "\\mathrm{NaN}");
  assert.equal(shown(-Infinity), "(-\\infty )");
  assert.equal(shown(-0), "0");
  assert.equal(shown(2 / 3), "0.6667");
});

test("softmax and logsumexp read as on paper, or shifted where paper would overflow", () => {
  const latex = (op, list) => {
    const w = new Writer();
    const x = w.input("x", [2], list, { labels: ["x1", "x2"] });
    w.step(op, [x], { axis: 0 });
    const { trace, values } = run(w);
    return toLatex(explain(trace, values, 1, 0));
  };
  assert.equal(latex("softmax", [1, 2]), "\\frac{e^{x_{1}}}{e^{x_{1}}+e^{x_{2}}}");
  assert.equal(latex("softmax", [1000, 2]), "\\frac{e^{x_{1}-x_{1}}}{e^{x_{1}-x_{1}}+e^{x_{2}-x_{1}}}");
  assert.equal(latex("logsumexp", [1, 2]), "\\log(e^{x_{1}}+e^{x_{2}})");
  assert.equal(latex("logsumexp", [-1000, 2000]), "\\log(e^{x_{1}-x_{2}}+e^{x_{2}-x_{2}})+x_{2}");
  assert.equal(latex("first_max", [1, 2]), "[x_{1}\\ge x_{2}]");
  assert.equal(latex("max", [1, 2]), "\\max(x_{1},\\,x_{2})");
});

test("moved numbers are the element they came from, and padding is zero", () => {
  const w = new Writer();
  const x = w.input("x", [2, 2], [1, 2, 3, 4], { labels: ["p", "q", "r", "s"] });
  const padded = w.step("pad", [w.step("transpose", [x], { axes: [1, 0] })], { axis: 1, before: 1, after: 0 });
  const { trace, values } = run(w);
  assert.deepEqual([0, 1, 2].map((offset) => toLatex(explain(trace, values, padded, offset))), ["0", "p", "r"]);
  const named = new Writer();
  const id = named.step("reshape", [named.step("neg", [named.input("x", [1], [4])])], { shape: [] }, { name: "y", symbol: "y" });
  const made = run(named);
  assert.equal(toLatex(explain(made.trace, made.values, id, 0)), "-x[0]");
});

test("long sums keep both ends and say what they left out", () => {
  const w = new Writer();
  const x = w.input("x", [1, 100], Array.from({ length: 100 }, (_, i) => i + 1));
  const y = w.step("matmul", [x, w.step("transpose", [x], { axes: [1, 0] })]);
  const { trace, values } = run(w);
  const node = explain(trace, values, y, 0);
  assert.equal(node.args.length, 11);
  assert.deepEqual(node.args[5], { kind: "ellipsis", count: 90, value: 338350 - 55 - (96 ** 2 + 97 ** 2 + 98 ** 2 + 99 ** 2 + 1e4) });
  assert.match(toLatex(node), /\+\\cdots \+/);
  assert.match(toNumbersLatex(node), /\+\\underbrace\{2\.903\\times10\^\{5\}\}_\{90\\text\{ more\}\}\+96\\cdot 96/);
});

test("a gradient of many contributions is one flat sum, and hostile nesting ends", () => {
  const w = new Writer();
  const x = w.input("x", [], [0.5]);
  let total = x;
  for (let i = 0; i < 30; i++) total = w.step("add", [total, w.step("mul", [x, x])]);
  let doubled = x;
  for (let i = 0; i < 200; i++) doubled = w.step("add", [doubled, doubled]);
  let deep = x;
  for (let i = 0; i < 3000; i++) deep = w.step("reshape", [w.step("tanh", [deep])], { shape: [] });
  const { trace, values } = run(w);
  const node = explain(trace, values, total, 0);
  assert.deepEqual([node.kind, node.args.length, node.args[5].count], ["sum", 11, 21]);
  assert.ok(agree(valueOf(node), values[total].data[0]));
  for (const id of [doubled, deep]) assert.ok(agree(valueOf(explain(trace, values, id, 0, { depth: 1e9 })), values[id].data[0]));
});

test("an explanation stays small enough to read", () => {
  const w = new Writer();
  let h = w.input("x", [30, 30], randomList(generator(1), [30, 30]));
  for (let i = 0; i < 6; i++) h = w.step("matmul", [h, h]);
  const { trace, values } = run(w);
  const node = explain(trace, values, h, 5);
  assert.ok(JSON.stringify(node).length < 100_000);
  assert.equal(sizeOf(trace.steps[h].shape), 900);
});
