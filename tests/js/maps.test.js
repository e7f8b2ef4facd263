/** Maps of numbers: how they lie, how they are painted, and which specs of them are refused. */
import assert from "node:assert/strict";
import test from "node:test";
import { fields } from "../../nnlib/widgets/js/images.js";
import { addFields } from "../../nnlib/widgets/js/ui/fields.js";
import { SpecError, parseSpec } from "../../nnlib/widgets/js/ui/spec.js";
import { cellOf, layoutOf, offsetAt, outline, paint, rangeOf, spotOf, strength, walked } from "../../nnlib/widgets/js/views/maps_model.js";
import { Writer, generator } from "./helpers.js";

addFields(fields);
const PALETTE = { positive: [0, 104, 163], negative: [184, 74, 0], odd: [28, 32, 36] };

test("images have channels of rows and columns, vectors are bars or a strip", () => {
  assert.deepEqual(layoutOf([1, 3, 4, 5]), { channels: 3, rows: 4, columns: 5, size: 60, bars: false });
  assert.deepEqual(layoutOf([2, 4, 5]), { channels: 2, rows: 4, columns: 5, size: 40, bars: false });
  assert.deepEqual(layoutOf([4, 5]), { channels: 1, rows: 4, columns: 5, size: 20, bars: false });
  assert.deepEqual(layoutOf([1, 10]), { channels: 1, rows: 1, columns: 10, size: 10, bars: true });
  assert.deepEqual(layoutOf([]), { channels: 1, rows: 1, columns: 1, size: 1, bars: true });
  assert.deepEqual(layoutOf([70]), { channels: 1, rows: 3, columns: 32, size: 70, bars: false });
});

test("a place and its offset are each other's way back", () => {
  const layout = layoutOf([1, 3, 4, 5]);
  for (let offset = 0; offset < layout.size; offset += 1) assert.equal(offsetAt(layout, spotOf(layout, offset)), offset);
  assert.deepEqual(spotOf(layout, 33), { channel: 1, row: 2, column: 3 });
});

test("arrows walk the pixels and, beyond the edge, the next channel", () => {
  const layout = layoutOf([1, 2, 2, 3]);
  const walk = (from, ...keys) => keys.reduce((at, key) => walked(layout, at, key), from);
  assert.equal(walk(0, "ArrowRight", "ArrowRight"), 2);
  assert.equal(walk(2, "ArrowRight"), 6);
  assert.equal(walk(9, "ArrowLeft"), 5);
  assert.equal(walk(0, "ArrowDown", "PageDown", "PageUp", "ArrowUp"), 0);
  for (const key of ["ArrowLeft", "ArrowUp", "PageUp"]) assert.equal(walk(0, key), 0);
  for (const key of ["ArrowRight", "ArrowDown", "PageDown"]) assert.equal(walk(11, key), 11);
  assert.equal(walked(layout, 0, "Tab"), null);
  assert.equal(walked(layout, 0, "constructor"), null);
  assert.equal(walked(layoutOf([70]), 69, "ArrowRight"), 69);
});

test("pixels are as large as there is room for", () => {
  assert.equal(cellOf(layoutOf([1, 1, 8, 8]), 800, 0), 13);
  assert.equal(cellOf(layoutOf([1, 1, 8, 8]), 800, 24), 24);
  assert.equal(cellOf(layoutOf([1, 3, 32, 32]), 800, 0), 3);
  assert.equal(cellOf(layoutOf([1, 16, 8, 8]), 800, 0), 4);
  assert.equal(cellOf(layoutOf([1, 1, 128, 128]), 296, 24), 2);
  assert.equal(cellOf(layoutOf([1, 1, 128, 128]), 120, 24), 1);
});

test("the range leaves out what is not finite", () => {
  assert.deepEqual(rangeOf([NaN, -3, 2, Infinity]), { least: 1, most: 2, largest: 3 });
  assert.deepEqual(rangeOf([NaN, -Infinity]), { least: -1, most: -1, largest: 0 });
});

test("only zero has no colour, and the largest has all of it", () => {
  assert.equal(strength(0, 2), 0);
  assert.ok(strength(1e-9, 2) > 0.05);
  assert.equal(strength(-2, 2), 1);
  assert.equal(strength(0, 0), 0);
  for (const odd of [NaN, Infinity]) assert.equal(strength(odd, 0), 1);
});

/** The colours of one number, `cell` pixels wide. */
function painted(value, cell, largest = 1) {
  const bytes = new Uint8ClampedArray(4 * cell * cell);
  paint(bytes, [value], 0, layoutOf([1, 1]), cell, largest, PALETTE);
  return Array.from({ length: cell * cell }, (_, i) => [...bytes.slice(4 * i, 4 * i + 4)]);
}

