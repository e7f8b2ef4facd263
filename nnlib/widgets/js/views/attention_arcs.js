// What one query looks at: an arc to each key, as wide as its weight, and the weights as shares of one bar.
import { maskOf } from "./attention_plan.js";
import { html, mark, set, setAll, svg } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_figure.js").App} App */
/** @typedef {import("./attention_figure.js").At} At */

const TALL = 150;
const WIDEST = 22;

/** @param {App} app @returns {import("./attention_scene.js").Scene} */
export function arcsScene(app) {
  const { plan } = app;
  const { tokens, keys } = plan;
  const self = tokens.length === keys.length && tokens.every((text, i) => text === keys[i]);
  const paths = tokens.map(() => keys.map(() => svg("path", { class: "nn-at-arc" })));
  const picture = svg("svg", { role: "img", class: "nn-at-arc-picture" }, ...paths.flat());
  const queries = tokens.map((text, i) => {
    const button = html("button", { type: "button", class: "nn-at-query" }, text);
    button.addEventListener("click", () => look(i));
    return button;
  });
  const rows = keys.map((text, j) => {
    const [weight, gradient] = [html("span", { class: "nn-at-arc-weight" }), html("span", { class: "nn-at-arc-gradient" })];
    return { j, weight, gradient, name: html("span", { class: "nn-at-key" }, text) };
  });
  const shares = keys.map((text) => html("span", { class: "nn-at-share", title: text }, html("span", {}, text)));
  const line = (/** @type {string} */ name, /** @type {Element[]} */ children) => html("div", { class: `nn-at-arc-row ${name}` }, ...children);
  const element = html("div", { class: "nn-at-arcs" }, ...(self ? [] : [line("is-keys", rows.map((r) => r.name))]), picture, line("is-queries", queries),
    line("is-weights", rows.map((r) => html("span", { class: "nn-at-arc-numbers" }, ...(self ? [] : [html("span", { class: "nn-at-key" }, keys[r.j])]), r.weight, r.gradient))),
    html("div", { class: "nn-at-shares", role: "img", "aria-label": "The weights as shares of one bar" }, ...shares));
  /** @type {Map<string, Element>} */
  const numbers = new Map();
  let query = tokens.length - 1;
  let head = 0;

  /** @param {number} i */
  function look(i) {
    query = i;
    app.choose({ head, role: "layer", layer: plan.heads[head].layers.length - 1, gradient: false, row: i, column: Math.min(i, keys.length - 1) });
  }

  /** @param {State} state @param {At} at @param {{width: number, tall: number}} room */
  function draw(state, at, { width }) {
    head = at.head;
    if (at.spot && at.spot.role !== "K" && at.spot.role !== "V") query = Math.min(at.spot.row, tokens.length - 1);
    const layer = plan.heads[head].layers.length - 1;
    const { step, gradient, base } = plan.heads[head].layers[layer];
    const known = state.shown(step);
    const hidden = maskOf(state, plan, { head, layer });
    const weight = (/** @type {number} */ i, /** @type {number} */ j) => (known ? state.values[step].data[base + i * keys.length + j] : 0);
    setAll(picture, { viewBox: `0 0 ${width} ${TALL}`, style: `height:${TALL}px`, "aria-label": `${tokens[query]} looks at ${keys.map((key, j) => `${key}: ${(100 * weight(query, j)).toFixed(0)} %`).join(", ")}` });
    paths.forEach((row, i) => row.forEach((path, j) => {
      const share = Math.max(0, Math.min(1, weight(i, j) || 0));
      const here = i === query;
      setAll(path, { d: share > 0 ? shape((i + 0.5) * (width / tokens.length), (j + 0.5) * (width / keys.length), width) : null, "stroke-width": (here ? WIDEST * share : WIDEST * share * 0.3).toFixed(2) });
      mark(path, "is-here", here);
    }));
    queries.forEach((button, i) => set(button, "aria-pressed", String(i === query)));
    rows.forEach(({ j, weight: place, gradient: below, name }) => {
      const masked = hidden !== null && hidden(query, j);
      put(place, step, base + query * keys.length + j);
      if (gradient !== null) put(below, gradient, base + query * keys.length + j);
      below.hidden = gradient === null || !at.backward;
      mark(place, "is-masked", masked);
      mark(name, "is-masked", masked);
      set(shares[j], "style", `flex-grow:${(weight(query, j) || 0).toFixed(4)}`);
      mark(shares[j], "is-slim", !(weight(query, j) > 0.07));
    });
  }

  /** @param {number} from @param {number} to @param {number} width */
  function shape(from, to, width) {
    if (!self) return `M${from} ${TALL}C${from} ${TALL / 2} ${to} ${TALL / 2} ${to} 0`;
    const wide = width / tokens.length;
    const [start, end] = from === to ? [from - wide * 0.16, to + wide * 0.16] : [from, to];
    const high = from === to ? 46 : 40 + (TALL - 52) * Math.abs(to - from) / width;
    return `M${start} ${TALL}C${start} ${TALL - high * 1.33} ${end} ${TALL - high * 1.33} ${end} ${TALL}`;
  }

  /** @param {Element} place @param {number} step @param {number} offset */
  function put(place, step, offset) {
    const key = `${step}:${offset}`;
    const made = numbers.get(key) ?? app.number(step, offset, { button: true });
    numbers.set(key, made);
    if (place.firstChild !== made) place.replaceChildren(made);
  }

  return { element, draw };
}
