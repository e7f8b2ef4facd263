// The channels of one tensor as small images: drawn on canvases, marked on a layer above, walked by keys and pointer.
import { cellOf, offsetAt, paint, rangeOf, spotOf, walked } from "./maps_model.js";
import { html, mark, set, svg } from "./svg.js";

/** @typedef {import("./maps_model.js").Layout} Layout */
/** @typedef {import("./maps_model.js").Palette} Palette */
/** @typedef {ReturnType<typeof pixels>} Pixels */
/** @typedef {"field" | "seen" | "lit" | "chosen" | "cursor"} Mark */
/** What becomes of the pointer and the keys. `edit` gives false where nothing can be changed.
 * @typedef {{hover: (offset: number | null) => void, choose: (offset: number) => void, edit: (offset: number, first: boolean) => boolean,
 *   settle: () => void}} Acts */

const MARKS = /** @type {Mark[]} */ (["field", "lit", "chosen", "cursor"]);

const FINGER = 24;
const POINTER = 16;

/** @param {Layout} layout @param {string} name read aloud @param {{editable: boolean, large: boolean}} use large: as one that is painted
 * @param {Acts} acts */
export function pixels(layout, name, { editable, large }, acts) {
  const images = Array.from({ length: layout.channels }, (_, channel) => image(layout, channel));
  const element = html("div", {
    class: editable ? "nn-maps-row is-editable" : "nn-maps-row", role: "application", tabindex: 0,
    "aria-roledescription": "map of numbers", "aria-label": `${name}. ${keysOf(layout, editable)}`,
  }, ...images.map((i) => i.element));
  let cell = 0;
  let current = 0;
  let painting = false;
  let painted = new Float64Array(0);
  let stale = true;

  /** @param {number} width */
  function resize(width) {
    const least = matchMedia("(pointer: coarse)").matches ? FINGER : POINTER;
    const next = cellOf(layout, width, large ? least : 0);
    if (next === cell) return;
    cell = next;
    stale = true;
    for (const one of images) one.resize(cell);
  }

  /** Draws what changed. @param {Float64Array | null} data null: not yet known @param {Palette} palette @param {boolean} anew */
  function draw(data, palette, anew) {
    mark(element, "is-empty", data === null);
    if (data === null || cell === 0) return void (stale = true);
    if (!stale && !anew && same(data, painted)) return;
    const { largest } = rangeOf(data);
    images.forEach((one) => one.draw(data, cell, largest, palette));
    painted = data.slice();
    stale = false;
  }

  /** @param {PointerEvent | MouseEvent} event @returns {number} -1 outside */
  function offsetUnder(event) {
    const channel = images.findIndex((one) => one.element.contains(/** @type {Node} */ (event.target)));
    const found = painting ? images.findIndex((one) => one.holds(event)) : channel;
    return found < 0 ? -1 : images[found].offsetUnder(event);
  }

  /** @param {number} offset */
  function setCurrent(offset) {
    current = offset;
    point("cursor", [offset]);
  }

  /** Marks whole pixels. @param {Mark} kind @param {number[]} offsets */
  function point(kind, offsets) {
    const paths = images.map(() => "");
    for (const offset of offsets) {
      const { channel, row, column } = spotOf(layout, offset);
      paths[channel] += `M${column} ${row}h1v1h-1z`;
    }
    images.forEach((one, channel) => one.mark(kind, paths[channel]));
  }

  element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = walked(layout, current, event.key);
    const edits = editable && (event.key === "Enter" || event.key === " ");
    if (next === null && !edits) return;
    event.preventDefault();
    event.stopPropagation();
    if (edits) {
      acts.edit(current, true);
      acts.settle();
    }
    setCurrent(next ?? current);
    acts.choose(current);
  });
  element.addEventListener("focus", () => { if (!painting && element.matches(":focus-visible")) acts.choose(current); });
  element.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => event.stopPropagation());
  element.addEventListener("pointerleave", () => acts.hover(null));
  element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    const offset = offsetUnder(event);
    if (offset < 0 || event.button !== 0) return;
    painting = acts.edit(offset, true);
    setCurrent(offset);
    if (painting) element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const offset = offsetUnder(event);
    acts.hover(offset < 0 ? null : offset);
    if (painting && offset >= 0 && offset !== current) {
      acts.edit(offset, false);
      setCurrent(offset);
    }
  });
  for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, () => {
    if (painting) acts.settle();
    painting = false;
  });
  element.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const offset = offsetUnder(event);
    if (offset >= 0 && !editable) acts.choose(offset);
  });

  setCurrent(0);
  return { element, resize, draw, point, setCurrent, mark: (/** @type {Mark} */ kind, /** @type {(channel: number) => string} */ path) => images.forEach((one, c) => one.mark(kind, path(c))) };
}

/** @param {Layout} layout @param {number} channel */
function image(layout, channel) {
  const { rows, columns } = layout;
  const canvas = html("canvas");
  const marks = /** @type {Record<Mark, any>} */ (Object.fromEntries(MARKS.map((kind) => [kind, svg("path", { class: `nn-maps-${kind}` })])));
  const layer = svg("svg", { viewBox: `0 0 ${columns} ${rows}`, "aria-hidden": "true", focusable: "false" }, ...MARKS.map((kind) => marks[kind]));
  const element = html("div", { class: "nn-maps-image", "aria-hidden": "true" }, canvas, layer);
  /** @type {ImageData | null} */
  let buffer = null;

  /** @param {number} cell */
  function resize(cell) {
    canvas.width = columns * cell;
    canvas.height = rows * cell;
    buffer = new ImageData(canvas.width, canvas.height);
    set(element, "style", `width:${canvas.width}px;height:${canvas.height}px`);
  }

  /** @param {Float64Array} data @param {number} cell @param {number} largest @param {Palette} palette */
  function draw(data, cell, largest, palette) {
    if (!buffer) return;
    paint(buffer.data, data, channel, layout, cell, largest, palette);
    canvas.getContext("2d").putImageData(buffer, 0, 0);
  }

  /** @param {PointerEvent | MouseEvent} event */
  function offsetUnder(event) {
    const box = canvas.getBoundingClientRect();
    const at = (/** @type {number} */ share, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, Math.floor(share * n)));
    const [row, column] = [at((event.clientY - box.top) / box.height, rows), at((event.clientX - box.left) / box.width, columns)];
    return offsetAt(layout, { channel, row, column });
  }

  /** @param {PointerEvent | MouseEvent} event */
  function holds({ clientX, clientY }) {
    const { left, right, top, bottom } = canvas.getBoundingClientRect();
    return clientX >= left && clientX < right && clientY >= top && clientY < bottom;
  }

  return { element, resize, draw, offsetUnder, holds, mark: (/** @type {Mark} */ kind, /** @type {string} */ path) => set(marks[kind], "d", path || null) };
}

/** @param {Layout} layout @param {boolean} editable */
function keysOf({ channels, rows, columns }, editable) {
  const count = channels === 1 ? "" : `${channels} channels of `;
  const channel = channels === 1 ? "" : ", page up and page down change the channel";
  return `${count}${rows} × ${columns} numbers; arrow keys walk${channel}${editable ? ", Enter paints" : ""}`;
}

/** @param {Float64Array} a @param {Float64Array} b */
function same(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i]))) return false;
  return true;
}
