// One time step of an unrolled network: its loss, its output, its states and its input, with the arrows between them.
import { format } from "../ui/format.js";
import { labelText } from "./label.js";
import { BOX, matrixOf, rowSize } from "./unrolled_layout.js";
import { LINE, arrow, cells, moveTo, nameAt, painter, round, slot } from "./unrolled_parts.js";
import { arriving } from "./unrolled_plan.js";
import { mark, setAll, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./unrolled_plan.js").Plan} Plan */
/** @typedef {import("./unrolled_plan.js").Node} Node */
/** @typedef {import("./unrolled_layout.js").Layout} Layout */
/** `unit` of the states and `entry` of the weight are looked at, `now` is the time; `told` holds what the stop leads to,
 * and `largest` is the largest share. @typedef {{unit: number, weight: number, entry: number, now: number, size: number, folded: boolean, byHand: boolean, stop: string, told: Set<number>, largest: number}} Look */
/** @typedef {{update: (state: State, look: Look) => void}} Part */
/** @typedef {{context: Context, plan: Plan, layout: Layout, t: number, pitch: number, parts: Part[], group: any}} Column */

const HALF = BOX / 2;

/** @param {Context} context @param {Plan} plan @param {Layout} layout @param {number} t @param {number} pitch @param {(entry: number) => void} choose */
export function column(context, plan, layout, t, pitch, choose) {
  const group = svg("g", { class: "nn-time" });
  const made = /** @type {Column} */ ({ context, plan, layout, t, pitch, parts: [], group });
  add(made, svg("text", { class: "nn-seq-time", x: 0, y: 11 }, `t = ${t + 1}`));
  plan.rows.forEach((row, r) => frame(made, row, r));
  top(made);
  bottom(made);
  if (layout.share !== null) plan.weights.forEach((_, w) => share(made, w, choose));
  return {
    element: group,
    /** @param {State} state @param {Look} look */
    update(state, look) {
      for (const part of made.parts) part.update(state, look);
    },
  };
}

/** @param {Column} made @param {any[]} elements */
function add({ group }, ...elements) {
  group.append(...elements);
}

/** An arrow that lights up while what it leads to is computed. @param {Column} made @param {string} look @param {[number, number, number, number]} ends
 * @param {number} step @param {"forward" | "backward"} [phase] */
function way(made, look, ends, step, phase = "forward") {
  const element = arrow(look, ends);
  add(made, element);
  made.parts.push({ update: (state, { told }) => {
    show(element, phase === "forward" || state.shown(step));
    mark(element, "is-lit-up", state.phase === phase && told.has(step));
  } });
  return element;
}

/** @param {Column} made @param {import("./unrolled_plan.js").Row} row @param {number} r */
function frame(made, row, r) {
  const { layout, plan, pitch, t } = made;
  const at = layout.frames[r];
  const box = svg("rect", { class: "nn-seq-box", x: -HALF, y: at.top, width: BOX, height: at.height, rx: 8 });
  add(made, box);
  const held = [row.h[t], ...(row.c ? [row.c[t]] : [])].flatMap(({ step, gradient }) => (gradient === null ? [step] : [step, gradient]));
  made.parts.push({ update: (state, { told }) => {
    const touched = held.some((step) => told.has(step));
    for (const phase of ["forward", "backward"]) mark(box, `is-${phase}`, touched && state.phase === phase);
  } });
  sectionOf(made, row.h[t], at.h);
  if (row.c && at.c) sectionOf(made, row.c[t], at.c);
  if (row.c && at.c) add(made, svg("line", { class: "nn-seq-rule", x1: -HALF + 6, x2: HALF - 6, y1: at.h.y - 3, y2: at.h.y - 3 }));
  before(made, row.h[t], at.h);
  if (row.c && at.c) before(made, row.c[t], at.c);
  if (r === 0 && plan.rows.length === 1 && !row.h[t].cut && (t > 0 || plan.first.length > 0)) weightAt(made, "loop", -HALF - (t > 0 ? (pitch - BOX) / 2 : 16), at.h.y + (row.c ? 24 : 6), "is-middle");
  if (t + 1 < plan.T) after(made, row.h[t], at.h);
  if (t + 1 < plan.T && row.c && at.c) after(made, row.c[t], at.c);
  if (r > 0) way(made, "up", [0, layout.frames[r - 1].top, 0, at.top + at.height], row.h[t].step);
  if (r + 1 < plan.rows.length) down(made, row.h[t], at.top, "above", layout.frames[r + 1].top + layout.frames[r + 1].height);
}

/** The name of a weight beside its arrow. @param {Column} made @param {"in" | "loop" | "out"} arrowhead @param {number} x @param {number} y @param {string} look */
function weightAt(made, arrowhead, x, y, look) {
  const found = made.plan.weights.filter(({ at }) => at === arrowhead).map(({ step }) => made.context.trace.steps[step].name);
  if (found.length === 1) add(made, labelText(found[0], { class: `nn-seq-weight ${look}`, x, y }));
}

/** A state: its name, its number for each unit or for the chosen one, and its gradient below. @param {Column} made @param {Node} node
 * @param {import("./unrolled_layout.js").Section} at */
function sectionOf(made, node, at) {
  const { context, layout, plan } = made;
  const name = nameAt(context.trace.steps[node.step].name, -HALF + 6, at.y + LINE);
  add(made, name);
  let y = at.y + 3;
  const rows = numbersOf(made, node.step, y, "nn-value");
  y += layout.lines * LINE;
  if (layout.cells) {
    const side = Math.min(11, (BOX - 10) / Math.min(16, plan.H));
    const strip = cells(context, node.step, plan.H, { x: -(side * Math.min(16, plan.H)) / 2, y: y + 1, side, hue: "forward" });
    add(made, strip.element);
    made.parts.push({ update: (state, look) => strip.update(state, look.unit) });
    y += 13;
  }
  made.parts.push(rows);
  if (node.gradient === null) return;
  const gradient = node.gradient;
  const sign = svg("text", { class: "nn-seq-d", x: -HALF + 6, y: y + LINE - 3 }, "∂");
  add(made, sign);
  const below = numbersOf(made, gradient, y, "nn-tag");
  made.parts.push({ update: (state, look) => {
    below.update(state, look);
    show(sign, state.shown(gradient));
  } });
}

/** @param {Column} made @param {number} step @param {number} y @param {string} look @returns {Part} */
function numbersOf(made, step, y, look) {
  const { layout, context } = made;
  const slots = Array.from({ length: layout.lines }, (_, i) => {
    const one = slot(context, look);
    moveTo(one.element, HALF - 6, y + LINE * (i + 1) - 3);
    add(made, one.element);
    return one;
  });
  return { update: (_, { unit }) => slots.forEach((one, i) => one.show(step, layout.units ? layout.units[i] : unit)) };
}

/** The arrow from the state before; scissors where there is none. @param {Column} made @param {Node} node @param {import("./unrolled_layout.js").Section} at */
function before(made, node, at) {
  const { t, pitch, plan } = made;
  if (t === 0 && plan.first.length === 0) return;
  const y = at.y + 11;
  const from = t === 0 ? -HALF - 28 : HALF - pitch;
  if (node.cut) return cut(made, -pitch / 2, at);
  way(made, "time", [from, y, -HALF, y], node.step);
}

/** @param {Column} made @param {number} x @param {import("./unrolled_layout.js").Section} at */
function cut(made, x, at) {
  const foot = at.y + at.height;
  const words = ["no gradient", "past here"].map((text, i) => svg("text", { class: "nn-seq-cut-word", x, y: foot + 16 + 12 * i }, text));
  add(made, svg("g", { class: "nn-seq-cut" }, svg("title", {}, "cut: no gradient comes past here"),
    svg("path", { d: `M${x} ${at.y - 12}V${foot + 4}` }), svg("text", { x, y: at.y + at.height / 2 + 6 }, "✂"), ...words));
}

/** What comes back from the future, with its number for the chosen unit. @param {Column} made @param {Node} node @param {import("./unrolled_layout.js").Section} at */
function after(made, node, at) {
  const terms = arriving(node, "future");
  if (terms.length === 0) return;
  const { pitch, layout } = made;
  const y = at.y + at.height - (layout.lines > 1 ? 16 : 10);
  const last = Math.max(...terms);
  way(made, "back nn-way-time", [pitch - HALF, y, HALF, y], last, "backward");
  sumAt(made, terms, last, pitch / 2, y + 13, "is-middle is-future");
}

/** What comes down from the loss or from the layer above. @param {Column} made @param {Node} node @param {number} y @param {import("./unrolled_plan.js").From} side @param {number} from */
function down(made, node, y, side, from) {
  const terms = arriving(node, side);
  if (terms.length === 0) return;
  const last = Math.max(...terms);
  way(made, "back", [14, from, 14, y], last, "backward");
  sumAt(made, terms, last, 22, (from + y) / 2 + 4, "");
}

/** One number of the trace, or the sum of several. @param {Column} made @param {number[]} terms @param {number} last @param {number} x @param {number} y @param {string} look */
function sumAt(made, terms, last, x, y, look) {
  const one = slot(made.context, `nn-arriving ${look}`);
  moveTo(one.element, x, y);
  add(made, one.element);
  made.parts.push({ update: (state, { unit }) => {
    if (terms.length === 1) one.show(terms[0], unit);
    else if (!state.shown(last)) one.clear();
    else one.tell(format(terms.reduce((sum, id) => sum + state.values[id].data[unit], 0)));
  } });
}

/** Output and loss, where this time has them. @param {Column} made */
function top(made) {
  const { plan, layout, t } = made;
  const [y, L] = [plan.outputs[t] ?? null, plan.losses[t] ?? null];
  const frameTop = layout.frames[layout.frames.length - 1].top;
  const topmost = plan.rows[plan.rows.length - 1].h[t];
  if (y !== null && layout.output !== null) {
    named(made, y, layout.output, "output");
    way(made, "up", [0, frameTop, 0, layout.output + 20], y);
    weightAt(made, "out", -7, frameTop - 11, "is-end");
  }
  if (L !== null && layout.loss !== null) {
    named(made, L, layout.loss, "loss");
    way(made, "up", [0, y !== null && layout.output !== null ? layout.output : frameTop, 0, layout.loss + 20], L);
  }
  const from = y !== null && layout.output !== null ? layout.output + 20 : L !== null && layout.loss !== null ? layout.loss + 20 : frameTop - 22;
  down(made, topmost, frameTop, "loss", from);
}

/** A name with its one number, or with squares for several. @param {Column} made @param {number} step @param {number} y @param {string} look */
function named(made, step, y, look) {
  const { context } = made;
  const { name, shape } = context.trace.steps[step];
  const size = rowSize(shape);
  add(made, svg("rect", { class: `nn-seq-pill is-${look}`, x: -HALF, y, width: BOX, height: 20, rx: 10 }), nameAt(name, -HALF + 7, y + 14));
  if (size === 1) {
    const one = slot(context, "nn-value");
    moveTo(one.element, HALF - 6, y + 14);
    add(made, one.element);
    made.parts.push({ update: () => one.show(step, 0) });
  } else {
    const side = Math.min(12, 44 / Math.min(16, size));
    const strip = cells(context, step, size, { x: HALF - 6 - side * Math.min(16, size), y: y + 5, side, hue: "forward" });
    add(made, strip.element);
    made.parts.push({ update: (state) => strip.update(state, -1) });
  }
}

/** @param {Column} made */
function bottom(made) {
  const { context, plan, layout, t } = made;
  const id = plan.inputs[t] ?? null;
  if (id === null || !layout.input) return;
  const { y, lines } = layout.input;
  const lowest = layout.frames[0];
  way(made, "up", [0, y - 2, 0, lowest.top + lowest.height], plan.rows[0].h[t].step);
  weightAt(made, "in", 7, y - 8, "");
  if (!lines) return named(made, id, y, "input");
  add(made, nameAt(context.trace.steps[id].name, -HALF + 6, y + LINE - 2));
  for (let i = 0; i < lines; i += 1) {
    const one = slot(context, "nn-value");
    moveTo(one.element, HALF - 6, y + LINE * (i + 1) - 2);
    add(made, one.element);
    one.show(id, i);
  }
}

/** What this time gives to the gradient of a weight: a picture of the matrix, and the chosen entry. @param {Column} made @param {number} w @param {(entry: number) => void} choose */
function share(made, w, choose) {
  const { context, plan, layout, t } = made;
  const { step, shares } = plan.weights[w];
  const terms = shares[t];
  const group = svg("g", { class: "nn-share" });
  add(made, group);
  const y = /** @type {number} */ (layout.share);
  const matrix = matrixOf(context.trace.steps[step].shape);
  const last = Math.max(-1, ...terms);
  const draw = matrix && terms.length ? matrixAt(group, matrix, y, choose) : null;
  const one = slot(context, "nn-arriving is-middle");
  moveTo(one.element, 0, y + layout.matrix + LINE - 3);
  group.append(one.element);
  made.parts.push({ update: (state, look) => {
    const told = look.weight === w && state.phase !== "forward" && terms.length > 0;
    show(group, told);
    if (!told) return;
    const known = state.shown(last);
    if (terms.length === 1) one.show(terms[0], look.entry);
    else if (known) one.tell(format(sumOf(terms, state, look.entry)));
    else one.clear();
    draw?.update(known ? matrixValues(terms, state) : null, look.entry, look.largest);
  } });
}

/** @param {number[]} terms @param {State} state @param {number} entry */
const sumOf = (terms, state, entry) => terms.reduce((sum, id) => sum + state.values[id].data[entry], 0);

/** What one time gives, all of it. @param {number[]} terms @param {State} state @returns {ArrayLike<number>} */
export function matrixValues(terms, state) {
  const { data } = state.values[terms[0]];
  return terms.length === 1 ? data : Array.from(data, (_, i) => sumOf(terms, state, i));
}

/** @param {any} group @param {{rows: number, columns: number, side: number}} matrix @param {number} y @param {(entry: number) => void} choose */
export function matrixAt(group, { rows, columns, side }, y, choose) {
  const count = rows * columns;
  const x = (/** @type {number} */ i) => round((i % columns) * side - (columns * side) / 2);
  const top = (/** @type {number} */ i) => round(y + Math.floor(i / columns) * side);
  const fills = Array.from({ length: count }, (_, i) => svg("rect", { class: "nn-seq-fill", x: x(i), y: top(i), width: side - 1, height: side - 1 }));
  const frame = svg("rect", { class: "nn-seq-chosen", width: side + 1, height: side + 1 });
  const paper = svg("rect", { class: "nn-seq-paper", x: x(0) - 1, y: y - 1, width: columns * side + 1, height: rows * side + 1 });
  const picture = svg("g", { class: "nn-seq-matrix nn-hue-backward" }, paper, ...fills, frame);
  picture.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const box = paper.getBoundingClientRect();
    const at = (/** @type {number} */ k, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, Math.floor(k * n)));
    choose(at((event.clientY - box.top) / box.height, rows) * columns + at((event.clientX - box.left) / box.width, columns));
  });
  group.append(picture);
  const paint = painter(fills, top, side - 1);
  return {
    /** @param {ArrayLike<number> | null} data @param {number} entry @param {number} largest of all times, so that they compare */
    update(data, entry, largest) {
      mark(picture, "is-empty", data === null);
      paint(data, largest);
      setAll(frame, { x: x(entry) - 1, y: top(entry) - 1 });
    },
  };
}
