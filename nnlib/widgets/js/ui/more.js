/** Where a box is too short for what it holds it scrolls, and a button at its foot says so. */

import { h } from "./dom.js";

/** @param {HTMLElement} box  gets the button as its last child */
export function more(box) {
  const end = h("span", { class: "ex-end" });
  const button = h("button", { type: "button", class: "ex-more-below", hidden: true, onclick: () => box.scrollBy({ top: box.clientHeight * 0.8 }) }, "more ↓");
  const observer = new IntersectionObserver(([entry]) => { button.hidden = entry.isIntersecting; }, { root: box, rootMargin: "3px" });
  box.append(end, h("div", { class: "ex-below" }, button));
  observer.observe(end);
  return { destroy: () => observer.disconnect() };
}
