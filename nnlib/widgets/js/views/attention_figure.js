// A matrix with its name above it: in the backward pass the name of its gradient too.
import { latexOf } from "../engine/symbols.js";
import { onOneLine } from "../ui/latex.js";
import { matrixGrid } from "./attention_grid.js";
import { maskOf, matrixOf } from "./attention_plan.js";
import { html, mark } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_plan.js").Plan} Plan */
/** @typedef {import("./attention_plan.js").Spot} Spot */
/** @typedef {import("./attention_plan.js").Matrix} Matrix */
/** @typedef {import("./types.js").Context & {plan: Plan, say: (text: string) => void, choose: (spot: Spot) => void, point: (spot: Spot | null) => void,
 *   lookAt: (layer: number) => void, pick: (head: number) => void,
 *   changed: (head: number) => boolean[] | null}} App changed: which outputs differ from the recorded ones; null while the inputs are as recorded */
/** @typedef {{head: number, layer: number, marked: import("./attention_terms.js").Line[], spot: Spot | null, backward: boolean}} At what is looked at */
/** @typedef {{wide: number, tall: number}} Cell */
/** @typedef {ReturnType<typeof figure>} Figure */

/** @param {App} app @param {Spot["role"]} role @param {{turned?: boolean, layer?: "before" | "weights" | "any", head?: number, left?: string[], top?: string[]}} [options] */
export function figure(app, role, { turned = false, layer = "any", head, left, top } = {}) {
  const { plan, trace } = app;
  const first = matrixOf(plan, { head: 0, role, layer: 0, gradient: false, row: 0, column: 0 });
  const layers = plan.heads[0].layers;
  /** @param {At} at */
  const layerOf = (at) => (layer === "weights" ? layers.length - 1 : layer === "before" ? Math.max(0, layers.length - 2) : at.layer);
  let now = { head: 0, layer: 0 };
  const spot = (/** @type {number} */ row, /** @type {number} */ column, /** @type {boolean} */ gradient) => ({ head: now.head, role, layer: now.layer, gradient, row, column });
  const [rows, columns] = turned ? [first.columns, first.rows] : [first.rows, first.columns];
  const grid = matrixGrid(app, rows, columns, {
    turned, left, top, choose: (r, c, g) => app.choose(spot(r, c, g)), point: (r, c, g) => app.point(spot(r, c, g)),
  });
  const caption = html("figcaption");
  const element = html("figure", { class: `nn-at-figure nn-at-${role}${turned ? " is-turned" : ""}` }, caption, grid.element);
  let named = "";

  /** @param {State} state @param {At} at @param {Cell} cell @param {boolean} double whether there is room for two numbers in a cell */
  function draw(state, at, cell, double) {
    now = { head: head ?? at.head, layer: role === "layer" ? layerOf(at) : 0 };
    const matrix = matrixOf(plan, spot(0, 0, false));
    grid.fill(matrix, `${trace.steps[matrix.step].name}${plan.heads.length > 1 ? `, head ${now.head + 1}` : ""}`);
    const known = at.backward && matrix.gradient !== null && state.shown(matrix.gradient);
    const what = !at.backward || matrix.gradient === null ? "value" : double ? "both" : known ? "gradient" : "value";
    const weights = role === "layer" && now.layer === layers.length - 1;
    grid.draw(state, cell, what, weights);
    const hidden = role === "layer" ? maskOf(state, plan, now) : null;
    grid.classes((r, c) => ({ ...classesAt(at, r, c), "is-masked": hidden !== null && hidden(r, c) }));
    mark(element, "is-active", state.stop > 0 && (state.active.has(matrix.step) || (matrix.gradient !== null && state.active.has(matrix.gradient))));
    name(matrix, what);
  }

  /** @param {Matrix} matrix @param {string} what */
  function name(matrix, what) {
    const key = `${matrix.step}:${what}`;
    if (key === named) return;
    named = key;
    const pieces = [];
    if (what !== "gradient") pieces.push(html("span", { class: "nn-at-name" }, app.math(nameOf(trace.steps[matrix.step]) + (turned ? "^{\\top}" : ""))));
    if (what !== "value") pieces.push(html("span", { class: "nn-at-name is-gradient" }, app.math(gradientName(plan, trace.steps[matrix.step]) + (turned ? "^{\\top}" : ""))));
    caption.replaceChildren(...pieces);
  }

  /** @param {At} at @param {number} row @param {number} column @returns {Record<string, boolean>} */
  function classesAt(at, row, column) {
    const own = now.head !== at.head && role !== "X" ? [] : at.marked.filter((l) => l.role === role && (role !== "layer" || l.layer === now.layer));
    const inside = own.filter((l) => (l.row === null || l.row === row) && (l.column === null || l.column === column));
    const is = at.spot;
    const here = is !== null && is.role === role && is.row === row && is.column === column && (role !== "layer" || is.layer === now.layer) && is.head === now.head;
    const has = (/** @type {boolean} */ gradient, /** @type {"row" | "column"} */ axis) => inside.some((l) => l.gradient === gradient && (l[axis] !== null) !== turned);
    return { "is-here": here, "is-term-row": has(false, "row"), "is-term-column": has(false, "column"), "is-gradient-row": has(true, "row"), "is-gradient-column": has(true, "column") };
  }

  return { element, grid, draw, rows, columns };
}

/** LaTeX of a matrix: its symbol, or a short formula. @param {import("../engine/step.js").Step} step */
export function nameOf({ symbol, latex, name }) {
  if (symbol) return onOneLine(symbol);
  return latex && latex.length < 60 ? onOneLine(latex) : latexOf(name);
}

/** @param {Plan} plan @param {import("../engine/step.js").Step} step */
export function gradientName(plan, step) {
  const name = nameOf(step);
  return `\\partial ${plan.loss}/\\partial ${step.symbol ? name : `(${name})`}`;
}

/** @param {string} text */
export function sign(text) {
  return { element: html("span", { class: "nn-at-sign", "aria-hidden": "true" }, text) };
}
