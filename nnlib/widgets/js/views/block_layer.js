// What lies between two tensors of the stream: a branch that reads from the line and adds to it, and what the sum goes through.
import { latexOf } from "../engine/symbols.js";
import { onOneLine } from "../ui/latex.js";
import { stepsOf } from "./block_plan.js";
import { tensorMap } from "./block_map.js";
import { html, mark, set, setText, show } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./block.js").App} App */
/** @typedef {import("./block.js").Palettes} Palettes */
/** @typedef {import("./block_plan.js").Group} Group */
/** @typedef {{element: HTMLElement, draw: (state: State, palettes: Palettes, anew: boolean) => void}} Part */

/** @param {App} app @param {import("./block_plan.js").Layer} layer @param {import("./block.js").Boxes} boxes @returns {Part} */
export function layerColumn(app, layer, boxes) {
  const branch = partsOf(app, layer.branch, boxes);
  const line = partsOf(app, layer.line, boxes);
  const residual = layer.add !== null;
  const from = layer.memory ? [html("span", { class: "nn-bl-memory" }, "← memory")] : [];
  const plus = html("span", { class: "nn-bl-plus", role: "img", "aria-label": "added to the stream" }, "+");
  const element = html("div", { class: residual ? "nn-bl-layer" : "nn-bl-layer is-through" },
    html("div", { class: "nn-bl-branch" }, ...from, ...branch.map((p) => p.element)),
    html("div", { class: "nn-bl-line" }, ...(residual ? [html("span", { class: "nn-bl-tap", role: "img", "aria-label": "read from the stream" }), html("span", { class: "nn-bl-fill" }), plus] : [])),
    ...(line.length ? [html("div", { class: "nn-bl-line nn-bl-after" }, ...line.map((p) => p.element))] : []));

  /** @param {State} state @param {Palettes} palettes @param {boolean} anew */
  function draw(state, palettes, anew) {
    for (const part of [...branch, ...line]) part.draw(state, palettes, anew);
    mark(plus, "is-active", layer.add !== null && state.active.has(layer.add));
  }

  return { element, draw };
}

/** @param {App} app @param {Group} group @param {import("./block.js").Boxes} boxes @returns {Part[]} */
function partsOf(app, group, boxes) {
  return group.parts.flatMap((part) => (typeof part === "number" ? chip(app, part) ?? [] : [box(app, part, boxes)]));
}

/** A scope: closed it is a name, open it shows its tensors and the scopes inside of it. @param {App} app @param {Group} group @param {import("./block.js").Boxes} boxes @returns {Part} */
function box(app, group, boxes) {
  const steps = stepsOf(group);
  const sign = html("span", { class: "nn-bl-sign", "aria-hidden": "true" });
  const button = html("button", { type: "button", class: "nn-bl-title", "aria-expanded": "false" }, sign, html("span", {}, group.name));
  const inside = html("div", { class: "nn-bl-inside" });
  const element = html("div", { class: "nn-bl-box" }, button, inside);
  /** @type {Part[] | null} */
  let parts = null;
  button.addEventListener("click", () => {
    boxes[group.path] = boxes[group.path] ? "" : "open";
    app.opened();
  });

  /** @param {State} state @param {Palettes} palettes @param {boolean} anew */
  function draw(state, palettes, anew) {
    const wide = boxes[group.path] === "open";
    set(button, "aria-expanded", String(wide));
    setText(sign, wide ? "−" : "+");
    mark(element, "is-open", wide);
    show(inside, wide);
    mark(element, "is-active", state.stop > 0 && steps.some((id) => state.active.has(id) || inGradient(app, state, id)));
    if (!wide) return;
    const fresh = parts === null;
    if (parts === null) inside.append(...(parts = partsOf(app, group, boxes)).map((p) => p.element));
    for (const part of parts) part.draw(state, palettes, anew || fresh);
  }

  return { element, draw };
}

/** Whether the stop tells the gradient rule of a step. @param {App} app @param {State} state @param {number} id */
function inGradient(app, state, id) {
  return state.phase === "backward" && state.stops[state.stop].of === id;
}

/** A named tensor, or a step that is the last of its kind; others are steps on the way. @param {App} app @param {number} step @returns {Part | null} */
function chip(app, step) {
  const { symbol, name, gradient, shape, size } = app.trace.steps[step];
  if (symbol === null || size === 0 || shape.length < 2 || size > 2048) return null;
  const own = gradient !== null && String(app.trace.steps[gradient].shape) === String(shape) ? gradient : null;
  const maps = { value: tensorMap(app, step), gradient: own === null ? null : tensorMap(app, own) };
  const element = html("div", { class: "nn-bl-chip" }, html("div", { class: "nn-bl-name" }, app.math(onOneLine(symbol ?? latexOf(name)))), maps.value.element, ...(maps.gradient ? [maps.gradient.element] : []));
  const width = Math.min(72, 9 * /** @type {number} */ (shape.at(-1)) + 2);

  /** @param {State} state @param {Palettes} palettes @param {boolean} anew */
  function draw(state, palettes, anew) {
    maps.value.draw(state, palettes.value, width, anew);
    if (!maps.gradient) return;
    show(maps.gradient.element, state.phase === "backward");
    maps.gradient.draw(state, palettes.gradient, width, anew);
  }

  return { element, draw };
}
