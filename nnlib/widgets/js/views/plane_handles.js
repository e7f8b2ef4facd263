// Hands on the plane: the line carries the bias, the tip of the arrow the weights, by pointer, finger or arrow keys.
import { format } from "../ui/format.js";
import { spoken } from "./label.js";
import { carried, snapped, turned } from "./plane_geometry.js";
import { place } from "./plane_parts.js";
import { mark, set, setAll, show, svg, valueNow } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("../ui/types.js").Control} Control */
/** @typedef {import("./plane_model.js").Model} Model */
/** @typedef {import("./plane_model.js").Plot} Plot */
/** @typedef {import("./plane_model.js").Ids} Ids */
/** @typedef {import("./plane_geometry.js").Point} Point */
/** @typedef {(to: Point) => void} Follow */

const STRIDES = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity });
const COMPASS = /** @type {Record<string, [0 | 1, number]>} */ ({ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] });

/** @param {Context} context @param {Ids} ids @param {SVGSVGElement} root @param {() => {model: Model, plot: Plot} | null} now */
export function planeHandles(context, ids, root, now) {
  const { controls, replay } = context;
  const bias = ids.bias === null ? null : controls.find(ids.bias, 0);
  const pair = [0, 1].map((k) => controls.find(ids.weights, k));
  const weights = pair[0] && pair[1] ? /** @type {[Control, Control]} */ (pair) : null;
  const carries = bias !== null || (ids.bias === null && weights !== null);
  const grip = svg("circle", { r: 6, class: "nn-point" });
  const hit = svg("path", { class: "nn-hit" });
  const line = svg("g", { class: "nn-line-handle" }, hit, grip);
  const tip = svg("g", { class: "nn-tip-handle" }, svg("circle", { class: "nn-grip", r: 12 }), svg("circle", { r: 9, class: "nn-point" }));
  if (bias) setAll(line, { role: "slider", tabindex: 0, "aria-label": `The line, which moves ${spoken(bias.target)}`, "aria-valuemin": bias.min, "aria-valuemax": bias.max });
  if (weights) {
    const names = weights.map(({ target }) => spoken(target));
    setAll(tip, { role: "slider", tabindex: 0, "aria-label": `The arrow: left and right change ${names[0]}, up and down ${names[1]}`, "aria-valuemin": weights[0].min, "aria-valuemax": weights[0].max });
  }
  const reach = Math.max(0, ...(weights ?? []).flatMap(({ min, max }) => [-min, max]));

  /** @param {Model} model @param {Plot} plot */
  function draw({ segment, tip: end, w, b }, plot) {
    const ends = segment?.map((p) => place(plot, p));
    show(grip, carries && !!ends);
    set(hit, "d", carries && ends ? `M${ends.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L")}` : null);
    if (ends) setAll(grip, { cx: between(ends, 0).toFixed(1), cy: between(ends, 1).toFixed(1) });
    if (bias) setAll(line, { "aria-valuenow": valueNow(b, bias.min, bias.max), "aria-valuetext": `${bias.target} = ${format(b)}` });
    show(tip, weights !== null && end !== null);
    if (!weights || !end) return;
    set(tip, "transform", `translate(${place(plot, end).map((v) => v.toFixed(1)).join(" ")})`);
    setAll(tip, { "aria-valuenow": valueNow(w[0], weights[0].min, weights[0].max), "aria-valuetext": weights.map(({ target }, k) => `${target} = ${format(w[k])}`).join(", ") });
  }

  /** @param {[Control, Control]} held @param {number[]} wanted */
  function setWeights(held, wanted) {
    held.forEach((control, k) => controls.set(control.target, snapped(wanted[k], control), "the arrow"));
  }

  /** @param {Model} model @param {Point} from @returns {Follow | null} */
  function grabLine({ w, b }, from) {
    if (bias) return (to) => controls.set(bias.target, snapped(carried(w, b, from, to), bias));
    return weights && ((to) => setWeights(weights, turned(w, from, to)));
  }

  /** @param {Model} model @param {Point} from @param {Plot} plot @returns {Follow | null} */
  function grabTip({ w }, from, { scale }) {
    return weights && ((to) => setWeights(weights, [w[0] + (to[0] - from[0]) / scale, w[1] + (to[1] - from[1]) / scale]));
  }

  /** The place of a pointer in the plane; the axes may grow under a drag, so the plot is that of its start. @param {PointerEvent} event @param {Plot} plot @returns {Point} */
  function placeOf(event, { x, y, frame }) {
    const box = root.getBoundingClientRect();
    const unit = (frame.right + 10) / box.width;
    return [x.invert((event.clientX - box.left) * unit), y.invert((event.clientY - box.top) * unit)];
  }

  /** @param {any} element @param {(model: Model, from: Point, plot: Plot) => Follow | null} grab */
  function draggable(element, grab) {
    /** @type {{follow: Follow, plot: Plot} | null} */
    let held = null;
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      const { model, plot } = now() ?? {};
      if (event.button !== 0 || !model || !plot || held) return;
      const follow = grab(model, placeOf(event, plot), plot);
      if (!follow) return;
      held = { follow, plot };
      element.setPointerCapture(event.pointerId);
      element.focus();
      event.preventDefault();
    });
    element.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => held?.follow(placeOf(event, held.plot)));
    for (const type of ["pointerup", "pointercancel"]) {
      element.addEventListener(type, () => {
        held = null;
        controls.settle();
      });
    }
    // Not every browser heeds touch-action on a part of a drawing.
    element.addEventListener("touchstart", (/** @type {Event} */ event) => event.preventDefault(), { passive: false });
    element.addEventListener("keyup", () => controls.settle());
  }

  /** @param {KeyboardEvent} event @param {boolean} used */
  function take(event, used) {
    if (!used || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  line.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const strides = STRIDES[event.key];
    if (!bias || !take(event, strides !== undefined)) return;
    controls.set(bias.target, snapped(replay.get(bias.target) + strides * strideOf(bias), bias));
  });
  tip.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const way = COMPASS[event.key];
    if (!weights || !take(event, way !== undefined)) return;
    const [k, sign] = way;
    controls.set(weights[k].target, snapped(replay.get(weights[k].target) + sign * strideOf(weights[k]), weights[k]));
  });
  if (carries) draggable(line, grabLine);
  if (weights) draggable(tip, grabTip);
  if (bias) {
    line.addEventListener("pointerover", (/** @type {Event} */ event) => {
      event.stopPropagation();
      context.hover(/** @type {number} */ (ids.bias), 0);
    });
  }
  mark(line, "is-turned", carries && !bias);
  return { elements: [line, tip], draw, reach };
}

/** About an eightieth of the way, in whole steps. @param {Control} control */
function strideOf({ min, max, step }) {
  return step * Math.max(1, Math.floor((max - min) / step / 80));
}

/** Four fifths along, clear of the arrow. @param {Point[]} ends @param {0 | 1} k */
function between(ends, k) {
  return 0.2 * ends[0][k] + 0.8 * ends[1][k];
}
