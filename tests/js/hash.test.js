import assert from "node:assert/strict";
import { test } from "node:test";
import { formatHash, parseHash } from "../../nnlib/widgets/js/ui/hash.js";
import { generator } from "./helpers.js";

const known = { slug: "net", variants: 3, targets: ["w1", "b", "W[0,1]"], panels: ["predict", "proof", "table", "primitives"] };
const read = (query) => parseHash(`#net?${query}`, known);

test("what is written is read again", () => {
  const random = generator(3);
  for (let round = 0; round < 200; round++) {
    const some = (list) => list.filter(() => random() < 0.5);
    const address = {
      stop: Math.floor(random() * 40), size: random() < 0.5 ? "big" : "small", variant: Math.floor(random() * 3),
      at: ["dL/dW1[0,1]", "z_h1", "λ + 1", undefined][round % 4], open: some(known.panels),
      ...(random() < 0.5 ? { view: "1_2_~ä&=#" } : {}),
      values: Object.fromEntries(some(known.targets).map((target) => [target, (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20)])),
    };
    const { address: back, ignored } = parseHash(formatHash("net", address), known);
    assert.deepEqual(ignored, []);
    assert.deepEqual({ ...back, values: { ...back.values }, open: back.open ?? [], variant: back.variant ?? 0, at: back.at }, address);
  }
});

test("open panels: those that there are, once each, in their order", () => {
  assert.deepEqual(read("open=table,predict").address.open, ["predict", "table"]);
  assert.deepEqual(read("open=proof,proof").address.open, ["proof"]);
  assert.equal(read("step=1").address.open, undefined);
  assert.ok(!formatHash("net", { values: {}, open: [] }).includes("open"));
});

test("what is not a panel is left out and named", () => {
  for (const text of ["", "all", "table,<img>", "__proto__", "constructor", "predict;table", "PREDICT", "table,".repeat(500)]) {
    const { address, ignored } = read(`open=${encodeURIComponent(text)}`);
    assert.deepEqual(ignored.filter((name) => name === "open"), ["open"], text.slice(0, 30));
    assert.ok(address.open.every((name) => known.panels.includes(name)));
  }
});
