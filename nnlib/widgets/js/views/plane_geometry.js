// The line w·x + b = 0: where it runs, which half is positive, and what a hand that moves it means. Pure numbers: no DOM.

/** @typedef {[number, number]} Point */
/** @typedef {[[number, number], [number, number]]} Box the ranges of x and y */
/** @typedef {{min: number, max: number, step: number}} Steps */

/** In the order in which a trace computes it. @param {Point} w @param {number} b @param {Point} x */
export function score(w, b, x) {
  return w[0] * x[0] + w[1] * x[1] + b;
}

/**
 * The line by the direction it faces and its signed distance: unit·x + offset = 0. Dividing by the larger weight
 * first keeps the length of w from overflowing.
 * @param {Point} w @param {number} b
 * @returns {{kind: "odd"} | {kind: "none", sign: number} | {kind: "line", unit: Point, offset: number}}
 */
export function lineOf(w, b) {
  if (![...w, b].every(Number.isFinite)) return { kind: "odd" };
  const large = Math.max(Math.abs(w[0]), Math.abs(w[1]));
  if (large === 0) return { kind: "none", sign: Math.sign(b) };
  const length = Math.hypot(w[0] / large, w[1] / large);
  return { kind: "line", unit: [w[0] / large / length, w[1] / large / length], offset: b / large / length };
}

/** The part of a box where unit·x + offset > 0, and the piece of the line inside.
 * @param {Point} unit @param {number} offset @param {Box} box @returns {{area: Point[], segment: Point[] | null}} */
export function halfOf(unit, offset, [[x0, x1], [y0, y1]]) {
  const corners = /** @type {Point[]} */ ([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
  const heights = corners.map((p) => score(unit, offset, p));
  const area = /** @type {Point[]} */ ([]);
  const segment = /** @type {Point[]} */ ([]);
  corners.forEach((p, i) => {
    const [q, a, c] = [corners[(i + 1) % 4], heights[i], heights[(i + 1) % 4]];
    if (a > 0) area.push(p);
    if (a > 0 === c > 0) return;
    const t = a / (a - c);
    const crossing = /** @type {Point} */ ([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
    area.push(crossing);
    segment.push(crossing);
  });
  return { area, segment: segment.length === 2 ? segment : null };
}

/** Which points lie on the side of their class; one exactly on the line is on neither.
 * @param {{x: Point, positive: boolean}[]} points @param {Point} w @param {number} b */
export function tally(points, w, b) {
  const scores = points.map(({ x }) => score(w, b, x));
  const right = points.filter(({ positive }, i) => (positive ? scores[i] > 0 : scores[i] < 0)).length;
  const wrong = points.flatMap(({ positive }, i) => ((positive ? scores[i] < 0 : scores[i] > 0) ? [i] : []));
  return { right, wrong: new Set(wrong), open: scores.filter((z) => z === 0).length };
}

/** A range with room for the values that lie less than its own length outside. @param {[number, number]} range @param {number[]} values
 * @returns {[number, number]} */
export function grown([low, high], values) {
  const span = high - low;
  const near = values.filter((v) => v >= low - span && v <= high + span);
  const [least, most] = [Math.min(low, ...near), Math.max(high, ...near)];
  return [least < low ? least - 0.08 * span : low, most > high ? most + 0.08 * span : high];
}

/** One unit is as long across as up, or the arrow would not stand square on the line: the ranges are widened to fill the frame.
 * @param {Box} ranges @param {{left: number, right: number, top: number, bottom: number}} frame @returns {Box} */
export function squared([xs, ys], frame) {
  const [wide, tall] = [frame.right - frame.left, frame.bottom - frame.top];
  const unit = Math.min(wide / (xs[1] - xs[0]), tall / (ys[1] - ys[0]));
  const widened = (/** @type {[number, number]} */ [low, high], /** @type {number} */ pixels) =>
    /** @type {[number, number]} */ ([(low + high - pixels / unit) / 2, (low + high + pixels / unit) / 2]);
  return [widened(xs, wide), widened(ys, tall)];
}

/** Of the full length, a half, a fifth, a tenth ...: the first at which a weight of this size stays in view.
 * @param {number} reach the largest weight @param {number} room */
export function arrowScale(reach, room) {
  if (!(reach > room) || !Number.isFinite(reach)) return 1;
  const power = 10 ** Math.floor(Math.log10(room / reach));
  return /** @type {number} */ ([5, 2, 1].find((m) => m * power * reach <= room * 1.001)) * power;
}

/** Towards `tip` as far as the box goes. @param {Point} from inside the box @param {Point} tip @param {Box} box @returns {Point} */
export function kept(from, tip, box) {
  const share = Math.min(1, ...[0, 1].map((k) => {
    const away = tip[k] - from[k];
    return away === 0 ? 1 : ((away > 0 ? box[k][1] : box[k][0]) - from[k]) / away;
  }));
  return [from[0] + share * (tip[0] - from[0]), from[1] + share * (tip[1] - from[1])];
}

/** @param {Point} point @param {Box} box */
export function inside([x, y], [xs, ys]) {
  return x >= xs[0] && x <= xs[1] && y >= ys[0] && y <= ys[1];
}

/** The value that a slider would take: on a step, between its ends. @param {number} value @param {Steps} steps */
export function snapped(value, { min, max, step }) {
  const last = Math.floor((max - min) / step + 1e-9);
  const count = Math.min(last, Math.max(0, Math.round((value - min) / step)));
  const digits = Math.min(20, Math.max(0, 9 - Math.floor(Math.log10(step))));
  return Number((min + count * step).toFixed(digits)) + 0;
}

/** The bias of the line once it has been carried from one point to another. @param {Point} w @param {number} b @param {Point} from @param {Point} to */
export function carried(w, b, from, to) {
  return b - w[0] * (to[0] - from[0]) - w[1] * (to[1] - from[1]);
}

/** w turned about the origin by the angle between two points. @param {Point} w @param {Point} from @param {Point} to @returns {Point} */
export function turned(w, from, to) {
  const angle = Math.atan2(from[0] * to[1] - from[1] * to[0], from[0] * to[0] + from[1] * to[1]);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * w[0] - s * w[1], s * w[0] + c * w[1]];
}
