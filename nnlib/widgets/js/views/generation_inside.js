// What the model has in mind: its state as signed bars, or what its heads look at, and how full its cache is.
import { latexOf } from "../engine/symbols.js";
import { onOneLine } from "../ui/latex.js";
import { tickText } from "./scale.js";
import { attention } from "./generation_attention.js";
import { html, mark, set, setText, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./generation_acts.js").Now} Now */
/** @typedef {{element: HTMLElement, update: (now: Now, state: State) => void, destroy?: () => void}} Part */

const MOST_BARS = 300;

/** @param {Context} context @param {import("./generation_plan.js").Plan} plan @param {import("./generation_acts.js").Acts} acts */
export function inside(context, plan, acts) {
  const { steps } = context.trace;
  const isVector = (/** @type {number} */ id) => steps[id].size === steps[id].shape.at(-1) && steps[id].size > 1 && steps[id].size <= MOST_BARS;
  const vectors = plan.state.filter(([old]) => isVector(old));
  const tables = plan.state.filter(([old]) => steps[old].size > 1 && !isVector(old));
  /** @type {Part[]} */
  const parts = [
    ...(plan.attention.length > 0 ? [attention(context, plan, acts)] : []), ...vectors.map(([old, next]) => signedBars(context, old, next)),
    ...(tables.length > 0 ? [cache(context, plan, tables.map(([old]) => old))] : []),
  ];
  const legend = plan.attention.length > 0 ? [] : [html("p", { class: "nn-quiet" }, "Marks below the text: the model's surprise")];
  const element = html("div", { class: "nn-gen-inside" }, ...parts.map((part) => part.element), ...legend);

  /** @param {Now} now @param {State} state */
  function update(now, state) {
    for (const part of parts) part.update(now, state);
  }

  return { element, update, destroy: () => parts.forEach((part) => part.destroy?.()) };
}

/** One bar for each unit, up or down from zero; a tick marks where it stood before. @param {Context} context @param {number} old @param {number} step @returns {Part} */
function signedBars(context, old, step) {
  const { name, symbol, size } = context.trace.steps[step];
  const [up, down, before] = ["up", "down", "before"].map((kind) => svg("path", { class: `nn-gen-${kind}` }));
  const hit = svg("rect", { class: "nn-gen-hit", x: 0, y: -1, width: size, height: 2 });
  const drawing = svg("svg", { class: "nn-gen-bars", viewBox: `0 -1 ${size} 2`, preserveAspectRatio: "none", role: "img" },
    svg("path", { class: "nn-zero", d: `M0 0H${size}` }), up, down, before, hit);
  const [top, bottom] = [html("span"), html("span")];
  const range = html("span", { class: "nn-quiet" }, `${size} numbers; ticks: before`);
  const element = html("figure", { class: "nn-gen-state" }, html("figcaption", {}, context.math(onOneLine(symbol ?? latexOf(name))), " ", range),
    html("div", { class: "nn-gen-scale", "aria-hidden": "true" }, top, html("span", {}, "0"), bottom), drawing);

  /** @param {Now} now @param {State} state */
  function update(now, state) {
    const known = state.shown(step);
    const [data, past] = [state.values[step].data, state.values[old].data];
    const most = largest(data, past);
    const at = (/** @type {number} */ v) => (Number.isFinite(v) ? -v / most : -Math.sign(v) || 0).toFixed(3);
    const bars = (/** @type {number} */ sign) => pathOf(data, (v, i) => (sign * v > 0 ? `M${i + 0.14} 0h.72V${at(v)}h-.72z` : ""));
    set(up, "d", known ? bars(1) : null);
    set(down, "d", known ? bars(-1) : null);
    set(before, "d", pathOf(past, (v, i) => (v === 0 ? "" : `M${i + 0.08} ${at(v)}h.84`)));
    setText(top, tickText(Number(most.toPrecision(2))));
    setText(bottom, tickText(-Number(most.toPrecision(2))));
    mark(element, "is-active", state.active.has(step) && state.stop > 0);
    set(drawing, "aria-label", `${name}, ${known ? `${size} numbers, the largest of size ${most.toPrecision(3)}` : "not yet computed"}`);
  }

  /** @param {PointerEvent | MouseEvent} event */
  function unitAt(event) {
    const { left, width } = drawing.getBoundingClientRect();
    return Math.min(size - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * size)));
  }

  drawing.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => context.hover(step, unitAt(event)));
  drawing.addEventListener("click", (/** @type {MouseEvent} */ event) => context.select(step, unitAt(event)));
  return { element, update };
}

/** @param {Float64Array} data @param {(v: number, i: number) => string} draw */
function pathOf(data, draw) {
  return Array.from(data, draw).join("") || null;
}

/** At least 1, so that the bars of a tanh stand still. @param {...Float64Array} lists */
function largest(...lists) {
  return Math.max(1, ...lists.flatMap((list) => [...list]).filter(Number.isFinite).map(Math.abs));
}

/** @param {Context} context @param {import("./generation_plan.js").Plan} plan @param {number[]} tables @returns {Part} */
function cache(context, plan, tables) {
  const { steps } = context.trace;
  const names = tables.map((id) => steps[id].name).join(", ");
  const each = tables.reduce((sum, id) => sum + steps[id].size, 0) / plan.most;
  const element = html("p", { class: "nn-gen-cache nn-quiet" });

  /** @param {Now} now */
  function update({ text }) {
    const read = Math.min(text.ids.length, plan.most) - 1;
    setText(element, Number.isFinite(plan.most) ? `Kept in ${names}: ${read} of ${plan.most} tokens, ${each.toLocaleString("en-GB")} numbers for each.` : `Kept: ${names}.`);
  }

  return { element, update };
}
