/** The formulas of the text: Sphinx leaves their LaTeX between \( \) or \[ \], and they become MathML here. */

import { math } from "./math.js";

/** @param {ParentNode} page */
export function pageMath(page) {
  for (const element of page.querySelectorAll("span.math, div.math")) {
    if (element.querySelector("math")) continue;
    const latex = /^\s*\\[([]([^]*)\\[)\]]\s*$/.exec(texOf(element))?.[1];
    if (latex === undefined) continue;
    const label = element.querySelector(".eqno");
    const drawn = math(latex.trim(), { display: element.localName === "div" });
    element.replaceChildren(...(label ? [label, drawn] : [drawn]));
  }
}

/** The LaTeX without the number of the equation. @param {Element} element */
function texOf(element) {
  return [...element.childNodes].filter((node) => !(node instanceof Element && node.classList.contains("eqno"))).map((node) => node.textContent).join("");
}
