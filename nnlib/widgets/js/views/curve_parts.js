// The pieces of a curve drawing: line, dot, name and number of each curve, and where they go.
import { labelText, labelWidth } from "./label.js";
import { placeNamed } from "./missing.js";
import { mark, set, setAll, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {ReturnType<typeof makeCurve>} Curve */

export const MARGIN = { left: 46, right: 14, top: 14, bottom: 44 };
/** Height of a name. */
const LINE = 20;

/** @param {State} state @param {{step: number, offset: number}} place */
export function valueAt(state, { step, offset }) {
  return state.values[step].data[offset];
}

/** @param {Context} context @param {string} name @param {number} index */
export function makeCurve(context, name, index) {
  const { step, offset } = placeNamed(context.trace, name);
  const derived = context.trace.steps[step].phase === "backward";
  const look = `${derived ? "nn-derivative" : "nn-function"} nn-curve-${index}`;
  return {
    step, offset, derived,
    line: svg("path", { class: `nn-plot ${look}` }),
    dot: svg("circle", { class: `nn-dot ${look}`, r: 4.5 }),
    half: 0.57 * labelWidth(name) + 4, // of the room for the name
    name: labelText(name, { class: `nn-curve-name ${look}` }),
    value: svg("g", { class: `nn-curve-value ${look}` }, context.svgNumber(step, offset)),
  };
}

/** @param {any} sweep @param {number} k @param {(v: number) => number} x @param {(v: number) => number} y @param {[number, number]} bounds */
export function pathOf(sweep, k, x, y, [low, high]) {
  const span = high - low;
  let path = "";
  let pen = "M";
  sweep.x.forEach((/** @type {number} */ at, /** @type {number} */ i) => {
    const value = sweep.y[k][i];
    if (!Number.isFinite(value)) {
      pen = "M";
      return;
    }
    const kept = Math.min(high + span, Math.max(low - span, value));
    path += `${pen}${x(at).toFixed(1)} ${y(kept).toFixed(1)}`;
    pen = "L";
  });
  return path || null;
}

/** Each curve carries its name where no curve comes near it, and where it is apart from the others.
 * @param {Curve[]} curves @param {any} sweep @param {(v: number) => number} x @param {(v: number) => number} y @param {import("./axes.js").Frame} frame */
export function nameCurves(curves, sweep, x, y, frame) {
  const px = sweep.x.map(x);
  const py = sweep.y.map((/** @type {number[]} */ list) => list.map(y));
  const places = placesOf(px, py, curves.map((c) => c.half), frame);
  curves.forEach((c, k) => {
    show(c.name, places[k].room > 0);
    setAll(c.name, { x: places[k].x.toFixed(1), y: (places[k].y + 5).toFixed(1), "text-anchor": "middle" });
  });
}

/** Where the names go; without `room` there is no place for one. No DOM.
 * @param {number[]} px @param {number[][]} py @param {number[]} halves of the widths @param {import("./axes.js").Frame} frame */
export function placesOf(px, py, halves, frame) {
  /** @type {{room: number, x: number, y: number, half: number}[]} */
  const places = [];
  halves.forEach((half, k) => {
    let best = { room: 0, x: 0, y: 0, half };
    for (let i = 2; i < px.length; i += 4) {
      const gap = Math.min(60, ...py.flatMap((list, j) => (j === k || !Number.isFinite(list[i]) ? [] : [Math.abs(list[i] - py[k][i])])));
      for (const side of [-16, 18, -30, 32]) {
        const at = { x: px[i], y: py[k][i] + side, half };
        if (!(at.x > frame.left + half && at.x < frame.right - half && at.y > frame.top + 8 && at.y < frame.bottom - 12)) continue;
        if (places.some((other) => other.room > 0 && Math.abs(other.x - at.x) < half + other.half && Math.abs(other.y - at.y) < LINE)) continue;
        const room = Math.min(26, clearance(px, py, at)) + 0.3 * gap + 0.01 * at.x - 0.2 * Math.abs(side);
        if (room > best.room) best = { room, ...at };
      }
    }
    places.push(best);
  });
  return places;
}

/** Least height between a name and any curve passing above or below it. @param {number[]} px @param {number[][]} py @param {{x: number, y: number, half: number}} at */
function clearance(px, py, at) {
  let least = Infinity;
  px.forEach((x, i) => {
    if (Math.abs(x - at.x) > at.half) return;
    for (const list of py) if (Number.isFinite(list[i])) least = Math.min(least, Math.abs(list[i] - at.y));
  });
  return least;
}

/** Numbers beside points keep a line's distance from each other. @param {number[]} heights */
export function apart(heights) {
  const order = heights.map((_, i) => i).filter((i) => Number.isFinite(heights[i])).sort((a, b) => heights[a] - heights[b]);
  const moved = [...heights];
  for (let i = 1; i < order.length; i += 1) {
    moved[order[i]] = Math.max(moved[order[i]], moved[order[i - 1]] + 15);
  }
  return moved;
}

/** @param {Curve} c @param {number} px @param {number} py @param {number} textY @param {boolean} known @param {number} width @param {number} height */
export function placeDot(c, px, py, textY, known, width, height) {
  const inside = known && Number.isFinite(py) && py >= 0 && py <= height - MARGIN.bottom + 1;
  show(c.dot, inside);
  show(c.value, known);
  if (inside) setAll(c.dot, { cx: px.toFixed(1), cy: py.toFixed(1) });
  const left = px > width - 110;
  mark(c.value, "is-left", left);
  const at = Number.isFinite(textY) ? Math.min(height - MARGIN.bottom - 4, Math.max(12, textY - 4)) : 24;
  set(c.value, "transform", `translate(${(px + (left ? -12 : 12)).toFixed(1)} ${at.toFixed(1)})`);
}
