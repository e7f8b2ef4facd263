// The line about the chosen element of the maps: its number, its gradient, and what it sees of the image.
import { unravel } from "../engine/array.js";
import { latexOf } from "../engine/symbols.js";
import { spoken } from "../ui/format.js";
import { onOneLine } from "../ui/latex.js";
import { isEditable, number } from "./maps_figure.js";
import { pixelsInside } from "./receptive.js";
import { html, mark, setText } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {Map<number, Map<number, import("./receptive.js").Sight>>} Sights by the image, then by who sees it */

/** The gradient of a tensor, unless the author named it too. @param {Trace} trace @param {number} step
 * @param {number[]} named @returns {[number, number][]} */
export function gradientOf({ steps, outputs }, step, named) {
  const gradient = steps[step].gradient ?? outputs.gradients[steps[step].name] ?? null;
  const fits = gradient !== null && String(steps[gradient].shape) === String(steps[step].shape);
  return fits && !named.includes(gradient) ? [[step, gradient]] : [];
}

/** @param {Context} context @param {number[]} steps */
export function tellPlace(context, steps) {
  const { trace } = context;
  /** @type {Map<number, ReturnType<typeof number>>} */
  const numbers = new Map();
  const painted = steps.filter((step) => isEditable(context, step)).map((step) => trace.steps[step].name);
  const hint = `${painted.length ? `Click or drag on ${painted.join(" or ")} to paint. ` : ""}${painted.length === steps.length ? "" : "Press a pixel to see its number and what went into it."}`;
  const line = html("p", { class: "nn-quiet" }, hint);
  // Said when another element is chosen, and not with each change of its number.
  const live = html("span", { class: "ex-hidden", "aria-live": "polite" });
  const element = html("div", { class: "nn-maps-told" }, line, live);
  let shown = "";

  /** @param {number} step @param {number} offset */
  function part(step, offset) {
    const made = numbers.get(step) ?? number(context, step);
    numbers.set(step, made);
    made.point(offset);
    return [context.math(onOneLine(latexOfElement(trace, step, offset))), " = ", made.element];
  }

  /** @param {State} state @param {Sights} sights */
  function update({ selection, phase, values, shown: known }, sights) {
    const place = selection && steps.includes(selection.step) ? selection : null;
    const key = place ? `${place.step}:${place.offset}:${phase !== "forward"}` : "";
    if (key === shown) return;
    shown = key;
    mark(line, "nn-quiet", !place);
    if (!place) return [line, live].forEach((part, i) => setText(part, i ? "" : hint));
    const gradient = gradientOf(trace, place.step, [])[0]?.[1];
    const slope = gradient === undefined || phase === "forward" ? [] : [", ", ...part(gradient, place.offset)];
    const seen = seenBy(trace, sights, place);
    line.replaceChildren(...part(place.step, place.offset), ...slope, ...(seen ? [`; ${seen}`] : []));
    const value = known(place.step) ? spoken(values[place.step].data[place.offset]) : "not yet computed";
    setText(live, `${trace.labelOf(place.step, place.offset)} = ${value}${seen && `; ${seen}`}`);
  }

  return { element, update };
}

/** @param {Trace} trace @param {number} step @param {number} offset */
function latexOfElement(trace, step, offset) {
  const { symbol, labels, shape } = trace.steps[step];
  return symbol && !labels ? `${symbol}[${unravel(shape, offset).join(",")}]` : latexOf(trace.labelOf(step, offset));
}

/** What an element sees of the first image before it, in words. @param {Trace} trace @param {Sights} sights @param {Place} place */
function seenBy({ steps }, sights, { step, offset }) {
  for (const [from, found] of sights) {
    const sight = found.get(step);
    if (from === step || !sight) continue;
    const { name, shape } = steps[from];
    if (!sight.rows && !sight.columns) return `it sees all of ${name}`;
    const [height, width] = shape.slice(-2);
    const [rows, columns] = [pixelsInside(sight.rows, offset, height), pixelsInside(sight.columns, offset, width)];
    return `it sees ${inWords("row", rows)} and ${inWords("column", columns)} of ${name}`;
  }
  return "";
}

/** @param {string} what @param {number[]} list */
function inWords(what, list) {
  if (list.length < 2) return list.length ? `${what} ${list[0]}` : `no ${what}s`;
  return `${what}s ${list[0]} to ${list[list.length - 1]}`;
}
