/** Building the page from parts. Data reaches the document as text or attribute values only. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [attributes]  `on*` functions become listeners; null, undefined and false are left out
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/**
 * Sets text only when it differs, so that an unchanged node costs no layout.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const PATHS = {
  first: "M5 5v14M19 5l-10 7 10 7z",
  previous: "M16 5l-10 7 10 7z",
  next: "M8 5l10 7-10 7z",
  last: "M19 5v14M5 5l10 7-10 7z",
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
};

/**
 * An inline drawing of 24 units; hidden from assistive technology because its button has a name.
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "ex-icon");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {string} label
 * @param {() => void} act
 * @param {Record<string, any>} [attributes]
 */
export function textButton(label, act, attributes = {}) {
  return h("button", { type: "button", class: "ex-button", onclick: act, ...attributes }, label);
}

/**
 * A named group of radio buttons: one choice of a few.
 * @param {{legend: string, name: string, options: {value: string, label: string}[], choose: (value: string) => void}} spec
 */
export function choice({ legend, name, options, choose }) {
  const inputs = options.map(({ value }) =>
    h("input", { type: "radio", name, value, onchange: () => choose(value) }));
  const element = h("fieldset", { class: "ex-choice" }, h("legend", {}, legend),
    ...options.map(({ label }, i) => h("label", {}, inputs[i], h("span", {}, label))));
  return {
    element,
    /** @param {string} value */
    set(value) {
      for (const input of inputs) if (input.value === value) input.checked = true;
    },
  };
}
