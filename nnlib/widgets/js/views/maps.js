// What a network makes of an image: each tensor as small images, one for each channel, and below it its gradient.
import { held } from "./missing.js";
import { figure, isEditable } from "./maps_figure.js";
import { outline } from "./maps_model.js";
import { gradientOf, tellPlace } from "./maps_told.js";
import { channelsSeen, pixelsInside, sightsFrom } from "./receptive.js";
import { html, show, watchWidth } from "./svg.js";
import { colourOf, watchTheme } from "./theme.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./maps_figure.js").Figure} Figure */

let gestures = 0;

/** @param {Context} context @returns {import("./types.js").View} */
export function maps(context) {
  const { trace, view } = context;
  const { steps, missing } = held(trace, view.tensors);
  const gradients = new Map(steps.flatMap((step) => gradientOf(trace, step, steps)));
  const figures = [...steps.map((step) => [step, step]), ...[...gradients].map(([step, gradient]) => [gradient, step])]
    .map(([step, owner]) => figure(context, step, owner, actsOn(step)));
  const byStep = new Map(figures.map((made) => [made.step, made]));
  const at = (/** @type {number} */ step) => /** @type {Figure} */ (byStep.get(step));
  const groups = steps.map((step) => {
    const gradient = gradients.get(step);
    return html("div", { class: `nn-maps-group${isEditable(context, step) ? " is-large" : ""}` }, at(step).element, ...(gradient === undefined ? [] : [at(gradient).element]));
  });
  const told = tellPlace(context, steps);
  const element = html("div", { class: "nn-view nn-maps" }, told.element, html("div", { class: "nn-maps-all" }, ...groups),
    ...missing.map((text) => html("p", { class: "nn-quiet" }, text)));
  const images = steps.filter((step) => at(step).pixels && trace.steps[step].shape.length > 1);
  const sights = new Map(images.map((step) => [step, sightsFrom(trace, step)]));
  let palette = read();
  let gesture = "";
  let brush = 0;
  /** @type {State | null} */
  let state = null;
  /** @type {Place | null} */
  let pointed = null;

  /** @param {number} step @returns {import("./maps_block.js").Acts} */
  function actsOn(step) {
    return {
      hover: (offset) => {
        if (offset === (pointed?.step === step ? pointed.offset : null)) return;
        pointed = offset === null ? null : { step, offset };
        context.hover(step, offset);
        if (state) pointOut(state);
      },
      choose: (offset) => context.select(step, offset),
      edit: (offset, first) => edit(step, offset, first),
      settle: () => context.controls.settle(),
    };
  }

  /** The first pixel of a stroke goes to its other end; those after it take the same. @param {number} step @param {number} offset @param {boolean} first */
  function edit(step, offset, first) {
    const control = context.controls.find(step, offset);
    if (!control || !state) return false;
    if (first) gesture = `stroke ${gestures += 1}`;
    if (first) brush = state.values[step].data[offset] > (control.min + control.max) / 2 ? 0 : 1;
    context.controls.set(control.target, brush ? control.max : control.min, gesture);
    return true;
  }

  /** @returns {import("./maps_model.js").Palette} */
  function read() {
    const [positive, negative, odd] = ["--v-forward", "--v-backward", "--v-ink"].map((name) => colourOf(element, name));
    return { positive, negative, odd };
  }

  /** @param {State} next */
  function update(next) {
    state = next;
    for (const gradient of gradients.values()) show(at(gradient).element, next.phase !== "forward");
    for (const one of figures) one.update(next, palette, false);
    pointOut(next);
    told.update(next, sights);
  }

  /** Outlines what the pointed or chosen element sees, and marks what is lit. @param {State} next */
  function pointOut({ selection, lit }) {
    const place = pointed ?? selection;
    for (const { step, layout, pixels } of figures) {
      if (!pixels) continue;
      const offsets = [...lit].filter((key) => key.startsWith(`${step}:`)).map((key) => Number(key.slice(key.indexOf(":") + 1)));
      pixels.point("lit", offsets);
      pixels.point("chosen", selection?.step === step ? [selection.offset] : []);
      if (selection?.step === step) pixels.setCurrent(selection.offset);
      const sight = place && place.step !== step ? sights.get(step)?.get(place.step) : undefined;
      pixels.mark("field", (channel) => (sight && place ? fieldOf(sight, place.offset, layout, channel) : ""));
    }
  }

  function repaint() {
    palette = read();
    if (state) for (const one of figures) one.update(state, palette, true);
  }

  const stopWidth = watchWidth(element, (width) => {
    for (const one of figures) one.resize(width);
    repaint();
  });
  const stopTheme = watchTheme(repaint);
  return { element, update, destroy: () => [stopWidth, stopTheme].forEach((stop) => stop()) };
}

/** @param {import("./receptive.js").Sight} sight @param {number} offset @param {import("./maps_model.js").Layout} layout @param {number} channel */
function fieldOf(sight, offset, layout, channel) {
  const [first, last] = channelsSeen(sight, offset, layout.channels);
  if (channel < first || channel > last) return "";
  const [rows, columns] = /** @type {const} */ (["rows", "columns"]).map((axis) => pixelsInside(sight[axis], offset, layout[axis]));
  return outline(rows, columns);
}
