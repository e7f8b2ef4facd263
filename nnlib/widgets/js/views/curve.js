// A function and its derivative over a range of one input, with the current point and its tangent.
import { axes } from "./axes.js";
import { format } from "../ui/format.js";
import { labelText } from "./label.js";
import { MARGIN, apart, makeCurve, nameCurves, pathOf, placeDot, valueAt } from "./curve_parts.js";
import { placeNamed } from "./missing.js";
import { isSlope, sweeper } from "./curve_sweep.js";
import { linear, padded, robustRange, ticks } from "./scale.js";
import { drawing, html, mark, set, setAll, show, svg, uniqueId, valueNow, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./curve_parts.js").Curve} Curve */

const TALLEST = 356;
const DIGIT = 7.4; // width in px
const KEYS = /** @type {Record<string, number>} */ ({
  ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity,
});

/** @param {Context} context @returns {import("./types.js").View} */
export function curve(context) {
  const { trace, view } = context;
  const range = /** @type {[number, number]} */ (view.range ?? [-8, 8]);
  const input = placeNamed(trace, view.x);
  const curves = view.curves.map((/** @type {string} */ name, /** @type {number} */ i) => makeCurve(context, name, i));
  const title = `${view.curves.join(" and ")} against ${view.x}`;
  const root = drawing("group", title, "Drag the point along the curve, or move it with the arrow keys.");
  const element = html("div", { class: "nn-view nn-curve" }, root);
  const clip = uniqueId("clip");
  const clipBox = svg("rect");
  const frameAxes = axes();
  const tangent = svg("path", { class: "nn-tangent" });
  const drop = svg("path", { class: "nn-drop" });
  const slopeNote = svg("g", { class: "nn-slope" }, svg("text", { y: -14 }, "slope"));
  const plot = svg("g", { "clip-path": `url(#${clip})` }, drop, ...curves.map((/** @type {Curve} */ c) => c.line), tangent);
  const xName = labelText(view.x, { class: "nn-axis-name", "text-anchor": "end" });
  const xValue = svg("g", { class: "nn-at" }, context.svgNumber(input.step, input.offset));
  const handle = svg("g", { class: "nn-handle", role: "slider", tabindex: 0, "aria-label": "Current point", "aria-valuemin": range[0], "aria-valuemax": range[1] },
    svg("circle", { r: 16, class: "nn-grip" }), svg("circle", { r: 6.5, class: "nn-point" }));
  root.append(svg("clipPath", { id: clip }, clipBox), frameAxes.element, plot, ...curves.map((/** @type {Curve} */ c) => c.name), xName, xValue,
    ...curves.flatMap((/** @type {Curve} */ c) => [c.dot, c.value]), slopeNote, handle);
  const source = sweeper(trace, input, curves, range);
  /** @type {import("./curve_sweep.js").Sweep | null} */
  let data = null;
  /** @type {State | null} */
  let state = null;
  let slope = -1;
  let width = 560;
  let height = 330;
  let x = linear([0, 1], [0, 1]);
  let y = x;

  /** @param {number} available */
  function layout(available) {
    width = Math.min(900, Math.max(260, available));
    height = Math.round(Math.min(TALLEST, Math.max(230, width * 0.58)));
    set(root, "viewBox", `0 0 ${width} ${height}`);
    redraw();
  }

  function redraw() {
    if (!data) return;
    const frame = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
    const yRange = padded(robustRange(data.y.flat()));
    x = linear(range, [frame.left, frame.right]);
    y = linear(yRange, [frame.bottom, frame.top]);
    frameAxes.draw(frame, { scale: x, values: ticks(range[0], range[1], width / 60) }, { scale: y, values: ticks(yRange[0], yRange[1], height / 50) });
    setAll(clipBox, { x: frame.left, y: frame.top, width: frame.right - frame.left, height: frame.bottom - frame.top });
    setAll(xName, { x: frame.right, y: height - 8 });
    curves.forEach((/** @type {Curve} */ c, /** @type {number} */ k) => set(c.line, "d", pathOf(data, k, x, y, yRange)));
    nameCurves(curves, data, x, y, frame);
    if (state) movePoint(state);
  }

  /** @param {State} next */
  function update(next) {
    state = next;
    if (!data || source.changed(next.values)) {
      data = source.sweep(next.values);
      const found = curves.findIndex((/** @type {Curve} */ c, /** @type {number} */ k) => k > 0 && c.derived && isSlope(/** @type {any} */ (data), 0, k));
      if (found > 0 && found !== slope) nameSlope(curves[found]);
      slope = found;
      redraw();
    } else movePoint(next);
  }

  /** @param {Curve} c */
  function nameSlope(c) {
    while (slopeNote.childNodes.length > 1) slopeNote.lastChild.remove();
    slopeNote.append(svg("g", { class: "nn-derivative" }, context.svgNumber(c.step, c.offset)));
  }

  /** @param {State} next */
  function movePoint(next) {
    const at = valueAt(next, input);
    const px = Math.min(width, Math.max(0, x(at)));
    const heights = curves.map((/** @type {Curve} */ c) => y(valueAt(next, c)));
    const spread = apart(heights);
    curves.forEach((/** @type {Curve} */ c, /** @type {number} */ k) => {
      const known = next.shown(c.step);
      mark(c.line, "is-faint", !known);
      mark(c.name, "is-faint", !known);
      placeDot(c, px, heights[k], spread[k], known, width, height);
    });
    const first = heights[0];
    const known = heights.filter((/** @type {number} */ py, /** @type {number} */ k) => Number.isFinite(py) && next.shown(curves[k].step));
    const onCurve = Number.isFinite(first) && first >= 0 && first <= height && next.shown(curves[0].step);
    set(handle, "transform", `translate(${px.toFixed(1)} ${(onCurve ? first : y(0)).toFixed(1)})`);
    setAll(handle, { "aria-valuenow": valueNow(at, range[0], range[1]), "aria-valuetext": `${view.x} = ${Number(at.toPrecision(4))}` });
    set(drop, "d", `M${px.toFixed(1)} ${height - MARGIN.bottom}V${Math.min(height - MARGIN.bottom, ...known).toFixed(1)}`);
    set(xValue, "transform", `translate(${Math.min(width - 52, Math.max(30, px)).toFixed(1)} ${height - 8})`);
    drawTangent(next, px, first);
  }

  /** The tangent has the derivative for its slope, in the units of the axes. @param {State} next @param {number} px @param {number} py */
  function drawTangent(next, px, py) {
    const known = slope > 0 && next.shown(curves[slope].step) && Number.isFinite(py);
    const steep = known ? (valueAt(next, curves[slope]) * (y(1) - y(0))) / (x(1) - x(0)) : NaN;
    show(tangent, Number.isFinite(steep));
    show(slopeNote, Number.isFinite(steep) && width >= 420);
    if (!Number.isFinite(steep)) return;
    const reach = (0.16 * width) / Math.hypot(1, steep);
    set(tangent, "d", `M${(px - reach).toFixed(1)} ${(py - reach * steep).toFixed(1)}L${(px + reach).toFixed(1)} ${(py + reach * steep).toFixed(1)}`);
    // At the left end of the tangent, on the side away from the curve's own numbers; where the axis is too near, at the right end.
    const wide = DIGIT * format(valueAt(next, curves[slope])).length + 8;
    const right = px - reach - wide < MARGIN.left;
    mark(slopeNote, "is-right", right);
    const [end, at] = right ? [py + reach * steep, Math.max(px + reach + 8, px + 96)] : [py - reach * steep, px - reach - 8];
    set(slopeNote, "transform", `translate(${at.toFixed(1)} ${inside(end - 4).toFixed(1)})`);
  }

  /** @param {number} py */
  function inside(py) {
    return Math.min(height - MARGIN.bottom - 6, Math.max(MARGIN.top + 12, py));
  }

  /** @param {number} value */
  function move(value) {
    const step = (range[1] - range[0]) / 1600;
    const rounded = Math.round(Math.min(range[1], Math.max(range[0], value)) / step) * step;
    context.controls.set(view.x, Number(rounded.toPrecision(10)));
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    const box = root.getBoundingClientRect();
    move(x.invert(((event.clientX - box.left) / box.width) * width));
  }

  let dragging = false;
  root.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    dragging = true;
    root.setPointerCapture(event.pointerId);
    handle.focus();
    follow(event);
    event.preventDefault();
  });
  root.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => dragging && follow(event));
  for (const type of ["pointerup", "pointercancel"]) root.addEventListener(type, () => { dragging = false; });
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const steps = KEYS[event.key];
    if (steps === undefined || !state) return;
    event.preventDefault();
    event.stopPropagation();
    move(valueAt(state, input) + (steps * (range[1] - range[0])) / 80);
  });

  layout(width);
  return { element, update, destroy: watchWidth(element, layout) };
}
