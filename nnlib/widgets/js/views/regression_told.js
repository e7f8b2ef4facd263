// The sum in words: the prediction, the mean of all values, and how many points count.
import { latexOf } from "../engine/symbols.js";
import { format } from "../ui/format.js";
import { onOneLine } from "../ui/latex.js";
import { effective, mean } from "./regression_model.js";
import { html, setText, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

/** @param {Context} context @param {import("./regression_model.js").Ids} ids */
export function regressionTold(context, ids) {
  const { trace } = context;
  const named = (/** @type {number} */ id) => html("span", { class: "nn-kr-number" }, context.math(onOneLine(trace.steps[id].symbol ?? latexOf(trace.steps[id].name))), " = ", context.number(id, 0, { button: true }));
  const shown = [ids.query, ids.prediction, ...(ids.width === null ? [] : [ids.width]), ...(ids.loss === null ? [] : [ids.loss])].map(named);
  const [average, largest] = [html("span"), html("span")];
  const element = html("p", { class: "nn-kr-told" }, ...shown, html("span", { class: "nn-kr-key" }, glyph("nn-kr-mean", "M1 10H19"), average),
    html("span", { class: "nn-kr-key" }, glyph("nn-kr-stems", "M6 17V4M14 17V11"), largest));

  /** @param {State} state */
  function update({ values, shown: known }) {
    const weights = Array.from(values[ids.weights].data);
    const fits = known(ids.weights) && weights.every(Number.isFinite);
    setText(average, `mean of all ${format(mean(values[ids.values].data))}`);
    setText(largest, !known(ids.weights) ? "weights not yet computed" : !fits ? "weights that are no numbers"
      : `weights: the largest ${format(Math.max(...weights))}, as if ${format(effective(weights))} of ${weights.length} points counted alike`);
  }

  return { element, update };
}

/** @param {string} look @param {string} d */
function glyph(look, d) {
  return svg("svg", { class: "nn-glyph", viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { class: look, d }));
}
