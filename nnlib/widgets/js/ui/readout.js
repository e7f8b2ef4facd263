/** The line under the drawing that shows a number in full, and the sentence for those who listen. */

import { h, setText } from "./dom.js";
import { tell } from "./transport.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {{step: number, offset: number | null}} Pointed */

/** @param {{session: import("./session.js").Session}} app */
export function readout(app) {
  const line = h("p", { class: "ex-readout" });
  const live = h("p", { class: "ex-hidden", "aria-live": "polite" });
  let word = "";
  let told = "";

  /** A word of the shell's own; it stays until the reader does something else. @param {string} sentence */
  function say(sentence) {
    word = sentence;
  }

  function forget() {
    word = "";
  }

  /** @param {State} state @param {Pointed | null} pointed */
  function update(state, pointed) {
    const stop = tell(state);
    if (told && stop !== told) forget();
    told = stop;
    setText(live, word ? `${word} ${stop}` : stop);
    setText(line, pointed && app.session.trace.steps[pointed.step] ? full(state, pointed) : word);
  }

  /** @param {State} state @param {Pointed} pointed */
  function full(state, { step, offset }) {
    const { trace } = app.session;
    const { name, shape } = trace.steps[step];
    if (offset === null) return `${name}, ${shape.join(" × ") || "a number"}`;
    const value = state.shown(step) ? String(state.values[step].data[offset]).replace("-", "−") : "not yet computed";
    return `${trace.labelOf(step, offset)} = ${value}`;
  }

  return { element: line, live, say, forget, update };
}
