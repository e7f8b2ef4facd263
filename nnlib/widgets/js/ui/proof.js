/** What vouches for the gradients of this explorer: the figures of the proof job, and a check on the numbers as they are now. */

import { check } from "./check.js";
import { h } from "./dom.js";
import { format } from "./format.js";

/** @typedef {import("./types.js").Proof} Proof */
/** @typedef {import("./types.js").State} State */

/**
 * @param {{session: import("./session.js").Session, numbers: import("./numbers.js").Numbers, variant: number,
 *   spec: import("./types.js").Spec, state: State, invalidate: () => void}} app
 */
export function proof(app) {
  const badge = h("summary");
  const story = h("p", { class: "ex-quiet" });
  const now = check(app);
  const element = h("details", { class: "ex-proof", ontoggle: toggled }, badge, story, now.element);

  function toggled() {
    now.show(element.open);
    app.invalidate();
  }

  function reset() {
    const figures = app.spec.variants[app.variant].proof;
    badge.replaceChildren(h("b", {}, "Proof: "), figures ? brief(figures) : missing());
    story.textContent = figures ? tell(figures) : "";
    now.reset();
  }

  function missing() {
    return `no measurement of the book covers this trace${now.possible() ? "; check it here" : ""}`;
  }

  reset();
  return { element, update: now.update, reset };
}

/** @param {number} deviation */
const to = (deviation) => (deviation === 0 ? "in every digit" : `to ${format(deviation)}`);

/** One line, so that it can stand under every explorer. @param {Proof} figures */
function brief({ versions, gradients, differences, torch, torchValues }) {
  if (gradients === undefined) return `PyTorch ${versions.torch} computes the same values ${to(torchValues)}`;
  const also = differences === undefined ? "finite differences cannot tell" : `finite differences ${to(differences)}`;
  return `PyTorch ${versions.torch} agrees ${to(torch ?? Infinity)}, ${also}`;
}

/** What was compared, how many numbers, with which versions. @param {Proof} figures */
function tell({ versions, values, torchValues, gradients, torch, differences, kink, faint, odd }) {
  const python = `Python ${versions.python} and numpy ${versions.numpy}`;
  const forward = `In a test of the book PyTorch ${versions.torch} computed the forward pass again, at the recorded numbers: ${values} ${values === 1 ? "value" : "values"}, and those of ${python} agree ${to(torchValues)}.`;
  if (gradients === undefined) return `${forward} A deviation is relative to the largest number that goes into a step or comes out of it.`;
  const left = [few(kink, "at a kink, where there is no one slope"), few(faint, "that are zero, or too small to be told from rounding"), few(odd, "where the loss is not finite")].filter(Boolean);
  return `${forward} It differentiated them too: ${gradients} ${gradients === 1 ? "entry of a gradient agrees" : "entries of gradients agree"} ${to(torch ?? Infinity)}. `
    + (differences === undefined ? "" : `Central differences agree ${to(differences)}. `)
    + (left.length ? `Not to be compared with central differences: ${left.join("; ")}. ` : "")
    + "A deviation is relative to the largest entry of its gradient.";
}

/** @param {number} count @param {string} which */
const few = (count, which) => (count ? `${count} ${which}` : "");
