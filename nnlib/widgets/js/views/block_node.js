// A tensor of the residual stream: its squares on the line, those of its gradient below, and how large both are.
import { latexOf } from "../engine/symbols.js";
import { format } from "../ui/format.js";
import { onOneLine } from "../ui/latex.js";
import { norm, rowNorms } from "./block_plan.js";
import { tensorMap } from "./block_map.js";
import { html, mark, set, setText } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./block.js").App} App */
/** @typedef {"value" | "gradient"} Kind */

/** @param {App} app @param {number} step @param {number | null} gradient @param {boolean} first */
export function streamNode(app, step, gradient, first) {
  const { trace, tokens } = app;
  const { symbol, name } = trace.steps[step];
  const rows = tokens.length;
  const own = { value: tensorMap(app, step), gradient: gradient === null ? null : tensorMap(app, gradient) };
  const names = first ? [html("div", { class: "nn-bl-tokens", "aria-hidden": "true" }, ...tokens.map((text) => html("span", {}, text)))] : [];
  const sizes = { value: gauge("value", rows), gradient: gauge("gradient", rows) };
  const title = html("div", { class: "nn-bl-name" }, app.math(onOneLine(symbol ?? latexOf(name))));
  const below = html("div", { class: "nn-bl-gradient" }, ...(own.gradient ? [own.gradient.element] : []));
  const element = html("div", { class: "nn-bl-node" }, title, html("div", { class: "nn-bl-on-line" }, ...names, own.value.element), below, html("div", { class: "nn-bl-gauges" }, sizes.value.element, sizes.gradient.element));

  /** @param {Kind} kind */
  const idOf = (kind) => (kind === "value" ? step : gradient);

  /** @param {State} state @param {Kind} kind @returns {number | undefined} the norm, once it is known */
  function size(state, kind) {
    const id = idOf(kind);
    return id !== null && state.shown(id) ? norm(state.values[id].data) : undefined;
  }

  /** @param {State} state @param {Kind} kind the largest norm of a token */
  function largest(state, kind) {
    const id = idOf(kind);
    return id !== null && state.shown(id) ? Math.max(0, ...rowNorms(state.values[id].data, rows).filter(Number.isFinite)) : 0;
  }

  /** @param {State} state @param {import("./block.js").Palettes} palettes @param {Record<Kind, number>} most @param {number} width @param {boolean} anew */
  function draw(state, palettes, most, width, anew) {
    const backward = state.phase === "backward";
    own.value.draw(state, palettes.value, width, anew);
    own.gradient?.draw(state, palettes.gradient, width, anew);
    set(element, "style", `--side:${own.value.element.clientHeight / rows || 0}px`);
    mark(below, "is-waiting", !backward);
    mark(element, "is-active", state.stop > 0 && (state.active.has(step) || (gradient !== null && state.active.has(gradient))));
    for (const kind of /** @type {Kind[]} */ (["value", "gradient"])) {
      const id = idOf(kind);
      const known = id !== null && state.shown(id);
      mark(sizes[kind].element, "is-waiting", kind === "gradient" && !backward);
      sizes[kind].draw(known ? rowNorms(state.values[/** @type {number} */ (id)].data, rows) : null, most[kind], size(state, kind));
    }
  }

  return { element, draw, size, largest };
}

/** Bars for the tokens, and the norm of all of them. @param {Kind} kind @param {number} rows */
function gauge(kind, rows) {
  const bars = Array.from({ length: rows }, () => html("span", { class: "nn-bl-bar" }));
  const total = html("span", { class: "nn-bl-total" });
  const element = html("div", { class: `nn-bl-gauge is-${kind}` }, html("div", { class: "nn-bl-bars", "aria-hidden": "true" }, ...bars), total);

  /** @param {number[] | null} norms @param {number} most @param {number | undefined} size */
  function draw(norms, most, size) {
    bars.forEach((bar, i) => {
      const share = norms && Number.isFinite(norms[i]) && most > 0 ? norms[i] / most : 0;
      set(bar, "style", `--share:${share.toFixed(3)}`);
      mark(bar, "is-odd", norms !== null && !Number.isFinite(norms[i]));
    });
    setText(total, size === undefined ? "·" : Number.isFinite(size) ? short(size) : format(size));
    set(total, "title", size === undefined ? null : String(size));
  }

  return { element, draw };
}

/** Three digits. @param {number} size */
function short(size) {
  return format(Number(size.toPrecision(3)));
}
