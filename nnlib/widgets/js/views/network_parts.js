// A compartment of a network drawing: a name, a value and its gradient. What edges share with it is exported.
import { format } from "../ui/format.js";
import { labelText } from "./label.js";
import { mark, set, setAll, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {ReturnType<typeof compartment>} Compartment */

/** Width of a digit, as wide as the usual fonts of a system have it. */
export const DIGIT = 7.9;

/** The backward step that holds the gradient of a step. @param {any} trace @param {number} step @returns {number | null} */
export function gradientOf(trace, step) {
  return trace.steps[step].gradient ?? null;
}

/** The step that holds a parameter's value after training once. @param {any} trace @param {number} step @returns {number | null} */
export function updateOf(trace, step) {
  return trace.updates?.[step] ?? null;
}

/** A number of the shell inside a group of ours, so that each side keeps its own classes.
 * @param {Context} context @param {number} step @param {number} offset @param {string} name */
export function numberIn(context, step, offset, name) {
  return svg("g", { class: name }, context.svgNumber(step, offset));
}

/** One number of a node: its name, its value and, hanging below, the gradient.
 * @param {Context} context @param {number} step @param {number} offset @param {{named: boolean, look: string}} options */
export function compartment(context, step, offset, { named, look }) {
  const gradient = gradientOf(context.trace, step);
  const label = context.trace.labelOf(step, offset);
  const box = svg("rect", { class: "nn-box", rx: look === "bias" ? 12 : 8 });
  const name = named ? labelText(label, { class: "nn-name" }) : null;
  const value = numberIn(context, step, offset, "nn-value");
  const tag = gradient === null ? null : numberIn(context, gradient, offset, "nn-tag");
  const next = updateOf(context.trace, step);
  const after = next === null ? null : numberIn(context, next, offset, "nn-after");
  const tab = tag || after ? svg("rect", { class: "nn-tab", rx: 6 }) : null;
  const element = svg("g", { class: `nn-compartment nn-${look}` }, ...(tab ? [tab] : []), box, ...[name, value, tag, after].filter((part) => part !== null));
  return { element, step, offset, gradient, label, box, tab, name, value, tag, next, after, room: 0 };
}

/** The gradient stands in a tab that hangs from the box. @param {Compartment} part @param {import("./network_layout.js").Box} at @param {number} tagRoom */
export function placeCompartment(part, at, tagRoom) {
  const foot = at.height / 2;
  part.room = at.width - 4;
  setAll(part.element, { transform: `translate(${round(at.x)} ${round(at.y)})` });
  setAll(part.box, { x: -at.width / 2, y: -foot, width: at.width, height: at.height });
  if (part.tab) setAll(part.tab, { x: 3 - at.width / 2, y: 0, width: at.width - 6, height: foot + tagRoom });
  if (part.name) set(part.name, "y", -3.5);
  set(part.value, "transform", `translate(0 ${part.name ? round(foot - 5) : 4.5})`);
  for (const below of [part.tag, part.after]) if (below) set(below, "transform", `translate(0 ${foot + tagRoom - 3.5})`);
}

/** A number without a box, on one line with its name. @param {Compartment} part @param {number} x @param {number} y */
export function placeInline(part, x, y) {
  set(part.element, "transform", `translate(${round(x)} ${round(y)})`);
  setAll(part.box, { width: 0, height: 0 });
  if (part.name) set(part.name, "x", -6);
  set(part.value, "transform", "translate(0 0)");
}

/** @param {Compartment} part @param {State} state @param {{forward: boolean}} now */
export function updateCompartment(part, state, { forward }) {
  const known = state.shown(part.step);
  const felt = part.gradient !== null && state.phase !== "forward" && state.shown(part.gradient);
  const updated = isUpdated(part, state);
  const backward = felt && state.phase === "backward" && state.active.has(/** @type {number} */ (part.gradient));
  mark(part.element, "is-empty", !known);
  mark(part.element, "is-forward", forward);
  mark(part.element, "is-backward", backward);
  show(part.value, known);
  const told = [[part.value, part.step], [part.tag, part.gradient], [part.after, part.next]];
  if (part.room) for (const [holder, step] of told) if (holder) fit(holder, state.values[step].data[part.offset], part.room);
  if (part.tag) show(part.tag, felt && !updated);
  if (part.after) show(part.after, updated);
  if (part.tab) show(part.tab, felt || updated);
  mark(part.element, "is-update", updated && state.active.has(/** @type {number} */ (part.next)));
  markChosen(part.element, state, part.step, part.gradient, part.offset);
}

/** A number wider than its room is set narrower, not smaller. @param {Element} holder @param {number} value @param {number} room */
export function fit(holder, value, room) {
  const wide = format(value).length * DIGIT > room;
  set(/** @type {Element} */ (holder.firstChild), "textLength", wide ? room : null);
  set(/** @type {Element} */ (holder.firstChild), "lengthAdjust", wide ? "spacingAndGlyphs" : null);
}

/** @param {{next: number | null}} part @param {State} state */
export function isUpdated({ next }, state) {
  return next !== null && state.phase === "update" && state.shown(next);
}

/** @param {Element} element @param {State} state @param {number} step @param {number | null} gradient @param {number} offset */
export function markChosen(element, state, step, gradient, offset) {
  const { selection, lit } = state;
  const chosen = selection !== null && selection.offset === offset && (selection.step === step || selection.step === gradient);
  mark(element, "is-chosen", chosen);
  mark(element, "is-lit", lit.has(`${step}:${offset}`) || (gradient !== null && lit.has(`${gradient}:${offset}`)));
}

/** What the reader means when choosing a part: in the backward pass its gradient, once there is one.
 * @param {{step: number, offset: number, gradient: number | null}} part @param {State | null} state */
export function meant(part, state) {
  const gradient = part.gradient;
  const useGradient = state !== null && gradient !== null && state.phase === "backward" && state.shown(gradient);
  return { step: useGradient ? gradient : part.step, offset: part.offset };
}

/** @param {number} x */
export function round(x) {
  return Math.round(x * 10) / 10;
}