test("a positive number is a full square, a negative one has a minus cut out", () => {
  assert.deepEqual(new Set(painted(1, 6).map(String)), new Set(["0,104,163,255"]));
  const negative = painted(-1, 6).map(String);
  assert.deepEqual(new Set(negative), new Set(["184,74,0,255", "0,0,0,0"]));
  assert.deepEqual(negative.map((c) => Number(c === "0,0,0,0")).join("").match(/.{6}/g), ["000000", "000000", "011110", "000000", "000000", "000000"]);
  assert.equal(painted(-1, 2).filter(([, , , alpha]) => alpha === 0).length, 0);
  assert.equal(painted(0, 4).filter(([, , , alpha]) => alpha > 0).length, 0);
});

test("what is not finite is a chequerboard, and shares no pattern with a number", () => {
  for (const odd of [NaN, Infinity, -Infinity]) {
    const cells = painted(odd, 4, 0).map(([, , , alpha]) => Number(alpha > 0)).join("").match(/.{4}/g);
    assert.deepEqual(cells, ["1100", "1001", "0011", "0110"]);
  }
});

test("large pixels stand a hair apart", () => {
  assert.deepEqual(painted(1, 8).slice(-8).map(([, , , alpha]) => alpha), Array(8).fill(0));
});

test("each channel is painted where it lies", () => {
  const layout = layoutOf([1, 2, 1, 2]);
  const bytes = new Uint8ClampedArray(4 * 2);
  paint(bytes, [0, 0, 1, -1], 1, layout, 1, 1, PALETTE);
  assert.deepEqual([...bytes], [...PALETTE.positive, 255, ...PALETTE.negative, 255]);
});

test("an outline runs round what lies together, and round each where gaps are", () => {
  assert.equal(outline([1, 2], [0, 1, 2]), "M0 1h3v2h-3z");
  assert.equal(outline([], [1]), "");
  assert.equal(outline([0, 2], [1]).match(/M/g).length, 3);
});

function spec(view) {
  const made = new Writer();
  made.input("x", [1, 2, 4, 4], Array(32).fill(0));
  made.input("batch", [2, 1, 2, 2], Array(8).fill(0));
  made.input("wide", [1, 1, 1, 129], Array(129).fill(0));
  made.input("none", [1, 0], []);
  made.step("sum", [0], { axes: [2, 3], keepdims: false }, { name: "y" });
  return { version: 1, slug: "s", title: "A title", view, controls: [], variants: [{ label: "one", trace: made.json() }] };
}

const refused = (view) => {
  try {
    parseSpec(spec(view));
    return null;
  } catch (error) {
    assert.ok(error instanceof SpecError, error.stack);
    return error.message;
  }
};

test("specs of maps and fields: accepted, or refused in a sentence", () => {
  const size = "not one image of at most 64 × 128 × 128 pixels.";
  assert.equal(refused({ kind: "maps", tensors: ["x", "y"] }), null);
  assert.equal(refused({ kind: "field", layers: ["x", "y"] }), null);
  assert.equal(refused({ kind: "maps", tensors: ["x", "batch"] }), `view.tensors[1] is "batch" of shape (2, 1, 2, 2), ${size}`);
  assert.equal(refused({ kind: "maps", tensors: ["wide"] }), `view.tensors[0] is "wide" of shape (1, 1, 1, 129), ${size}`);
  assert.equal(refused({ kind: "maps", tensors: ["none"] }), `view.tensors[0] is "none" of shape (1, 0), ${size}`);
  assert.equal(refused({ kind: "field", layers: ["x"] }), 'view.layers is ["x"], not a list of 2 to 100 names.');
  assert.equal(refused({ kind: "maps" }), "view.tensors is undefined, not a list of 1 to 100 names.");
});

test("any spec of them is accepted or refused in a sentence", () => {
  const random = generator(11);
  const junk = [null, undefined, true, 0, "x", "", [], ["x"], ["x", null], [["x"]], ["x", "__proto__"], {}, Array(101).fill("x"), ["x", "y"]];
  const pick = (list) => list[Math.floor(random() * list.length)];
  for (let i = 0; i < 500; i += 1) {
    const sentence = refused({ kind: pick(["maps", "field"]), tensors: pick(junk), layers: pick(junk) });
    if (sentence !== null) assert.match(sentence, /^[^\n]{10,300}\.$/);
  }
});
