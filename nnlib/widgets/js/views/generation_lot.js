// The draw: all probabilities side by side between 0 and 1, and a number u that falls on one of them.
import { format } from "../ui/format.js";
import { cumulated, said, seen } from "./generation_model.js";
import { html, mark, set, setAll, setText, show, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./generation_acts.js").Now} Now */

const LETTER = 11;
const LAST = 1 - 2 ** -32;
const STRIDES = /** @type {Record<string, number>} */ ({ ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -2, End: 2 });

/** @param {Context} context @param {import("./generation_acts.js").Acts} acts */
export function lot({ view }, acts) {
  const { vocabulary } = view;
  const parts = vocabulary.map(() => html("span", { class: "nn-gen-part" }));
  const needle = html("div", { class: "nn-gen-needle", role: "slider", tabindex: 0, "aria-label": "u, the number that draws", "aria-valuemin": 0, "aria-valuemax": 1 });
  const track = html("div", { class: "nn-gen-lots" }, ...parts, needle);
  const told = html("p", { class: "nn-gen-drawn" });
  const end = (/** @type {string} */ text) => html("span", { class: "nn-gen-end", "aria-hidden": "true" }, text);
  const order = html("span", { class: "nn-quiet nn-gen-order" }, "all probabilities, in the order of the vocabulary");
  const element = html("div", { class: "nn-gen-lot" }, html("div", { class: "nn-gen-titles" }, told, order), html("div", { class: "nn-gen-line" }, end("0"), track, end("1")));
  let width = 500;
  /** @type {Now | null} */
  let last = null;

  /** @param {Now} now */
  function update(now) {
    last = now;
    const { outlook: { p, u, token, given }, known, obstacle } = now;
    const sums = cumulated(p);
    const total = sums[sums.length - 1];
    const fits = known && total > 0;
    parts.forEach((/** @type {any} */ part, /** @type {number} */ v) => place(part, v, fits ? (sums[v] - p[v]) / total : 0, fits ? p[v] / total : 0, fits && v === token && !obstacle));
    set(needle, "style", `left:${(100 * u).toFixed(3)}%`);
    show(needle, fits && !given && !obstacle);
    const name = token < 0 ? "nothing" : said(vocabulary[token]);
    setAll(needle, { "aria-valuenow": u.toFixed(4), "aria-valuetext": `u = ${u.toFixed(4)} falls on ${name}` });
    setText(told, obstacle ?? (!known ? "The draw waits for the logits." : given
      ? `The prompt goes on with ${seen(vocabulary[token])}, which has probability ${format(p[token])} here.`
      : `The draw: u = ${u.toFixed(4)} falls on ${seen(vocabulary[token])}, with probability ${format(p[token])}.`));
  }

  /** @param {any} part @param {number} v @param {number} from @param {number} share @param {boolean} chosen */
  function place(part, v, from, share, chosen) {
    show(part, share > 0);
    if (!(share > 0)) return;
    set(part, "style", `left:${(100 * from).toFixed(3)}%;width:${(100 * share).toFixed(3)}%`);
    mark(part, "is-drawn", chosen);
    setText(part, share * width > LETTER ? seen(vocabulary[v]) : "");
  }

  /** @param {number} u */
  function move(u) {
    acts.change({ u: Math.min(LAST, Math.max(0, u)) });
  }

  needle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (!Object.hasOwn(STRIDES, event.key) || !last) return;
    event.preventDefault();
    event.stopPropagation();
    move(Math.round(1e4 * (last.outlook.u + STRIDES[event.key])) / 1e4);
  });
  track.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0 || !last || last.outlook.given || last.obstacle || !last.known) return;
    track.setPointerCapture(event.pointerId);
    needle.focus();
    follow(event);
    event.preventDefault();
  });
  track.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => track.hasPointerCapture(event.pointerId) && follow(event));

  /** @param {PointerEvent} event */
  function follow(event) {
    const box = track.getBoundingClientRect();
    move((event.clientX - box.left) / box.width);
  }

  const stopWatching = watchWidth(track, (available) => {
    width = available;
    if (last) update(last);
  });
  return { element, update, destroy: stopWatching };
}
