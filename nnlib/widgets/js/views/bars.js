// The numbers of a few tensors as bars from a zero line, one row for each element, tensor beside tensor.
import { latexOf } from "../engine/symbols.js";
import { onOneLine } from "../ui/latex.js";
import { labelWidth } from "./label.js";
import { scaleOf, spanOf, tickTexts, total } from "./bars_scale.js";
import { held } from "./missing.js";
import { html, mark, set, setText, show } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

const MOST = 40;

/** @param {Context} context @returns {import("./types.js").View} */
export function bars(context) {
  const { steps, missing } = held(context.trace, context.view.tensors);
  const blocks = steps.map((step) => block(context, step));
  const element = html("div", { class: "nn-view nn-bars" }, ...blocks.map((b) => b.element), ...missing.map((text) => html("p", { class: "nn-quiet" }, text)));
  return { element, update: (state) => blocks.forEach((b) => b.update(state)), destroy: () => element.replaceChildren() };
}

/** @param {Context} context @param {number} step */
export function block(context, step) {
  const { symbol, name, shape, size, phase, op } = context.trace.steps[step];
  const rows = Array.from({ length: Math.min(size, MOST) }, (_, offset) => bar(context, step, offset));
  const sum = html("span", { class: "nn-sum" });
  const ends = [0, 1, 2].map(() => html("span"));
  const axis = html("div", { class: "nn-bar-axis", "aria-hidden": "true" }, ...ends);
  const rest = size > MOST ? [html("p", { class: "nn-quiet" }, `${size - MOST} more; the microscope reaches every one.`)] : [];
  const sizes = shape.length ? [html("span", { class: "nn-shape" }, `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`)] : [];
  const element = html("figure", { class: `nn-bar-block nn-hue-${phase}` },
    html("figcaption", {}, context.math(onOneLine(symbol ?? latexOf(name))), ...sizes, sum), ...rows.map((row) => row.element), axis, ...rest);
  const names = Math.max(30, ...rows.map((row) => row.width));
  const oneRow = size > 1 && size === shape.at(-1);

  /** @param {State} state */
  function update(state) {
    const known = state.shown(step);
    const { data } = state.values[step];
    const scale = scaleOf(data, op);
    mark(element, "is-empty", !known);
    mark(element, "is-active", state.active.has(step) && state.stop > 0);
    rows.forEach((row, i) => row.update(known ? data[i] : null, scale));
    set(element, "style", `--name:${names.toFixed(0)}px;--zero:${spanOf(0, scale).from.toFixed(2)}%`);
    show(axis, known);
    tickTexts(scale).forEach((text, i) => setText(ends[i], text));
    setText(sum, known && scale.share && oneRow ? `sum ${total(data).toFixed(3)}` : "");
  }

  return { element, update };
}

/** @param {Context} context @param {number} step @param {number} offset */
function bar(context, step, offset) {
  const fill = html("span", { class: "nn-bar-fill" });
  const label = context.trace.labelOf(step, offset);
  const element = html("div", { class: "nn-bar" }, html("span", { class: "nn-bar-name", "aria-hidden": "true" }, context.math(onOneLine(latexOf(label)))),
    html("span", { class: "nn-bar-track", "aria-hidden": "true" }, fill), context.number(step, offset, { button: true }));
  context.tie(element, step, offset);

  /** @param {number | null} value @param {import("./bars_scale.js").Scale} scale */
  function update(value, scale) {
    const { from, to, odd } = value === null ? { from: 0, to: 0, odd: false } : spanOf(value, scale);
    set(fill, "style", `left:${from.toFixed(2)}%;width:${(to - from).toFixed(2)}%`);
    mark(element, "is-odd", odd);
  }

  return { element, update, width: 1.15 * labelWidth(label) + 8 };
}
