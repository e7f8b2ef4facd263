/** How the parts of an explorer lie beside one another, and which drawing it has. */

import { curve } from "../views/curve.js";
import { MissingTensor } from "../views/missing.js";
import { network } from "../views/network.js";
import { tensor } from "../views/tensor.js";
import { training } from "../views/training.js";
import { choice, h } from "./dom.js";
import { math } from "./math.js";

/** @typedef {import("./explorer.js").Explorer} Explorer */
/** @typedef {import("./types.js").View} View */

const VIEWS = /** @type {Record<string, (context: any) => View>} */ ({ network, tensor, curve, training });

/**
 * The drawing, with what it may ask of the shell.
 * @param {Explorer} app
 */
export function makeView(app) {
  const { trace, replay } = app.session;
  const context = {
    trace, replay, view: app.spec.view, math,
    select: (/** @type {number} */ step, /** @type {number} */ offset) => app.microscope?.choose({ step, offset }),
    hover: (/** @type {number} */ step, /** @type {number | null} */ offset) => app.light(offset === null ? null : { step, offset }),
    number: (/** @type {number} */ step, /** @type {number} */ offset) => app.viewGroup?.html(step, offset),
    svgNumber: (/** @type {number} */ step, /** @type {number} */ offset, /** @type {{always?: boolean}} */ options) => app.viewGroup?.svg(step, offset, options),
    controls: { set: (/** @type {string} */ target, /** @type {number} */ value) => app.set(target, value) },
  };
  try {
    return VIEWS[app.spec.view.kind](context);
  } catch (error) {
    if (error instanceof MissingTensor) return sentence(error.message);
    throw error;
  }
}

/** In place of a drawing that this variant cannot have. @param {string} text @returns {View} */
function sentence(text) {
  return { element: h("p", { class: "nn-view ex-quiet" }, text), update() {}, destroy() {} };
}

/** @param {Explorer} app */
export function variantChoice(app) {
  if (app.spec.variants.length < 2) return null;
  const options = app.spec.variants.map(({ label }, i) => ({ value: String(i), label }));
  return choice({ legend: "Variant", name: `${app.slug}-variant`, options, choose: (value) => app.switchTo(Number(value)) });
}

/**
 * The order here is the order of reading and of the Tab key; the style sheet places the parts.
 * @param {Explorer} app
 */
export function arrange(app) {
  const part = (/** @type {{element: HTMLElement} | null | undefined} */ made) => made?.element ?? null;
  return h("div", { class: "ex-body", tabindex: "-1" },
    h("div", { class: "ex-head" }, h("p", { class: "ex-name" }, app.spec.title), part(app.variants)),
    h("div", { class: "ex-picture" }, app.stage, part(app.readout)),
    part(app.transport), part(app.side), part(app.notice), part(app.controls), part(app.actions), part(app.table), app.readout?.live);
}
