// A Transformer block, or a stack: the residual stream as a line, what reads from it and adds to it, and the size of it all.
import { blockPlan } from "./block_plan.js";
import { layerColumn } from "./block_layer.js";
import { streamNode } from "./block_node.js";
import { choices } from "./choices.js";
import { html, mark, set, setText, watchWidth } from "./svg.js";
import { colourOf, watchTheme } from "./theme.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {{value: import("./maps_model.js").Palette, gradient: import("./maps_model.js").Palette}} Palettes */
/** @typedef {Context & {tokens: string[], opened: () => void}} App */

/** By their paths, which boxes are "open". @typedef {Record<string, string>} Boxes */
/** Boxes that the reader opened stay open in another variant of their explorer, which has the same `view`. */
const BOXES = /** @type {WeakMap<object, Boxes>} */ (new WeakMap());
/** So many sub-layers stand side by side with room for words; and so many where the drawing is narrower than WIDE. */
const [ROOMY, FEW, WIDE] = [4, 2, 640];

/** @param {Context} context @returns {import("./types.js").View} */
export function block(context) {
  const plan = blockPlan(context.trace, context.view);
  const boxes = BOXES.get(context.view) ?? {};
  BOXES.set(context.view, boxes);
  for (const path of plan.boxes) boxes[path] ??= "";
  const { tokens } = context.view;
  const app = /** @type {App} */ ({ ...context, tokens, opened: redraw });
  const nodes = plan.stream.map((step, l) => streamNode(app, step, plan.gradients[l], l === 0));
  const layers = plan.layers.map((layer) => layerColumn(app, layer, boxes));
  const story = html("p", { class: "nn-bl-story", role: "status" });
  const row = html("div", { class: "nn-bl-row" }, ...nodes.flatMap((node, l) => (l < layers.length ? [node.element, layers[l].element] : [node.element])));
  const scale = html("div", { class: "nn-bl-key" }, html("span", { class: "is-value" }, "size of x"), html("span", { class: "is-gradient" }, "size of its gradient"), html("span", {}, "one bar for each token; the number is the Euclidean norm"));
  const element = html("div", { class: "nn-view nn-block" }, html("div", { class: "nn-bl-scroll" }, row), scale, story);
  mark(element, "is-long", layers.length > ROOMY);
  const through = plan.layers.some(({ line }) => line.parts.length > 0) ? 26 : 0;
  let palettes = read();
  let anew = true;
  let width = 560;
  /** @type {State | null} */
  let state = null;

  /** @returns {Palettes} */
  function read() {
    const [value, gradient, odd] = ["--v-forward", "--v-backward", "--v-ink"].map((name) => colourOf(element, name));
    return { value: { positive: value, negative: value, odd }, gradient: { positive: gradient, negative: gradient, odd } };
  }

  /** @param {State} next */
  function update(next) {
    state = next;
    redraw();
  }

  function redraw() {
    if (!state) return;
    set(element, "data-phase", state.phase);
    const many = layers.length > (width < WIDE ? FEW : ROOMY);
    mark(element, "is-stack", many);
    mark(element, "is-tight", layers.length > ROOMY && layers.length * (126 + through) > width);
    const largest = { value: Math.max(...nodes.map((n) => n.largest(/** @type {State} */ (state), "value"))), gradient: Math.max(...nodes.map((n) => n.largest(/** @type {State} */ (state), "gradient"))) };
    const room = many ? Math.max(26, Math.min(44, (width - 40 - 60 * layers.length) / nodes.length)) : Math.max(34, Math.min(74, (width - 75 - (135 + through) * layers.length) / nodes.length));
    for (const node of nodes) node.draw(state, palettes, largest, room, anew);
    for (const layer of layers) layer.draw(state, palettes, anew);
    anew = false;
    tell(state);
  }

  /** @param {State} now */
  function tell(now) {
    const sizes = nodes.map((node) => node.size(now, "gradient"));
    const [first, last] = [sizes[0], sizes[sizes.length - 1]];
    if (first === undefined || last === undefined || now.phase !== "backward") return setText(story, "Press a box to open it; press a square to see its number and what made it.");
    const [begin, end] = [plan.stream[0], plan.stream[plan.stream.length - 1]].map((step) => context.trace.steps[step].name);
    const ratio = first / last;
    setText(story, Number.isFinite(ratio) ? `On the way back from ${end} to ${begin} the gradient's size is multiplied by ${ratio.toPrecision(3)}.` : `The sizes of the gradients at ${begin} and ${end} cannot be compared.`);
  }

  function repaint() {
    palettes = read();
    anew = true;
    redraw();
  }

  const stopWidth = watchWidth(element, (available) => {
    width = available;
    repaint();
  });
  const stopTheme = watchTheme(repaint);
  const linked = choices(boxes, Object.fromEntries(plan.boxes.map((path) => [path, () => ["open"]])), () => {
    for (const path of Object.keys(boxes)) boxes[path] = "";
  });
  return { element, update, ...linked, destroy: () => [stopWidth, stopTheme].forEach((stop) => stop()) };
}
