// Which part of the image a unit of a deep layer sees, and which units see a pixel: layers side by side, and the sum below.
import { latexOf } from "../engine/symbols.js";
import { onOneLine } from "../ui/latex.js";
import { below, choices } from "./choices.js";
import { layerGrid } from "./field_grid.js";
import { fieldTable } from "./field_table.js";
import { number } from "./maps_figure.js";
import { held } from "./missing.js";
import { pixelsOf, placesSeeing, spanOf } from "./receptive.js";
import { NotAChain, chainOf, marginOf } from "./receptive_chain.js";
import { html, setText, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./field_grid.js").Unit} Unit */
/** @typedef {import("./receptive_chain.js").Chain} Chain */
/** @typedef {{layer: number} & Unit} Spot */

/** @param {Context} context @returns {import("./types.js").View} */
export function field(context) {
  const { steps, missing } = held(context.trace, context.view.layers);
  try {
    return drawn(context, chainOf(context.trace, steps), missing);
  } catch (error) {
    if (!(error instanceof NotAChain)) throw error;
    const element = html("p", { class: "nn-view nn-quiet" }, `There is no receptive field to draw: ${error.message}`);
    return { element, update() {}, destroy() {} };
  }
}

/** @param {Context} context @param {Chain} chain @param {string[]} missing @returns {import("./types.js").View} */
function drawn(context, chain, missing) {
  const { trace } = context;
  const { layers } = chain;
  const symbol = (/** @type {number} */ step) => context.math(onOneLine(trace.steps[step].symbol ?? latexOf(trace.steps[step].name)));
  const grids = layers.map((layer, l) => layerGrid(layer, { rows: marginOf(chain, l, "rows"), columns: marginOf(chain, l, "columns") }, symbol(layer.step), {
    point: (unit) => point(unit && { layer: l, ...unit }),
    choose: (unit) => choose({ layer: l, ...unit }),
  }));
  const sum = fieldTable(layers, context.math, symbol);
  const told = html("p", { class: "nn-field-told" });
  const live = html("span", { class: "ex-hidden", "aria-live": "polite" });
  const numbers = layers.map(({ step }) => number(context, step));
  const element = html("div", { class: "nn-view nn-field" }, html("div", { class: "nn-field-layers" }, ...grids.map((grid) => grid.element)), told, live,
    sum.element, ...missing.map((text) => html("p", { class: "nn-quiet" }, text)));
  const last = layers[layers.length - 1];
  const chosen = { layer: layers.length - 1, row: last.height >> 1, column: last.width >> 1, channel: 0 };
  /** @type {Spot | null} */
  let pointed = null;
  /** @type {State | null} */
  let state = null;
  let shown = "";

  /** @param {Spot} spot */
  const offsetOf = ({ layer, row, column }) => {
    const { step, height, width } = layers[layer];
    const offset = chosen.channel * height * width + row * width + column;
    return offset < trace.steps[step].size ? offset : row * width + column;
  };

  /** @param {Spot | null} spot */
  function point(spot) {
    if (spot?.layer === pointed?.layer && spot?.row === pointed?.row && spot?.column === pointed?.column) return;
    pointed = spot;
    context.hover(layers[(spot ?? chosen).layer].step, spot && offsetOf(spot));
    draw();
  }

  /** @param {Spot} spot */
  function choose(spot) {
    pointed = null;
    Object.assign(chosen, spot);
    context.select(layers[spot.layer].step, offsetOf(spot));
    draw();
    setText(live, `${layers[spot.layer].name}, row ${spot.row}, column ${spot.column}${sentence(chain, spot)}`);
  }

  /** An element that was chosen elsewhere, such as in the microscope, is the unit here too. */
  function arrive() {
    const selection = state?.selection;
    const layer = selection ? layers.findIndex(({ step }) => step === selection.step) : -1;
    if (selection && layer >= 0) {
      const { height, width } = layers[layer];
      Object.assign(chosen, { layer, row: Math.floor(selection.offset / width) % height, column: selection.offset % width, channel: Math.floor(selection.offset / (height * width)) });
    }
  }

  const channelsOf = (/** @type {number} */ l) => trace.steps[layers[l].step].size / (layers[l].height * layers[l].width);
  const linked = choices(chosen, {
    layer: () => below(layers.length), row: () => below(layers[chosen.layer].height), column: () => below(layers[chosen.layer].width), channel: () => below(channelsOf(chosen.layer)),
  }, arrive);

  /** @param {State} next */
  function update(next) {
    state = next;
    arrive();
    draw();
  }

  function draw() {
    const spot = pointed ?? chosen;
    const key = `${spot.layer}:${spot.row}:${spot.column}:${chosen.channel}`;
    if (key === shown) return;
    shown = key;
    grids.forEach((grid, l) => {
      const found = relation(chain, spot, l);
      grid.update(found, words(found, spot, layers, l));
    });
    sum.update(spot.layer);
    numbers[spot.layer].point(offsetOf(spot));
    told.replaceChildren(symbol(layers[spot.layer].step), ` at row ${spot.row}, column ${spot.column} is `, numbers[spot.layer].element, sentence(chain, spot));
  }

  draw();
  const stop = watchWidth(element, (width) => grids.forEach((grid) => grid.resize(width)));
  return { element, update, destroy: stop, ...linked };
}

/** What layer `l` has to do with a unit. @param {Chain} chain @param {Spot} spot @param {number} l @returns {import("./field_grid.js").Shown} */
function relation({ layers, sights }, spot, l) {
  if (l === spot.layer) return { unit: spot, sees: null, seenBy: null };
  if (l < spot.layer) {
    const sight = sights[l].get(layers[spot.layer].step);
    if (!sight?.rows || !sight.columns) return { unit: null, sees: null, seenBy: null };
    return { unit: null, sees: [pixelsOf(sight.rows, spot.row), pixelsOf(sight.columns, spot.column)], seenBy: null };
  }
  const sight = sights[spot.layer].get(layers[l].step);
  if (!sight?.rows || !sight.columns) return { unit: null, sees: null, seenBy: null };
  return { unit: null, sees: null, seenBy: [placesSeeing(sight.rows, spot.row), placesSeeing(sight.columns, spot.column)] };
}

/** @param {import("./field_grid.js").Shown} shown @param {Spot} spot @param {import("./receptive_chain.js").Layer[]} layers @param {number} l */
function words({ sees, seenBy }, spot, layers, l) {
  if (sees) return [`seen: rows ${ends(sees[0])},`, `columns ${ends(sees[1])}`];
  if (seenBy) return seenBy[0].length && seenBy[1].length ? [`see it: rows ${ends(seenBy[0])},`, `columns ${ends(seenBy[1])}`] : ["none sees it"];
  return l === spot.layer ? [`row ${spot.row},`, `column ${spot.column}`] : [];
}

/** @param {number[]} list */
function ends(list) {
  const text = (/** @type {number} */ n) => String(n).replace("-", "−");
  return list.length === 1 ? text(list[0]) : `${text(list[0])} … ${text(list[list.length - 1])}`;
}

/** @param {Chain} chain @param {Spot} spot */
function sentence({ layers, sights }, { layer, row, column }) {
  if (layer === 0) return ".";
  const sight = sights[0].get(layers[layer].step);
  if (!sight?.rows || !sight.columns) return ".";
  const { name, height, width } = layers[0];
  const outside = (/** @type {number[]} */ list, /** @type {number} */ n) => list.some((pixel) => pixel < 0 || pixel >= n);
  const padded = outside(pixelsOf(sight.rows, row), height) || outside(pixelsOf(sight.columns, column), width);
  return `; it sees ${spanOf(sight.rows)} × ${spanOf(sight.columns)} pixels of ${name}${padded ? ", some of them padding" : ""}.`;
}
