// The anatomy of a recurrent cell: its gates as tanks, the conveyor of its memory, and on the way back its gradients.
import { Pen } from "./cell_pen.js";
import { planOf } from "./cell_plan.js";
import { SIZE, drawCell } from "./cell_scenes.js";
import { below, choices } from "./choices.js";
import { drawing, html, mark, set, svg } from "./svg.js";
import { chooser } from "./unrolled_chooser.js";
import { stepOf } from "./unrolled_keys.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

/** So far an arrow key moves a drawing that is wider than the screen, in px. */
const NUDGE = 60;
const NAMES = { lstm: "LSTM", gru: "GRU", rnn: "plain recurrent cell" };

/** @param {Context} context @returns {import("./types.js").View} */
export function cell(context) {
  const { trace, view } = context;
  const plans = view.steps.map((/** @type {number | null} */ time) => planOf(trace, time, view.layer));
  const pens = /** @type {Pen[]} */ ([]);
  const at = { place: 0, unit: 0, stop: "" };
  const picture = drawing("group", `The anatomy of a ${/** @type {Record<string, string>} */ (NAMES)[plans[0].kind]}`, "Gates as tanks, wires between them; the ledger and the table of all numbers hold its values.");
  set(picture, "viewBox", `0 0 ${SIZE.width} ${SIZE.height}`);
  const times = chooser("Time step", plans.length, (i) => String(view.steps[i]), (place) => pick({ place }));
  const units = chooser("Unit", plans[0].units, (i) => String(i), (unit) => pick({ unit }));
  const scroll = html("div", { class: "nn-cell-scroll", tabindex: 0, role: "group", "aria-label": "The cell: where it is wider than the screen, the arrow keys move it" }, picture);
  scroll.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const room = scroll.scrollWidth - scroll.clientWidth;
    const by = event.target === scroll && room > 0 ? stepOf(event) : undefined;
    if (by !== undefined) scroll.scrollLeft = Math.min(room, Math.max(0, scroll.scrollLeft + by * NUDGE));
  });
  const element = html("div", { class: "nn-view nn-anatomy" }, html("div", { class: "nn-seq-bar" }, times.element, units.element), scroll);
  /** @type {State | null} */
  let state = null;

  /** @param {Partial<typeof at>} change */
  function pick(change) {
    Object.assign(at, change);
    redraw();
  }

  /** The time step of the stop is looked at, by the scope that `unroll` gives it. @param {State} next */
  function follow(next) {
    const key = `${next.size}:${next.stop}`;
    if (key === at.stop) return;
    at.stop = key;
    const scope = next.stops[next.stop].scope.find((name) => /^step \d+$/.test(name));
    const place = view.steps.indexOf(Number(scope?.slice(5)));
    if (next.stop === 0) at.place = 0;
    else if (place >= 0) at.place = place;
  }

  const linked = choices(at, { place: () => below(plans.length), unit: () => below(plans[0].units) }, () => {
    if (state) follow(state);
  });

  /** @param {number} place */
  function penOf(place) {
    if (!pens[place]) {
      pens[place] = new Pen(context, svg("g"));
      drawCell(pens[place], plans[place]);
    }
    return pens[place];
  }

  function redraw() {
    if (!state) return;
    const pen = penOf(at.place);
    if (picture.lastChild !== pen.group) {
      for (const other of pens) if (other && other !== pen) other.group.remove();
      picture.append(pen.group);
    }
    mark(element, "is-backward", state.phase === "backward");
    pen.update(state, at.unit);
    times.set(at.place);
    units.set(at.unit);
  }

  return {
    element, destroy() {}, ...linked,
    update(next) {
      state = next;
      follow(next);
      redraw();
    },
  };
}
