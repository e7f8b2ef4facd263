// The way from product to weights: buttons that choose what stands between Q and K.
import { html, set } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_figure.js").App} App */
/** @typedef {import("./attention_figure.js").At} At */

/** @param {App} app */
export function layerList(app) {
  const { plan } = app;
  const buttons = plan.heads[0].layers.map(({ label }, i) => {
    const button = html("button", { type: "button", class: "nn-at-layer-choice", "aria-pressed": "false" }, label);
    button.addEventListener("click", () => app.lookAt(i));
    return button;
  });
  const element = html("div", { class: "nn-at-layers", role: "group", "aria-label": "From product to weights" }, ...buttons);

  /** @param {State} state @param {At} at */
  function draw(state, at) {
    buttons.forEach((button, i) => {
      const { step, gradient } = plan.heads[at.head].layers[i];
      const active = state.stop > 0 && (state.active.has(step) || (gradient !== null && state.active.has(gradient)));
      set(button, "aria-pressed", String(i === at.layer));
      button.classList.toggle("is-active", active);
    });
  }

  return { element, draw };
}
