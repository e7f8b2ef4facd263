// One layer of a chain as a grid of units, with the padding that later layers see around it.
import { outline } from "./maps_model.js";
import { html, mark, set, setText, svg } from "./svg.js";

/** @typedef {import("./receptive_chain.js").Layer} Layer */
/** @typedef {import("./receptive_chain.js").Margin} Margin */
/** @typedef {{row: number, column: number}} Unit */
/** What a grid shows: the unit itself, what it sees here, or who here sees it.
 * @typedef {{unit: Unit | null, sees: [number[], number[]] | null, seenBy: [number[], number[]] | null}} Shown */

const KEYS = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });
const WIDEST = 15;
const SMALLEST = 3;
const SIDE = 132;

/** @param {Layer} layer @param {{rows: Margin, columns: Margin}} margin @param {Node} symbol
 * @param {{point: (unit: Unit | null) => void, choose: (unit: Unit) => void}} acts */
export function layerGrid({ name, kind, height, width }, margin, symbol, acts) {
  const parts = Object.fromEntries(["padding", "units", "sees", "seen-by", "unit"].map((part) => [part, svg("path", { class: `nn-field-${part}` })]));
  const [left, top] = [margin.columns.before, margin.rows.before];
  const [wide, tall] = [left + width + margin.columns.after, top + height + margin.rows.after];
  const drawing = svg("svg", { viewBox: `${-left} ${-top} ${wide} ${tall}`, "aria-hidden": "true", focusable: "false" }, ...Object.values(parts));
  const words = [html("span", { class: "nn-field-words" }), html("span", { class: "nn-field-words" })];
  const box = html("div", {
    class: "nn-field-grid", role: "application", tabindex: 0, "aria-roledescription": "grid of units",
    "aria-label": `${name}, ${kind}. ${height} × ${width} units; arrow keys walk`,
  }, drawing);
  const element = html("figure", { class: "nn-field-layer" },
    html("figcaption", {}, symbol, html("span", { class: "nn-shape" }, `${height} × ${width}`)), html("span", { class: "nn-quiet" }, kind), box, ...words);
  set(parts.units, "d", ruled(0, 0, width, height));
  set(parts.padding, "d", wide > width || tall > height ? ruled(-left, -top, wide, tall) : null);
  let current = { row: height >> 1, column: width >> 1 };
  let dragging = false;

  /** @param {number} available */
  function resize(available) {
    const cell = Math.max(SMALLEST, Math.min(WIDEST, Math.floor(Math.min(SIDE, available - 2) / Math.max(wide, tall))));
    set(drawing, "style", `width:${wide * cell}px;height:${tall * cell}px`);
  }

  /** @param {Shown} shown @param {string[]} lines two lines of words */
  function update({ unit, sees, seenBy }, lines) {
    set(parts.unit, "d", unit ? outline([unit.row], [unit.column]) : null);
    set(parts.sees, "d", sees ? outline(...sees) : null);
    set(parts["seen-by"], "d", seenBy ? outline(...seenBy) : null);
    mark(element, "is-current", unit !== null);
    if (unit) current = unit;
    words.forEach((word, i) => setText(word, lines[i] ?? ""));
  }

  /** The nearest unit, also from within the padding. @param {PointerEvent} event @returns {Unit} */
  function unitUnder({ clientX, clientY }) {
    const found = drawing.getBoundingClientRect();
    const at = (/** @type {number} */ share, /** @type {number} */ all, /** @type {number} */ first, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, Math.floor(share * all) - first));
    return { row: at((clientY - found.top) / found.height, tall, top, height), column: at((clientX - found.left) / found.width, wide, left, width) };
  }

  box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const move = KEYS[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const clamp = (/** @type {number} */ i, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, i));
    acts.choose({ row: clamp(current.row + move[0], height), column: clamp(current.column + move[1], width) });
  });
  box.addEventListener("focus", () => { if (!dragging && box.matches(":focus-visible")) acts.choose(current); });
  box.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    dragging = true;
    box.setPointerCapture(event.pointerId);
    acts.choose(unitUnder(event));
  });
  box.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => event.stopPropagation());
  box.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => (dragging ? acts.choose : acts.point)(unitUnder(event)));
  for (const type of ["pointerup", "pointercancel"]) box.addEventListener(type, () => { dragging = false; });
  box.addEventListener("pointerleave", () => acts.point(null));
  return { element, resize, update };
}

/** @param {number} x @param {number} y @param {number} width @param {number} height */
function ruled(x, y, width, height) {
  const across = Array.from({ length: height + 1 }, (_, i) => `M${x} ${y + i}h${width}`);
  const down = Array.from({ length: width + 1 }, (_, i) => `M${x + i} ${y}v${height}`);
  return [...across, ...down].join("");
}
