// What the pictures of a window are put together from: captioned grids, signs between them, sums that are in no tensor.
import { format } from "../ui/format.js";
import { html, setText } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./window_slides.js").Cell} Cell */
/** @typedef {import("./window_plan.js").Plan} Plan */
/** @typedef {import("./types.js").Context & {plan: Plan, say: (sentence: string) => void, chosen: (step: number, offset: number) => void,
 *   move: (row: number, column: number) => void, settle: () => void}} App
 */
/** @typedef {"output" | "kernel" | "image"} Mode */
/** @typedef {{stop: string, told: string, mode: "spread" | Mode, filter: number, channel: number, output: [number, number], kernel: [number, number], image: [number, number]}} At */
/** @typedef {{width: number, tall: number, narrow: boolean}} Room */
/** @typedef {{element: HTMLElement, update: (state: State, at: At, room: Room) => void}} Scene */

export const MOST_LANES = 6;
/** Below this many weights the patch and the products stand beside the image. */
export const MOST_TAPS = 25;
const CAPTION = 15;

/** @param {string} caption @param {Element} grid @param {string} [hue] */
export function figure(caption, grid, hue = "") {
  return html("figure", { class: `nn-window-part ${hue}` }, html("figcaption", {}, caption), grid);
}

/** @param {string} sign */
export function sign(sign) {
  return html("span", { class: "nn-window-sign" }, sign);
}

/** A number that is in no tensor. */
export function figureOf() {
  const element = html("span", { class: "nn-window-total" }, "·");
  return { element, set: (/** @type {number | undefined} */ sum) => setText(element, sum === undefined ? "·" : format(sum)) };
}

/** @param {State} state @param {Cell} cell @returns {number} */
export function valueOf(state, cell) {
  return cell ? state.values[cell.step].data[cell.offset] : 0;
}

/** @param {State} state @param {number} step */
export function largestOf(state, step) {
  let largest = 0;
  for (const value of state.values[step].data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** Sizes in pixels that fit one lane for each channel, the grids beside it, and the grid of the result.
 * @param {Room} room @param {{lanes: number, source: [number, number], detail: [number, number], details: number, target: [number, number]}} wanted */
export function sizes({ width, tall, narrow }, { lanes, source, detail, details, target }) {
  const between = (/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ size) => Math.max(low, Math.min(high, Math.floor(size)));
  if (narrow) {
    const image = between(9, lanes > 1 ? 20 : 28, (width - 16) / source[1]);
    return { source: image, detail: between(15, 26, (width - 40 - 26 * details) / (details * detail[1])), target: between(9, 28, (width - 16) / target[1]) };
  }
  const lane = (tall - CAPTION) / lanes - 4;
  const result = between(9, 28, Math.min((width * 0.19) / target[1], (tall - 50) / target[0]));
  const image = between(9, 28, Math.min(lane / source[0], (width * 0.25) / source[1]));
  const left = width - image * source[1] - result * target[1] - 84 - 20 * details;
  return { source: image, detail: between(15, 26, Math.min(lane / detail[0], left / (details * detail[1]))), target: result };
}
