import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { judge } from "../../nnlib/widgets/js/ui/verdict.js";
import { threeTwoTwo } from "./helpers.js";

const MEASURED = {
  versions: { torch: "2.13.0", numpy: "2.4.6", python: "3.11" },
  values: 18, torch_values: 0, gradients: 12, torch: 1.2e-16, differences: 4e-9, kink: 2,
};
const spec = (proof) => ({ version: 1, slug: "s", title: "t", view: { kind: "tensor" }, variants: [{ label: "a", trace: threeTwoTwo().json, proof }] });
const read = (proof) => parseSpec(spec(proof)).variants[0].proof;

test("the figures of the proof job are read, and may be missing", () => {
  const { torch_values: torchValues, ...rest } = MEASURED;
  assert.deepEqual(read(MEASURED), { ...rest, torchValues, faint: 0, odd: 0 });
  assert.equal(read(undefined), null);
  assert.equal(read(null), null);
});

test("figures that nobody can have measured are refused", () => {
  const junk = [[], "yes", 3, true, {}, { versions: [] }];
  for (const name of ["values", "torch_values", "gradients", "torch", "differences", "kink", "faint", "odd"]) {
    for (const value of [-1, NaN, Infinity, "0", "<b>", null, [1], {}, true]) junk.push({ ...MEASURED, [name]: value });
  }
  for (const name of ["values", "gradients", "kink"]) junk.push({ ...MEASURED, [name]: 0.5 });
  for (const torch of [undefined, "", 2, "x".repeat(31), ["2"]]) junk.push({ ...MEASURED, versions: { ...MEASURED.versions, torch } });
  for (const name of ["values", "torch_values", "torch", "gradients"]) {
    const { [name]: _, ...rest } = MEASURED;
    junk.push(rest);
  }
  for (const proof of junk) assert.throws(() => read(proof), { name: "Error", message: /proof of variant 0/ }, JSON.stringify(proof));
  const polluted = Object.create({ ...MEASURED });
  assert.throws(() => read(polluted), /proof of variant 0/, "nothing is read from a prototype");
});

const row = (verdict, more = {}) => ({ step: 0, offset: 0, gradient: 1, value: 2, difference: 2, left: 0, right: 1, verdict, deviation: 3e-9, ...more });
const say = (...rows) => judge(rows, () => "dL/dw");

test("the verdict says how many agree, and how well", () => {
  assert.match(say(row("agrees"), row("agrees", { deviation: 1.23e-10 })), /^2 numbers agree to 3×10⁻⁹ /);
  assert.match(say(row("agrees", { deviation: 0 })), /^1 number agrees in every digit\.$/);
});

test("the verdict names the worst, and explains what cannot be told", () => {
  const wrong = say(row("agrees"), row("differs", { value: 1, difference: -1, deviation: 2 }), row("differs"));
  assert.match(wrong, /^2 numbers do not agree, dL\/dw least: 1 by the tape, −1 by/);
  assert.match(wrong, /1 number agrees to/);
  assert.match(say(row("kink")), /kink or a jump .* 0 on one side, 1 on the other/);
  assert.match(say(row("faint"), row("agrees")), /1 number is zero, or too small/);
  assert.match(say(row("odd"), row("agrees")), /At 1 number .* not a finite number/);
  assert.match(say(row("odd"), row("odd")), /^The loss, .* no slope can be measured/);
  assert.doesNotMatch(say(row("kink"), row("faint"), row("agrees")), /not agree/);
});
