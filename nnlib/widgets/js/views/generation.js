// A language model that writes: the text so far, what is in the model's mind, what may come next, and the draw.
import { generationActs } from "./generation_acts.js";
import { inside } from "./generation_inside.js";
import { knobs } from "./generation_knobs.js";
import { lot } from "./generation_lot.js";
import { next } from "./generation_next.js";
import { page } from "./generation_page.js";
import { planOf } from "./generation_plan.js";
import { tally } from "./generation_tally.js";
import { writer } from "./generation_writer.js";
import { html } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./generation_writer.js").Text} Text */

/** @param {Context} context @returns {import("./types.js").View} */
export function generation(context) {
  const { trace, view } = context;
  const plan = planOf(trace, view);
  const pen = writer(trace, view, plan);
  const acts = generationActs(context, plan, pen);
  /** @type {{element: HTMLElement, update: (now: any, state: State) => void, destroy?: () => void}[]} */
  const parts = [page(context, plan, acts), inside(context, plan, acts), next(context, plan, acts), lot(context, acts), knobs(context, acts), tally(context, pen)];
  const [text, mind, choices, draw, knob, told] = parts.map((part) => part.element);
  const element = html("div", { class: "nn-view nn-generation" }, text, html("div", { class: "nn-gen-main" }, mind, choices), draw, knob, told);
  acts.resume();

  /** @param {State} state */
  function update(state) {
    const now = acts.present(state);
    for (const part of parts) part.update(now, state);
  }

  function destroy() {
    acts.stop();
    for (const part of parts) part.destroy?.();
  }

  return { element, update, destroy, link: acts.link, follow: acts.follow };
}
