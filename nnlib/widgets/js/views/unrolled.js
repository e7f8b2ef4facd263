// A recurrent network as a loop, and unrolled over time: forward from left to right, and its gradients back again.
import { below, choices } from "./choices.js";
import { sizeBars } from "./unrolled_bars.js";
import { stepOf } from "./unrolled_keys.js";
import { chooser } from "./unrolled_chooser.js";
import { column, matrixValues } from "./unrolled_column.js";
import { BOX, GAP, layoutOf } from "./unrolled_layout.js";
import { loop } from "./unrolled_loop.js";
import { largestOf } from "./unrolled_parts.js";
import { planOf, toldBy } from "./unrolled_plan.js";
import { told } from "./unrolled_told.js";
import { drawing, html, mark, set, setAll, setText, show, svg, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./unrolled_column.js").Look} Look */
/** @typedef {import("./unrolled_plan.js").Plan} Plan */

const WIDEST = 180;
const MARGIN = 34;
/** Columns that are drawn on each side of those in sight. */
const SPARE = 1;
/** In px: what the usual stage holds, and what the bar above, the bars below and a line of a sum need. */
const [ROOM, REST, LINE] = [365, 108, 20];
/** So many widths are too far to scroll smoothly. */
const FAR = 2;

/** @param {Context} context @returns {import("./types.js").View} */
export function unrolled(context) {
  const { trace } = context;
  const plan = planOf(trace, context.view);
  const layout = layoutOf(plan, trace);
  const look = /** @type {Look} */ ({ unit: 0, weight: 0, entry: 0, now: 0, size: 0, folded: true, byHand: false, stop: "", told: new Set(), largest: 0 });
  const columns = /** @type {Map<number, ReturnType<typeof column>>} */ (new Map());
  const picture = drawing("group", "The network over time", "Each column is a time step; the ledger and the table of all numbers hold its values.");
  const around = loop(plan, layout, trace);
  const heading = svg("text", { class: "nn-seq-heading", y: (layout.share ?? 0) - 7 });
  const inner = svg("g");
  picture.append(inner, around.element, heading);
  const scroll = html("div", { class: "nn-seq-scroll", tabindex: 0, role: "group", "aria-label": "Time steps from left to right: the arrow keys go through time" }, picture);
  const lines = told(context, plan);
  const bars = sizeBars(plan, look, go, pick);
  const fold = html("button", { type: "button", class: "ex-button nn-seq-fold" });
  const units = chooser("Unit", plan.H, (i) => String(i), (unit) => pick({ unit }));
  const weights = chooser("Shares of", plan.weights.length, (i) => `∂L/∂${trace.steps[plan.weights[i].step].name}`, (weight) => pick({ weight, entry: 0 }));
  const element = html("div", { class: "nn-view nn-unrolled" }, html("div", { class: "nn-seq-bar" }, fold, units.element, weights.element), scroll, lines.element, bars.element);
  mark(element, "is-tall", tallness(plan, layout) > ROOM);
  let pitch = BOX + GAP.least;
  /** @type {State | null} */
  let state = null;

  fold.addEventListener("click", () => {
    look.folded = !look.folded;
    look.byHand = true;
    reveal();
    redraw();
  });

  /** @param {Partial<Look>} change */
  function pick(change) {
    Object.assign(look, change);
    redraw();
  }

  /** @param {number} now */
  function go(now) {
    look.now = now;
    reveal();
    redraw();
  }

  /** What the stop tells is looked at; whoever begins to walk sees the loop unroll. @param {State} next */
  function followStop(next) {
    look.told = next.stop > 0 ? toldBy(plan, next.active) : new Set();
    const key = `${next.size}:${next.stop}`;
    if (key === look.stop) return;
    look.stop = key;
    if (next.stop > 0 && !look.byHand) look.folded = false;
    const times = [...next.active].map((id) => plan.timeOf[id]).filter((t) => t !== null);
    if (next.stop === 0) look.now = 0;
    else if (times.length) look.now = next.phase === "backward" ? Math.min(...times) : Math.max(...times);
  }

  const linked = choices(look, {
    folded: () => [true, false], unit: () => below(plan.H), weight: () => below(plan.weights.length),
    entry: () => below(plan.weights.length && trace.steps[plan.weights[look.weight].step].size), now: () => below(plan.T), size: () => below(bars.count),
  }, () => {
    if (state) followStop(state);
  });

  /** What is folded at a later step was folded by hand, and stays so. @param {string} link */
  function follow(link) {
    const fits = linked.follow(link);
    look.byHand = look.folded && (state?.stop ?? 0) > 0;
    reveal();
    return fits;
  }

  const centreOf = (/** @type {number} */ t) => MARGIN + (t + 0.5) * pitch;

  /** Brings the time that is looked at into sight; a long way is not walked, since every column on it would be drawn. */
  function reveal() {
    const left = look.folded ? 0 : centreOf(look.now) - scroll.clientWidth / 2;
    scroll.scrollTo({ left, behavior: Math.abs(left - scroll.scrollLeft) > FAR * scroll.clientWidth ? "instant" : "auto" });
  }

  /** @param {State} next */
  function update(next) {
    state = next;
    const { stop } = look;
    followStop(next);
    if (look.stop !== stop) reveal();
    look.largest = next.phase === "forward" ? 0 : largestShare(plan, look.weight, next);
    redraw();
  }

  /** The columns in sight, the first and the one after the last. @returns {[number, number]} */
  function inSight() {
    if (look.folded) return [look.now, look.now + 1];
    const from = Math.floor((scroll.scrollLeft - MARGIN) / pitch) - SPARE;
    return [Math.max(0, from), Math.min(plan.T, from + Math.ceil(scroll.clientWidth / pitch) + 2 * SPARE + 1)];
  }

  function redraw() {
    if (!state) return;
    const { folded } = look;
    setText(fold, folded ? "Unroll" : "Fold");
    set(fold, "title", folded ? "Draw every time step as a column of its own" : "Draw one cell, whose state goes round");
    mark(element, "is-folded", folded);
    const [from, to] = inSight();
    const kept = new Set([look.now]);
    for (let t = from; t < to; t += 1) kept.add(t);
    for (const t of kept) if (!columns.has(t)) make(t);
    const middle = Math.max(BOX, scroll.clientWidth / 2 - 40);
    for (const [t, one] of columns) {
      set(one.element, "style", `transform: translate(${folded ? middle : centreOf(t)}px, 0)`);
      mark(one.element, "is-now", t === look.now);
      mark(one.element, "is-behind", folded && t !== look.now);
      show(one.element, kept.has(t) || (folded && Math.abs(t - look.now) < 8));
      if (kept.has(t)) one.update(state, look);
    }
    around.update(folded, middle, look.now);
    tellShares();
    units.set(look.unit);
    weights.set(look.weight);
    lines.update(state, look);
    bars.update(state);
    show(bars.element, state.phase !== "forward");
  }

  function tellShares() {
    const chosen = plan.weights[look.weight];
    show(heading, chosen !== undefined && state?.phase !== "forward");
    if (chosen) setText(heading, `${look.folded ? "Its" : "Each step’s"} share of ∂L/∂${trace.labelOf(chosen.step, look.entry)}`);
    set(heading, "x", look.folded ? 4 : scroll.scrollLeft + 4);
  }

  /** @param {number} t */
  function make(t) {
    const one = column(context, plan, layout, t, pitch, (entry) => pick({ entry }));
    inner.append(one.element);
    columns.set(t, one);
  }

  scroll.addEventListener("scroll", redraw, { passive: true });
  scroll.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = event.target === scroll ? stepOf(event) : undefined;
    if (by !== undefined) go(Math.min(plan.T - 1, Math.max(0, look.now + by)));
  });
  const stopWatching = watchWidth(element, (width) => {
    pitch = Math.max(BOX + GAP.least, Math.min(WIDEST, (width - 2 * MARGIN) / plan.T));
    const whole = Math.max(width, 2 * MARGIN + plan.T * pitch);
    setAll(picture, { viewBox: `0 0 ${whole} ${layout.height}`, style: `width:${whole}px;height:${layout.height}px` });
    for (const one of columns.values()) one.element.remove();
    columns.clear();
    bars.resize(width);
    reveal();
    redraw();
  });
  return { element, update, destroy: () => stopWatching(), link: linked.link, follow };
}

/** The height of all parts on the way back. @param {Plan} plan @param {import("./unrolled_layout.js").Layout} layout */
function tallness({ rows, weights }, { height }) {
  const sums = rows.flatMap(({ h, c }) => (c ? [h, c] : [h])).filter((nodes) => nodes.some(({ arrivals }) => arrivals.length > 1));
  return height + REST + LINE * (sums.length + (weights.length ? 1 : 0));
}

/** One scale for the shares of all times, so that they compare. @param {Plan} plan @param {number} weight @param {State} state */
function largestShare({ weights }, weight, state) {
  const sizes = (weights[weight]?.shares ?? []).map((terms) => (terms.length ? largestOf(matrixValues(terms, state), state.values[terms[0]].data.length) : 0));
  return Math.max(0, ...sizes);
}
