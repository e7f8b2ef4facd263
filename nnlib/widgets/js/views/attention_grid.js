// A matrix in its place: each cell holds a number and, on the way back, its gradient below it.
import { unravel } from "../engine/array.js";
import { numberField } from "../ui/field.js";
import { fitted } from "./attention_digits.js";
import { html, mark, set, setText, show } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_plan.js").Matrix} Matrix */
/** @typedef {"value" | "gradient" | "both"} Shown */
/** @typedef {ReturnType<typeof matrixGrid>} Grid */
/**
 * @typedef {object} Options
 * @property {boolean} [turned]       rows of the matrix stand as columns
 * @property {string[]} [left]        texts beside the rows of the drawing
 * @property {string[]} [top]         texts above its columns
 * @property {(row: number, column: number, gradient: boolean) => void} choose
 * @property {(row: number, column: number, gradient: boolean) => void} point
 */
/** @typedef {{element: any, text: any, kind: string, step: number, offset: number, value: number | undefined, written: string, field: any}} Line */

const KEYS = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });
const PER_LETTER = 0.57;
/** As many letters as a number of two decimals and a sign has. */
const LETTERS = 5;
const LARGEST_FONT = 14;
const LEAST_FONT = 9;

/** @param {Context & {say: (text: string) => void}} context @param {number} rows of the drawing @param {number} columns @param {Options} options */
export function matrixGrid(context, rows, columns, { turned = false, left = [], top = [], choose, point }) {
  const cells = Array.from({ length: rows * columns }, () => {
    const [value, gradient] = ["value", "gradient"].map((kind) => line(kind));
    return { element: html("div", { role: "gridcell", class: "nn-at-cell", tabindex: -1 }, value.element, gradient.element), value, gradient };
  });
  const header = (/** @type {string} */ text, /** @type {string} */ role) => html("div", { role, class: "nn-at-token", title: text }, html("span", {}, text));
  const heads = top.map((text) => header(text, "columnheader"));
  const names = left.map((text) => header(text, "rowheader"));
  const row = (/** @type {number} */ r) => html("div", { role: "row", class: "nn-row" }, ...(names[r] ? [names[r]] : []), ...cells.slice(r * columns, (r + 1) * columns).map((cell) => cell.element));
  const corner = heads.length && names.length ? [html("div", { role: "gridcell", class: "nn-at-corner" })] : [];
  const grid = html("div", { role: "grid", class: "nn-at-grid" }, ...(heads.length ? [html("div", { role: "row", class: "nn-row" }, ...corner, ...heads)] : []), ...Array.from({ length: rows }, (_, r) => row(r)));
  const element = html("div", { class: `nn-at-matrix${names.length ? " has-names" : ""}` }, grid);
  /** @type {Matrix | null} */
  let matrix = null;
  let current = 0;
  let shown = /** @type {Shown} */ ("value");
  set(cells[0].element, "tabindex", 0);

  /** @param {string} kind @returns {Line} */
  function line(kind) {
    const text = html("span", { class: "nn-at-number" });
    const element = html("div", { class: `nn-at-line is-${kind}` }, text);
    return { element, text, kind, step: -1, offset: -1, value: undefined, written: "", field: null };
  }

  /** The index in the matrix of a cell of the drawing. @param {number} i @returns {[number, number]} */
  function indexOf(i) {
    const [r, c] = [Math.floor(i / columns), i % columns];
    return turned ? [c, r] : [r, c];
  }

  /** @param {Matrix} next @param {string} name read aloud */
  function fill(next, name) {
    if (next === matrix) return;
    matrix = next;
    set(grid, "aria-label", name);
    cells.forEach((cell, i) => {
      const [r, c] = indexOf(i);
      const offset = next.base + r * next.columns + c;
      put(cell.value, next.step, offset);
      put(cell.gradient, next.gradient ?? -1, offset);
    });
  }

  /** @param {Line} line @param {number} step @param {number} offset */
  function put(line, step, offset) {
    if (line.step === step && line.offset === offset) return;
    Object.assign(line, { step, offset, value: undefined, written: "" });
    line.field = null;
    if (step < 0) return;
    const control = context.controls.find(step, offset);
    const node = control ? field(line, control.target) : line.text;
    if (line.element.firstChild !== node) line.element.replaceChildren(node);
    set(node, "data-of", context.trace.steps[step].name);
    set(node, "data-index", unravel(context.trace.steps[step].shape, offset).join(","));
    set(node, "data-number", null); // nothing of the number that stood here before
  }

  /** @param {Line} line @param {string} target */
  function field(line, target) {
    const { controls, replay } = context;
    line.field = numberField({ name: `${target} in the picture`, target, say: context.say, get: () => replay.get(target), set: (value) => controls.set(target, value), settle: controls.settle });
    set(line.field.element, "tabindex", -1);
    context.tie(line.field.element, line.step, line.offset);
    return line.field.element;
  }

  /** @param {State} state @param {{wide: number, tall: number}} room of a cell @param {Shown} what @param {boolean} shares whether cells fill from below, by their share of the row */
  function draw(state, room, what, shares) {
    if (!matrix) return;
    shown = what;
    const lines = what === "both" ? 2 : 1;
    const font = Math.max(LEAST_FONT, Math.min(LARGEST_FONT, (room.tall - 2) / lines * 0.82, (room.wide - 4) / (LETTERS * PER_LETTER)));
    const letters = Math.floor((room.wide - 3) / (font * PER_LETTER));
    set(element, "style", `--columns:${columns};--wide:${room.wide}px;--tall:${room.tall}px;--font:${font.toFixed(1)}px`);
    mark(element, "is-tiny", letters < 3);
    mark(element, "has-both", what === "both");
    mark(element, "is-shares", shares);
    const largest = { value: shares ? 1 : largestOf(state, matrix, false), gradient: largestOf(state, matrix, true) };
    for (const cell of cells) {
      paint(cell.value, state, what !== "gradient", largest.value, letters);
      paint(cell.gradient, state, what !== "value", largest.gradient, letters);
    }
  }

  /** @param {Line} line @param {State} state @param {boolean} wanted @param {number} largest @param {number} letters */
  function paint(line, state, wanted, largest, letters) {
    const known = wanted && line.step >= 0 && state.shown(line.step);
    show(line.element, wanted);
    if (!wanted && line.written === "") return;
    const value = known ? state.values[line.step].data[line.offset] : undefined;
    if (known && line.field) line.field.update(value);
    const key = `${letters}|${largest}`;
    if (Object.is(value, line.value) && line.written === key) return marks(line, state);
    Object.assign(line, { value, written: wanted ? key : "" });
    const node = line.field?.element ?? line.text;
    if (!line.field) setText(node, value === undefined ? "·" : fitted(value, letters));
    set(node, "data-number", value === undefined ? null : String(value));
    set(node, "title", value === undefined ? null : String(value));
    const odd = value !== undefined && !Number.isFinite(value);
    const share = value === undefined || odd ? 0 : Math.min(1, Math.abs(value) / (largest || 1));
    set(line.element, "style", `--share:${share.toFixed(3)}`);
    mark(line.element, "is-negative", value !== undefined && value < 0);
    mark(line.element, "is-odd", odd);
    mark(line.element, "is-empty", value === undefined);
    marks(line, state);
  }

  /** @param {Line} line @param {State} state */
  function marks(line, { selection, lit }) {
    mark(line.element, "is-chosen", selection?.step === line.step && selection.offset === line.offset);
    mark(line.element, "is-lit", lit.has(`${line.step}:${line.offset}`));
  }

  /** Classes for each cell, by its place in the matrix. @param {(row: number, column: number) => Record<string, boolean>} classesAt */
  function classes(classesAt) {
    cells.forEach((cell, i) => {
      for (const [name, on] of Object.entries(classesAt(...indexOf(i)))) mark(cell.element, name, on);
    });
  }

  /** Classes for the texts beside and above. @param {"left" | "top"} side @param {(k: number) => Record<string, boolean>} classesAt */
  function tokens(side, classesAt) {
    (side === "left" ? names : heads).forEach((node, k) => {
      for (const [name, on] of Object.entries(classesAt(k))) mark(node, name, on);
    });
  }

  /** @param {EventTarget | null} target */
  function cellAt(target) {
    return cells.findIndex((cell) => cell.element.contains(/** @type {Node} */ (target)));
  }

  /** Whether the gradient of a cell is meant: by its line, or as it alone is shown. @param {EventTarget | null} target */
  const meansGradient = (target) => shown === "gradient" || (shown === "both" && /** @type {Element} */ (target).closest?.(".is-gradient") !== null);

  /** @param {number} index */
  function makeCurrent(index) {
    set(cells[current].element, "tabindex", -1);
    current = index;
    set(cells[index].element, "tabindex", 0);
  }

  grid.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const inside = /** @type {Element} */ (event.target).localName === "input";
    const input = cells[current].value.field?.element;
    if (!inside && event.key === "Enter" && input) input.focus();
    else if (inside && (event.key === "Enter" || event.key === "Escape")) cells[current].element.focus();
    else if (!inside && KEYS[event.key]) walk(KEYS[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** @param {[number, number]} by */
  function walk([down, across]) {
    const within = (/** @type {number} */ x, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, x));
    makeCurrent(within(Math.floor(current / columns) + down, rows) * columns + within((current % columns) + across, columns));
    cells[current].element.focus();
  }

  grid.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
    const index = cellAt(event.target);
    if (index < 0) return;
    makeCurrent(index);
    const inside = /** @type {Element} */ (event.target).localName === "input";
    if (!inside && /** @type {Element} */ (event.target).matches(":focus-visible")) choose(...indexOf(index), shown === "gradient");
  });
  grid.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const index = cellAt(event.target);
    if (index < 0) return;
    makeCurrent(index);
    choose(...indexOf(index), meansGradient(event.target));
  });
  grid.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
    const index = cellAt(event.target);
    if (index >= 0) point(...indexOf(index), meansGradient(event.target));
  });

  return { element, fill, draw, classes, tokens };
}

/** @param {State} state @param {Matrix} matrix @param {boolean} gradient */
function largestOf(state, { step, gradient: own, base, rows, columns }, gradient) {
  const id = gradient ? own : step;
  let largest = 0;
  if (id === null) return largest;
  for (const value of state.values[id].data.subarray(base, base + rows * columns)) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
}
