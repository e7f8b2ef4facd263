// The sum of a receptive field, layer by layer, with the numbers of this network put in.
import { html, mark, set } from "./svg.js";

/** @typedef {import("./receptive_chain.js").Layer} Layer */
/** @typedef {import("./receptive_chain.js").Row} Row */

const WORDS = /** @type {Record<string, string>} */ ({ k: "kernel", s: "stride", d: "dilation", p: "padding", j: "pixels from unit to unit", r: "receptive field" });
const spoken = (/** @type {string} */ letter) => html("span", { class: "ex-hidden" }, `${WORDS[letter]} `);
const JUMP = "j_{l-1}\\, s_l";

/** @param {Layer[]} layers @param {(latex: string) => Element} math @param {(step: number) => Node} symbol */
export function fieldTable(layers, math, symbol) {
  const square = layers.every(({ rows, columns }) => JSON.stringify({ ...rows, size: 0 }) === JSON.stringify({ ...columns, size: 0 }));
  const gaps = layers.some(({ rows, columns }) => rows.d > 1 || columns.d > 1);
  const axes = /** @type {("rows" | "columns")[]} */ (square ? ["rows"] : ["rows", "columns"]);
  const heads = ["k", "s", ...(gaps ? ["d"] : []), "p"];
  const lines = layers.map((layer, l) => axes.map((axis, k) => {
    const row = layer[axis];
    const counts = l === 0 ? heads.map(() => "") : [row.f, row.s, ...(gaps ? [row.d] : []), row.p].map(String);
    const name = [html("span", { class: "ex-hidden" }, layer.name), ...(k === 0 ? [html("span", { "aria-hidden": "true" }, symbol(layer.step))] : [])];
    return html("tr", {}, html("th", { scope: "row" }, ...name, ...(square ? [] : [` ${axis}`])),
      ...counts.map((text) => html("td", {}, text)), html("td", {}, jumpOf(row, l)), html("td", {}, reachOf(row, l)));
  }));
  const reach = `r_{l-1} + (k_l - 1)\\, ${gaps ? "d_l\\, " : ""}j_{l-1}`;
  const head = html("tr", {}, html("th", { scope: "col" }, "layer"), ...heads.map((h) => html("th", { scope: "col" }, spoken(h), math(`${h}_l`))),
    headOf("j", JUMP), headOf("r", reach));
  const element = html("div", { class: "nn-field-sum" }, html("table", {}, html("thead", {}, head), html("tbody", {}, ...lines.flat())),
    html("p", { class: "nn-field-below" }, math(`j_l = ${JUMP}`), ", ", math(`r_l = ${reach}`)));

  /** The formula stands in the head, or below the table where it is narrow. @param {string} left @param {string} right */
  function headOf(left, right) {
    return html("th", { scope: "col" }, spoken(left), math(`${left}_l`), html("span", { class: "nn-field-beside" }, math(` = ${right}`)));
  }

  /** @param {number} current which layer is spoken of */
  function update(current) {
    lines.forEach((rows, l) => rows.forEach((row) => {
      mark(row, "is-current", l === current);
      set(row, "aria-current", l === current ? "true" : null);
    }));
  }

  return { element, update };
}

/** @param {Row} row @param {number} l */
const jumpOf = ({ j, jTerms: [before, s] }, l) => (l === 0 ? "1" : `${before}·${s} = ${j}`);

/** @param {Row} row @param {number} l */
function reachOf({ r, rTerms: [before, f, d, j] }, l) {
  if (l === 0) return "1";
  const sum = `${before} + (${f} − 1)·${d > 1 ? `${d}·` : ""}${j}`;
  const told = before + (f - 1) * d * j;
  return told === r ? `${sum} = ${r}` : `${r}`;
}
