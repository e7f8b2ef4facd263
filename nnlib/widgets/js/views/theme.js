// Colours for a canvas, which no style sheet reaches: read from the page, and read again when its theme changes.

const MARKS = ["data-theme", "data-jp-theme-light", "class"];

/** @typedef {[number, number, number]} Colour */

/** @param {Element} element @param {string} variable such as "--v-forward" @returns {Colour} */
export function colourOf(element, variable) {
  const probe = document.createElement("span");
  probe.style.color = `var(${variable})`;
  element.append(probe);
  const text = getComputedStyle(probe).color;
  probe.remove();
  const numbers = (text.match(/[\d.]+(?:e-?\d+)?/g) ?? ["0", "0", "0"]).map(Number);
  // color(srgb ...) counts to 1, rgb(...) to 255.
  return /** @type {Colour} */ (numbers.slice(0, 3).map((n) => (text.startsWith("color(") ? Math.round(255 * n) : n)));
}

/** @param {() => void} changed @returns {() => void} stops watching */
export function watchTheme(changed) {
  const observer = new MutationObserver(changed);
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true, attributeFilter: MARKS });
  const queries = ["(prefers-color-scheme: dark)", "print"].map((text) => matchMedia(text));
  for (const query of queries) query.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener("change", changed);
  };
}
