// Numbers in rows and columns, shaded by magnitude. A large grid shows a window of numbers beside a small map.
import { html, mark, set, show } from "./svg.js";
import { overview } from "./tensor_map.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {{element: any, offset: number}} Cell */

const MOST = 12;
const WINDOW = [8, 6];
const KEYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
});

/** @param {Context} context @param {number} step @param {(row: number, column: number) => number} offsetAt
 * @param {number} rows @param {number} columns */
export function grid(context, step, offsetAt, rows, columns) {
  const large = rows > MOST || columns > MOST;
  const [tall, wide] = large ? [Math.min(rows, WINDOW[0]), Math.min(columns, WINDOW[1])] : [rows, columns];
  const view = { row: 0, column: 0 };
  let current = { row: 0, column: 0 };
  /** @type {Map<number, any>} */
  const numbers = new Map();
  const cells = Array.from({ length: tall }, () => Array.from({ length: wide }, () => /** @type {Cell} */ ({
    element: html("div", { role: "gridcell", class: "nn-cell", tabindex: -1 }), offset: -1,
  })));
  const body = html("div", {
    role: "grid", class: "nn-grid", style: `--columns:${wide}`, "aria-label": context.trace.steps[step].name, "aria-rowcount": rows, "aria-colcount": columns,
  }, ...cells.map((row) => html("div", { role: "row", class: "nn-row" }, ...row.map((cell) => cell.element))));
  const where = html("div", { class: "nn-shape nn-where" });
  const map = large ? overview(rows, columns, (row, column) => visit(row, column, true)) : null;
  const element = html("div", { class: large ? "nn-large" : "nn-small" }, ...(map ? [map.element] : []), html("div", { class: "nn-scroll" }, body, ...(large ? [where] : [])));
  /** @type {State | null} */
  let last = null;
  let followed = "";

  fill();
  setCurrent(0, 0);
  body.addEventListener("keydown", onKey);
  for (const type of ["click", "focusin", "pointerover", "pointerout"]) body.addEventListener(type, onPoint);

  /** Puts the numbers of the window into the cells; a number asked for once is kept. */
  function fill() {
    cells.forEach((row, r) => row.forEach((cell, c) => {
      const offset = offsetAt(view.row + r, view.column + c);
      if (offset === cell.offset) return;
      cell.offset = offset;
      const number = numbers.get(offset) ?? context.number(step, offset);
      numbers.set(offset, number);
      cell.element.replaceChildren(number);
      set(cell.element, "aria-label", null);
      set(cell.element, "aria-rowindex", view.row + r + 1);
      set(cell.element, "aria-colindex", view.column + c + 1);
    }));
    where.textContent = (rows > 1 ? `rows ${view.row}–${view.row + tall - 1}, ` : "") + `columns ${view.column}–${view.column + wide - 1}`;
    map?.frame(view.row, view.column, tall, wide);
  }

  /** Moves the window no further than needed. @param {number} row @param {number} column */
  function reveal(row, column) {
    const within = (/** @type {number} */ first, /** @type {number} */ at, /** @type {number} */ n) => Math.min(Math.max(first, at - n + 1), at);
    const moved = { row: within(view.row, row, tall), column: within(view.column, column, wide) };
    if (moved.row === view.row && moved.column === view.column) return;
    Object.assign(view, moved);
    fill();
    const into = (/** @type {number} */ at, /** @type {number} */ first, /** @type {number} */ n) => Math.min(first + n - 1, Math.max(first, at));
    markCurrent(into(current.row, view.row, tall), into(current.column, view.column, wide));
    if (last) repaint(last);
  }

  /** @param {number} row @param {number} column */
  function setCurrent(row, column) {
    reveal(row, column);
    return markCurrent(row, column);
  }

  /** The one cell of the grid that Tab reaches. @param {number} row @param {number} column */
  function markCurrent(row, column) {
    for (const line of cells) for (const cell of line) set(cell.element, "tabindex", -1);
    current = { row, column };
    const cell = cells[row - view.row][column - view.column];
    set(cell.element, "tabindex", 0);
    return cell;
  }

  /** @param {number} row @param {number} column @param {boolean} focus */
  function visit(row, column, focus) {
    const clamp = (/** @type {number} */ x, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, x));
    const cell = setCurrent(clamp(row, rows), clamp(column, columns));
    if (focus) cell.element.focus();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const move = KEYS[event.key];
    if (!move || event.altKey || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    visit(current.row + move[0], current.column + move[1], true);
  }

  /** @param {Event} event */
  function onPoint(event) {
    const found = locate(/** @type {Element} */ (event.target).closest(".nn-cell"));
    if (!found) return;
    if (event.type === "pointerout") return context.hover(step, null);
    if (event.type === "pointerover") {
      event.stopPropagation(); // the padding of a cell counts as its number
      return context.hover(step, found.cell.offset);
    }
    setCurrent(found.row, found.column);
    context.select(step, found.cell.offset);
  }

  /** @param {Element | null} element */
  function locate(element) {
    for (let r = 0; r < tall; r += 1) {
      const c = cells[r].findIndex((cell) => cell.element === element);
      if (c >= 0) return { cell: cells[r][c], row: view.row + r, column: view.column + c };
    }
    return null;
  }

  /** @type {[Set<string>, boolean, number]} */
  let paint = [new Set(), false, 0];

  /** @param {State} state */
  function repaint(state) {
    const [terms, known, largest] = paint;
    const data = state.values[step].data;
    for (const row of cells) for (const cell of row) paintCell(cell, state, step, data[cell.offset], { terms, known, largest });
  }

  /** @param {State} state @param {Set<string>} terms @param {boolean} known @param {number} largest */
  function update(state, terms, known, largest) {
    last = state;
    paint = [terms, known, largest];
    if (large) follow(state, terms);
    repaint(state);
    if (map) show(map.element, known);
    if (map && known) map.update(state.values[step].data, offsetAt, largest);
  }

  /** Keeps the chosen element, or the first that went into it, in the window. @param {State} state @param {Set<string>} terms */
  function follow({ selection }, terms) {
    const key = selection?.step === step ? `${step}:${selection.offset}` : [...terms].find((term) => term.startsWith(`${step}:`));
    if (key === undefined || key === followed) return;
    followed = key;
    const [row, column] = positionOf(Number(key.split(":")[1]));
    if (row < rows) reveal(row, column);
  }

  /** @param {number} offset */
  function positionOf(offset) {
    const turned = offsetAt(1, 0) === 1 && columns > 1;
    const local = offset - offsetAt(0, 0);
    return turned ? [local % rows, Math.floor(local / rows)] : [Math.floor(local / columns), local % columns];
  }

  return { element, update };
}

/** @param {Cell} cell @param {State} state @param {number} step @param {number} value
 * @param {{terms: Set<string>, known: boolean, largest: number}} paint */
function paintCell({ element, offset }, state, step, value, { terms, known, largest }) {
  const share = known && largest > 0 && Number.isFinite(value) ? Math.abs(value) / largest : 0;
  set(element, "style", `--share:${share.toFixed(2)}`);
  mark(element, "is-term", terms.has(`${step}:${offset}`));
  mark(element, "is-chosen", state.selection?.step === step && state.selection.offset === offset);
  mark(element, "is-odd", known && !Number.isFinite(value));
}
