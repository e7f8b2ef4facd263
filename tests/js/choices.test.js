import assert from "node:assert/strict";
import { test } from "node:test";
import { below, choices, places } from "../../nnlib/widgets/js/views/choices.js";
import { formatHash, parseHash } from "../../nnlib/widgets/js/ui/hash.js";
import { generator } from "./helpers.js";

const WAYS = ["spread", "kernel", "image"];

/** A drawing that goes to its third filter by itself, as one does whose stop tells of it. */
function drawing() {
  const at = { mode: "spread", filter: 0, place: [0, 0], layer: 1, row: 0, "head 1.5": "", spot: null };
  const known = {
    mode: () => WAYS, filter: () => below(4), place: () => places(2, 3), layer: () => below(2), row: () => below(at.layer === 0 ? 8 : 2), "head 1.5": () => ["open"],
  };
  const linked = choices(at, known, () => Object.assign(at, { filter: 2, spot: "there" }));
  at.filter = 2;
  at.spot = "there";
  return { at, ...linked };
}

const HERE = drawing().at;

test("what is as the drawing has it by itself is not told", () => {
  const { at, link, follow } = drawing();
  assert.equal(link(), null);
  at.filter = 0;
  assert.equal(link(), "filter.0");
  assert.equal(follow(""), true);
  assert.deepEqual(at, HERE);
});

test("what is told is taken up again, and nothing else is changed", () => {
  const random = generator(5);
  const any = (list) => list[Math.floor(random() * list.length)];
  for (let round = 0; round < 200; round++) {
    const [made, other] = [drawing(), drawing()];
    const layer = any([0, 1]);
    Object.assign(made.at, { mode: any(WAYS), filter: any(below(4)), place: any(places(2, 3)), layer, row: any(below(layer ? 2 : 8)), "head 1.5": any(["", "open"]) });
    const before = structuredClone(made.at);
    const view = made.link() ?? "";
    assert.deepEqual(made.at, before, "asking for a link changes nothing");
    const { address } = parseHash(formatHash("net", { values: {}, view }), { slug: "net", variants: 1, targets: [], panels: [] });
    other.at.mode = any(WAYS);
    assert.equal(other.follow(address.view ?? ""), true);
    assert.deepEqual(other.at, made.at);
  }
});

test("an address of it can be read", () => {
  const { at, link } = drawing();
  Object.assign(at, { mode: "kernel", place: [1, 2], "head 1.5": "open" });
  assert.equal(formatHash("net", { values: {}, view: link() }), "#net?view=mode.kernel/place.1,2/head+1.5.open");
});

test("what is not among the choices is left out and said; the rest is taken", () => {
  for (const text of ["filter.4", "filter.-1", "filter.1e0", "filter.01", "filter.", "filter", ".", "/", "place.1", "place.1,2,3", "place.1,3", "1_2_3",
    "__proto__.x", "constructor.prototype", "toString.0", "spot.here", "row.7", "head 1.5", "head 1.5.closed", "<img src=x onerror=alert(1)>.1", "filter.1/".repeat(400), "ä\u0000.\ud800"]) {
    const { at, follow } = drawing();
    assert.equal(follow(`${text}/mode.image`), false, text);
    const { filter } = at;
    assert.ok(filter === 2 || (filter === 1 && text.startsWith("filter.1/")), text);
    assert.deepEqual(at, { ...HERE, mode: "image", filter });
  }
  assert.equal({}.x, undefined);
  for (const text of ["mode.output", "mode.toString", "mode.", "mode.image.image", "mode.SPREAD"]) {
    const { at, follow } = drawing();
    assert.equal(follow(text), false, text);
    assert.deepEqual(at, HERE);
  }
});

test("a choice that depends on another is measured by it, in any order", () => {
  const { at, follow } = drawing();
  assert.equal(follow("row.7/layer.0"), true);
  assert.deepEqual([at.layer, at.row], [0, 7]);
  assert.equal(follow("row.7"), false);
  assert.deepEqual([at.layer, at.row], [1, 0]);
});

test("any text leaves the drawing with choices that there are", () => {
  const random = generator(7);
  const pieces = ["mode", "filter", "place", "row", "layer", ".", "/", ",", "0", "1", "7", "spread", "image", "__proto__", "%", "é", " "];
  for (let round = 0; round < 2000; round++) {
    const { at, follow, link } = drawing();
    follow(Array.from({ length: Math.floor(random() * 12) }, () => pieces[Math.floor(random() * pieces.length)]).join(""));
    assert.ok(WAYS.includes(at.mode) && below(4).includes(at.filter) && at.place.length === 2 && at.row < (at.layer ? 2 : 8));
    assert.equal(drawing().follow(link() ?? ""), true);
  }
});
