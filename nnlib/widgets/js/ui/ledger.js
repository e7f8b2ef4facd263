/** What happens at the current stop: formula, numbers, result, and the nnlib line that does it. */

import { h } from "./dom.js";
import { chain } from "./rule.js";
import { equation, formula, formulaLatex, numbersOf } from "./equation.js";
import { math } from "./math.js";
import { onOneLine } from "./latex.js";
import { sourceLine } from "./source.js";
import { glyphOf } from "./transport.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Stop} Stop */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./numbers.js").NumberGroup} NumberGroup */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {{session: Session, spec: import("./types.js").Spec, numbers: import("./numbers.js").Numbers, state: State}} App */

const MOST_BLOCKS = 40;

/** @param {App} app */
export function ledger(app) {
  const body = h("div", { class: "ex-ledger-body" });
  const head = h("div", { class: "ex-ledger-head" });
  const element = h("div", { class: "ex-ledger", role: "group", "aria-label": "What happens at this step" }, head, body);
  /** @type {NumberGroup[]} */
  let groups = [];
  /** @type {(() => void)[]} */
  let refreshers = [];
  let drawn = "";

  const group = () => {
    const made = app.numbers.group();
    groups.push(made);
    return made;
  };

  /** Something whose numbers follow the sliders. @param {{element: HTMLElement, refresh: () => void}} part */
  const live = (part) => {
    refreshers.push(part.refresh);
    return part.element;
  };

  /** @param {State} state */
  function update(state) {
    const key = [state.size, state.stop, chosenInside(state)].join();
    if (key === drawn) return refreshers.forEach((refresh) => refresh());
    drawn = key;
    groups.forEach((g) => g.release());
    groups = [];
    refreshers = [];
    const stop = state.stops[state.stop];
    head.replaceChildren(...heading(stop, state.stop === 0));
    const opened = openedDetails(body);
    body.replaceChildren(...blocks(state, stop));
    body.querySelectorAll("details").forEach((details, i) => { details.open = opened[i] ?? false; });
    reachable(body);
  }

  /** A new variant has new tensors: draw afresh. */
  function reset() {
    drawn = "";
  }

  /** @param {State} state @param {Stop} stop @returns {Node[]} */
  function blocks(state, stop) {
    if (state.stop === 0) return given();
    const parts = stop.phase === "backward" ? rules(state, stop) : computations(state, stop);
    const last = primitives(stop);
    return last ? [...parts, last] : parts;
  }

  /** Stop 0: what is there before anything is computed. */
  function given() {
    const { trace } = app.session;
    const named = trace.steps.filter((/** @type {any} */ s) => s.op === "input" || (s.op === "constant" && s.phase === "forward" && app.session.isNamed(s.id)));
    const rows = named.slice(0, MOST_BLOCKS).map(({ id }) => h("div", { class: "ex-given" },
      h("span", {}, math(`${onOneLine(app.session.tensorLatex(id))} =`)), numbersOf(app.session, group(), id)));
    return [h("p", { class: "ex-quiet" }, "What is given. Nothing is computed yet."), ...rows];
  }

  /** Forward and update: one block for each quantity. @param {State} state @param {Stop} stop */
  function computations(state, stop) {
    const named = stop.steps.filter((id) => app.session.isNamed(id));
    const told = (named.length ? named : stop.steps).slice(0, MOST_BLOCKS);
    return told.map((id) => {
      const offset = chosen(state, id);
      const spelled = told.length === 1 || state.selection?.step === id;
      return h("div", { class: "ex-block" },
        law(formula(app.session, group(), formulaLatex(app.session, id), id), result(id, !spelled), sourceLine(app.spec, app.session.trace, group(), id)),
        spelled ? live(equation(app.session, group(), id, offset)) : null);
    });
  }

  /** Backward: for each step on the way, the rule that hands its gradient on. @param {State} state @param {Stop} stop */
  function rules(state, stop) {
    const { steps } = app.session.trace;
    const sources = [...new Set(stop.of !== null ? [stop.of] : stop.steps.map((id) => steps[id].of))].filter((of) => of !== null);
    return sources.slice(0, MOST_BLOCKS).flatMap((of) => ruleBlocks(state, of, stop.of !== null));
  }

  /** @param {State} state @param {number} of @param {boolean} whole */
  function ruleBlocks(state, of, whole) {
    const { steps } = app.session.trace;
    const { contributions, inputs } = steps[of];
    const lead = whole ? h("p", { class: "ex-through" }, h("span", {}, "through "), math(formulaLatex(app.session, of))) : null;
    const parts = inputs.map((/** @type {number} */ input, /** @type {number} */ i) => {
      const downstream = contributions[i];
      if (!whole && downstream === steps[of].gradient && !steps[input].symbol) return null;
      return downstream === null ? null : contribution(state, of, i, input, downstream, whole);
    });
    return [lead, ...parts].filter((part) => part !== null);
  }

  /**
   * @param {State} state @param {number} of @param {number} i @param {number} input @param {number} downstream @param {boolean} whole
   */
  function contribution(state, of, i, input, downstream, whole) {
    const { steps } = app.session.trace;
    const upstream = /** @type {number} */ (steps[of].gradient);
    const offset = chosen(state, downstream, input);
    const selected = state.selection?.step === downstream || state.selection?.step === input;
    const spelled = (whole || selected) && downstream !== upstream;
    return h("div", { class: "ex-block" },
      law(formula(app.session, group(), ruleLatex(of, input, downstream), downstream), result(downstream, !spelled), sourceLine(app.spec, app.session.trace, group(), of, i)),
      downstream === upstream ? h("p", { class: "ex-quiet" }, "Handed on unchanged: the local derivative is 1.") : null,
      spelled ? live(chain(app.session, group(), { upstream, downstream, offset })) : null);
  }

  /** What one step adds to the gradient of one of its inputs. @param {number} of @param {number} input @param {number} downstream */
  function ruleLatex(of, input, downstream) {
    const { steps } = app.session.trace;
    const name = app.session.gradientLatex(input);
    if (downstream === steps[of].gradient) return `${name} = ${app.session.gradientLatex(of)}`;
    const whole = steps[input].gradient === downstream;
    const through = steps[of].symbol ?? "";
    return formulaLatex(app.session, downstream, whole ? name : `\\left.${name}\\right|_{${through}}`);
  }

  /** The computed tensor, each element a button; a single number where no equation shows it. @param {number} step @param {boolean} alone */
  function result(step, alone) {
    const { shape } = app.session.trace.steps[step];
    if (!alone && shape.every((/** @type {number} */ n) => n === 1)) return null;
    return h("div", { class: "ex-result" }, h("span", { class: "ex-equals" }, "="), numbersOf(app.session, group(), step));
  }

  /** @param {Stop} stop */
  function primitives({ steps }) {
    if (steps.length < 2) return null;
    const { trace } = app.session;
    const rows = steps.slice(0, 200).map((id) => {
      const { op, name, shape } = trace.steps[id];
      return h("li", {}, math(formulaLatex(app.session, id)), h("span", { class: "ex-quiet" }, ` ${op}, ${shape.length ? shape.join(" × ") : "a number"}, ${name} `),
        sourceLine(app.spec, trace, group(), id));
    });
    return h("details", { class: "ex-primitives" }, h("summary", {}, `The ${steps.length} primitive steps`), h("ol", {}, ...rows));
  }

  /** @param {Stop} stop @param {boolean} start */
  function heading({ phase, scope, title }, start) {
    const kind = start ? "inputs" : phase;
    const badge = h("span", { class: `ex-badge ex-${kind}` }, h("span", { "aria-hidden": "true" }, glyphOf(kind)), ` ${kind}`);
    return [badge, h("span", { class: "ex-scope" }, scope.length ? scope.join(" › ") : start ? "" : title.replace(/^(update|backward) /, ""))];
  }

  /** The element that is looked at in a tensor: the selected one, its twin, or the first. @param {State} state @param {number} step @param {number} [twin] */
  function chosen({ selection }, step, twin) {
    if (selection && (selection.step === step || selection.step === twin) && selection.offset < app.session.size(step)) return selection.offset;
    return 0;
  }

  /** The part of the selection that this stop's ledger depends on. @param {State} state */
  function chosenInside({ selection, stops, stop }) {
    if (!selection) return "";
    const { trace } = app.session;
    const { steps, of } = stops[stop];
    const through = (of === null ? steps.map((id) => trace.steps[id].of) : [of]).flatMap((id) => (id === null ? [] : trace.steps[id]));
    return [...steps, ...through.flatMap(({ inputs, contributions }) => [...inputs, ...contributions])].includes(selection.step) ? `${selection.step}:${selection.offset}` : "";
  }

  return { element, update, reset };
}

/** Formula, result and source go side by side where they fit. @param {...(HTMLElement | null)} parts */
function law(...parts) {
  return h("div", { class: "ex-law" }, ...parts);
}

/** A formula too wide for its place can be scrolled by the keyboard too. @param {HTMLElement} body */
function reachable(body) {
  const wide = [...body.querySelectorAll(".ex-formula, .ex-through, .ex-primitives li")].filter((box) => box.scrollWidth > box.clientWidth + 1);
  for (const box of wide) box.setAttribute("tabindex", "0");
}

/** @param {HTMLElement} body */
function openedDetails(body) {
  return [...body.querySelectorAll("details")].map(({ open }) => open);
}
