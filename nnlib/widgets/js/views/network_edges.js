// An edge of a network drawing, and the label on it.
import { format } from "../ui/format.js";
import { labelText, labelWidth, spoken } from "./label.js";
import { DIGIT, fit, gradientOf, isUpdated, markChosen, numberIn, round, updateOf } from "./network_parts.js";
import { mark, set, setAll, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {ReturnType<typeof edge>} Edge */

/** How much the labels of a gap say: name and value over the gradient; name and one number, beside or below it; the
 * number while it is told, else the name; the name; nothing. A chosen edge always has its name and a number.
 * @typedef {"full" | "line" | "pair" | "number" | "name" | "none"} Level */

/** Widths in px that a number on an edge may take: on a line of its own, and beside its name. */
const LABEL_ROOM = 52;
const VALUE_ROOM = 40;
const GAP = 5;
const FRAME = 6;

/** Room to keep for a label.
 * @param {{nameWidth: number}} label @param {Level} level @returns {import("./network_labels.js").Size} */
export function labelSize({ nameWidth }, level) {
  if (level === "full") return { width: Math.max(LABEL_ROOM, nameWidth + GAP + 3.5 * DIGIT) + FRAME, height: 33, margin: 8, drop: 7 };
  if (level === "line") return { width: nameWidth + GAP + VALUE_ROOM + FRAME, height: 18, margin: 8, drop: 0 };
  if (level === "pair") return { width: LABEL_ROOM, height: 33, margin: 8, drop: 7 };
  if (level === "number") return { width: LABEL_ROOM, height: 18, margin: -7, drop: 0 };
  return { width: nameWidth + FRAME, height: 18, margin: -7, drop: 0 };
}

/** A line between two nodes. `parameter` is the weight or bias on it; edges into the loss have none.
 * @param {Context} context @param {{step: number, offset: number} | null} parameter @param {boolean} labelled */
export function edge(context, parameter, labelled) {
  const glow = svg("path", { class: "nn-glow" });
  const line = svg("path", { class: "nn-line" });
  const flow = svg("path", { class: "nn-flow", pathLength: 1 });
  const heads = [svg("path", { class: "nn-head nn-head-forward" }), svg("path", { class: "nn-head nn-head-backward" })];
  const hit = svg("path", { class: "nn-hit" });
  const element = svg("g", { class: "nn-edge" }, glow, line, flow, ...heads, ...(parameter ? [hit] : []));
  const gradient = parameter ? gradientOf(context.trace, parameter.step) : null;
  const next = parameter ? updateOf(context.trace, parameter.step) : null;
  const step = parameter?.step ?? -1;
  const offset = parameter?.offset ?? 0;
  const name = parameter ? context.trace.labelOf(step, offset) : "";
  return { element, glow, line, flow, heads, hit, step, offset, gradient, next, name, labelled, label: /** @type {any} */ (null), at: /** @type {any} */ (null) };
}

/** The label of an edge is made when it is first needed: a dense network has more edges than room.
 * @param {Context} context @param {Edge} part */
export function edgeLabel(context, part) {
  const name = labelText(part.name, { class: "nn-name" });
  const value = numberIn(context, part.step, part.offset, "nn-value");
  const tag = part.gradient === null ? null : numberIn(context, part.gradient, part.offset, "nn-tag");
  const after = part.next === null ? null : numberIn(context, part.next, part.offset, "nn-after");
  const plate = svg("rect", { class: "nn-plate", rx: 3 });
  const element = svg("g", { class: "nn-edge-label" }, plate, name, value, ...(tag ? [tag] : []), ...(after ? [after] : []));
  return { element, plate, name, value, tag, after, nameWidth: labelWidth(part.name) };
}

/** @param {Edge} part @param {import("./network_layout.js").Line} at */
export function placeEdge(part, at) {
  const { x0, y0, x1, y1, rail } = at;
  const way = rail === undefined ? "" : `L${round(rail)} ${round(y0)}L${round(rail)} ${round(y1)}`;
  const path = `M${round(x0)} ${round(y0)}${way}L${round(x1)} ${round(y1)}`;
  for (const shape of [part.glow, part.line, part.flow, part.hit]) set(shape, "d", path);
  const angle = rail === undefined ? Math.atan2(y1 - y0, x1 - x0) : 0;
  set(part.heads[0], "d", head(x1, y1, rail === undefined ? angle : Math.PI));
  set(part.heads[1], "d", head(x0, y0, angle + Math.PI));
}

/** A filled triangle with its tip at (x, y). @param {number} x @param {number} y @param {number} angle */
function head(x, y, angle) {
  const corner = (/** @type {number} */ turn) => `${round(x - 9 * Math.cos(angle + turn))} ${round(y - 9 * Math.sin(angle + turn))}`;
  return `M${round(x)} ${round(y)}L${corner(0.45)}L${corner(-0.45)}Z`;
}

/** @param {any} label @param {{x: number, y: number}} at */
export function placeLabel(label, at) {
  set(label.element, "transform", `translate(${round(at.x)} ${round(at.y)})`);
}

/** Lines of a label, on a plate that hides what runs behind.
 * @param {any} label @param {{beside: any, below: any, alone: any, width: number}} now numbers right of, below and
 * instead of the name; `width` of the first */
function setLines(label, { beside, below, alone, width }) {
  const indent = beside ? GAP + width : 0;
  const split = (label.nameWidth - indent) / 2;
  const wide = Math.max(label.nameWidth + indent, below || alone ? LABEL_ROOM : 0) + FRAME;
  const lower = alone ? "translate(0 4.5)" : "translate(0 19)";
  mark(label.element, "is-one-line", beside !== null);
  setAll(label.name, { x: beside ? round(split) : 0, y: 4.5 });
  for (const number of [label.value, label.tag, label.after]) {
    if (!number) continue;
    show(number, number === beside || number === below || number === alone);
    mark(number, "is-beside", number === beside);
    set(number, "transform", number === beside ? `translate(${round(split + GAP)} 4.5)` : lower);
  }
  show(label.name, !alone);
  setAll(label.plate, { x: round(-wide / 2), y: -9, width: round(wide), height: below ? 32 : 18 });
}

/** @param {Edge} part @param {State} state @param {{forward: boolean, backward: boolean}} now @param {number} scale */
export function updateEdge(part, state, now, scale) {
  mark(part.element, "is-forward", now.forward);
  mark(part.element, "is-backward", now.backward);
  if (part.step < 0) return;
  const value = state.values[part.step].data[part.offset];
  mark(part.element, "is-update", isUpdated(part, state) && state.active.has(/** @type {number} */ (part.next)));
  set(part.element, "style", `--width:${thickness(value, scale)}`);
  mark(part.element, "is-negative", value < 0);
  markChosen(part.element, state, part.step, part.gradient, part.offset);
}

/** @param {number} value @param {number} scale largest weight of the network */
function thickness(value, scale) {
  const share = Number.isFinite(value) && scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0;
  return (1 + 4 * share).toFixed(2);
}

/** @param {Edge} part @param {State} state @param {Level} level @param {boolean} busy */
export function updateLabel(part, state, level, busy) {
  const { label } = part;
  if (!label) return;
  const chosen = part.element.classList.contains("is-chosen") || part.element.classList.contains("is-lit");
  const full = level === "full" || level === "none";
  const felt = part.gradient !== null && state.phase !== "forward" && state.shown(part.gradient);
  const [news, step] = /** @type {[any, number]} */ (isUpdated(part, state) ? [label.after, part.next] : felt ? [label.tag, part.gradient] : [label.value, part.step]);
  const told = busy || chosen;
  const beside = full ? label.value : level === "line" && told ? news : null;
  const alone = level === "number" && busy && !chosen ? news : null;
  const below = full ? (news === label.value ? null : news) : level !== "line" && told && !alone ? news : null;
  const digits = format(state.values[beside === label.value ? part.step : step].data[part.offset]).length * DIGIT;
  for (const [holder, id] of [[label.value, part.step], [label.tag, part.gradient], [label.after, part.next]]) {
    if (holder) fit(holder, state.values[id].data[part.offset], holder === beside ? VALUE_ROOM : LABEL_ROOM);
  }
  show(label.element, level !== "none" || chosen);
  setLines(label, { beside, below, alone, width: Math.min(VALUE_ROOM, Math.max(digits, 3 * DIGIT)) });
  mark(label.element, "is-chosen", part.element.classList.contains("is-chosen"));
  mark(label.element, "is-lit", part.element.classList.contains("is-lit"));
}

/** @param {Edge} part @param {string} from @param {string} to */
export function edgeName(part, from, to) {
  return `${spoken(part.name)}, on the edge from ${spoken(from)} to ${spoken(to)}`;
}
