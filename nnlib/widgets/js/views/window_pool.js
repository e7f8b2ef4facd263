// Pooling: each channel on its own. The largest number under the window wins, and gets the whole gradient; of a mean each gets its share.
import { frame } from "./window_frame.js";
import { MOST_LANES, figure, largestOf, sign, sizes } from "./window_parts.js";
import { pixels } from "./window_pixels.js";
import { paddedLength, winner } from "./window_geometry.js";
import { markOf } from "./window_slide.js";
import { outputAt, paddedImage, under } from "./window_slides.js";
import { html, setText, show } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./window_parts.js").App} App */
/** @typedef {import("./window_parts.js").At} At */
/** @typedef {import("./window_parts.js").Room} Room */
/** @typedef {import("./window_slides.js").Slide} Slide */

/** The window as a slide without weights. @param {import("./window_plan.js").Plan} plan @param {number} image a step @param {number} output a step @returns {Slide} */
export function poolSlide(plan, image, output) {
  const { rows, columns } = plan;
  return {
    makes: "output", source: [paddedLength(rows), paddedLength(columns)], taps: [rows.k, columns.k], gap: [rows.d, columns.d], step: [rows.s, columns.s], places: [rows.out, columns.out],
    lanes: Array.from({ length: plan.channels }, (_, c) => ({ index: c, source: paddedImage(plan, image, c), weight: () => null })),
    target: (i, j) => outputAt(plan, output, 0, i, j), bias: null,
  };
}

/** @param {App} app @param {boolean} backward @returns {import("./window_parts.js").Scene} */
export function poolScene(app, backward) {
  const { plan } = app;
  const lanes = Array.from({ length: Math.min(plan.channels, MOST_LANES) }, (_, i) => lane(app, backward, i));
  const more = html("p", { class: "nn-quiet" }, `${plan.channels - lanes.length} more channels are pooled alike.`);
  const story = html("p", { class: "nn-window-sum" });
  show(more, plan.channels > lanes.length);
  const element = html("div", { class: "nn-slide nn-slide-pool" }, html("div", { class: "nn-lanes" }, ...lanes.map((l) => l.element), more), story);

  /** @param {State} state @param {At} at @param {Room} room */
  function update(state, at, room) {
    const slide = poolSlide(plan, plan.image, plan.output);
    const size = sizes(room, { lanes: lanes.length, source: slide.source, detail: slide.taps, details: backward ? 2 : 1, target: slide.places });
    const tied = lanes.filter((l) => l.draw(state, slide, at, size)).length;
    setText(story, storyOf(plan, backward, tied > 0));
  }

  return { element, update };
}

/** @param {import("./window_plan.js").Plan} plan @param {boolean} backward @param {boolean} tied */
export function storyOf({ work, rows, columns }, backward, tied) {
  const ties = tied ? " Where several are equally large, the first in reading order is the winner." : "";
  if (work === "mean") return backward ? `Each of the ${rows.k * columns.k} numbers under the window gets the same share of the gradient, 1/${rows.k * columns.k} of it.` : `The output is the mean of the ${rows.k * columns.k} numbers under the window.`;
  return (backward ? "The whole gradient goes to the number that was the largest; the others get nothing from this window." : "The output is the largest number under the window.") + ties;
}

/** @param {App} app @param {boolean} backward @param {number} i */
function lane(app, backward, i) {
  const { plan, trace } = app;
  const { work, rows, columns, gradients } = plan;
  const zeros = work === "max" ? "−∞" : "0";
  const [shown, made] = backward ? [gradients.image, gradients.output].map((id) => /** @type {number} */ (id)) : [plan.image, plan.output];
  const hue = backward ? "nn-hue-backward" : "nn-hue-forward";
  const channel = plan.channels > 1 ? `, channel ${i}` : "";
  const source = pixels(app, paddedLength(rows), paddedLength(columns), { name: `${trace.steps[shown].name}${channel}`, editable: !backward, zeros: backward ? "" : zeros });
  const patch = pixels(app, rows.k, columns.k, { name: "what the window sees", wide: true, zeros });
  const share = pixels(app, rows.k, columns.k, { name: "what each gets", wide: true });
  const target = pixels(app, rows.out, columns.out, { name: trace.steps[made].name + channel, pick: app.move });
  const box = frame(source, { move: app.move, settle: app.settle, first: i === 0 });
  const routed = html("div", { class: "nn-lane-terms" }, sign("gets"), figure("its share", share.element, hue));
  show(routed, backward);
  const element = html("div", { class: "nn-lane" }, ...(plan.channels > 1 ? [html("span", { class: "nn-lane-name" }, String(i))] : []), figure(plan.channels > 1 ? "channel" : trace.steps[shown].name, source.element, hue),
    html("div", { class: "nn-lane-terms" }, figure("under it", patch.element, "nn-hue-forward")), routed, sign(backward ? "of" : work === "max" ? "max →" : "mean →"), figure(trace.steps[made].name, target.element, hue));
  source.fill(paddedImage(plan, shown, i));
  target.fill((r, c) => outputAt(plan, made, i, r, c));

  /** @param {State} state @param {Slide} slide @param {At} at @param {{source: number, detail: number, target: number}} size @returns {boolean} whether several are the largest */
  function draw(state, slide, at, size) {
    const own = slide.lanes[i];
    const cells = Array.from({ length: rows.k * columns.k }, (_, k) => under(slide, own, at.output, Math.floor(k / columns.k), k % columns.k));
    const values = cells.map((cell) => (cell ? state.values[cell.step].data[cell.offset] : work === "max" ? -Infinity : 0));
    const { at: first, ties } = winner(values);
    const wins = (/** @type {number} */ a, /** @type {number} */ b) => work === "max" && state.shown(plan.image) && b >= 0 && b < columns.k && a * columns.k + b === first;
    for (const [grid, px] of /** @type {const} */ ([[source, size.source], [patch, size.detail], [share, size.detail], [target, size.target]])) grid.resize(px);
    patch.fill((a, b) => cells[a * columns.k + b]);
    patch.paint(state, largestOf(state, plan.image));
    patch.marks((a, b) => ({ "is-winner": wins(a, b), "is-named": wins(a, b) }));
    if (backward) give(state, at, wins);
    source.paint(state, largestOf(state, shown));
    source.marks((r, c) => ({ ...markOf(slide, at.output, r, c), "is-winner": wins((r - at.output[0] * rows.s) / rows.d, (c - at.output[1] * columns.s) / columns.d) }));
    target.paint(state, largestOf(state, made));
    target.marks((r, c) => ({ "is-here": r === at.output[0] && c === at.output[1] }));
    box.draw(slide, at.output, `row ${at.output[0]}, column ${at.output[1]}: ${trace.labelOf(made, outputAt(plan, made, i, ...at.output).offset)}`);
    return work === "max" && state.shown(plan.image) && ties > 1;
  }

  /** @param {State} state @param {At} at @param {(a: number, b: number) => boolean} wins */
  function give(state, at, wins) {
    const cell = outputAt(plan, made, i, ...at.output);
    const g = state.shown(shown) ? state.values[cell.step].data[cell.offset] : undefined;
    share.write((a, b) => (g === undefined ? undefined : work === "mean" ? g / (rows.k * columns.k) : wins(a, b) ? g : 0));
    share.paint(state, largestOf(state, made));
    share.marks((a, b) => ({ "is-winner": wins(a, b) }));
  }

  return { element, draw };
}
