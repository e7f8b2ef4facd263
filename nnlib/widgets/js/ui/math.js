/** LaTeX to MathML. Each formula is converted once and copied afterwards. */

// The source entry: the built one also brings chemistry, 10 kB that no formula here needs.
import temml from "temml/temml.js";
import { h } from "./dom.js";

const LONGEST = 20000;
const KEPT = 800;
/** @type {Map<string, Element>} */
const cache = new Map();

/**
 * @param {string} latex
 * @param {{display?: boolean}} [options]
 * @returns {Element} a `<math>` element, or the LaTeX as text where it cannot be read
 */
export function math(latex, { display = false } = {}) {
  const key = (display ? "d" : "t") + latex;
  let made = cache.get(key);
  if (!made) {
    made = convert(latex, display);
    if (cache.size > KEPT) cache.clear();
    cache.set(key, made);
  }
  return /** @type {Element} */ (made.cloneNode(true));
}

/** @param {string} latex @param {boolean} display */
function convert(latex, display) {
  const holder = document.createElement("span");
  if (latex.length > LONGEST) holder.textContent = latex;
  else temml.render(latex, holder, { displayMode: display, throwOnError: false, trust: false, maxExpand: 1000 });
  return holder.childElementCount === 1 ? /** @type {Element} */ (holder.firstElementChild) : holder;
}

/**
 * A symbol to see and its name to hear.
 * @param {string} name
 * @param {string} latex
 */
export function named(name, latex) {
  return [h("span", { class: "ex-hidden" }, name), h("span", { "aria-hidden": "true" }, math(latex))];
}

/**
 * Finds the symbols of other tensors inside a formula and calls `found` on each, longest first, so that
 * the W inside W_1 is not taken for W.
 * @template T
 * @param {Element} formula
 * @param {{latex: string, item: T}[]} symbols
 * @param {(element: Element, item: T) => void} found
 */
export function findSymbols(formula, symbols, found) {
  const patterns = symbols
    .map(({ latex, item }) => ({ pattern: bare(math(latex)), item }))
    .filter(({ pattern }) => pattern !== null)
    .sort((a, b) => size(b.pattern) - size(a.pattern));
  const taken = new Set();
  for (const { pattern, item } of patterns) {
    for (const candidate of formula.querySelectorAll(/** @type {Element} */ (pattern).localName)) {
      if (insideTaken(candidate, taken) || isBase(candidate) || !sameMath(candidate, /** @type {Element} */ (pattern))) continue;
      taken.add(candidate);
      found(candidate, item);
    }
  }
}

/** The one element that a symbol's `<math>` comes down to. @param {Element} element @returns {Element | null} */
function bare(element) {
  let inner = element;
  while ((inner.localName === "math" || inner.localName === "mrow" || inner.localName === "span") && inner.childElementCount === 1) {
    inner = /** @type {Element} */ (inner.firstElementChild);
  }
  return inner.localName === "math" || inner.localName === "span" ? null : inner;
}

/** @param {Element | null} element */
const size = (element) => (element ? element.querySelectorAll("*").length : 0);

/** @param {Element} element @param {Set<Element>} taken */
function insideTaken(element, taken) {
  for (let e = /** @type {Element | null} */ (element); e; e = e.parentElement) if (taken.has(e)) return true;
  return false;
}

/** The h of h_1 is not the tensor h. @param {Element} element */
function isBase(element) {
  const parent = element.parentElement;
  return !!parent && /^msub(sup)?$/.test(parent.localName) && parent.firstElementChild === element;
}

/** Equal in structure and text, whatever the spacing attributes. @param {Element} a @param {Element} b @returns {boolean} */
function sameMath(a, b) {
  if (a.localName !== b.localName || a.childElementCount !== b.childElementCount) return false;
  if (a.childElementCount === 0) return a.textContent === b.textContent;
  return [...a.children].every((child, i) => sameMath(child, b.children[i]));
}
