/** The check that a reader can run: central differences of the loss beside the gradients, on the numbers as they are now. */

import { Differences, places, sample } from "../engine/differences.js";
import { Replay } from "../engine/replay.js";
import { h, setText, textButton } from "./dom.js";
import { format } from "./format.js";
import { named } from "./math.js";
import { judge } from "./verdict.js";

/** @typedef {import("../engine/differences.js").Row} Row */
/** @typedef {import("../engine/differences.js").Place} Place */
/** @typedef {import("./types.js").State} State */
/**
 * @typedef {object} Job                a check under way
 * @property {Place[]} chosen
 * @property {number} all               how many there are to choose from
 * @property {Differences} differences
 * @property {Float64Array[]} inputs
 * @property {Row[]} rows
 * @property {HTMLElement} body
 * @property {import("./numbers.js").NumberGroup} group
 */

const MOST = 60;
const SLICE_MS = 8;
/** A check that takes less than this is run again by itself, when the sliders have come to rest. */
const CHEAP_MS = 40;
const REST_MS = 250;

/**
 * @param {{session: import("./session.js").Session, numbers: import("./numbers.js").Numbers, state: State, invalidate: () => void}} app
 */
export function check(app) {
  const verdict = h("p", { "aria-live": "polite" });
  const table = h("div", { class: "ex-scroll", tabindex: "0", role: "group", "aria-label": "Central differences", hidden: true });
  const button = textButton("Check now", start);
  const element = h("div", { class: "ex-check" }, button, verdict, table);
  let group = app.numbers.group();
  /** Computes apart from what is on show. @type {Replay | null} */
  let second = null;
  /** @type {Job | null} */
  let job = null;
  let open = false;
  let timer = 0;
  let spent = 0;
  let told = "";
  /** @type {{element: HTMLElement, gradient: number}[]} */
  let lines = [];
  /** The inputs that the last check was made for. @type {Float64Array[] | null} */
  let checked = null;

  const inputs = () => app.session.trace.steps.filter(({ op }) => op === "input").map(({ id }) => app.session.replay.values[id].data);
  const possible = () => places(app.session.trace).length > 0;

  function cancel() {
    clearTimeout(timer);
    job?.group.release();
    job = null;
  }

  function start() {
    cancel();
    if (second) return begin(second);
    setText(verdict, "Checking …");
    second = new Replay(app.session.trace);
    timer = window.setTimeout(begin, 0, second);
  }

  /** @param {Replay} own */
  function begin(own) {
    const start = performance.now();
    app.session.refresh();
    const { trace, replay } = app.session;
    const all = places(trace);
    spent = 0;
    job = {
      rows: [], body: h("tbody"), group: app.numbers.group(), inputs: inputs().map((data) => data.slice()), all: all.length,
      chosen: sample(all, MOST, wanted(app.state)), differences: new Differences(own, replay.values),
    };
    run(job, start);
  }

  /** A slice at a time, so that the page goes on answering. @param {Job} current @param {number} start */
  function run(current, start) {
    const { rows, chosen, body, differences } = current;
    while (rows.length < chosen.length && performance.now() - start < SLICE_MS) {
      const row = differences.check(chosen[rows.length]);
      rows.push(row);
      body.append(rowOf(row, current.group));
    }
    spent += performance.now() - start;
    if (rows.length === chosen.length) return finish(current);
    setText(verdict, "Checking …");
    timer = window.setTimeout(() => run(current, performance.now()));
  }

  /** @param {Job} done */
  function finish(done) {
    const { rows, all, body } = done;
    job = null;
    lines = rows.map(({ gradient }, i) => ({ element: /** @type {HTMLElement} */ (body.children[i]), gradient }));
    const head = ["Gradient", "By the tape", "Central difference", "They differ by"].map((name) => h("th", { scope: "col" }, name));
    table.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, ...head)), body));
    table.hidden = false;
    group.release();
    group = done.group;
    checked = done.inputs;
    told = judge(rows, (row) => app.session.trace.labelOf(row.gradient, row.offset));
    if (rows.length < all) told += ` These are ${rows.length} of ${all}, evenly spaced.`;
    show(open);
    app.invalidate();
  }

  /** @param {Row} row @param {import("./numbers.js").NumberGroup} numbers */
  function rowOf(row, numbers) {
    const { session } = app;
    const name = named(session.trace.labelOf(row.gradient, row.offset), session.elementLatex(row.gradient, row.offset));
    return h("tr", { "data-verdict": row.verdict }, h("th", { scope: "row" }, ...name),
      h("td", {}, numbers.html(row.gradient, row.offset, { always: true })),
      h("td", {}, h("data", { value: row.difference, title: row.difference }, format(row.difference))), h("td", {}, gap(row)));
  }

  /** What is being asked for, or comes later, is not told here either. @param {State} state */
  function holdBack({ guessing, shown }) {
    for (const { element, gradient } of lines) element.hidden = guessing === true && !shown(gradient);
    return lines.filter((line) => line.element.hidden).length;
  }

  /** Whether the numbers are still those of the last check; a cheap one is made again when they rest. */
  function update() {
    const waiting = holdBack(app.state);
    if (!checked || !open || job) return;
    const now = inputs();
    const same = checked.every((data, i) => data.every((x, j) => Object.is(x, now[i][j])));
    element.classList.toggle("is-outdated", !same);
    if (waiting) setText(verdict, `Kept back while you predict: ${waiting} of ${lines.length}.`);
    else setText(verdict, same ? told : `For the numbers before: ${told} Check again.`);
    if (same || spent > CHEAP_MS) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => element.isConnected && open && start(), REST_MS);
  }

  function reset() {
    cancel();
    group.clear();
    table.replaceChildren();
    lines = [];
    table.hidden = true;
    checked = second = null;
    element.classList.remove("is-outdated");
    button.hidden = !possible();
    setText(verdict, possible() ? "" : "Nothing is differentiated here, so there are no gradients to check.");
  }

  /** @param {boolean} shown */
  function show(shown) {
    open = shown;
    group.active = shown;
    update();
  }

  return { element, update, reset, possible, show };
}

/** What the last column says. @param {Row} row */
function gap({ verdict, left, right, value, difference }) {
  if (verdict === "odd") return "not finite";
  if (verdict === "kink") return `kink: ${brief(left)}, ${brief(right)}`;
  const note = verdict === "faint" ? " (too small to tell)" : verdict === "differs" ? " (not equal)" : "";
  return brief(Math.abs(value - difference)) + note;
}

/** Two digits. @param {number} value */
const brief = (value) => format(Number(value.toPrecision(2)));

/** The number that is selected comes first, or those that the current stop has told. @param {State} state @returns {(place: Place) => boolean} */
function wanted({ selection, active }) {
  if (!selection) return ({ gradient }) => active.has(gradient);
  return ({ step, offset, gradient }) => offset === selection.offset && (step === selection.step || gradient === selection.step);
}
