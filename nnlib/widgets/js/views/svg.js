// Small helpers to build a drawing once and afterwards touch only what changed.

const NAMESPACE = "http://www.w3.org/2000/svg";
/** One count for all scripts of a page: each bundle has its own copy of this file. @type {{nnSerial?: number}} */
const page = /** @type {any} */ (globalThis);

/** A page-unique id, for title and description of a drawing.
 * @param {string} stem @returns {string} */
export function uniqueId(stem) {
  page.nnSerial = (page.nnSerial ?? 0) + 1;
  return `nn-${stem}-${page.nnSerial}`;
}

/** @param {Element} node @param {string} name @param {string | number | null} value */
export function set(node, name, value) {
  const text = value === null ? null : String(value);
  if (node.getAttribute(name) === text) return;
  if (text === null) node.removeAttribute(name);
  else node.setAttribute(name, text);
}

/** @param {Element} node @param {Record<string, string | number | null>} attributes */
export function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
}

/** A slider's value for `aria-valuenow`, which takes plain decimals between its ends; its text tells the rest.
 * @param {number} value @param {number} min @param {number} max */
export function valueNow(value, min, max) {
  return String(Number((value > max ? max : value >= min ? value : min).toFixed(6)));
}

/** @param {Element} node @param {string} name @param {boolean} on */
export function mark(node, name, on) {
  if (node.classList.contains(name) !== on) node.classList.toggle(name, on);
}

/** Shown or not, without leaving a gap. @param {Element} node @param {boolean} visible */
export function show(node, visible) {
  if (node instanceof SVGElement) set(node, "display", visible ? null : "none");
  else set(node, "hidden", visible ? null : "");
}

/** @param {Element} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {string} tag @param {Record<string, string | number>} [attributes] @param {(Node | string)[]} children
 * @returns {any} */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(NAMESPACE, tag);
  setAll(node, attributes);
  node.append(...children);
  return node;
}

/** @param {string} tag @param {Record<string, string | number>} [attributes] @param {(Node | string)[]} children
 * @returns {any} */
export function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  setAll(node, attributes);
  node.append(...children);
  return node;
}

/** A drawing with a name and a description for those who do not see it.
 * @param {string} role @param {string} title @param {string} description @returns {any} */
export function drawing(role, title, description) {
  const [titleId, descriptionId] = [uniqueId("title"), uniqueId("desc")];
  return svg("svg", { role, "aria-labelledby": titleId, "aria-describedby": descriptionId, focusable: "false" },
    svg("title", { id: titleId }, title), svg("desc", { id: descriptionId }, description));
}

/** Calls `layout` with the width of `element` now and whenever it changes.
 * @param {HTMLElement} element @param {(width: number) => void} layout @returns {() => void} stops watching */
export function watchWidth(element, layout) {
  let last = -1;
  const observer = new ResizeObserver((entries) => {
    const width = Math.round(entries[entries.length - 1].contentRect.width);
    if (width === 0 || width === last) return;
    last = width;
    layout(width);
  });
  observer.observe(element);
  return () => observer.disconnect();
}
