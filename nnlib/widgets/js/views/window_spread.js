// One gradient of the output spreads: times the kernel to the pixels under the window, times these pixels to the kernel.
import { frame } from "./window_frame.js";
import { MOST_LANES, figure, largestOf, sign, sizes, valueOf } from "./window_parts.js";
import { pixels } from "./window_pixels.js";
import { markOf } from "./window_slide.js";
import { channelsOf, forwardSlide, outputAt, paddedImage, under } from "./window_slides.js";
import { html, setText, show } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./window_parts.js").App} App */
/** @typedef {import("./window_parts.js").At} At */
/** @typedef {import("./window_parts.js").Room} Room */
/** @typedef {import("./window_slides.js").Slide} Slide */

/** @param {App} app @returns {import("./window_parts.js").Scene} */
export function spreadScene(app) {
  const { plan, trace } = app;
  const upstream = /** @type {number} */ (plan.gradients.output);
  const lanes = channelsOf(plan, 0).slice(0, MOST_LANES).map((_, i) => lane(app, i));
  const target = pixels(app, plan.rows.out, plan.columns.out, { name: trace.steps[upstream].name, pick: app.move });
  const result = figure(trace.steps[upstream].name, target.element, "nn-hue-backward nn-window-result");
  const story = html("p", { class: "nn-window-sum" });
  const element = html("div", { class: "nn-slide nn-slide-spread" },
    html("div", { class: "nn-slide-grids" }, html("div", { class: "nn-lanes" }, ...lanes.map((l) => l.element)), result), story);
  /** @type {Map<string, Element>} */
  const numbers = new Map();
  let told = "";

  /** @param {State} state @param {At} at @param {Room} room */
  function update(state, at, room) {
    const slide = forwardSlide(plan, at.filter);
    const size = sizes(room, { lanes: lanes.length, source: slide.source, detail: slide.taps, details: 4, target: slide.places });
    const here = outputAt(plan, upstream, at.filter, ...at.output);
    const g = state.shown(upstream) ? valueOf(state, here) : undefined;
    lanes.forEach((l, i) => l.draw(state, slide, i, at, size, g));
    target.fill((i, j) => outputAt(plan, upstream, at.filter, i, j));
    target.resize(size.target);
    target.paint(state, largestOf(state, upstream));
    target.marks((i, j) => ({ "is-here": i === at.output[0] && j === at.output[1] }));
    tell(at, here);
  }

  /** @param {At} at @param {import("./types.js").Place} here */
  function tell(at, here) {
    const key = `${here.step}:${here.offset}`;
    if (key === told) return;
    told = key;
    const [g, db] = [number(here), plan.gradients.bias === null ? null : number({ step: plan.gradients.bias, offset: at.filter })];
    const bias = db ? [` The bias is added everywhere, so its gradient is the sum of all of them: `, db, "."] : [];
    story.replaceChildren(`${trace.labelOf(here.step, here.offset)} = g = `, g, " is added, times the kernel, to the gradient of each pixel under the window, and, times the pixels, to the gradient of the kernel.", ...bias);
  }

  /** @param {import("./types.js").Place} place */
  function number({ step, offset }) {
    const key = `${step}:${offset}`;
    const made = numbers.get(key) ?? app.number(step, offset, { button: true });
    numbers.set(key, made);
    return made;
  }

  return { element, update };
}

/** @param {App} app @param {number} i */
function lane(app, i) {
  const { plan, trace } = app;
  const { image, kernel } = plan.gradients;
  const [rows, columns] = [plan.rows, plan.columns].map((axis) => axis.n + axis.before + axis.after);
  const [tall, wide] = [plan.rows.k, plan.columns.k];
  const source = pixels(app, rows, columns, { name: "gradient of the image" });
  const small = (/** @type {string} */ name) => pixels(app, tall, wide, { name, wide: true });
  const [weight, toImage, patch, toKernel] = ["kernel", "what the pixels get", "what the window sees", "what the kernel gets"].map(small);
  const box = frame(source, { move: app.move, settle: app.settle, first: i === 0 });
  const several = plan.own > 1;
  const name = html("span", { class: "nn-lane-name" });
  const caption = figure(several ? "channel" : trace.steps[image ?? plan.image].name, source.element, "nn-hue-backward");
  const left = html("div", { class: "nn-lane-terms" }, figure("kernel", weight.element, "nn-hue-forward"), sign("· g ="), figure("to pixels", toImage.element, "nn-hue-backward"));
  const right = html("div", { class: "nn-lane-terms" }, figure("under it", patch.element, "nn-hue-forward"), sign("· g ="), figure("to kernel", toKernel.element, "nn-hue-backward"));
  show(left, image !== null);
  show(right, kernel !== null);

  /** @param {State} state @param {Slide} slide @param {number} k @param {At} at @param {{source: number, detail: number}} size @param {number | undefined} g */
  function draw(state, slide, k, at, size, g) {
    const own = slide.lanes[k];
    const step = image ?? plan.image;
    source.resize(size.source);
    source.fill(paddedImage(plan, step, own.index));
    source.paint(state, largestOf(state, step));
    source.marks((r, c) => markOf(slide, at.output, r, c));
    setText(name, String(own.index));
    source.label(`${trace.steps[step].name}, channel ${own.index}`);
    for (const grid of [weight, toImage, patch, toKernel]) grid.resize(size.detail);
    weight.fill(own.weight);
    weight.paint(state, largestOf(state, /** @type {number} */ (plan.kernel)));
    patch.fill((a, b) => under(slide, own, at.output, a, b));
    patch.paint(state, largestOf(state, plan.image));
    spread(state, toImage, image, g, largestOf(state, /** @type {number} */ (plan.kernel)), own.weight);
    spread(state, toKernel, kernel, g, largestOf(state, plan.image), (a, b) => under(slide, own, at.output, a, b));
    box.draw(slide, at.output, `row ${at.output[0]}, column ${at.output[1]}: ${trace.labelOf(plan.output, outputAt(plan, plan.output, at.filter, ...at.output).offset)}`);
  }

  return { element: html("div", { class: "nn-lane" }, ...(several ? [name] : []), caption, left, right), draw };
}

/** A grid times one number, once the gradient that it is a part of is known. @param {State} state @param {import("./window_pixels.js").Pixels} grid @param {number | null} step
 * @param {number | undefined} g @param {number} largest @param {(a: number, b: number) => import("./window_slides.js").Cell} cellAt */
function spread(state, grid, step, g, largest, cellAt) {
  const known = step !== null && state.shown(step) && g !== undefined;
  grid.write((a, b) => (known ? valueOf(state, cellAt(a, b)) * g : undefined));
  grid.paint(state, largest * Math.abs(g ?? 0));
}
