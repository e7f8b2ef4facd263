// A small grid of numbers: shade by magnitude, colour and minus by sign. Where numbers would be too small to read they hide until focus.
import { format } from "../ui/format.js";
import { html, mark, set, setText } from "./svg.js";
import { contentOf, zero } from "./window_cell.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./window_slides.js").Cell} Cell */
/** @typedef {import("./window_cell.js").Content} Content */
/** @typedef {{element: any, key: string, place: Cell, content: Content | null, value: number | undefined, length: number}} Pixel */
/** @typedef {ReturnType<typeof pixels>} Pixels */
/**
 * @typedef {object} Options
 * @property {string} name
 * @property {boolean} [editable]
 * @property {boolean} [wide]          cells may grow with their numbers
 * @property {string} [zeros]          what stands in the padding
 * @property {(row: number, column: number) => void} [pick]  a cell was pressed or has the focus
 */

const KEYS = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });
const LEAST_FONT = 7;
const LARGEST_FONT = 13;
const PER_LETTER = 0.6;

/** @param {Context & {say: (sentence: string) => void, chosen: (step: number, offset: number) => void}} context @param {number} rows @param {number} columns @param {Options} options */
export function pixels(context, rows, columns, { name, editable = false, wide = false, zeros = "0", pick }) {
  const cells = Array.from({ length: rows * columns }, () => /** @type {Pixel} */ ({
    element: html("div", { role: "gridcell", class: "nn-px", tabindex: -1 }), key: "", place: null, content: null, value: undefined, length: 0,
  }));
  const line = (/** @type {number} */ r) => html("div", { role: "row", class: "nn-row" }, ...cells.slice(r * columns, (r + 1) * columns).map((cell) => cell.element));
  const grid = html("div", { role: "grid", class: "nn-pixel-grid", "aria-label": name }, ...Array.from({ length: rows }, (_, r) => line(r)));
  const element = html("div", { class: "nn-pixels" }, grid);
  /** @type {Map<string, Content>} */
  const made = new Map();
  let current = 0;
  let side = 20;
  set(cells[0].element, "tabindex", 0);
  grid.addEventListener("keydown", onKey);
  grid.addEventListener("focusin", onFocus);

  /** @param {(row: number, column: number) => Cell} cellAt */
  function fill(cellAt) {
    cells.forEach((cell, i) => put(cell, cellAt(Math.floor(i / columns), i % columns)));
  }

  /** @param {Pixel} cell @param {Cell} place */
  function put(cell, place) {
    const key = place ? `${place.step}:${place.offset}` : "zero";
    if (key === cell.key) return;
    const content = place ? (made.get(key) ?? contentOf(context, place.step, place.offset, editable, context.say)) : null;
    if (content) made.set(key, content);
    Object.assign(cell, { key, place, content, value: undefined, length: place ? 0 : zeros.length });
    cell.element.replaceChildren(content?.element ?? zero(zeros));
    mark(cell.element, "is-zero", place === null);
  }

  /** Numbers that are in no tensor, such as products; undefined where they are not known yet. @param {(row: number, column: number) => number | undefined} valueAt */
  function write(valueAt) {
    cells.forEach((cell, i) => {
      const value = valueAt(Math.floor(i / columns), i % columns);
      if (cell.key === "own" && Object.is(cell.value, value)) return;
      const text = value === undefined ? "·" : format(value);
      setText(cell.element, text);
      Object.assign(cell, { key: "own", value, length: text.length });
    });
  }

  /** @param {State} state @param {number} largest the number that is shaded darkest */
  function paint(state, largest) {
    let longest = 1;
    for (const cell of cells) {
      if (cell.place) read(cell, state);
      longest = Math.max(longest, cell.length);
      const { value } = cell;
      const share = value === undefined || !Number.isFinite(value) || largest === 0 ? 0 : Math.min(1, Math.abs(value) / largest);
      const style = `--share:${share.toFixed(2)}`;
      set(cell.element, "style", style);
      mark(cell.element, "is-negative", value !== undefined && value < 0);
      mark(cell.element, "is-odd", value !== undefined && !Number.isFinite(value) && cell.place !== null);
      mark(cell.element, "is-chosen", cell.place !== null && state.selection?.step === cell.place.step && state.selection.offset === cell.place.offset);
    }
    scale(longest);
  }

  /** @param {Pixel} cell @param {State} state */
  function read(cell, state) {
    const { step, offset } = /** @type {import("./types.js").Place} */ (cell.place);
    const value = state.shown(step) ? state.values[step].data[offset] : undefined;
    if (value !== undefined) cell.content?.update(value);
    if (Object.is(value, cell.value) && cell.length > 0) return;
    Object.assign(cell, { value, length: value === undefined ? 1 : format(value).length });
  }

  /** @param {number} longest text of a cell, in letters */
  function scale(longest) {
    const across = wide ? Math.max(side, Math.ceil(longest * PER_LETTER * Math.min(11, side * 0.62)) + 5) : side;
    const font = Math.min(LARGEST_FONT, side * 0.62, (across - 3) / (longest * PER_LETTER));
    set(element, "style", `--columns:${columns};--wide:${across}px;--side:${side}px;--font:${Math.max(font, LEAST_FONT).toFixed(1)}px`);
    mark(element, "is-tiny", font < LEAST_FONT);
  }

  /** @param {(row: number, column: number) => Record<string, boolean>} marksAt */
  function marks(marksAt) {
    cells.forEach((cell, i) => {
      for (const [name, on] of Object.entries(marksAt(Math.floor(i / columns), i % columns))) mark(cell.element, name, on);
    });
  }

  /** @param {number} index */
  function makeCurrent(index) {
    set(cells[current].element, "tabindex", -1);
    current = index;
    set(cells[index].element, "tabindex", 0);
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const inside = /** @type {HTMLElement} */ (event.target).localName === "input";
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const field = cells[current].content?.element;
    if (!inside && event.key === "Enter" && field?.localName === "input") field.focus();
    else if (inside && (event.key === "Enter" || event.key === "Escape")) cells[current].element.focus();
    else if (!inside && KEYS[event.key]) step(KEYS[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {[number, number]} by */
  function step([down, across]) {
    const within = (/** @type {number} */ x, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, x));
    const index = within(Math.floor(current / columns) + down, rows) * columns + within((current % columns) + across, columns);
    makeCurrent(index);
    cells[index].element.focus();
  }

  /** @param {FocusEvent} event */
  function onFocus(event) {
    const target = /** @type {Element} */ (event.target);
    const index = cells.findIndex((cell) => cell.element.contains(target));
    if (index < 0) return;
    makeCurrent(index);
    if (pick) pick(Math.floor(index / columns), index % columns);
    const { place } = cells[index];
    if (place && !target.matches("input")) context.chosen(place.step, place.offset);
  }

  /** The pixel under a pointer, in cells and parts of a cell. @param {MouseEvent} event @returns {[number, number]} */
  function under(event) {
    const box = element.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * rows, ((event.clientX - box.left) / box.width) * columns];
  }

  return { element, label: (/** @type {string} */ text) => set(grid, "aria-label", text), fill, write, paint, marks, under, resize: (/** @type {number} */ px) => { side = px; } };
}
