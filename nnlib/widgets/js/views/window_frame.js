// The frame around what a window sees: it follows the pointer that drags it and the arrow keys.
import { html, set, setAll } from "./svg.js";
import { placeNear, reach } from "./window_geometry.js";

/** @typedef {import("./window_slides.js").Slide} Slide */
/** @typedef {import("./window_pixels.js").Pixels} Pixels */
/** @typedef {{taps: [number, number], gap: [number, number], step: [number, number], places: [number, number]}} Track */
/** @typedef {(row: number, column: number) => void} Move */

const KEYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [-Infinity, -Infinity], End: [Infinity, Infinity],
});
const FAR = 4;

/** @param {Pixels} grid that it lies over @param {{move: Move, settle: () => void, first: boolean}} app `first`: of several frames that move as one it takes the keys */
export function frame(grid, { move, settle, first }) {
  const element = html("div", { class: "nn-frame-box", "aria-hidden": first ? "false" : "true" });
  if (first) setAll(element, { role: "slider", tabindex: 0, "aria-label": "The window: arrow keys move it", "aria-valuemin": 0 });
  /** @type {Track | null} */
  let track = null;
  let at = [0, 0];
  /** @type {{x: number, y: number, moved: boolean} | null} */
  let held = null;
  grid.element.append(element);

  /** @param {Track} next @param {[number, number]} place @param {string} text */
  function draw(next, place, text) {
    [track, at] = [next, place];
    const { taps, gap, step, places } = next;
    const size = (/** @type {0 | 1} */ k, /** @type {string} */ unit) => `calc(${reach(taps[k], gap[k])} * var(${unit}))`;
    const from = (/** @type {0 | 1} */ k, /** @type {string} */ unit) => `calc(${place[k] * step[k]} * var(${unit}))`;
    set(element, "style", `width:${size(1, "--wide")};height:${size(0, "--side")};translate:${from(1, "--wide")} ${from(0, "--side")}`);
    if (first) setAll(element, { "aria-valuemax": places[0] * places[1] - 1, "aria-valuenow": place[0] * places[1] + place[1], "aria-valuetext": text });
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    if (!held || !track) return;
    held.moved ||= Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR;
    if (!held.moved) return;
    const pixel = grid.under(event);
    const { taps, gap, step, places } = track;
    const near = (/** @type {0 | 1} */ k) => placeNear(pixel[k], { taps: taps[k], gap: gap[k], step: step[k], count: places[k] });
    if (near(0) !== at[0] || near(1) !== at[1]) move(near(0), near(1));
  }

  grid.element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0 || /** @type {Element} */ (event.target).matches("input:focus")) return;
    held = { x: event.clientX, y: event.clientY, moved: false };
    // A finger is captured by the cell it is on; the grid hears of it either way.
    if (event.pointerType === "mouse") grid.element.setPointerCapture(event.pointerId);
  });
  grid.element.addEventListener("pointermove", follow);
  for (const type of ["pointerup", "pointercancel"]) {
    grid.element.addEventListener(type, () => {
      if (held?.moved) settle();
      held = null;
    });
  }
  element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = KEYS[event.key];
    if (!by || !track || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { places } = track;
    const within = (/** @type {0 | 1} */ k) => Math.min(places[k] - 1, Math.max(0, at[k] + by[k]));
    move(within(0), within(1));
    settle();
  });
  return { element, draw };
}
