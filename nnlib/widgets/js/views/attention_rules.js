// The rule of an operation on the way back, in the letters of the matrices above it.
import { nameOf } from "./attention_figure.js";
import { html, show } from "./svg.js";

/** @typedef {import("./attention_figure.js").App} App */
/** @typedef {import("./attention_figure.js").At} At */

/** @param {App} app @param {"inputs" | "scores" | "softmax" | "output"} look */
export function rules(app, look) {
  const element = html("p", { class: "nn-at-rule" });
  let told = -1;

  /** @param {At} at */
  function draw({ head, backward }) {
    show(element, backward && look !== "inputs");
    if (!backward || told === head) return;
    told = head;
    element.replaceChildren(...rulesOf(app, look, head).map((latex) => html("span", {}, app.math(latex))));
  }

  return { element, draw };
}

/** @param {App} app @param {string} look @param {number} head @returns {string[]} */
function rulesOf({ plan, trace }, look, head) {
  const { Q, K, V, O, layers } = plan.heads[head];
  const name = (/** @type {{step: number}} */ { step }) => (trace.steps[step].symbol ? nameOf(trace.steps[step]) : "S");
  const d = (/** @type {{step: number}} */ matrix) => `\\partial ${name(matrix)}`;
  const [weights, before] = [layers[layers.length - 1], layers[Math.max(0, layers.length - 2)]];
  if (look === "output") return [`${d(V)} = ${name(weights)}^{\\top} ${d(O)}`, `${d(weights)} = ${d(O)}\\, ${name(V)}^{\\top}`];
  if (look === "softmax" && weights.label === "softmax") return [`${d(before)} = ${name(weights)} \\odot (${d(weights)} - r)`, `r_i = \\sum_j ${name(weights)}[i,j]\\; ${d(weights)}[i,j]`];
  if (look === "scores" && plan.dot) return [`${d(Q)} = ${d(layers[0])}\\, ${name(K)}`, `${d(K)} = ${d(layers[0])}^{\\top} ${name(Q)}`];
  return [];
}
