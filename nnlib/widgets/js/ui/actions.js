/** Reset, training, the link to this state, and the line that says what a number is in full. */

import { h, setText, textButton } from "./dom.js";

const MOST_STEPS = 20000;
const PER_FRAME = 100;
const FRAME_MS = 9;

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./session.js").Session} Session */

/**
 * @param {{session: Session, reset: () => void, changed: () => void, address: () => string, say: (sentence: string) => void}} app
 */
export function actions(app) {
  const one = textButton("Train one step", () => once());
  const train = textButton("Train", () => (frame ? stop() : start()));
  const reset = textButton("Reset", () => { stop(); app.reset(); });
  const link = textButton("Link to here", () => copy());
  const address = h("input", { type: "text", class: "ex-address", readonly: true, hidden: true, "aria-label": "Link to this state" });
  const count = h("span", { class: "ex-quiet ex-trained" });
  const element = h("div", { class: "ex-actions" }, one, train, count, reset, link, address);
  let frame = 0;

  function once() {
    stop();
    app.session.remember();
    app.session.train(() => true);
    app.changed();
  }

  function start() {
    app.session.remember();
    frame = requestAnimationFrame(run);
    setText(train, "Stop");
  }

  function run() {
    const { session } = app;
    const end = performance.now() + FRAME_MS;
    session.train((done) => done >= PER_FRAME || performance.now() > end);
    app.changed();
    if (session.losses.length > MOST_STEPS || !Number.isFinite(session.loss())) return stop();
    frame = requestAnimationFrame(run);
  }

  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    setText(train, "Train");
  }

  async function copy() {
    const text = app.address();
    try {
      await navigator.clipboard.writeText(text);
      address.hidden = true;
      app.say(`The link to this state is copied.${app.session.losses.length > 1 ? " Training is not part of it." : ""}`);
    } catch {
      address.hidden = false;
      address.value = text;
      address.focus();
      address.select();
      app.say("Copy the link from the field.");
    }
  }

  function update() {
    const { trainable, losses } = app.session;
    for (const button of [one, train, count]) if (button.hidden === trainable) button.hidden = !trainable;
    const done = losses.length - 1;
    setText(count, done > 0 ? `${done} ${done === 1 ? "step" : "steps"}` : "");
    if (!address.hidden && address.value !== app.address()) address.hidden = true;
  }

  return { element, update, stop };
}
