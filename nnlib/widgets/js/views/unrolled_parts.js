// Small parts of the drawings of sequences: arrows, numbers that change their place, and cells that stand for a vector.
import { labelText } from "./label.js";
import { mark, set, setAll, setText, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

export const LINE = 15;
const HEAD = 6;
const MOST_CELLS = 16;

/** A straight line with a head at its end. @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
export function arrowPath(x1, y1, x2, y2) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - HEAD * dx, y2 - HEAD * dy];
  const side = (/** @type {number} */ sign) => `${round(bx - sign * 4 * dy)} ${round(by + sign * 4 * dx)}`;
  return { shaft: `M${round(x1)} ${round(y1)}L${round(bx)} ${round(by)}`, head: `M${side(1)}L${round(x2)} ${round(y2)}L${side(-1)}z` };
}

/** @param {string} look @param {[number, number, number, number]} ends */
export function arrow(look, ends) {
  const { shaft, head } = arrowPath(...ends);
  return svg("g", { class: `nn-way nn-way-${look}` }, svg("path", { class: "nn-shaft", d: shaft }), svg("path", { class: "nn-head", d: head }));
}

/** A place for a number of the trace, or of none: what was there before is kept for when it comes back.
 * @param {Context} context @param {string} name of its class @param {Record<string, string | number>} [at] */
export function slot(context, name, at = {}) {
  const element = svg("g", { class: `nn-slot ${name}`, ...at });
  const made = /** @type {Map<string, any>} */ (new Map());
  const plain = svg("text", { class: "nn-plain-number" });

  return {
    element,
    /** @param {number} step @param {number} offset */
    show(step, offset) {
      const key = `${step}:${offset}`;
      const number = made.get(key) ?? context.svgNumber(step, offset);
      made.set(key, number);
      if (element.firstChild !== number) element.replaceChildren(number);
    },
    /** @param {string} text */
    tell(text) {
      setText(plain, text);
      if (element.firstChild !== plain) element.replaceChildren(plain);
    },
    clear() {
      if (element.firstChild) element.replaceChildren();
    },
  };
}

/** A row of squares, one for each element: as full as the number is large, the lower half only where it is negative.
 * @param {Context} context @param {number} step @param {number} count @param {{x: number, y: number, side: number, hue: string}} at */
export function cells(context, step, count, { x, y, side, hue }) {
  const shown = Math.min(count, MOST_CELLS);
  const fills = Array.from({ length: shown }, (_, i) => svg("rect", { class: "nn-seq-fill", x: round(x + i * side), y, width: round(side - 1.5), height: side - 1.5 }));
  const frames = fills.map((_, i) => {
    const frame = svg("rect", { class: "nn-seq-frame", x: round(x + i * side), y, width: round(side - 1.5), height: side - 1.5 });
    context.tie(frame, step, i);
    return frame;
  });
  const element = svg("g", { class: `nn-seq-cells nn-hue-${hue}` }, ...fills, ...frames);

  const paint = painter(fills, () => y, side - 1.5);

  /** @param {State} state @param {number} chosen the element to outline, or -1 */
  function update(state, chosen) {
    const { data } = state.values[step];
    paint(state.shown(step) ? data : null, largestOf(data, shown));
    frames.forEach((frame, i) => mark(frame, "is-chosen", i === chosen));
  }

  return { element, update };
}

/** @param {ArrayLike<number>} data @param {number} count */
export function largestOf(data, count) {
  let largest = 0;
  for (let i = 0; i < count; i += 1) if (Number.isFinite(data[i])) largest = Math.max(largest, Math.abs(data[i]));
  return largest;
}

/** How full a square is, in per cent, and which half of it: 0 is empty, 101 no finite number, below 0 negative.
 * @param {number} value @param {number} largest */
export function fullness(value, largest) {
  if (!Number.isFinite(value)) return 101;
  if (largest === 0 || value === 0) return 0;
  return Math.sign(value) * Math.round(12 + 88 * (Math.abs(value) / largest));
}

/** Squares that are touched only when what they show changes. @param {any[]} squares @param {(i: number) => number} top @param {number} side */
export function painter(squares, top, side) {
  const drawn = /** @type {number[]} */ ([]);

  /** @param {ArrayLike<number> | null} data @param {number} largest */
  return (data, largest) => squares.forEach((square, i) => {
    const now = data === null ? 0 : fullness(data[i], largest);
    if (now === drawn[i]) return;
    drawn[i] = now;
    setAll(square, { y: round(now < 0 ? top(i) + side / 2 : top(i)), height: round(now < 0 ? side / 2 : side), "fill-opacity": Math.min(100, Math.abs(now)) / 100 });
    mark(square, "is-odd", now === 101);
  });
}

const ABOVE = /^([A-Za-z]+)(\d*)_(\d+)$/;

/** A name before the numbers of a vector; h1_2, the state of a layer above, is an h with 1 below and (2) above.
 * @param {string} label @param {number} x @param {number} y */
export function nameAt(label, x, y) {
  const [, letter, below, above] = ABOVE.exec(label) ?? [];
  if (!above || !below) return labelText(label, { x, y, class: "nn-name" });
  const small = (/** @type {string} */ text, /** @type {number} */ dy, /** @type {number} */ dx) => svg("tspan", { class: "nn-sub", dy, dx }, text);
  return svg("text", { class: "nn-math nn-name", x, y }, svg("tspan", { class: "nn-base" }, letter), small(below, 3, 0), small(`(${above})`, -9, -6));
}

/** @param {number} value */
export const round = (value) => Math.round(value * 100) / 100;

/** @param {Element} group @param {number} x @param {number} y */
export const moveTo = (group, x, y) => set(group, "transform", `translate(${round(x)} ${round(y)})`);
