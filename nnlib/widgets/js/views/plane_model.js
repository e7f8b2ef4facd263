// What the plane shows, read from the numbers of the moment: pure, so that it can be tested without a page.
import { stepNamed } from "./missing.js";
import { arrowScale, grown, halfOf, inside, kept, lineOf, squared, tally } from "./plane_geometry.js";
import { linear } from "./scale.js";

/** @typedef {import("./plane_geometry.js").Point} Point */
/** @typedef {import("./plane_geometry.js").Box} Box */
/** @typedef {{points: number, targets: number, weights: number, bias: number | null, current: number | null}} Ids */
/** @typedef {ReturnType<typeof readingsOf>} Readings */
/** @typedef {ReturnType<typeof plotOf>} Plot */
/** @typedef {ReturnType<typeof modelOf>} Model */

/** A variant without the bias has its line pinned. @param {any} trace @param {any} view @returns {Ids} */
export function idsOf(trace, view) {
  const [points, targets, weights] = [view.points, view.targets, view.weights].map((name) => stepNamed(trace, name));
  return { points, targets, weights, bias: trace.byName.get(view.bias) ?? null, current: trace.byName.get(view.current) ?? null };
}

/** @param {Ids} ids @param {{data: Float64Array}[]} values */
export function readingsOf(ids, values) {
  const [xs, ts, ws] = [ids.points, ids.targets, ids.weights].map((id) => values[id].data);
  const points = Array.from(ts, (t, row) => ({ x: /** @type {Point} */ ([xs[2 * row], xs[2 * row + 1]]), positive: t > 0, row }));
  return {
    points, w: /** @type {Point} */ ([ws[0], ws[1]]), b: ids.bias === null ? 0 : values[ids.bias].data[0],
    current: ids.current === null ? -1 : Math.round(values[ids.current].data[0]),
  };
}

/** The ranges fill the frame, and hold the origin and the points where these are near enough.
 * @param {Readings} readings @param {Box} range @param {import("./axes.js").Frame} frame @param {number} reach the largest weight that the controls allow */
export function plotOf({ points, w }, range, frame, reach) {
  const ranges = range.map((ends, k) => grown(ends, [0, ...points.map(({ x }) => x[k])]));
  const box = squared(/** @type {Box} */ (ranges), frame);
  const base = /** @type {Point} */ (inside([0, 0], box) ? [0, 0] : box.map(([low, high]) => (low + high) / 2));
  const room = 0.7 * Math.min(...box.map(([low, high]) => high - low));
  return {
    frame, box, base, scale: arrowScale(Math.max(reach, Math.abs(w[0]), Math.abs(w[1])), room),
    x: linear(box[0], [frame.left, frame.right]), y: linear(box[1], [frame.bottom, frame.top]),
  };
}

/** @param {Readings} readings @param {Plot} plot @param {boolean} known whether weights and bias are there yet */
export function modelOf({ points, w, b, current }, plot, known) {
  const line = known ? lineOf(w, b) : { kind: /** @type {const} */ ("unknown") };
  const { area, segment } = halves(line, plot.box);
  const drawn = points.filter(({ x }) => inside(x, plot.box));
  const counted = line.kind === "line" || line.kind === "none";
  return {
    w, b, line, area, segment, current, points: drawn, total: points.length, outside: points.length - drawn.length, counted,
    foot: line.kind === "line" ? /** @type {Point} */ ([-line.offset * line.unit[0], -line.offset * line.unit[1]]) : null,
    tip: counted ? tipOf(w, plot) : null,
    ...(counted ? tally(points, w, b) : { right: 0, wrong: new Set(), open: 0 }),
  };
}

/** @param {{kind: "unknown"} | ReturnType<typeof lineOf>} line @param {Box} box @returns {{area: Point[], segment: Point[] | null}} */
function halves(line, box) {
  if (line.kind === "line") return halfOf(line.unit, line.offset, box);
  return line.kind === "none" && line.sign > 0 ? halfOf([0, 0], 1, box) : { area: [], segment: null };
}

/** Where the arrow ends on the page: at its tip, or where it would leave the drawing. @param {Point} w @param {Plot} plot @returns {Point} */
export function tipOf(w, { base, scale, box }) {
  return kept(base, [base[0] + scale * w[0], base[1] + scale * w[1]], box);
}

/** What the drawing cannot show, in words. @param {Model} model @param {{sum: string, weights: string, line: string[]}} names */
export function sentenceOf({ line, segment, area, outside, w, b }, names) {
  const sign = area.length > 0 ? "above 0" : line.kind === "none" && line.sign === 0 ? "0" : "below 0";
  const odd = names.line[[...w, b].findIndex((value) => !Number.isFinite(value))];
  const about = {
    unknown: `The line appears once ${names.weights} is computed.`,
    odd: `${odd} is not a finite number, so there is no line.`,
    none: `${names.weights} is 0, so there is no line: ${names.sum} is ${sign} everywhere.`,
    line: segment ? "" : `The line lies outside the drawing: ${names.sum} is ${sign} in all of it.`,
  }[line.kind];
  const beyond = outside === 0 ? "" : outside === 1 ? "1 point lies outside the drawing." : `${outside} points lie outside the drawing.`;
  return [about, beyond].filter(Boolean).join(" ");
}

/** @param {Model} model */
export function countOf({ right, wrong, open, total, counted }) {
  if (!counted) return "";
  const rest = [...(wrong.size ? [`${wrong.size} wrong`] : []), ...(open ? [`${open} on the line`] : [])];
  return [`${right} of ${total} right`, ...rest].join(", ");
}
