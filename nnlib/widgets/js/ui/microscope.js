/** Any element of any tensor, and the sum that made it: term by term, each leaf a way to go deeper. */

import { h, setAttribute, setText } from "./dom.js";
import { offset as offsetOf, unravel } from "../engine/array.js";
import { valueOf } from "../engine/terms.js";
import { Writer, signature, termsOf } from "./expression.js";
import { symbolButton } from "./equation.js";
import { format } from "./numbers.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {any} Node_ */

/**
 * @param {{session: import("./session.js").Session, numbers: import("./numbers.js").Numbers, state: State,
 *   select: (place: Place | null) => void}} app
 */
export function microscope(app) {
  const picker = h("select", { "aria-label": "Tensor", onchange: () => choose(picker.value === "" ? null : { step: Number(picker.value), offset: 0 }) });
  const index = h("span", { class: "ex-index" });
  const trail = h("div", { class: "ex-trail", role: "group", "aria-label": "The way here" });
  const body = h("div", { class: "ex-terms" });
  const hint = h("p", { class: "ex-quiet" }, "Press any number to see the sum that made it.");
  const element = h("div", { class: "ex-microscope", role: "group", "aria-label": "Microscope" },
    h("div", { class: "ex-pick" }, h("p", { class: "ex-title" }, "Microscope"), picker, index), trail, hint, body);
  const group = app.numbers.group();
  const trailGroup = app.numbers.group();
  /** @type {Place[]} */
  let path = [];
  let drawn = "";
  let drawnPlace = "";
  /** @type {{element: Element, read: (terms: Node_[]) => number}[]} */
  let values = [];
  fillPicker();

  /** Starts a new way; the shell then shows it. @param {Place | null} place */
  function choose(place) {
    path = place ? [place] : [];
    app.select(place);
  }

  /** Goes one element deeper, or back to one that the way already holds. @param {Place} place */
  function dive(place) {
    const at = path.findIndex((p) => samePlace(p, place));
    path = at >= 0 ? path.slice(0, at + 1) : [...path, place];
    app.select(place);
  }

  /** @param {State} state */
  function update(state) {
    const place = state.selection;
    if (!place) return clear();
    if (!path.length || !samePlace(path[path.length - 1], place)) path = [place];
    const where = `${place.step}:${place.offset}`;
    if (where !== drawnPlace) showPlace(place);
    drawnPlace = where;
    const node = app.session.explain(place.step, place.offset);
    const shape = where + signature(node, true);
    if (shape !== drawn) build(place, node);
    drawn = shape;
    const terms = termsOf(node);
    for (const { element: cell, read } of values) {
      const value = read(terms.map(({ node: term }) => term));
      const hidden = state.guessing && !state.shown(place.step);
      setText(cell, hidden ? "·" : format(value));
      setAttribute(cell, "title", hidden ? null : String(value));
    }
  }

  function clear() {
    if (drawnPlace === "" && !hint.hidden) return;
    drawn = drawnPlace = picker.value = "";
    path = [];
    hint.hidden = false;
    for (const part of [body, trail, index]) part.replaceChildren();
    group.clear();
    trailGroup.clear();
  }

  /** @param {Place} place */
  function showPlace(place) {
    hint.hidden = true;
    picker.value = String(place.step);
    fillIndex(place);
    trailGroup.clear();
    const before = path.slice(0, -1).slice(-6).flatMap((p) => {
      const button = symbolButton(app.session, trailGroup, p);
      return [button, h("span", { "aria-hidden": "true" }, " › ")];
    });
    trail.replaceChildren(...before);
    trail.hidden = before.length === 0;
  }

  /** One number field for each axis. @param {Place} place */
  function fillIndex({ step, offset }) {
    const { shape } = app.session.trace.steps[step];
    const at = unravel(shape, offset);
    const fields = shape.map((/** @type {number} */ n, /** @type {number} */ axis) =>
      h("input", { type: "number", min: 0, max: n - 1, step: 1, value: at[axis], "aria-label": `Index on axis ${axis}, 0 to ${n - 1}`, onchange: move }));
    function move() {
      const wanted = fields.map((/** @type {HTMLInputElement} */ f) => f.valueAsNumber);
      const inside = wanted.map((/** @type {number} */ w, /** @type {number} */ axis) => Math.min(Math.max(Math.round(w) || 0, 0), shape[axis] - 1));
      choose({ step, offset: offsetOf(shape, inside) });
    }
    index.replaceChildren(...fields);
  }

  /** @param {Place} place @param {Node_} node */
  function build(place, node) {
    group.clear();
    values = [];
    const head = h("p", { class: "ex-subject" }, symbolButton(app.session, group, place), " = ", group.html(place.step, place.offset, { button: true, always: true }), ...twinOf(place));
    body.replaceChildren(head, isStored(place.step) ? h("p", { class: "ex-quiet" }, "Given, not computed.") : termTable(node));
  }

  /** @param {number} step */
  const isStored = (step) => ["input", "constant"].includes(app.session.trace.steps[step].op);

  /** The gradient beside the value. @param {Place} place */
  function twinOf(place) {
    const twin = app.session.twin(place);
    if (!twin) return [];
    return [h("span", { class: "ex-twin" }, symbolButton(app.session, group, twin), " = ", group.html(twin.step, twin.offset, { button: true, always: true }))];
  }

  /** @param {Node_} node */
  function termTable(node) {
    const names = new Writer((leaf) => symbolButton(app.session, group, leaf), { numeric: false });
    const numbers = new Writer((leaf) => group.html(leaf.step, leaf.offset, { button: true, always: true }), { numeric: true });
    const terms = termsOf(node);
    if (terms.length === 1) return single(node, names, numbers);
    const table = h("table", {}, h("tbody", {}, ...terms.map(({ sign, node: term }, i) => {
      const lead = i > 0 || sign === "−" ? sign : "";
      if (term.kind === "ellipsis") return h("tr", {}, h("td", {}, lead), h("td", { colspan: 3 }, names.line(term)));
      const plain = term.kind === "ref" || term.kind === "number";
      return h("tr", {}, h("td", {}, lead), h("td", {}, names.line(term)),
        h("td", {}, plain ? "" : numbers.line(term)), h("td", {}, plain ? numbers.line(term) : value(i)));
    })));
    return h("div", { class: "ex-scroll" }, table);
  }

  /** One product or function needs no table, and may break where it is long. @param {Node_} node @param {Writer} names @param {Writer} numbers */
  function single(node, names, numbers) {
    const lines = node.kind === "ref" ? [names.line(node)] : [names.line(node), numbers.line(node)];
    return h("div", { class: "ex-equation" }, ...lines.flatMap((line) => [h("span", { class: "ex-equals" }, "="), line]));
  }

  /** @param {number} i */
  function value(i) {
    const cell = h("span", { class: "ex-figure" });
    values.push({ element: cell, read: (terms) => valueOf(terms[i]) });
    return cell;
  }

  /** All tensors, those with names first in each phase. */
  function fillPicker() {
    const { steps } = app.session.trace;
    const groups = ["forward", "backward", "update"].map((phase) => {
      const here = steps.filter((/** @type {any} */ s) => s.phase === phase && !(s.op === "constant" && !app.session.isNamed(s.id)));
      const named = (/** @type {any} */ s) => app.session.isNamed(s.id);
      const sorted = [...here.filter(named), ...here.filter((/** @type {any} */ s) => !named(s))].slice(0, 500);
      return sorted.length ? h("optgroup", { label: phase }, ...sorted.map(({ id, name, op, symbol }) => h("option", { value: id }, symbol ? name : `${name}, ${op.replace("_", " ")}`))) : null;
    });
    picker.replaceChildren(h("option", { value: "" }, "tensor …"), ...groups.filter((g) => g !== null));
  }

  /** A new variant has new tensors. */
  function reset() {
    clear();
    drawn = drawnPlace = "";
    path = [];
    fillPicker();
  }

  return { element, update, dive, choose, reset };
}

/** @param {Place} a @param {Place} b */
const samePlace = (a, b) => a.step === b.step && a.offset === b.offset;
