// Pictures of the walk: the whole of it, every product at the crossing of its row and its column; or one operation, large.
import { layerList } from "./attention_layers.js";
import { changes, entropies, rowSums } from "./attention_margin.js";
import { figure, sign } from "./attention_figure.js";
import { rules } from "./attention_rules.js";
import { html, mark, set } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_figure.js").App} App */
/** @typedef {import("./attention_figure.js").At} At */
/** @typedef {import("./attention_figure.js").Figure} Figure */
/** @typedef {{width: number, tall: number}} Room */
/** @typedef {{element: HTMLElement, draw: (state: State, at: At, room: Room) => void}} Scene */

const MARGIN = 46;
const GAP = 10;
const CHANGED = 18;
const CAPTION = 20;
const HEADER = 16;
const SIGN = 22;
const RULE = 24;
const LIST = 64;
const [NARROWEST, WIDEST, LOWEST, TALLEST] = [17, 52, 15, 40];
/** Two numbers fit into a cell of this height. */
const DOUBLE = 25;

/** @param {string[]} texts @returns {number} room for tokens beside their rows */
const namesWidth = (texts) => Math.max(30, Math.min(70, 12 + 6.6 * Math.max(...texts.map((text) => text.length))));

/** @param {number} low @param {number} high @param {number} size */
const between = (low, high, size) => Math.max(low, Math.min(high, Math.floor(size)));

/** Q, Kᵀ, V and the output around the scores, so that each number stands where its row and its column cross. @param {App} app @returns {Scene} */
export function wholeScene(app) {
  const { plan } = app;
  const { tokens, keys } = plan;
  const K = figure(app, "K", { turned: true, top: keys });
  const V = figure(app, "V", { left: keys });
  const Q = figure(app, "Q", { left: tokens });
  const C = figure(app, "layer");
  const O = figure(app, "O");
  const H = entropies(app);
  const list = layerList(app);
  const marks = changes(app);
  const element = html("div", { class: "nn-at-whole" }, list.element, K.element, V.element, Q.element, C.element, H.element, O.element, marks.element);
  const names = namesWidth(tokens);
  const beside = Math.max(MARGIN, namesWidth(keys));

  /** @param {State} state @param {At} at @param {Room} room */
  function draw(state, at, { width, tall }) {
    const columns = Q.columns + C.columns + O.columns;
    const rows = Math.max(K.rows, V.rows) + Q.rows;
    const cell = { wide: between(NARROWEST, WIDEST, (width - names - beside - 3 * GAP - CHANGED) / columns), tall: between(LOWEST, TALLEST, (tall - 2 * CAPTION - HEADER) / rows) };
    set(element, "style", `--names:${names}px;--beside:${beside}px`);
    for (const one of [K, V, Q, C, O]) one.draw(state, at, cell, cell.tall >= DOUBLE);
    H.draw(state, at.head, cell);
    marks.draw(state, at.head, cell);
    list.draw(state, at);
    light([Q], [K, V], at);
  }

  return { element, draw };
}

/** Tokens of the row and the column that is looked at. @param {Figure[]} queries @param {Figure[]} keys @param {At} at */
function light(queries, keys, { spot }) {
  const [q, k] = tokensOf(spot);
  for (const { grid } of queries) grid.tokens("left", (i) => ({ "is-here": i === q }));
  for (const { grid } of keys) grid.tokens("left", (i) => ({ "is-here": i === k }));
  for (const { grid } of [...queries, ...keys]) grid.tokens("top", (i) => ({ "is-here": i === k }));
}

/** The query and the key that a spot belongs to. @param {import("./attention_plan.js").Spot | null} spot @returns {(number | null)[]} */
export function tokensOf(spot) {
  if (spot === null) return [null, null];
  if (spot.role === "layer") return [spot.row, spot.column];
  return spot.role === "K" || spot.role === "V" ? [null, spot.row] : [spot.row, null];
}

