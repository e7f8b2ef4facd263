// What the anatomies of cells are drawn with: wires, boxes of numbers, gates as tanks, and signs of operations.
import { format } from "../ui/format.js";
import { labelSpans } from "./label.js";
import { backFrom } from "./cell_plan.js";
import { cells, moveTo, round, slot } from "./unrolled_parts.js";
import { mark, setAll, setText, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {[number, number][]} Points */
/** A part of the scene, updated for the chosen unit. @typedef {(state: State, unit: number) => void} Update */

export const BOX = { wide: 96, tall: 42 };
/** A gate from its top to its foot, where what it reads comes in. */
export const GATE = { top: 152, tall: 40, foot: 274 };
const TANK = 26;
const LINE = 15;
const HEAD = 7;

export class Pen {
  /** @param {Context} context @param {any} group that is drawn into */
  constructor(context, group) {
    this.context = context;
    this.group = group;
    this.updates = /** @type {Update[]} */ ([]);
  }

  /** @param {any[]} elements */
  add(...elements) {
    this.group.append(...elements);
  }

  /** @param {State} state @param {number} unit */
  update(state, unit) {
    for (const update of this.updates) update(state, unit);
  }

  /** A wire on which `from` flows into `to`; on the way back it carries what `to` gives to the gradient of `from`, or `back`.
   * @param {Points} points @param {number} to @param {number | null} from @param {number | null} [back] */
  wire(points, to, from, back = from === null ? null : backFrom(this.context.trace, to, from)) {
    const line = `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;
    const [ahead, behind] = [points, [...points].reverse()].map((way) => svg("path", { class: "nn-head", d: headAt(way) }));
    const element = svg("g", { class: "nn-way" }, svg("path", { class: "nn-bridge", d: line }), svg("path", { class: "nn-shaft", d: line }), ahead, behind);
    this.add(element);
    this.updates.push((state) => {
      const felt = back !== null && state.phase === "backward" && state.shown(back);
      mark(element, "nn-way-back", felt);
      mark(element, "is-lit-up", felt ? state.active.has(/** @type {number} */ (back)) : isNow(state, to));
      show(ahead, !felt);
      show(behind, felt);
    });
  }

  /** What flows back on a wire. @param {number} to @param {number} from @param {number} x @param {number} y @param {string} [anchor] */
  back(to, from, x, y, anchor = "is-middle") {
    const step = backFrom(this.context.trace, to, from);
    if (step !== null) this.number(step, x, y, `nn-arriving ${anchor}`);
  }

  /** One number for the chosen unit. @param {number} step @param {number} x @param {number} y @param {string} look */
  number(step, x, y, look) {
    const one = slot(this.context, look);
    moveTo(one.element, x, y);
    this.add(one.element);
    this.updates.push((_, unit) => one.show(step, unit));
  }

  /** The value of a step and, below it, its gradient. @param {number} step @param {number} x @param {number} y @param {string} [anchor] */
  pair(step, x, y, anchor = "is-start") {
    this.number(step, x, y, `nn-value ${anchor}`);
    const { gradient } = this.context.trace.steps[step];
    if (gradient !== null) this.number(gradient, x, y + LINE, `nn-tag ${anchor}`);
  }

  /** @param {string} label @param {number} x @param {number} y @param {string} [look] */
  name(label, x, y, look = "") {
    this.add(svg("text", { class: `nn-math nn-cell-name ${look}`, x, y }, ...labelSpans(label)));
  }

  /** @param {string} text @param {number} x @param {number} y @param {string} [look] */
  say(text, x, y, look = "") {
    this.add(svg("text", { class: `nn-cell-text ${look}`, x, y }, text));
  }

  /** A word that is only there on the way back, once a step is known. @param {number} known @param {number} x @param {number} y @param {string} look
   * @param {(value: (step: number) => number) => string} text */
  factor(known, x, y, look, text) {
    const words = svg("text", { class: `nn-cell-text nn-cell-factor ${look}`, x, y });
    this.add(words);
    this.updates.push((state, unit) => {
      const felt = state.phase === "backward" && state.shown(known);
      show(words, felt);
      if (felt) setText(words, text((step) => state.values[step].data[unit]));
    });
  }

  /** A state or an input with its name: the chosen unit, or of a vector that every unit reads squares for all.
   * @param {number} step @param {number} x centre @param {number} y centre @param {{whole?: boolean}} [options] */
  box(step, x, y, { whole = false } = {}) {
    const { name, shape, gradient } = this.context.trace.steps[step];
    const count = shape.at(-1) ?? 1;
    const box = svg("rect", { class: "nn-seq-box", x: x - BOX.wide / 2, y: y - BOX.tall / 2, width: BOX.wide, height: BOX.tall, rx: 8 });
    this.add(box);
    this.updates.push((state) => lightBox(box, state, step, gradient));
    this.name(name, x - BOX.wide / 2 + 7, y - 3);
    if (whole && count > 1) this.strip(step, x + BOX.wide / 2 - 8, y - 14, count);
    else this.pair(step, x + BOX.wide / 2 - 7, y - 3, "is-end");
  }

  /** Squares for all elements, which end at x. @param {number} step @param {number} x @param {number} y @param {number} count */
  strip(step, x, y, count) {
    const side = Math.min(12, 46 / Math.min(16, count));
    const { gradient } = this.context.trace.steps[step];
    const rows = gradient === null ? [step] : [step, gradient];
    rows.forEach((id, k) => {
      const made = cells(this.context, id, count, { x: x - side * Math.min(16, count), y: y + 17 * k, side, hue: k ? "backward" : "forward" });
      this.add(made.element);
      this.updates.push((state) => {
        made.update(state, -1);
        show(made.element, k === 0 || state.shown(id));
      });
    });
  }

  /** A gate from 0 to 1, or a candidate from -1 to 1, as a tank: below it its number, and what that was computed from.
   * @param {number} step @param {number} pre its pre-activation @param {number} x @param {{candidate: boolean, telling: string}} options */
  gate(step, pre, x, { candidate, telling }) {
    const { top, tall, foot } = GATE;
    const zero = candidate ? top + tall / 2 : top + tall;
    const fill = svg("rect", { class: "nn-tank-fill", x: x - TANK / 2, width: TANK });
    const glass = svg("rect", { class: "nn-tank", x: x - TANK / 2, y: top, width: TANK, height: tall, rx: 4 });
    this.add(fill, svg("line", { class: "nn-tank-zero", x1: x - TANK / 2 - 3, x2: x + TANK / 2 + 3, y1: zero, y2: zero }), glass);
    const { name, gradient } = this.context.trace.steps[step];
    this.name(name, x - 8, top - 6, "is-end");
    this.say(telling, x + 7, top - 6, "is-quiet");
    this.pair(step, x, top + tall + 14, "is-middle");
    this.pair(pre, x, foot - 22, "is-middle");
    this.slope(step, x, foot - 38, candidate);
    this.updates.push((state, unit) => {
      fillTank(fill, state.shown(step) ? state.values[step].data[unit] : 0, zero, candidate ? tall / 2 : tall);
      lightBox(glass, state, step, gradient);
    });
  }

  /** The squashing function and, on the way back, its slope. @param {number} step @param {number} x @param {number} y @param {boolean} candidate */
  slope(step, x, y, candidate) {
    const words = svg("text", { class: "nn-cell-text is-sign", x, y });
    const { gradient } = this.context.trace.steps[step];
    this.add(words);
    this.updates.push((state, unit) => {
      const value = state.values[step].data[unit];
      const slope = candidate ? 1 - value * value : value * (1 - value);
      const felt = state.phase === "backward" && gradient !== null && state.shown(gradient);
      mark(words, "is-felt", felt);
      setText(words, felt ? `× ${format(slope)}` : candidate ? "tanh" : "σ");
    });
  }

  /** A sign in a circle. @param {string} sign @param {number} x @param {number} y @param {number} step */
  op(sign, x, y, step) {
    const circle = svg("circle", { class: "nn-op", cx: x, cy: y, r: 11 });
    this.add(circle, svg("text", { class: "nn-op-sign", x, y: y + 5.5 }, sign));
    this.updates.push((state) => lightBox(circle, state, step, null));
  }

  /** A function in a pill. @param {string} label @param {number} x @param {number} y @param {number} [wide] */
  pill(label, x, y, wide = 44) {
    this.add(svg("rect", { class: "nn-cell-pill", x: x - wide / 2, y: y - 10, width: wide, height: 20, rx: 10 }), svg("text", { class: "nn-cell-text is-middle", x, y: y + 4.5 }, label));
  }
}

/** @param {State} state @param {number} step */
const isNow = (state, step) => state.phase === "forward" && state.stop > 0 && state.active.has(step);

/** @param {Element} box @param {State} state @param {number} step @param {number | null} gradient */
function lightBox(box, state, step, gradient) {
  mark(box, "is-forward", isNow(state, step));
  mark(box, "is-backward", state.phase === "backward" && gradient !== null && state.active.has(gradient));
}

/** @param {any} fill @param {number} value @param {number} zero @param {number} reach in px for 1 */
function fillTank(fill, value, zero, reach) {
  const share = Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 1;
  const height = Math.abs(share) * reach;
  setAll(fill, { y: round(share >= 0 ? zero - height : zero), height: round(height) });
  mark(fill, "is-odd", !Number.isFinite(value));
  mark(fill, "is-negative", share < 0);
}

/** @param {Points} points */
function headAt(points) {
  const [[x1, y1], [x2, y2]] = points.slice(-2);
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const side = (/** @type {number} */ sign) => `${round(x2 - HEAD * dx - sign * 4.5 * dy)} ${round(y2 - HEAD * dy + sign * 4.5 * dx)}`;
  return `M${side(1)}L${round(x2)} ${round(y2)}L${side(-1)}z`;
}
