/** The pieces that a ledger is written with: a formula, the numbers of a tensor, the sum behind one element. */

import { h } from "./dom.js";
import { Writer, signature } from "./expression.js";
import { findSymbols, math, named } from "./math.js";
import { rove } from "./rove.js";

/** @typedef {import("./numbers.js").NumberGroup} NumberGroup */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {any} Node_ */

/** Of more rows or columns than the first only the second are shown. */
const MOST = 5;
const SAMPLE = 3;

/**
 * `symbol = latex`, its symbols tied to their tensors.
 * @param {Session} session @param {NumberGroup} group @param {string} latex @param {number} step
 */
export function formula(session, group, latex, step) {
  const drawn = math(latex, { display: true });
  findSymbols(drawn, symbolsAround(session, step), (element, item) => group.mark(element, item));
  rove(drawn);
  return h("div", { class: "ex-formula" }, drawn);
}

/** The named tensors that a step's formula may mention. @param {Session} session @param {number} step */
function symbolsAround({ trace }, step) {
  const seen = new Set();
  const waiting = [step];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id) || seen.size > 60) continue;
    seen.add(id);
    if (id === step || !trace.steps[id].symbol) waiting.push(...trace.steps[id].inputs);
  }
  return [...seen].filter((id) => trace.steps[id].symbol).map((id) => ({ latex: /** @type {string} */ (trace.steps[id].symbol), item: id }));
}

/**
 * The formula of a step, whatever it has: an unnamed step shows its right-hand side alone.
 * @param {Session} session @param {number} step @param {string} [left]
 */
export function formulaLatex({ trace }, step, left) {
  const { symbol, latex, name } = trace.steps[step];
  const lhs = left ?? symbol;
  if (lhs && latex) return `${lhs} = ${latex}`;
  return lhs || latex || `\\mathtt{${name.replace(/[^\w]/g, "")}}`;
}

/**
 * The elements of a tensor in rows between brackets; a large one is cut short.
 * @param {Session} session @param {NumberGroup} group @param {number} step
 */
export function numbersOf({ trace }, group, step) {
  const { shape } = trace.steps[step];
  const columns = shape.length ? shape[shape.length - 1] : 1;
  const rows = shape.slice(0, -1).reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
  const grid = h("div", { class: shape.length ? "ex-matrix" : "ex-scalar" });
  const [tall, width] = [rows, columns].map((n) => (n > MOST ? SAMPLE : n));
  grid.style.setProperty("--columns", String(width + (columns > width ? 1 : 0)));
  for (let i = 0; i < tall; i++) {
    for (let j = 0; j < width; j++) grid.append(group.html(step, i * columns + j, { button: true }));
    if (columns > width) grid.append(h("span", { class: "ex-quiet" }, "…"));
  }
  const cut = [[tall, rows, "rows"], [width, columns, "columns"]].filter(([here, all]) => here < all);
  if (cut.length === 0) return grid;
  const note = cut.map(([here, all, what]) => `${here} of ${all} ${what}`).join(", ");
  return h("div", { class: "ex-part" }, grid, h("span", { class: "ex-quiet" }, note));
}

/**
 * A symbol of one element, which a press takes to the microscope.
 * @param {Session} session @param {NumberGroup} group @param {{step: number, offset: number}} place
 */
export function symbolButton(session, group, { step, offset }) {
  const label = session.trace.labelOf(step, offset);
  const button = h("button", { type: "button", class: "ex-symbol" }, ...named(label, session.elementLatex(step, offset)));
  group.tie(button, step, offset);
  return button;
}

/**
 * One element's sum in names, in numbers, and its result. `refresh` rebuilds it only when its shape changes.
 * @param {Session} session @param {NumberGroup} group @param {number} step @param {number} offset
 */
export function equation(session, group, step, offset) {
  const element = h("div", { class: "ex-equation" });
  let drawn = "";
  function refresh() {
    const node = session.explain(step, offset);
    const shape = signature(node, true);
    if (shape === drawn) return;
    drawn = shape;
    group.clear();
    element.replaceChildren(...equationRows(session, group, step, offset, node));
  }
  refresh();
  return { element, refresh };
}

/** The element's name; of an unnamed step, whose formula stands above, its index alone. @param {Session} session @param {NumberGroup} group @param {number} step @param {number} offset */
function leftSide(session, group, step, offset) {
  const { symbol, labels } = session.trace.steps[step];
  if (symbol || labels) return symbolButton(session, group, { step, offset });
  const { index } = session.describe(step, offset);
  const mark = h("span", { class: "ex-quiet" }, index === "" ? "" : `[${index}]`);
  group.tie(mark, step, offset);
  return mark;
}

/** @param {Session} session @param {NumberGroup} group @param {number} step @param {number} offset @param {Node_} node */
function equationRows(session, group, step, offset, node) {
  const names = new Writer((leaf) => symbolButton(session, group, leaf), { numeric: false });
  const numbers = new Writer((leaf) => group.html(leaf.step, leaf.offset, { button: true }), { numeric: true });
  const lines = node.kind === "ref" || node.kind === "number" ? [names.line(node)] : [names.line(node), numbers.line(node)];
  const result = group.html(step, offset, { button: true });
  return [leftSide(session, group, step, offset), ...[...lines, result].flatMap((line) => [h("span", { class: "ex-equals" }, "="), line])];
}