/** One operation as a line: what goes in, and what comes of it. @param {App} app @param {"inputs" | "scores" | "softmax" | "output"} look @returns {Scene} */
export function partScene(app, look) {
  const { tokens, keys, X } = app.plan;
  const queries = { left: tokens };
  const H = look === "softmax" ? entropies(app) : null;
  const r = look === "softmax" ? rowSums(app) : null;
  const marks = look === "output" ? changes(app) : null;
  const list = look === "scores" ? layerList(app) : null;
  const make = () => {
    if (look === "scores") return [figure(app, "Q", queries), sign("·"), figure(app, "K", { left: keys }), layerList(app), figure(app, "layer", { top: keys })];
    if (look === "softmax") return [figure(app, "layer", { layer: "before", left: tokens, top: keys }), sign("→"), figure(app, "layer", { layer: "weights", top: keys })];
    if (look === "output") return [figure(app, "layer", { layer: "weights", left: tokens, top: keys }), sign("·"), figure(app, "V", { left: keys }), sign("="), figure(app, "O")];
    return [...(X ? [figure(app, "X", queries), sign("→")] : []), figure(app, "Q", X ? {} : queries), figure(app, "K", { left: keys }), figure(app, "V")];
  };
  const items = make();
  const figures = /** @type {Figure[]} */ (items.filter((item) => "grid" in item));
  const rule = rules(app, look);
  const line = html("div", { class: `nn-at-part nn-at-${look}` }, ...items.map((item) => item.element), ...(r ? [r.element] : []), ...(H ? [H.element] : []), ...(marks ? [marks.element] : []));
  const element = html("div", {}, line, rule.element);
  const names = namesWidth([...tokens, ...keys]);
  const named = look === "inputs" ? 2 : look === "softmax" ? 1 : 2;

  /** @param {State} state @param {At} at @param {Room} room */
  function draw(state, at, { width, tall }) {
    const narrow = width < 460;
    const wide = narrow ? Math.max(...figures.map((f) => f.columns)) : figures.reduce((sum, f) => sum + f.columns, 0);
    const rest = narrow ? names + 6 : names * named + (items.length - figures.length) * SIGN + (H ? MARGIN : 0) + (r ? MARGIN : 0) + (marks ? CHANGED : 0) + (look === "scores" ? LIST - SIGN : 0) + figures.length * GAP;
    const rows = Math.max(...figures.map((f) => f.rows));
    const cell = { wide: between(NARROWEST, narrow ? 44 : WIDEST, (width - rest) / wide), tall: narrow ? (at.backward ? 32 : 24) : between(LOWEST, TALLEST, (tall - CAPTION - HEADER - RULE) / rows) };
    set(line, "style", `--names:${names}px;--beside:${MARGIN}px`);
    mark(line, "is-narrow", narrow);
    rule.draw(at);
    for (const one of figures) one.draw(state, at, cell, cell.tall >= DOUBLE);
    H?.draw(state, at.head, cell);
    marks?.draw(state, at.head, cell);
    list?.draw(state, at);
    r?.draw(state, at.head, cell, at.backward && at.spot?.role === "layer" ? at.spot.row : null);
    const own = figures.filter((f) => f.element.classList.contains("nn-at-Q") || f.element.classList.contains("nn-at-layer") || f.element.classList.contains("nn-at-X"));
    light(own, figures.filter((f) => !own.includes(f)), at);
  }

  return { element, draw };
}

/** The weights of all heads, side by side. @param {App} app @returns {Scene} */
export function headsScene(app) {
  const { tokens, keys, heads } = app.plan;
  const figures = heads.map((_, head) => figure(app, "layer", { layer: "weights", head, left: tokens, top: keys }));
  const blocks = figures.map((f, head) => {
    const button = html("button", { type: "button", class: "nn-at-head" }, `head ${head + 1}`);
    button.addEventListener("click", () => app.pick(head));
    return { button, H: entropies(app), element: html("div", { class: "nn-at-head-block" }, button) };
  });
  blocks.forEach(({ element, H }, head) => element.append(html("div", { class: "nn-at-part" }, figures[head].element, H.element)));
  const element = html("div", { class: "nn-at-heads" }, ...blocks.map((b) => b.element));
  const names = namesWidth(tokens);

  /** @param {State} state @param {At} at @param {Room} room */
  function draw(state, at, { width, tall }) {
    const across = Math.min(heads.length, width < 460 ? 1 : 2);
    const down = Math.ceil(heads.length / across);
    const cell = { wide: between(NARROWEST, WIDEST, (width / across - names - MARGIN - 2 * GAP) / keys.length), tall: between(at.backward ? 26 : 17, TALLEST, (tall / down - CAPTION - 2 * HEADER - 6) / tokens.length) };
    set(element, "style", `--names:${names}px;--beside:${MARGIN}px`);
    figures.forEach((f, head) => {
      f.draw(state, at, cell, cell.tall >= DOUBLE);
      blocks[head].H.draw(state, head, cell);
      set(blocks[head].button, "aria-pressed", String(head === at.head));
    });
    light(figures, [], at);
  }

  return { element, draw };
}
