/** How the parts of an explorer lie beside one another, and which drawing it has. */

import { h } from "./dom.js";
import { drawingOf } from "./kinds.js";
import { math } from "./math.js";
import { keyOf } from "./numbers.js";

/** @typedef {import("./explorer.js").Explorer} Explorer */
/** @typedef {import("./types.js").View} View */

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
    tie: (/** @type {Element} */ element, /** @type {number} */ step, /** @type {number} */ offset) => app.viewGroup?.tie(element, step, offset),
    number: (/** @type {number} */ step, /** @type {number} */ offset, /** @type {{always?: boolean, button?: boolean}} */ options) => app.viewGroup?.html(step, offset, options),
    svgNumber: (/** @type {number} */ step, /** @type {number} */ offset, /** @type {{always?: boolean}} */ options) => app.viewGroup?.svg(step, offset, options),
    controls: controlsFor(app),
    memory: memoryFor(app),
  };
  try {
    return drawingOf(app.spec.view.kind)(context);
  } catch (error) {
    // By its name: the drawings of images bring a class of their own.
    if (error instanceof Error && error.name === "MissingTensor") return sentence(error.message);
    throw error;
  }
}

/**
 * What a drawing may change: the numbers that have a control. One drag may move several of them.
 * @param {Explorer} app
 */
function controlsFor(app) {
  const { session, spec } = app;
  const byPlace = new Map(spec.controls.filter(({ target }) => session.has(target)).map((control) => {
    const { step, offset } = /** @type {import("./types.js").Place} */ (session.trace.find(control.target));
    return [keyOf(step, offset), control];
  }));
  return {
    set: (/** @type {string} */ target, /** @type {number} */ value, gesture = target) => {
      if (app.gesture === gesture) app.gesture = target;
      app.set(target, value);
      if (app.gesture === target) app.gesture = gesture;
    },
    settle: () => app.settle(),
    find: (/** @type {number} */ step, /** @type {number} */ offset) => byPlace.get(keyOf(step, offset)) ?? null,
  };
}

/**
 * For a drawing that feeds outputs back into inputs: what it keeps is reset and undone together with them.
 * @param {Explorer} app
 */
function memoryFor(app) {
  const { session } = app;
  return {
    read: () => {
      session.refresh();
      return session.kept;
    },
    feed: (/** @type {Iterable<[number, ArrayLike<number>]>} */ inputs, /** @type {unknown} */ kept) => {
      session.feed(inputs, kept);
      app.invalidate();
    },
    say: (/** @type {string} */ sentence) => app.say(sentence),
  };
}

/** In place of a drawing that this variant cannot have. @param {string} text @returns {View} */
function sentence(text) {
  return { element: h("p", { class: "nn-view ex-quiet" }, text), update() {}, destroy() {} };
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
    part(app.transport), part(app.side), part(app.notice), part(app.controls), part(app.actions),
    h("div", { class: "ex-tools" }, part(app.proof), part(app.table)), app.readout?.live);
}
