/** Specs of explorers may come from anywhere: a fault is one sentence, and what is accepted can be drawn. */
import assert from "node:assert/strict";
import test from "node:test";
import { TraceError } from "../../nnlib/widgets/js/engine/trace.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { Writer, generator } from "./helpers.js";

function spec(view, controls = [{ target: "b", min: -1, max: 1, step: 0.1 }]) {
  const made = new Writer();
  made.input("X", [3, 2], [0, 0, 0, 1, 1, 0]);
  made.input("t", [3], [1, 0, 1]);
  made.input("w", [2, 1], [1, 2]);
  made.input("b", [1], [0.5]);
  made.input("i", [], [0]);
  const z = made.step("add", [made.step("matmul", [0, 2]), 3], {}, { name: "z", symbol: "z" });
  return { version: 1, slug: "s", title: "A title", view, controls, variants: [{ label: "one", trace: made.json({ loss: z }) }] };
}

const VIEWS = {
  plane: { kind: "plane", points: "X", targets: "t", weights: "w", bias: "b", current: "i", range: [[-3, 3], [-3, 3]] },
  bars: { kind: "bars", tensors: ["z", "w"] },
  sheet: { kind: "sheet", tensors: ["X", "w", "z"] },
};

for (const [kind, view] of Object.entries(VIEWS)) {
  test(`a ${kind} is accepted as it is`, () => assert.deepEqual(parseSpec(spec(view)).view, view));
}

test("a plane may do without bias, current and range, or have null for them", () => {
  const { bias, current, range, ...bare } = VIEWS.plane;
  assert.ok(parseSpec(spec(bare)));
  assert.ok(parseSpec(spec({ ...bare, bias: null, current: null, range: null })));
});

const WRONG = [
  [{ kind: "planes" }, 'view.kind is "planes", not one of network, tensor, curve, training, plane, bars, sheet.'],
  [{ ...VIEWS.plane, points: "Y" }, 'view.points is "Y", which names no tensor of the trace.'],
  [{ ...VIEWS.plane, points: "t" }, 'view.points is "t" of shape [3], not (N, 2).'],
  [{ ...VIEWS.plane, targets: "w" }, 'view.targets is "w" with 2 numbers, not 3.'],
  [{ ...VIEWS.plane, weights: "b" }, 'view.weights is "b" with 1 numbers, not 2.'],
  [{ ...VIEWS.plane, weights: undefined }, "view.weights is undefined, which names no tensor of the trace."],
  [{ ...VIEWS.plane, bias: "w" }, 'view.bias is "w" with 2 numbers, not 1.'],
  [{ ...VIEWS.plane, bias: {} }, "view.bias is {}, which names no tensor of the trace."],
  [{ ...VIEWS.plane, current: "X" }, 'view.current is "X" with 6 numbers, not 1.'],
  [{ ...VIEWS.plane, range: [[-3, 3]] }, "view.range is [[-3,3]], not two pairs of numbers."],
  [{ ...VIEWS.plane, range: [[3, -3], [0, 1]] }, "view.range is [[3,-3],[0,1]], not two pairs of numbers."],
  [{ ...VIEWS.bars, tensors: [] }, "view.tensors is [], not a list of 1 to 100 names."],
  [{ ...VIEWS.bars, tensors: [null] }, "view.tensors[0] is null, which names no tensor of the trace."],
  [{ ...VIEWS.sheet, tensors: "X" }, 'view.tensors is "X", not a list of 1 to 100 names.'],
  [{ ...VIEWS.sheet, tensors: ["X", "__proto__"] }, 'view.tensors[1] is "__proto__", which names no tensor of the trace.'],
  [{ ...VIEWS.sheet, tensors: Array(101).fill("X") }, /not a list of 1 to 100 names/],
  [{ kind: "curve", x: "b", curves: [null], range: [0, 1] }, "view.curves[0] is null, which names no tensor of the trace."],
];

for (const [view, sentence] of WRONG) {
  test(`refused: ${String(sentence)}`, () => assert.throws(() => parseSpec(spec(view)), (error) => {
    assert.ok(error instanceof SpecError);
    assert.match(error.message, sentence instanceof RegExp ? sentence : new RegExp(`^${RegExp.escape?.(sentence) ?? sentence.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
    return true;
  }));
}

const JUNK = [null, undefined, true, 0, -1, 1e308, NaN, "", "X", "constructor", "\u2028<script>", [], [[]], ["X"], [null], [[0, 1], [0, 1]], {}, { length: 3 }];

test("any view is drawn or refused in a sentence", () => {
  const random = generator(7);
  const pick = (list) => list[Math.floor(random() * list.length)];
  let refused = 0;
  for (let i = 0; i < 3000; i += 1) {
    const view = { ...pick(Object.values(VIEWS)) };
    for (let k = 0; k <= random() * 3; k += 1) view[pick([...Object.keys(VIEWS.plane), "tensors", "kind"])] = pick(JUNK);
    try {
      parseSpec(spec(view));
    } catch (error) {
      assert.ok(error instanceof SpecError || error instanceof TraceError, error.stack);
      assert.match(error.message, /^[^\n]{10,300}\.$/);
      refused += 1;
    }
  }
  assert.ok(refused > 1000 && refused < 3000, `${refused} of 3000`);
});
