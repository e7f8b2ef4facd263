/** The column beside the drawing: ledger and microscope. Where it is too short for them it scrolls, and says so. */

import { h } from "./dom.js";

/**
 * @param {HTMLElement} ledger @param {HTMLElement} microscope
 */
export function side(ledger, microscope) {
  const end = h("span", { class: "ex-end" });
  const more = h("button", { type: "button", class: "ex-more-below", hidden: true, onclick: () => element.scrollBy({ top: element.clientHeight * 0.8 }) }, "more ↓");
  const element = h("div", { class: "ex-side", tabindex: "0", role: "region", "aria-label": "Ledger and microscope" },
    ledger, microscope, h("div", { class: "ex-slot", "data-slot": "tools" }), end, h("div", { class: "ex-below" }, more));
  const observer = new IntersectionObserver(([entry]) => { more.hidden = entry.isIntersecting; }, { root: element, rootMargin: "2px" });
  observer.observe(end);

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

  return { element, top, showMicroscope, destroy: () => observer.disconnect() };
}
