// The sums of the time that is looked at, in a line each: what makes the gradient of a state, and that of a weight.
import { unravel } from "../engine/array.js";
import { latexOf } from "../engine/symbols.js";
import { format } from "../ui/format.js";
import { onOneLine } from "../ui/latex.js";
import { html, set, show } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./unrolled_plan.js").Plan} Plan */
/** @typedef {import("./unrolled_plan.js").Node} Node */
/** @typedef {import("./unrolled_column.js").Look} Look */

const FROM = { loss: "from the loss", future: "from the future", h: "by way of h", c: "by way of c", above: "from the layer above" };
const ORDER = /** @type {(keyof typeof FROM)[]} */ (["loss", "above", "h", "c", "future"]);
/** A sum over so many times is written out; of a longer one two terms, and the rest as one. */
const MOST_TERMS = 4;
const FEW_TERMS = 2;

/** @param {Context} context @param {Plan} plan */
export function told(context, plan) {
  const element = html("div", { class: "nn-seq-told" });
  const lines = /** @type {Map<string, {element: HTMLElement, update: (state: State) => void}>} */ (new Map());
  /** @type {string[]} */
  let shown = [];

  /** @param {string} key @param {() => {element: HTMLElement, update: (state: State) => void}} make */
  function line(key, make) {
    const made = lines.get(key) ?? make();
    lines.set(key, made);
    return made;
  }

  /** @param {State} state @param {Look} look */
  function update(state, { now, unit, weight, entry }) {
    const nodes = plan.rows.flatMap(({ h, c }) => [h[now], ...(c ? [c[now]] : [])]).filter(({ gradient, arrivals }) => gradient !== null && arrivals.length > 1);
    const keys = nodes.map(({ step }) => `${step}:${unit}`);
    const parts = nodes.map((node, i) => line(keys[i], () => gradientLine(context, node, unit)));
    const chosen = plan.weights[weight];
    if (chosen && chosen.gradient !== null) {
      keys.push(`w${weight}:${entry}:${windowOf(plan.T, now)[0]}`);
      parts.push(line(keys[keys.length - 1], () => weightLine(context, plan, weight, entry, now)));
    }
    if (keys.join() !== shown.join()) element.replaceChildren(...parts.map((part) => part.element));
    shown = keys;
    for (const part of parts) part.update(state);
    show(element, state.phase !== "forward");
  }

  return { element, update };
}

/** @param {Context} context @param {number} step @param {number} offset */
function nameOf({ trace, math }, step, offset) {
  const { symbol, labels, shape } = trace.steps[step];
  if (symbol === null || labels) return math(onOneLine(latexOf(trace.labelOf(step, offset))));
  return math(onOneLine(symbol) + (shape.length ? `[${unravel(shape, offset).join(",")}]` : ""));
}

/** @param {Context} context @param {Node} node @param {number} unit */
function gradientLine(context, { gradient, arrivals }, unit) {
  const step = /** @type {number} */ (gradient);
  const ordered = ORDER.flatMap((from) => arrivals.filter((arrival) => arrival.from === from));
  const terms = ordered.map(({ step: term, from }) => html("span", { class: "nn-seq-term" }, context.number(term, unit, { button: true }), " ", html("small", {}, FROM[from])));
  return joined(html("p", {}, nameOf(context, step, unit), " = "), terms, html("span", { class: "nn-seq-term" }, " = ", context.number(step, unit, { button: true })), terms.length > 1);
}

/** @param {HTMLElement} element @param {HTMLElement[]} terms @param {HTMLElement} total @param {boolean} sum */
function joined(element, terms, total, sum) {
  terms.forEach((term, i) => element.append(...(i ? [" + "] : []), term));
  if (sum) element.append(" ", total);
  return { element, update: () => {} };
}

/** The times whose shares are written out: those around the one looked at. @param {number} T @param {number} now @returns {[number, number]} */
export function windowOf(T, now) {
  if (T <= MOST_TERMS) return [0, T];
  const from = Math.min(T - FEW_TERMS, now);
  return [from, from + FEW_TERMS];
}

/** @param {Context} context @param {Plan} plan @param {number} w @param {number} entry @param {number} now */
function weightLine(context, plan, w, entry, now) {
  const { gradient, shares } = plan.weights[w];
  const step = /** @type {number} */ (gradient);
  const [from, to] = windowOf(plan.T, now);
  const element = html("p", { class: "nn-seq-shares" }, nameOf(context, step, entry), " = ");
  const sums = /** @type {{text: HTMLElement, terms: number[]}[]} */ ([]);
  const plainTerm = (/** @type {number[]} */ terms, /** @type {string} */ name) => {
    const text = html("span");
    sums.push({ text, terms });
    return html("span", { class: "nn-seq-term" }, text, " ", html("small", {}, name));
  };
  const rest = (/** @type {number} */ a, /** @type {number} */ b) => (b > a ? [plainTerm(shares.slice(a, b).flat(), b - a === 1 ? `t = ${a + 1}` : `t = ${b} … ${a + 1}`)] : []);
  const one = (/** @type {number} */ t) => (shares[t].length === 1 ? html("span", { class: "nn-seq-term" }, context.number(shares[t][0], entry, { button: true }), " ", html("small", {}, `t = ${t + 1}`)) : plainTerm(shares[t], `t = ${t + 1}`));
  const middle = Array.from({ length: to - from }, (_, i) => to - 1 - i).filter((t) => shares[t].length > 0).map(one);
  const made = joined(element, [...rest(to, plan.T), ...middle, ...rest(0, from)], html("span", { class: "nn-seq-term" }, " = ", context.number(step, entry, { button: true })), true);
  return {
    ...made,
    /** @param {State} state */
    update(state) {
      for (const { text, terms } of sums) {
        const known = terms.filter((id) => state.shown(id));
        const value = known.reduce((sum, id) => sum + state.values[id].data[entry], 0);
        text.textContent = known.length < terms.length || terms.length === 0 ? (known.length ? `(${format(value)} so far)` : "·") : format(value);
        set(text, "title", String(value));
      }
    },
  };
}
