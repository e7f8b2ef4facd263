/** The choice between variants: one row of labels, or a switch for each position of labels that have several parts. */

import { choice, h } from "./dom.js";

/** @typedef {import("./explorer.js").Explorer} Explorer */
/** @typedef {{name: string, options: {value: string, label: string}[]}} Switch `name` is empty where the labels share none */

/** @param {Explorer} app */
export function variantChoice(app) {
  const { variants } = app.spec;
  if (variants.length < 2) return null;
  if (variants[0].parts) return switches(app, variants.map(({ parts }) => /** @type {string[]} */ (parts)));
  const options = variants.map(({ label }, i) => ({ value: String(i), label }));
  return choice({ legend: "Variant", name: `${app.slug}-variant`, options, choose: (value) => app.switchTo(Number(value)) });
}

/**
 * "stride 1" and "stride 2" are the switch "stride" with 1 and 2.
 * @param {string[][]} labels @returns {Switch[]}
 */
export function switchesOf(labels) {
  return labels[0].map((first, k) => {
    const values = [...new Set(labels.map((parts) => parts[k]))];
    const name = first.split(" ")[0];
    const shared = values.every((text) => text.startsWith(`${name} `) && text.length > name.length + 1);
    return { name: shared ? name : "", options: values.map((value) => ({ value, label: shared ? value.slice(name.length + 1) : value })) };
  });
}

/** The variant with another value in one place, or -1. @param {string[][]} labels @param {number} from @param {number} k @param {string} value */
export function variantWith(labels, from, k, value) {
  return labels.findIndex((parts) => parts.every((text, i) => text === (i === k ? value : labels[from][i])));
}

/** @param {Explorer} app @param {string[][]} labels */
function switches(app, labels) {
  const made = switchesOf(labels).map(({ name, options }, k) => {
    const part = choice({ legend: name || "Variant", name: `${app.slug}-variant-${k}`, options, choose: (value) => choose(k, value) });
    part.element.classList.toggle("ex-named", name !== "");
    part.element.hidden = options.length < 2;
    return { part, options, inputs: [...part.element.querySelectorAll("input")] };
  });

  /** @param {number} k @param {string} value */
  function choose(k, value) {
    const variant = variantWith(labels, app.variant, k, value);
    if (variant >= 0) return app.switchTo(variant);
    app.say(absent(k, value));
    set(String(app.variant));
  }

  /** @param {number} k @param {string} value */
  function absent(k, value) {
    const others = labels[app.variant].filter((_, i) => i !== k && made[i].options.length > 1);
    return `There is no ${value} with ${others.join(" and ")} here.`;
  }

  /** @param {string} variant */
  function set(variant) {
    const own = labels[Number(variant)];
    made.forEach(({ part, options, inputs }, k) => {
      part.set(own[k]);
      options.forEach(({ value }, i) => {
        const missing = variantWith(labels, Number(variant), k, value) < 0;
        inputs[i].setAttribute("aria-disabled", String(missing));
        inputs[i].title = missing ? absent(k, value) : "";
      });
    });
  }

  return { element: h("div", { class: "ex-switches" }, ...made.map(({ part }) => part.element)), set };
}
