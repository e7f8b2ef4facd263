// A frame with ticks and numbers, shared by the plots. Ticks are reused from one drawing to the next.
import { set, setAll, setText, show, svg } from "./svg.js";
import { tickText } from "./scale.js";

/** @typedef {import("./scale.js").Scale} Scale */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Frame edges in px */

export function axes() {
  const element = svg("g", { class: "nn-axes", "aria-hidden": "true" });
  const pool = { x: /** @type {any[]} */ ([]), y: /** @type {any[]} */ ([]) };
  const zero = { x: svg("path", { class: "nn-zero" }), y: svg("path", { class: "nn-zero" }) };
  const box = svg("path", { class: "nn-axis" });
  element.append(box, zero.x, zero.y);

  /** @param {"x" | "y"} axis @param {number} i */
  function tick(axis, i) {
    const made = pool[axis][i] ?? svg("g", {}, svg("path", { class: "nn-tick" }), svg("text", { "text-anchor": axis === "x" ? "middle" : "end" }));
    if (!pool[axis][i]) {
      pool[axis].push(made);
      element.append(made);
    }
    show(made, true);
    return made;
  }

  /** @param {Frame} frame @param {{scale: Scale, values: number[]}} x @param {{scale: Scale, values: number[]}} y */
  function draw(frame, x, y) {
    setAll(box, { d: `M${frame.left} ${frame.top}V${frame.bottom}H${frame.right}` });
    x.values.forEach((value, i) => place(tick("x", i), x.scale(value), frame.bottom, "M0 0v5", [0, 18], value));
    y.values.forEach((value, i) => place(tick("y", i), frame.left, y.scale(value), "M0 0h-5", [-8, 4], value));
    for (const [list, used] of /** @type {[any[], number][]} */ ([[pool.x, x.values.length], [pool.y, y.values.length]])) {
      list.slice(used).forEach((extra) => show(extra, false));
    }
    drawZero(zero.x, within(x.scale(0), frame.left, frame.right), (at) => `M${at} ${frame.top}V${frame.bottom}`);
    drawZero(zero.y, within(y.scale(0), frame.top, frame.bottom), (at) => `M${frame.left} ${at}H${frame.right}`);
  }

  return { element, draw };
}

/** @param {any} mark @param {number} x @param {number} y @param {string} d @param {[number, number]} offset @param {number} value */
function place(mark, x, y, d, [dx, dy], value) {
  set(mark, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  set(mark.firstChild, "d", d);
  setAll(mark.lastChild, { x: dx, y: dy });
  setText(mark.lastChild, tickText(value));
}

/** @param {number} at @param {number} low @param {number} high */
function within(at, low, high) {
  return at > low + 0.5 && at < high - 0.5 ? at.toFixed(1) : null;
}

/** @param {any} line @param {string | null} at @param {(at: string) => string} path */
function drawZero(line, at, path) {
  set(line, "d", at === null ? null : path(at));
}
