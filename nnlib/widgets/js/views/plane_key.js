// Beside the plane: the numbers of the line, what the marks mean, and how many points are on their side, in words.
import { latexOf } from "../engine/symbols.js";
import { format } from "../ui/format.js";
import { MARKS } from "./plane_parts.js";
import { countOf, sentenceOf } from "./plane_model.js";
import { html, setText, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./plane_model.js").Model} Model */
/** @typedef {import("./plane_model.js").Plot} Plot */
/** @typedef {import("./plane_model.js").Ids} Ids */

/** @param {Context} context @param {Ids} ids */
export function planeKey(context, ids) {
  const { trace, math } = context;
  const nameOf = (/** @type {number} */ id) => trace.steps[id].name;
  const latex = (/** @type {number} */ id) => trace.steps[id].symbol ?? latexOf(nameOf(id));
  const places = [[ids.weights, 0], [ids.weights, 1], ...(ids.bias === null ? [] : [[ids.bias, 0]])];
  const labels = places.map(([id, offset]) => trace.labelOf(id, offset));
  const sum = [`${nameOf(ids.weights)} · ${nameOf(ids.points)}`, ...(ids.bias === null ? [] : [nameOf(ids.bias)])].join(" + ");
  const numbers = places.map(([id, offset], i) => html("p", {}, math(`${latexOf(labels[i])} =`), " ", context.number(id, offset, { button: true })));
  const away = html("span");
  const distance = html("p", {}, math(ids.bias === null ? "0" : `|${latex(ids.bias)}|/\\lVert ${latex(ids.weights)}\\rVert =`), " ", away, " from the origin");
  const pinned = html("p", { class: "nn-quiet" }, "No bias: the line is pinned to the origin.");
  const count = html("p", { class: "nn-count" });
  const shrunk = html("p", { class: "nn-quiet" });
  const sentence = html("p", { class: "nn-sentence", role: "status" });
  const target = latex(ids.targets);
  const marks = [item("positive", math(`${target} > 0`)), item("negative", math(`${target} \\le 0`)), item("wrong", "on the wrong side"),
    ...(ids.current === null ? [] : [item("current", math(latex(ids.current)), " is here")])];
  const element = html("div", { class: "nn-plane-key" }, html("div", { class: "nn-pairs" }, ...numbers), ids.bias === null ? pinned : distance,
    html("ul", { class: "nn-legend" }, ...marks), count, shrunk, sentence);

  /** @param {Model} model @param {Plot} plot */
  function draw(model, { scale }) {
    const { line } = model;
    show(distance, line.kind === "line");
    if (line.kind === "line") setText(away, format(Math.abs(line.offset)));
    setText(count, countOf(model));
    setText(shrunk, scale === 1 || !model.tip ? "" : `The arrow is drawn at ${format(scale)} of its length.`);
    setText(sentence, sentenceOf(model, { sum, weights: nameOf(ids.weights), line: labels }));
  }

  return { element, draw };
}

/** @param {keyof typeof MARKS} kind @param {(Node | string)[]} words */
function item(kind, ...words) {
  const glyph = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "nn-glyph" }, svg("path", { class: `nn-${kind}`, d: MARKS[kind](10, 10) }));
  return html("li", {}, glyph, ...words);
}
