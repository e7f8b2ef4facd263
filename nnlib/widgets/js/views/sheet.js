// A spreadsheet of the trace: one row for each number, its formula in names, its value, and the gradient of the loss.
import { unravel } from "../engine/array.js";
import { latexOf } from "../engine/symbols.js";
import { Writer } from "../ui/expression.js";
import { numberField } from "../ui/field.js";
import { onOneLine } from "../ui/latex.js";
import { named } from "../ui/math.js";
import { held } from "./missing.js";
import { formulaOf, groupsOf } from "./sheet_rows.js";
import { html, mark, set, setText } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./sheet_rows.js").Row} Row */
/** @typedef {{element: HTMLElement, update: (state: State) => boolean}} Line `update` says whether the stop tells this row */

const HEAD = ["Cell", "Formula", "Value", "Gradient of the loss"];

/** @param {Context} context @returns {import("./types.js").View} */
export function sheet(context) {
  const { trace } = context;
  const { steps, missing } = held(trace, context.view.tensors);
  const sentence = html("p", { class: "ex-sentence", role: "status" });
  /** @type {Line[]} */
  const lines = [];
  const bodies = groupsOf(trace, steps).map(({ step, rows, rest }) => {
    const own = rows.map((row) => line(context, row, (text) => setText(sentence, text)));
    lines.push(...own);
    const more = rest > 0 ? [html("tr", {}, html("td", { colspan: 4, class: "nn-quiet" }, `${rest} more; the microscope reaches every one.`))] : [];
    return html("tbody", { class: `nn-hue-${trace.steps[step].phase}` }, ...(trace.steps[step].size > 1 ? [heading(context, step)] : []), ...own.map((l) => l.element), ...more);
  });
  const table = html("table", {}, html("thead", {}, html("tr", {}, ...HEAD.map((text) => html("th", { scope: "col" }, text)))), ...bodies);
  const element = html("div", { class: "nn-view nn-sheet" }, table, sentence, ...missing.map((text) => html("p", { class: "nn-quiet" }, text)));
  let lastStop = -1;

  /** @param {State} state */
  function update(state) {
    const told = lines.filter((l) => l.update(state));
    if (state.stop !== lastStop && told.length > 0) reveal(told[0].element);
    lastStop = state.stop;
  }

  /** Scrolls the sheet, never the page. @param {HTMLElement} row */
  function reveal(row) {
    const box = element.scrollHeight > element.clientHeight + 1 ? element : element.parentElement;
    if (!box || box.scrollHeight <= box.clientHeight + 1) return;
    const [seen, wanted, head] = [box, row, table.tHead].map((e) => e.getBoundingClientRect());
    const [above, below] = [wanted.top - seen.top - head.height, wanted.bottom - seen.bottom + 30];
    if (above < 0 || below > 0) box.scrollBy({ top: above < 0 ? above : below, behavior: "instant" });
  }

  element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => walk(element, event));
  return { element, update, destroy: () => element.replaceChildren() };
}

/** @param {Context} context @param {number} step */
function heading({ trace }, step) {
  const { symbol, name, shape } = trace.steps[step];
  return html("tr", { class: "nn-sheet-tensor" }, html("th", { scope: "rowgroup", colspan: 4 }, ...named(name, onOneLine(symbol ?? latexOf(name))), html("span", { class: "nn-shape" }, ` ${shape.join(" × ")}`)));
}

/** @param {Context} context @param {Row} row @param {(sentence: string) => void} say @returns {Line} */
function line(context, row, say) {
  const { trace, tie } = context;
  const { step, offset, gradient } = row;
  const label = trace.labelOf(step, offset);
  const name = html("span", {}, ...named(label, onOneLine(latexOf(label))));
  const formula = html("td", { class: "nn-sheet-formula" });
  const value = cell(context, row, say);
  const slope = html("td", { class: "nn-sheet-number" }, gradient ? context.number(gradient.step, gradient.offset, { button: true }) : html("span", { class: "nn-quiet" }, "–"));
  const element = html("tr", {}, html("th", { scope: "row" }, name), formula, value.element, slope);
  tie(name, step, offset);
  let drawn = "";
  const writer = new Writer((leaf) => leaf.step < 0 ? html("span", {}, `… ${leaf.count} more`) : symbolOf(context, leaf), { numeric: false });

  /** @param {State} state */
  function update(state) {
    const found = formulaOf(trace, state.values, row);
    const key = found?.key ?? "given";
    if (key !== drawn) formula.replaceChildren(found ? writer.line(found.node) : html("span", { class: "nn-quiet" }, "given"));
    drawn = key;
    value.update(state.values[step].data[offset]);
    const own = state.stop > 0 && state.active.has(step);
    const back = state.stop > 0 && gradient !== null && state.active.has(gradient.step);
    mark(element, "is-active", own || back);
    mark(slope, "is-told", back);
    mark(value.element, "is-told", own);
    set(element, "aria-current", own || back ? "step" : null);
    return own || back;
  }

  return { element, update };
}

/** @param {Context} context @param {{step: number, offset: number, latex: string}} leaf */
function symbolOf({ math, tie }, { step, offset, latex }) {
  const symbol = html("span", { class: "nn-sheet-symbol" }, math(onOneLine(latex)));
  tie(symbol, step, offset);
  return symbol;
}

/** The value: a number that opens the microscope, or a field where the reader may change it. @param {Context} context @param {Row} row
 * @param {(sentence: string) => void} say */
function cell({ controls, replay, trace, number, tie }, { step, offset }, say) {
  const control = controls.find(step, offset);
  const td = (/** @type {Node} */ inner) => html("td", { class: "nn-sheet-number" }, inner);
  if (!control) return { element: td(number(step, offset, { button: true })), update: () => {} };
  const { target } = control;
  const field = numberField({ name: `${target} in the sheet`, target, say, get: () => replay.get(target), set: (value) => controls.set(target, value), settle: controls.settle });
  const { name, shape } = trace.steps[step];
  set(field.element, "data-of", name);
  set(field.element, "data-index", unravel(shape, offset).join(","));
  tie(field.element, step, offset);
  field.element.addEventListener("click", (event) => event.stopPropagation()); // a press begins typing

  return {
    element: td(field.element),
    /** @param {number} value */
    update(value) {
      field.update(value);
      set(field.element, "data-number", String(value));
      set(field.element, "title", String(value));
    },
  };
}

/** Up, down and Enter go to the next number of the column, as in a spreadsheet. @param {HTMLElement} root @param {KeyboardEvent} event */
function walk(root, event) {
  const from = /** @type {HTMLElement} */ (event.target);
  const down = event.key === "ArrowDown" || (event.key === "Enter" && from.matches("input"));
  if ((!down && event.key !== "ArrowUp") || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const column = from.closest("td")?.cellIndex;
  if (column === undefined) return;
  event.preventDefault();
  const cells = [...root.querySelectorAll("tr")].flatMap((row) => /** @type {any} */ (row.cells[column]?.querySelector("input, button")) ?? []);
  const next = cells[cells.indexOf(from) + (down ? 1 : -1)];
  next?.focus();
  next?.select?.();
}
