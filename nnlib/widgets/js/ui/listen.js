/** Pointer, focus, keys and paper: what reaches the explorer as a whole. */

/** @typedef {import("./explorer.js").Explorer} Explorer */

/**
 * @param {Explorer} app
 * @param {HTMLElement} body
 * @param {AbortSignal} signal  ends the listening
 */
export function listen(app, body, signal) {
  let openBefore = false;

  /** What the element under the pointer or the focus stands for. @param {EventTarget | null} target */
  function placeAt(target) {
    for (let e = /** @type {Element | null} */ (target); e && e !== body; e = e.parentElement) {
      const place = app.numbers.places.get(e);
      if (place) return place;
    }
    return null;
  }

  /** Parts of the drawing that take the focus are chosen by it; what they stand for is theirs to know. @param {EventTarget | null} target */
  function focused(target) {
    return placeAt(target) ?? (app.view?.element.contains(/** @type {Node} */ (target)) ? app.state.selection : null);
  }

  /** A press on a number opens it; inside the microscope it goes one element deeper. @param {Event} event */
  function press(event) {
    const place = placeAt(event.target);
    if (!place || place.offset === null) return;
    const found = { step: place.step, offset: place.offset };
    if (app.microscope?.element.contains(/** @type {Element} */ (event.target))) app.microscope.dive(found);
    else app.microscope?.choose(found);
  }

  /** On paper the table of all numbers is open. @param {boolean} printing */
  function print(printing) {
    const { table } = app;
    if (!table || printing === app.onPaper) return;
    app.onPaper = printing;
    if (printing) openBefore = table.element.open;
    table.element.open = printing || openBefore;
    table.open();
    app.draw();
  }

  body.addEventListener("keydown", (event) => app.transport?.key(event), { signal });
  body.addEventListener("pointerover", (event) => app.light(placeAt(event.target)), { signal });
  body.addEventListener("pointerleave", () => app.light(null), { signal });
  body.addEventListener("focusin", (event) => app.light(focused(event.target)), { signal });
  body.addEventListener("click", press, { signal });
  addEventListener("beforeprint", () => print(true), { signal });
  addEventListener("afterprint", () => print(false), { signal });
  matchMedia("print").addEventListener("change", ({ matches }) => print(matches), { signal });
}
