// The plane of kernel regression: points, baseline, curve, the weights as bars along the axis, and the query as a handle.
import { format } from "../ui/format.js";
import { axes } from "./axes.js";
import { labelText, spoken } from "./label.js";
import { snapped } from "./plane_geometry.js";
import { mean } from "./regression_model.js";
import { linear, padded, robustRange, ticks } from "./scale.js";
import { mark, set, setAll, show, svg, uniqueId, valueNow } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./axes.js").Frame} Frame */
/** @typedef {import("./regression_model.js").Ids} Ids */

const KEYS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity });
const LEAST = 3;
const MOST = 15;
const STEM = 0.24; // of the height of the values, below them

/** @param {Context} context @param {Ids} ids @param {[number, number]} range @param {ReturnType<import("./regression_model.js").sweep>} curve @param {SVGSVGElement} root */
export function regressionPlot(context, ids, range, curve, root) {
  const { trace, controls, replay } = context;
  const control = controls.find(ids.query, 0);
  const n = trace.steps[ids.points].size;
  const frameAxes = axes();
  const clip = uniqueId("clip");
  const clipBox = svg("rect");
  const base = svg("path", { class: "nn-kr-mean" });
  const line = svg("path", { class: "nn-plot nn-kr-curve" });
  const stems = svg("path", { class: "nn-kr-stems" });
  const points = Array.from({ length: n }, (_, i) => {
    const circle = svg("circle", { class: "nn-kr-point" });
    context.tie(circle, ids.weights, i);
    return circle;
  });
  const foot = svg("path", { class: "nn-kr-query" });
  const across = svg("path", { class: "nn-drop" });
  const dot = svg("path", { class: "nn-kr-prediction", d: "M0 -8L8 0L0 8L-8 0z" });
  const value = svg("g", { class: "nn-kr-value" }, context.svgNumber(ids.prediction, 0));
  const grip = svg("path", { class: "nn-hit" });
  const knob = svg("path", { class: "nn-point", d: "M0 0L-9 -13H9z" });
  const handle = svg("g", { class: "nn-handle nn-kr-handle" }, grip, foot, knob);
  const name = spoken(trace.steps[ids.query].name);
  if (control) setAll(handle, { role: "slider", tabindex: 0, "aria-label": `The query ${name}`, "aria-valuemin": range[0], "aria-valuemax": range[1] });
  const xName = labelText(trace.steps[ids.points].name, { class: "nn-plot-title", "text-anchor": "end" });
  const yName = labelText(trace.steps[ids.values].name, { class: "nn-plot-title" });
  const inside = svg("g", { "clip-path": `url(#${clip})` }, stems, base, line, across);
  const element = svg("g", {}, svg("clipPath", { id: clip }, clipBox), frameAxes.element, inside, ...points, handle, dot, value, xName, yName);
  let frame = /** @type {Frame} */ ({ left: 0, right: 1, top: 0, bottom: 1 });
  let [x, y] = [linear([0, 1], [0, 1]), linear([0, 1], [0, 1])];
  let drawn = "";

  /** @param {Frame} next @param {State} state @param {boolean} anew */
  function draw(next, state, anew) {
    frame = next;
    const { values } = state;
    const ys = values[ids.values].data;
    const place = JSON.stringify([frame, [...values[ids.points].data], [...ys]]);
    if (place !== drawn) layout([...ys]);
    if (place !== drawn || anew) {
      set(line, "d", pathOf(curve.xs, curve.ys()));
      drawBaseline(mean(ys));
    }
    drawn = place;
    mark(line, "is-faint", !state.shown(ids.prediction));
    drawPoints(state);
    drawQuery(state);
  }

  /** @param {number[]} ys */
  function layout(ys) {
    const heights = padded(robustRange(ys));
    const span = heights[1] - heights[0];
    x = linear(range, [frame.left, frame.right]);
    y = linear([heights[0] - STEM * span, heights[1]], [frame.bottom, frame.top]);
    frameAxes.draw(frame, { scale: x, values: ticks(range[0], range[1], (frame.right - frame.left) / 60) }, { scale: y, values: ticks(heights[0], heights[1], (frame.bottom - frame.top) / 50) });
    setAll(clipBox, { x: frame.left, y: frame.top, width: frame.right - frame.left, height: frame.bottom - frame.top });
    setAll(xName, { x: frame.right, y: frame.bottom + 34 });
    setAll(yName, { x: frame.left, y: frame.top - 8 });
  }

  /** @param {number} level */
  function drawBaseline(level) {
    const at = y(level);
    set(base, "d", Number.isFinite(at) ? `M${frame.left} ${at.toFixed(1)}H${frame.right}` : null);
  }

  /** @param {State} state */
  function drawPoints({ values, shown, selection, lit }) {
    const known = shown(ids.weights);
    const [xs, ys, weights] = [ids.points, ids.values, ids.weights].map((id) => values[id].data);
    const most = Math.max(...Array.from(weights, (a) => (a > 0 ? a : 0)));
    const tall = STEM * (frame.bottom - frame.top) * 0.8;
    let path = "";
    points.forEach((circle, i) => {
      const [px, py] = [x(xs[i]), y(ys[i])];
      const a = known && Number.isFinite(weights[i]) ? weights[i] : 0;
      show(circle, Number.isFinite(px) && Number.isFinite(py));
      if (!Number.isFinite(px) || !Number.isFinite(py)) return;
      setAll(circle, { cx: px.toFixed(1), cy: py.toFixed(1), r: Math.max(LEAST, MOST * Math.sqrt(Math.max(0, a))).toFixed(2) });
      mark(circle, "is-weighted", a > 1e-3);
      mark(circle, "is-odd", known && !Number.isFinite(weights[i]));
      mark(circle, "is-chosen", lit.has(`${ids.weights}:${i}`) || (selection !== null && [ids.weights, ids.points, ids.values].includes(selection.step) && selection.offset === i));
      if (a > 0 && most > 0) path += `M${px.toFixed(1)} ${frame.bottom}v${(-tall * (a / most)).toFixed(1)}`;
    });
    set(stems, "d", path || null);
  }

  /** @param {State} state */
  function drawQuery({ values, shown }) {
    const at = values[ids.query].data[0];
    const f = values[ids.prediction].data[0];
    const px = Math.min(frame.right, Math.max(frame.left, Number.isFinite(at) ? x(at) : frame.left));
    const py = y(f);
    const visible = shown(ids.prediction) && Number.isFinite(py) && py >= frame.top - 1 && py <= frame.bottom + 1;
    set(foot, "d", `M${px.toFixed(1)} ${frame.top}V${frame.bottom}`);
    set(grip, "d", `M${px.toFixed(1)} ${frame.top - 14}V${frame.bottom}`);
    set(knob, "transform", `translate(${px.toFixed(1)} ${frame.top + 1})`);
    show(knob, control !== null);
    show(dot, visible);
    set(across, "d", visible ? `M${frame.left} ${py.toFixed(1)}H${px.toFixed(1)}` : null);
    if (visible) set(dot, "transform", `translate(${px.toFixed(1)} ${py.toFixed(1)})`);
    const left = px > frame.left + 60;
    mark(value, "is-left", left);
    set(value, "transform", `translate(${(px + (left ? -13 : 13)).toFixed(1)} ${Math.min(frame.bottom - 8, Math.max(frame.top + 14, visible ? py - 9 : frame.top + 14)).toFixed(1)})`);
    if (control) setAll(handle, { "aria-valuenow": valueNow(at, range[0], range[1]), "aria-valuetext": `${name} = ${format(at)}, prediction ${shown(ids.prediction) ? format(f) : "not yet computed"}` });
  }

  /** @param {number[]} xs @param {ArrayLike<number>} ys */
  function pathOf(xs, ys) {
    let [path, pen] = ["", "M"];
    xs.forEach((at, i) => {
      const py = y(ys[i]);
      if (!Number.isFinite(py)) pen = "M";
      else {
        path += `${pen}${x(at).toFixed(1)} ${Math.min(3 * frame.bottom, Math.max(-2 * frame.bottom, py)).toFixed(1)}`;
        pen = "L";
      }
    });
    return path || null;
  }

  /** @param {number} wanted */
  function move(wanted) {
    if (!control) return;
    const kept = Math.min(range[1], Math.max(range[0], wanted));
    controls.set(control.target, snapped(kept, control));
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    const box = root.getBoundingClientRect();
    move(x.invert(((event.clientX - box.left) / box.width) * root.viewBox.baseVal.width));
  }

  let dragging = false;
  handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0 || !control) return;
    dragging = true;
    handle.setPointerCapture(event.pointerId);
    handle.focus();
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => dragging && follow(event));
  for (const type of ["pointerup", "pointercancel"]) {
    handle.addEventListener(type, () => {
      dragging = false;
      controls.settle();
    });
  }
  handle.addEventListener("touchstart", (/** @type {Event} */ event) => event.preventDefault(), { passive: false });
  handle.addEventListener("keyup", () => controls.settle());
  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (!control || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    move(replay.values[ids.query].data[0] + KEYS[event.key] * Math.max(control.step, (range[1] - range[0]) / 100));
  });

  return { element, draw };
}
