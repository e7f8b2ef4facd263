/** A field for a number of the trace. What is typed takes effect at once; what is no number changes nothing. */

import { h } from "./dom.js";
import { format } from "./numbers.js";

/**
 * @param {{name: string, target: string, get: () => number, set: (value: number) => void, settle: () => void,
 *   say: (sentence: string) => void}} options  `name` is the accessible one
 */
export function numberField({ name, target, get, set, settle, say }) {
  const element = h("input", { type: "number", "aria-label": name, step: "any", onfocus: keep, oninput: read, onchange: leave, onblur: leave });
  let shown = NaN;
  let before = NaN;

  function keep() {
    before = get();
  }

  /** Any finite number is taken, also one beyond the slider's ends; anything else leaves the number from before. */
  function read() {
    const typed = element.valueAsNumber;
    const usable = Number.isFinite(typed);
    say(usable ? "" : `${target} needs a number such as 0.35; it is still ${format(before)}.`);
    shown = usable ? typed : before;
    set(shown);
  }

  /** What cannot be read is replaced by the value that is in force. */
  function leave() {
    settle();
    if (Number.isFinite(element.valueAsNumber)) return keep();
    shown = NaN;
    update(get());
  }

  /** @param {number} value @returns {boolean} whether it is another than the field has shown */
  function update(value) {
    if (Object.is(value, shown)) return false;
    shown = before = value;
    element.value = String(Number.isFinite(value) ? Number(value.toPrecision(5)) : "");
    say("");
    return true;
  }

  return { element, update };
}
