// Data points over what the network answers: regions with their boundary for two inputs, a fitted curve for one.
import { axes } from "./axes.js";
import { contour, evaluator, lead } from "./decision.js";
import { linear, padded, robustRange, ticks } from "./scale.js";
import { chosenRow, dataRows } from "./training_data.js";
import { paintRegions } from "./training_regions.js";
import { html, set, setAll, setText, show, svg, uniqueId } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./axes.js").Frame} Frame */

const GRID = 40;
const FIT = 121;
const COLOURS = ["--v-class-0", "--v-class-1", "--v-class-2", "--v-class-3"];
const SHAPES = [
  (/** @type {number} */ x, /** @type {number} */ y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`,
  (/** @type {number} */ x, /** @type {number} */ y) => `M${x} ${y - 5}L${x + 5} ${y + 4}H${x - 5}z`,
  (/** @type {number} */ x, /** @type {number} */ y) => `M${x - 4} ${y - 4}h8v8h-8z`,
  (/** @type {number} */ x, /** @type {number} */ y) => `M${x} ${y - 5.5}L${x + 5.5} ${y}L${x} ${y + 5.5}L${x - 5.5} ${y}z`,
];

/** @param {Context} context @param {{inputs: number, targets: number, output: number}} steps */
export function plane(context, steps) {
  const { trace } = context;
  const flat = (trace.steps[steps.inputs].shape[1] ?? 1) > 1;
  const frameAxes = axes();
  const image = svg("image", { preserveAspectRatio: "none", class: "nn-regions" });
  const faint = svg("path", { class: "nn-level" });
  const boundary = svg("path", { class: flat ? "nn-boundary" : "nn-fit" });
  const marks = SHAPES.map((_, k) => svg("path", { class: "nn-marks", style: `--mark:var(${COLOURS[k]})` }));
  const chosen = svg("circle", { class: "nn-chosen-point", r: 9 });
  const names = [svg("text", { class: "nn-plot-title", "text-anchor": "end" }), svg("text", { class: "nn-plot-title" })];
  const clip = uniqueId("clip");
  const clipBox = svg("rect");
  const inside = svg("g", { "clip-path": `url(#${clip})` }, image, faint, boundary);
  const element = svg("g", { class: "nn-plane" }, svg("clipPath", { id: clip }, clipBox), inside, frameAxes.element, ...marks, chosen, ...names);
  const swatches = COLOURS.map((name) => html("span", { style: `color:var(${name})`, hidden: "" }));
  const canvas = /** @type {HTMLCanvasElement} */ (html("canvas", { width: GRID, height: GRID }));
  const bounds = boundsOf(context, steps, flat);
  const span = flat ? bounds[0] : /** @type {[number, number]} */ (context.view.range?.[0] ?? extentOf(context.replay.values[steps.inputs].data));
  const work = evaluator(trace, steps.inputs, steps.output, flat ? gridPoints(bounds) : fitPoints(span));
  /** @type {{x: any, y: any, frame: Frame} | null} */
  let plot = null;

  /** @param {Frame} frame @param {State | null} state */
  function layout(frame, state) {
    plot = { x: linear(bounds[0], [frame.left, frame.right]), y: linear(bounds[1], [frame.bottom, frame.top]), frame };
    frameAxes.draw(frame, { scale: plot.x, values: ticks(...bounds[0], (frame.right - frame.left) / 60) },
      { scale: plot.y, values: ticks(...bounds[1], (frame.bottom - frame.top) / 50) });
    for (const box of [image, clipBox]) setAll(box, { x: frame.left, y: frame.top, width: frame.right - frame.left, height: frame.bottom - frame.top });
    const [across, up] = axisNames(context, steps, flat);
    setAll(names[0], { x: frame.right, y: frame.bottom + 34 });
    setAll(names[1], { x: frame.left, y: frame.top - 8 });
    setText(names[0], across);
    setText(names[1], up);
    if (state) drawData(state);
    if (work.idle()) drawAnswer();
  }

  /** @param {State} state */
  function drawData(state) {
    if (!plot) return;
    const rows = dataRows(context, steps, state, flat);
    const paths = marks.map(() => "");
    for (const { x, y, kind } of rows) paths[kind] += SHAPES[kind](round(plot.x(x)), round(plot.y(y)));
    marks.forEach((shape, k) => set(shape, "d", paths[k] || null));
    const row = chosenRow(trace, steps, state);
    show(chosen, row >= 0 && row < rows.length);
    if (row >= 0 && row < rows.length) setAll(chosen, { cx: round(plot.x(rows[row].x)), cy: round(plot.y(rows[row].y)) });
  }

  function drawAnswer() {
    if (!plot) return;
    if (flat) drawRegions(plot);
    else set(boundary, "d", fitPath(work.result, work.classes, span, plot));
  }

  /** @param {{x: any, y: any}} at */
  function drawRegions(at) {
    const { result, classes } = work;
    paintRegions(canvas, result, classes, swatches.map((swatch) => getComputedStyle(swatch).color), GRID);
    set(image, "href", canvas.toDataURL());
    const toPath = (/** @type {number[][]} */ pieces) => pieces.map(([x0, y0, x1, y1]) =>
      `M${pixel(x0, y0)}L${pixel(x1, y1)}`).join("") || null;
    const pixel = (/** @type {number} */ c, /** @type {number} */ r) =>
      `${at.x(onGrid(bounds[0], c)).toFixed(1)} ${at.y(onGrid(bounds[1], GRID - 1 - r)).toFixed(1)}`;
    const fields = classes === 1 ? [result] : Array.from({ length: classes }, (_, k) => lead(result, classes, k));
    const level = classes === 1 ? 0.5 : 0;
    set(boundary, "d", toPath(fields.flatMap((field) => contour(field, GRID, GRID, level))));
    set(faint, "d", classes === 1 ? toPath([0.1, 0.9].flatMap((p) => contour(result, GRID, GRID, p))) : null);
  }

  /** The data point nearest to a place on the page. @param {State} state @param {number} px @param {number} py */
  function nearest(state, px, py) {
    if (!plot) return -1;
    let [best, least] = [-1, 16];
    dataRows(context, steps, state, flat).forEach(({ x, y }, i) => {
      const distance = Math.hypot(/** @type {any} */ (plot).x(x) - px, /** @type {any} */ (plot).y(y) - py);
      if (distance < least) [best, least] = [i, distance];
    });
    return best;
  }

  return { element, swatches, layout, drawData, drawAnswer, nearest, work, flat };
}

/** @param {number} x */
function round(x) {
  return Math.round(x * 10) / 10;
}

/** @param {Context} context @param {{inputs: number, targets: number, output: number}} steps @param {boolean} flat @returns {[number, number][]} */
function boundsOf({ replay, view, trace }, steps, flat) {
  const { data } = replay.values[steps.inputs];
  const columns = trace.steps[steps.inputs].shape[1] ?? 1;
  const column = (/** @type {number} */ k) => [...data].filter((_, i) => i % columns === k);
  const first = view.range?.[0] ?? padded(robustRange(column(0)));
  if (flat) return [first, view.range?.[1] ?? padded(robustRange(column(1)))];
  return [first, view.range?.[1] ?? padded(robustRange([...replay.values[steps.targets].data]))];
}

/** @param {[number, number]} range @param {number} i */
function onGrid([low, high], i) {
  return low + ((high - low) * i) / (GRID - 1);
}

/** Row by row from the top. @param {[number, number][]} bounds */
function gridPoints([xs, ys]) {
  return Array.from({ length: GRID * GRID }, (_, i) => [onGrid(xs, i % GRID), onGrid(ys, GRID - 1 - Math.floor(i / GRID))]);
}

/** @param {Float64Array} data @returns {[number, number]} */
function extentOf(data) {
  return [Math.min(...data), Math.max(...data)];
}

/** @param {[number, number]} span */
function fitPoints([low, high]) {
  return Array.from({ length: FIT }, (_, i) => [low + ((high - low) * i) / (FIT - 1)]);
}

/** @param {Float64Array} values @param {number} classes @param {[number, number]} span @param {{x: any, y: any}} at */
function fitPath(values, classes, span, { x, y }) {
  return fitPoints(span).map(([v], i) => `${i === 0 ? "M" : "L"}${x(v).toFixed(1)} ${y(values[i * classes]).toFixed(1)}`).join("");
}

/** @param {Context} context @param {{inputs: number, targets: number, output: number}} steps @param {boolean} flat */
function axisNames({ trace }, steps, flat) {
  const { name, labels } = trace.steps[steps.inputs];
  if (!flat) return [name, `${trace.steps[steps.targets].name}, and ${trace.steps[steps.output].name} as a curve`];
  return labels ? [labels[0], labels[1]] : [`${name}[:,0]`, `${name}[:,1]`];
}
