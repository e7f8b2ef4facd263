// What stands beside the rows: the entropy of each row of weights, the row sum on the way back, and marks of what changed.
import { format } from "../ui/format.js";
import { entropy } from "./attention_terms.js";
import { html, mark, set, setText } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_figure.js").App} App */
/** @typedef {import("./attention_figure.js").Cell} Cell */

/** @param {number} rows @param {string} title @param {string} told on the title */
function column(rows, title, told) {
  const cells = Array.from({ length: rows }, () => html("div", { class: "nn-at-note" }, "·"));
  const element = html("div", { class: "nn-at-margin" }, html("div", { class: "nn-at-margin-title", title: told }, title), ...cells);
  return { element, cells };
}

/** Entropy of each row, with a bar up to that of equal shares. @param {App} app */
export function entropies(app) {
  const { plan } = app;
  const { element, cells } = column(plan.tokens.length, "entropy", "Entropy of the row of weights, in nats: 0 where one key has all");
  const texts = cells.map((cell) => {
    const text = html("span");
    cell.replaceChildren(text);
    return text;
  });
  const most = Math.log(plan.keys.length);

  /** @param {State} state @param {number} head @param {Cell} cell */
  function draw(state, head, cell) {
    set(element, "style", `--tall:${cell.tall}px`);
    const { step, base, columns } = plan.heads[head].layers[plan.heads[head].layers.length - 1];
    cells.forEach((node, i) => {
      const at = base + i * columns;
      const nats = state.shown(step) ? entropy([...state.values[step].data.subarray(at, at + columns)]) : undefined;
      setText(texts[i], nats === undefined ? "·" : Number.isFinite(nats) ? Math.abs(nats).toFixed(2) : "NaN");
      set(node, "style", `--share:${nats !== undefined && Number.isFinite(nats) && most > 0 ? Math.max(0, nats / most).toFixed(3) : 0}`);
      set(node, "title", nats === undefined ? null : `${format(nats)} of at most ln ${columns} = ${format(most)}`);
    });
  }

  return { element, draw };
}

/** The sum that the softmax subtracts on the way back, one for each row. @param {App} app */
export function rowSums(app) {
  const { plan } = app;
  const { element, cells } = column(plan.tokens.length, "r", "Row sum of weight times gradient: what each row of the softmax subtracts");
  element.classList.add("is-sums");
  /** @type {Map<string, Element>} */
  const numbers = new Map();

  /** @param {State} state @param {number} head @param {Cell} cell @param {number | null} row that is looked at */
  function draw(state, head, cell, row) {
    set(element, "style", `--tall:${cell.tall}px`);
    const { sums } = plan.heads[head];
    cells.forEach((node, i) => {
      mark(node, "is-term", row === i);
      if (!sums) return;
      const key = `${sums.step}:${sums.base + i}`;
      const made = numbers.get(key) ?? app.number(sums.step, sums.base + i);
      numbers.set(key, made);
      if (node.firstChild !== made) node.replaceChildren(made);
    });
  }

  return { element, draw };
}

/** Beside each output whether it is as recorded, once an input is not. @param {App} app */
export function changes(app) {
  const { element, cells } = column(app.plan.tokens.length, "", "Outputs that differ from the recorded ones");
  element.classList.add("is-changes");

  /** @param {State} state @param {number} head @param {Cell} cell */
  function draw(state, head, cell) {
    set(element, "style", `--tall:${cell.tall}px`);
    const changed = app.changed(head);
    cells.forEach((node, i) => {
      const known = changed !== null && state.shown(app.plan.heads[head].O.step);
      setText(node, !known ? "" : changed[i] ? "≠" : "=");
      set(node, "title", !known ? null : changed[i] ? "another output than recorded" : "exactly the recorded output");
      mark(node, "is-changed", known && changed[i]);
    });
  }

  return { element, draw };
}
