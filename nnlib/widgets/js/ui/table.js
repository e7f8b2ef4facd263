/** All named numbers as a table: for reading aloud, for print, for looking something up. */

import { h } from "./dom.js";
import { named } from "./math.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./numbers.js").Numbers} Numbers */

const MOST_ELEMENTS = 64;

/** @param {{session: Session, numbers: Numbers, invalidate: () => void}} app */
export function table(app) {
  const group = app.numbers.group();
  const box = h("div", { class: "ex-scroll", tabindex: "0", role: "group", "aria-label": "All numbers" });
  const element = h("details", { class: "ex-all", ontoggle: open }, h("summary", {}, "All numbers"), box);
  group.active = false;

  function open() {
    group.active = element.open;
    if (element.open && !box.firstChild) fill();
    app.invalidate();
  }

  function fill() {
    group.clear();
    const head = ["Quantity", "Value", "Gradient of the loss"].map((name) => h("th", { scope: "col" }, name));
    box.replaceChildren(h("table", {}, h("caption", {}, `Every named number of “${app.session.trace.title || "this explorer"}”, as they are now`),
      h("thead", {}, h("tr", {}, ...head)), ...bodies()));
  }

  /** One group of rows for each named tensor of the forward pass and the update. */
  function bodies() {
    const { steps } = app.session.trace;
    return steps.filter((step) => app.session.isNamed(step.id) && step.phase !== "backward").map((step) => {
      const count = Math.min(step.size, MOST_ELEMENTS);
      const rows = Array.from({ length: count }, (_, offset) => elementRow(step.id, offset));
      const rest = step.size - count;
      if (rest > 0) rows.push(h("tr", {}, h("td", { colspan: 3, class: "ex-quiet" }, `${rest} more; the microscope reaches every one.`)));
      return h("tbody", {}, ...(step.size > 1 ? [tensorRow(step.id)] : []), ...rows);
    });
  }

  /** @param {number} step */
  function tensorRow(step) {
    const { shape } = app.session.trace.steps[step];
    return h("tr", {}, h("th", { scope: "rowgroup", colspan: 3 }, ...named(app.session.trace.steps[step].name, app.session.tensorLatex(step)), h("span", { class: "ex-quiet" }, ` ${shape.join(" × ")}`)));
  }

  /** @param {number} step @param {number} offset */
  function elementRow(step, offset) {
    const twin = app.session.twin({ step, offset });
    return h("tr", {}, h("th", { scope: "row" }, ...named(app.session.trace.labelOf(step, offset), app.session.elementLatex(step, offset))),
      h("td", {}, group.html(step, offset, { always: true })),
      h("td", {}, twin ? group.html(twin.step, twin.offset, { always: true }) : h("span", { class: "ex-quiet" }, "–")));
  }

  /** A new variant: the old rows go, and come back when asked for. */
  function reset() {
    group.clear();
    box.replaceChildren();
    if (element.open) fill();
  }

  return { element, open, reset };
}
