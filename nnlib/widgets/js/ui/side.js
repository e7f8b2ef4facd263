/** The column beside the drawing: ledger and microscope. */

import { h } from "./dom.js";
import { more } from "./more.js";

/** @param {HTMLElement} ledger @param {HTMLElement} microscope */
export function side(ledger, microscope) {
  const element = h("div", { class: "ex-side", tabindex: "0", role: "group", "aria-label": "Ledger and microscope" }, ledger, microscope);
  const { destroy } = more(element);

  /** A new step is read from its first line. */
  function top() {
    element.scrollTo({ top: 0, behavior: "instant" });
  }

  /** What the reader asked to see comes into view. */
  function showMicroscope() {
    if (element.scrollHeight <= element.clientHeight + 1) return;
    const [view, wanted] = [element.getBoundingClientRect(), microscope.getBoundingClientRect()];
    const down = Math.min(wanted.top - view.top, wanted.bottom - view.bottom);
    if (down > 0) element.scrollBy({ top: down });
  }

  return { element, top, showMicroscope, destroy };
}
