// The number that is looked at, in words and as a sum: what was multiplied, what was subtracted.
import { format } from "../ui/format.js";
import { maskOf, matrixOf, placeOf } from "./attention_plan.js";
import { originOf, placesOf } from "./attention_terms.js";
import { spoken } from "./label.js";
import { html, setText } from "./svg.js";
import { sumLine } from "./window_sum.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_plan.js").Spot} Spot */
/** @typedef {import("./attention_figure.js").App} App */

/** @param {App} app */
export function story(app) {
  const { plan, trace } = app;
  const words = html("p", { class: "nn-at-words" });
  const line = sumLine(app);
  const short = html("div", { class: "nn-window-sum" });
  const element = html("div", { class: "nn-at-story" }, words, line.element, short);
  /** @type {Map<string, Element>} */
  const numbers = new Map();
  let told = "";

  /** @param {State} state @param {Spot | null} spot @param {string} otherwise what is said where nothing is looked at */
  function update(state, spot, otherwise) {
    const place = spot && placeOf(plan, spot);
    const origin = spot && originOf(plan, spot);
    const sums = place !== null && origin !== null && origin.pairs.length > 0 && adds(state, place, placesOf(plan, origin.pairs));
    line.element.hidden = !sums;
    short.hidden = sums || spot === null;
    if (sums) line.update(state, place, placesOf(plan, origin.pairs), null);
    else if (spot) shorten(state, spot);
    setText(words, spot ? sentence(state, spot, origin?.says ?? "") : otherwise);
  }

  /** Whether the products do add up to it: there may be other paths. @param {State} state @param {import("./types.js").Place} place @param {[import("./types.js").Place, import("./types.js").Place][]} pairs */
  function adds(state, place, pairs) {
    const at = (/** @type {import("./types.js").Place} */ p) => state.values[p.step].data[p.offset];
    const terms = pairs.map(([a, b]) => at(a) * at(b));
    const [sum, size] = [terms.reduce((total, term) => total + term, 0), terms.reduce((total, term) => total + Math.abs(term), 0)];
    return !Number.isFinite(sum) || Math.abs(sum - at(place)) <= 1e-9 * Math.max(size, 1e-300);
  }

  /** @param {State} state @param {Spot} spot @param {string} says */
  function sentence(state, spot, says) {
    const query = plan.tokens[spot.row] ?? "";
    const key = plan.keys[spot.role === "layer" ? spot.column : spot.row] ?? "";
    const who = spot.role === "layer" ? `${query} ${spot.gradient ? "←" : "→"} ${key}` : spot.role === "K" || spot.role === "V" ? key : query;
    const place = placeOf(plan, spot);
    const hidden = spot.role === "layer" ? maskOf(state, plan, spot) : null;
    const masked = hidden !== null && hidden(spot.row, spot.column);
    return `${who}: ${masked ? "masked, so this key gets no weight and sends back no gradient" : says || spoken(trace.labelOf(place.step, place.offset))}.`;
  }

  /** Where no products are added up: the number, and for the softmax how it came. @param {State} state @param {Spot} spot */
  function shorten(state, spot) {
    const weights = plan.heads[spot.head].layers.length - 1;
    const own = placeOf(plan, spot);
    const pieces = spot.role === "layer" && spot.gradient && spot.layer === weights - 1 ? backThroughSoftmax(spot) : spot.role === "layer" && !spot.gradient && spot.layer === weights ? throughSoftmax(state, spot) : [];
    const key = `${own.step}:${own.offset}|${pieces.filter((p) => typeof p === "string").join("")}`;
    if (key === told) return;
    told = key;
    short.replaceChildren(...(pieces.length ? pieces : [`${spoken(trace.labelOf(own.step, own.offset))} = `, number(own)]));
  }

  /** @param {State} state @param {Spot} spot @returns {(string | Element)[]} */
  function throughSoftmax(state, spot) {
    const before = { ...spot, layer: Math.max(0, spot.layer - 1) };
    const { base, columns, step } = matrixOf(plan, before);
    const row = /** @type {number[]} */ ([...state.values[step].data.subarray(base + spot.row * columns, base + (spot.row + 1) * columns)]);
    const sum = row.reduce((total, score) => total + Math.exp(score), 0);
    const score = placeOf(plan, before);
    return ["exp(", number(score), `) / Σ exp = ${format(Math.exp(row[spot.column]))} / ${format(sum)} = `, number(placeOf(plan, spot))];
  }

  /** @param {Spot} spot @returns {(string | Element)[]} */
  function backThroughSoftmax(spot) {
    const weights = spot.layer + 1;
    const { sums } = plan.heads[spot.head];
    if (!sums) return [];
    const [share, arrives] = [false, true].map((gradient) => placeOf(plan, { ...spot, layer: weights, gradient }));
    return [number(share), " · (", number(arrives), " − ", number({ step: sums.step, offset: sums.base + spot.row }, "r"), ") = ", number(placeOf(plan, spot))];
  }

  /** @param {import("./types.js").Place} place @param {string} [mark] */
  function number({ step, offset }, mark = "") {
    const key = `${step}:${offset}${mark}`;
    const made = numbers.get(key) ?? app.number(step, offset, { button: true });
    numbers.set(key, made);
    return made;
  }

  return { element, update };
}
