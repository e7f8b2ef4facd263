// The pieces a network drawing is made of: compartments (a name, a value, its gradient) and edges.
import { labelText, labelWidth, spoken } from "./label.js";
import { mark, set, setAll, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {ReturnType<typeof compartment>} Compartment */
/** @typedef {ReturnType<typeof edge>} Edge */

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
function numberIn(context, step, offset, name) {
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
  const element = svg("g", { class: `nn-compartment nn-${look}` }, box, ...[name, value, tag, after].filter((part) => part !== null));
  return { element, step, offset, gradient, label, box, name, value, tag, next, after };
}

/** @param {Compartment} part @param {import("./network_layout.js").Box} at @param {number} tagRoom */
export function placeCompartment(part, at, tagRoom) {
  setAll(part.element, { transform: `translate(${round(at.x)} ${round(at.y)})` });
  setAll(part.box, { x: -at.width / 2, y: -at.height / 2, width: at.width, height: at.height });
  if (part.name) set(part.name, "y", at.height > 36 ? -4 : -3);
  set(part.value, "transform", `translate(0 ${part.name ? round(at.height / 2 - 6.5) : 4.5})`);
  for (const below of [part.tag, part.after]) if (below) set(below, "transform", `translate(0 ${at.height / 2 + tagRoom - 3})`);
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
  fit(part.value, state, part.step, part.offset, 46);
  if (part.tag) fit(part.tag, state, /** @type {number} */ (part.gradient), part.offset, 56);
  if (part.tag) show(part.tag, felt && !updated);
  if (part.after) show(part.after, updated);
  mark(part.element, "is-update", updated && state.active.has(/** @type {number} */ (part.next)));
  markChosen(part.element, state, part.step, part.gradient, part.offset);
}

/** "not a number" is wider than its box, so it is set narrower, not smaller.
 * @param {Element} holder @param {State} state @param {number} step @param {number} offset @param {number} room */
function fit(holder, state, step, offset, room) {
  const wide = Number.isNaN(state.values[step].data[offset]);
  set(/** @type {Element} */ (holder.firstChild), "textLength", wide ? room : null);
  set(/** @type {Element} */ (holder.firstChild), "lengthAdjust", wide ? "spacingAndGlyphs" : null);
}

/** @param {{next: number | null}} part @param {State} state */
function isUpdated({ next }, state) {
  return next !== null && state.phase === "update" && state.shown(next);
}

/** @param {Element} element @param {State} state @param {number} step @param {number | null} gradient @param {number} offset */
function markChosen(element, state, step, gradient, offset) {
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
  const element = svg("g", { class: "nn-edge-label" }, name, value, ...(tag ? [tag] : []), ...(after ? [after] : []));
  return { element, name, value, tag, after, nameWidth: labelWidth(part.name) };
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

/** Lines of a label: [name value] with the gradient below, or name over one number where room is short.
 * @param {any} label @param {{x: number, y: number}} at @param {boolean} oneLine */
export function placeLabel(label, at, oneLine) {
  set(label.element, "transform", `translate(${round(at.x)} ${round(at.y)})`);
  mark(label.element, "is-one-line", oneLine);
  const split = oneLine ? label.nameWidth / 2 - 17 : 0;
  setAll(label.name, { x: split, y: 4.5 });
  set(label.value, "transform", oneLine ? `translate(${split + 4} 4.5)` : "translate(0 17)");
  for (const second of [label.tag, label.after]) if (second) set(second, "transform", "translate(0 17.5)");
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

/** @param {Edge} part @param {State} state @param {"full" | "pair" | "name" | "none"} level @param {boolean} busy */
export function updateLabel(part, state, level, busy) {
  const { label } = part;
  if (!label) return;
  const chosen = part.element.classList.contains("is-chosen") || part.element.classList.contains("is-lit");
  const felt = part.gradient !== null && state.phase !== "forward" && state.shown(part.gradient);
  const updated = isUpdated(part, state);
  for (const [holder, step] of [[label.value, part.step], [label.tag, part.gradient]]) if (holder) fit(holder, state, step, part.offset, 56);
  const roomy = level === "full";
  const second = roomy || busy || chosen;
  show(label.element, level !== "none" || chosen);
  if (label.tag) show(label.tag, felt && second && !updated);
  if (label.after) show(label.after, updated && second);
  show(label.value, roomy || (second && !(felt || updated)));
  mark(label.element, "is-chosen", part.element.classList.contains("is-chosen"));
  mark(label.element, "is-lit", part.element.classList.contains("is-lit"));
  mark(label.element, "is-busy", busy);
}

/** @param {Edge} part @param {string} from @param {string} to */
export function edgeName(part, from, to) {
  return `${spoken(part.name)}, on the edge from ${spoken(from)} to ${spoken(to)}`;
}

/** @param {number} x */
function round(x) {
  return Math.round(x * 10) / 10;
}
