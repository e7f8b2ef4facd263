// One tensor of the maps with its name, its range, and a legend of the sign: the numbers, or their gradient.
import { latexOf } from "../engine/symbols.js";
import { onOneLine } from "../ui/latex.js";
import { block } from "./bars.js";
import { pixels } from "./maps_block.js";
import { layoutOf, rangeOf } from "./maps_model.js";
import { html, mark, show } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./maps_model.js").Palette} Palette */
/** @typedef {{element: HTMLElement, step: number, layout: import("./maps_model.js").Layout, pixels: import("./maps_block.js").Pixels | null,
 *   resize: (width: number) => void, update: (state: State, palette: Palette, anew: boolean) => void}} Figure */

/** @param {Context} context @param {number} step @param {number} owner the tensor that it is the gradient of, or itself
 * @param {import("./maps_block.js").Acts} acts @returns {Figure} */
export function figure(context, step, owner, acts) {
  const layout = layoutOf(context.trace.steps[step].shape);
  return layout.bars ? bars(context, step, layout) : maps(context, step, layout, { editable: isEditable(context, step), large: isEditable(context, owner) }, acts);
}

/** Whether a number of it has a control. @param {Context} context @param {number} step */
export function isEditable({ trace, controls }, step) {
  const { op, size } = trace.steps[step];
  return op === "input" && Array.from({ length: size }, (_, offset) => offset).some((offset) => controls.find(step, offset));
}

/** @param {Context} context @param {number} step @param {import("./maps_model.js").Layout} layout @returns {Figure} */
function bars(context, step, layout) {
  const made = block(context, step);
  const element = html("div", { class: "nn-bars nn-maps-bars" }, made.element);
  return { element, step, layout, pixels: null, resize() {}, update: (state) => made.update(state) };
}

/** @param {Context} context @param {number} step @param {import("./maps_model.js").Layout} layout
 * @param {{editable: boolean, large: boolean}} use @param {import("./maps_block.js").Acts} acts @returns {Figure} */
function maps(context, step, layout, use, acts) {
  const { symbol, name, shape, phase } = context.trace.steps[step];
  const sizes = phase === "backward" ? [] : [html("span", { class: "nn-shape" }, `(${shape.join(", ")})`)];
  const drawn = pixels(layout, name, use, acts);
  const [least, most] = [number(context, step), number(context, step)];
  const range = html("span", { class: "nn-maps-range" }, least.element, " to ", most.element);
  const element = html("figure", { class: `nn-maps-figure nn-hue-${phase}` },
    html("figcaption", {}, context.math(onOneLine(symbol ?? latexOf(name))), ...sizes, range), drawn.element);

  /** @param {State} state @param {Palette} palette @param {boolean} anew */
  function update(state, palette, anew) {
    const known = state.shown(step);
    const { data } = state.values[step];
    mark(element, "is-active", state.active.has(step) && state.stop > 0);
    show(range, known);
    drawn.draw(known ? data : null, palette, anew);
    if (!known) return;
    const { least: low, most: high } = rangeOf(data);
    least.point(low);
    most.point(high);
  }

  return { element, step, layout, pixels: drawn, resize: drawn.resize, update };
}

/** A number on show that may be now this element, now that; each is asked for once. @param {Context} context @param {number} step */
export function number(context, step) {
  /** @type {Map<number, HTMLElement>} */
  const made = new Map();
  const element = html("span");
  let shown = -1;

  /** @param {number} offset */
  function point(offset) {
    if (offset === shown || offset < 0) return;
    shown = offset;
    const found = made.get(offset) ?? context.number(step, offset, { button: true });
    made.set(offset, found);
    element.replaceChildren(found);
  }

  return { element, point };
}
