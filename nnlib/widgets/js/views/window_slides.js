// Three convolutions of one layer, each a window of weights that slides over an image: the output, the gradient of the kernel
// (the upstream gradient slides over the image) and the gradient of the image (the turned kernel slides over the upstream). No DOM.
import { offset } from "../engine/array.js";
import { paddedLength, pixelAt, spreadAt, spreadLength } from "./window_geometry.js";

/** @typedef {import("./window_plan.js").Plan} Plan */
/** @typedef {import("./types.js").Place} Place */
/** A number of the trace, or a zero that was put there. @typedef {Place | null} Cell */
/**
 * @typedef {object} Lane
 * @property {number} index                    of its channel or filter
 * @property {(row: number, column: number) => Cell} source
 * @property {(row: number, column: number) => Cell} weight
 */
/**
 * @typedef {object} Slide
 * @property {"output" | "kernel" | "image"} makes
 * @property {Lane[]} lanes
 * @property {[number, number]} source        rows and columns that it slides over
 * @property {[number, number]} taps          rows and columns of its weights
 * @property {[number, number]} gap           between two weights
 * @property {[number, number]} step          between two places
 * @property {[number, number]} places
 * @property {(row: number, column: number) => Place} target
 * @property {Place | null} bias
 */

/** @param {Plan} plan @param {number} f */
const groupOf = ({ own, channels, filters }, f) => Math.floor(f / (filters / (channels / own)));

/** @param {Plan} plan @param {number} f @returns {number[]} the channels that a filter sees */
export function channelsOf(plan, f) {
  return Array.from({ length: plan.own }, (_, c) => groupOf(plan, f) * plan.own + c);
}

/** @param {Plan} plan @param {number} c @returns {number[]} the filters that see a channel */
export function filtersOf(plan, c) {
  return Array.from({ length: plan.filters }, (_, f) => f).filter((f) => channelsOf(plan, f).includes(c));
}

/** An image with its padding. @param {Plan} plan @param {number} step @param {number} c @returns {Lane["source"]} */
export function paddedImage({ rows, columns, channels }, step, c) {
  return (r, q) => {
    const [row, column] = [pixelAt(rows, 0, 0) + r, pixelAt(columns, 0, 0) + q];
    if (row < 0 || row >= rows.n || column < 0 || column >= columns.n) return null;
    return { step, offset: offset([1, channels, rows.n, columns.n], [0, c, row, column]) };
  };
}

/** @param {Plan} plan @param {number} step the kernel, or its gradient @param {number} f @param {number} c @param {number} u @param {number} v @returns {Place} */
export function weightAt({ rows, columns, own, filters }, step, f, c, u, v) {
  return { step, offset: offset([filters, own, rows.k, columns.k], [f, c % own, u, v]) };
}

/** @param {Plan} plan @param {number} step the output, or its gradient @param {number} f @param {number} i @param {number} j @returns {Place} */
export function outputAt({ rows, columns, filters }, step, f, i, j) {
  return { step, offset: offset([1, filters, rows.out, columns.out], [0, f, i, j]) };
}

/** @param {Plan} plan @returns {[number, number]} */
const padded = ({ rows, columns }) => [paddedLength(rows), paddedLength(columns)];

/** Z[f] = the kernel over the image. @param {Plan} plan @param {number} f @returns {Slide} */
export function forwardSlide(plan, f) {
  const { rows, columns, image, output, bias } = plan;
  const kernel = /** @type {number} */ (plan.kernel);
  return {
    makes: "output", source: padded(plan), taps: [rows.k, columns.k], gap: [rows.d, columns.d], step: [rows.s, columns.s], places: [rows.out, columns.out],
    lanes: channelsOf(plan, f).map((c) => ({ index: c, source: paddedImage(plan, image, c), weight: (u, v) => weightAt(plan, kernel, f, c, u, v) })),
    target: (i, j) => outputAt(plan, output, f, i, j), bias: bias === null ? null : { step: bias, offset: f },
  };
}

/** dL/dK[f, c] = the upstream gradient over the image: stride and dilation change places. @param {Plan} plan @param {number} f @param {number} c @returns {Slide} */
export function kernelSlide(plan, f, c) {
  const { rows, columns, image, gradients } = plan;
  const [upstream, made] = [/** @type {number} */ (gradients.output), /** @type {number} */ (gradients.kernel)];
  return {
    makes: "kernel", source: padded(plan), taps: [rows.out, columns.out], gap: [rows.s, columns.s], step: [rows.d, columns.d], places: [rows.k, columns.k],
    lanes: [{ index: c, source: paddedImage(plan, image, c), weight: (i, j) => outputAt(plan, upstream, f, i, j) }],
    target: (u, v) => weightAt(plan, made, f, c, u, v), bias: null,
  };
}

/** dL/dX[c] = the kernel, turned by 180 degrees, over the upstream gradient with zeros between and around. @param {Plan} plan @param {number} c @returns {Slide} */
export function imageSlide(plan, c) {
  const { rows, columns, gradients, channels } = plan;
  const [upstream, made, kernel] = [gradients.output, gradients.image, plan.kernel].map((id) => /** @type {number} */ (id));
  return {
    makes: "image", source: [spreadLength(rows), spreadLength(columns)], taps: [rows.k, columns.k], gap: [rows.d, columns.d], step: [1, 1], places: [rows.n, columns.n],
    lanes: filtersOf(plan, c).map((f) => ({
      index: f,
      source: (r, q) => {
        const [i, j] = [spreadAt(rows, r), spreadAt(columns, q)];
        return i < 0 || j < 0 ? null : outputAt(plan, upstream, f, i, j);
      },
      weight: (a, b) => weightAt(plan, kernel, f, c, rows.k - 1 - a, columns.k - 1 - b),
    })),
    target: (r, q) => ({ step: made, offset: offset([1, channels, rows.n, columns.n], [0, c, r, q]) }), bias: null,
  };
}

/** What lies under a tap. @param {Slide} slide @param {Lane} lane @param {[number, number]} at the place @param {number} a @param {number} b @returns {Cell} */
export function under({ step, gap }, lane, at, a, b) {
  return lane.source(at[0] * step[0] + a * gap[0], at[1] * step[1] + b * gap[1]);
}

/** All pairs of numbers whose products make one number; those with a zero that was put there are left out.
 * @param {Slide} slide @param {[number, number]} at @returns {[Place, Place][]} */
export function pairsAt(slide, at) {
  /** @type {[Place, Place][]} */
  const pairs = [];
  for (const lane of slide.lanes) {
    for (let a = 0; a < slide.taps[0]; a += 1) {
      for (let b = 0; b < slide.taps[1]; b += 1) {
        const [x, w] = [under(slide, lane, at, a, b), lane.weight(a, b)];
        if (x && w) pairs.push([x, w]);
      }
    }
  }
  return pairs;
}
