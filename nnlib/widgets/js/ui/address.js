/** An explorer's state as the end of an address, and back. */

import { formatHash, parseHash } from "./hash.js";

/** @typedef {import("./explorer.js").Explorer} Explorer */

/**
 * Follows an address if it is meant for this explorer; says what it could not use.
 * @param {Explorer} app
 * @param {string} hash
 * @returns {boolean} whether it was meant for this explorer
 */
export function readAddress(app, hash) {
  const targets = app.spec.controls.map(({ target }) => target);
  const known = { slug: app.slug, variants: app.spec.variants.length, targets, panels: Object.keys(panelsOf(app)) };
  const read = parseHash(hash, known);
  if (!read) return false;
  const { address, ignored } = read;
  app.setState({ variant: address.variant ?? 0, size: address.size });
  // A link tells what differs from the recording, so the reader's own changes go first.
  for (const session of app.sessions) session?.reset();
  app.state.history.losses = app.session.losses;
  app.setState({ values: address.values });
  if (address.stop !== undefined && address.stop >= app.state.stops.length) ignored.push("step");
  else app.setState({ stop: address.stop });
  const place = address.at === undefined ? null : app.session.trace.find(address.at);
  app.microscope?.choose(place);
  if (address.at !== undefined && !place) ignored.push("at");
  // A drawing arrives at the step and the number first, since these choose too.
  app.draw();
  const { view = "" } = address;
  if (!(app.view?.follow?.(view) ?? !view)) ignored.push("view");
  openPanels(app, address.open ?? []);
  if (ignored.length) app.say(`Part of the link is not known here and was left out: ${ignored.join(", ")}.`);
  return true;
}

/** What can be folded out, by the name it has in an address. @param {Explorer} app @returns {Record<string, () => HTMLDetailsElement | null | undefined>} */
const panelsOf = (app) => ({
  predict: () => app.predict?.element,
  proof: () => app.proof?.element,
  table: () => app.table?.element,
  primitives: () => app.ledger?.element.querySelector(".ex-primitives"),
  controls: () => app.controls?.element.querySelector(".ex-folded"),
});

/** Opens these and closes the others. The ledger is written anew first: it holds the primitives of the step. @param {Explorer} app @param {string[]} names */
function openPanels(app, names) {
  app.draw();
  for (const [name, panel] of Object.entries(panelsOf(app))) {
    const details = panel();
    if (details) details.open = names.includes(name);
  }
}

/**
 * Controls stand in it only where they differ from the recording.
 * @param {Explorer} app
 */
export function addressOf(app) {
  const { stop, size, selection } = app.state;
  const changed = Object.entries(app.getState().values)
    .filter(([target, value]) => Number.isFinite(value) && value !== app.session.recorded(target));
  const at = selection ? app.session.trace.labelOf(selection.step, selection.offset) : undefined;
  const open = Object.entries(panelsOf(app)).filter(([, panel]) => panel()?.open).map(([name]) => name);
  const state = { stop, size, values: Object.fromEntries(changed), at, variant: app.variant, view: app.view?.link?.() ?? undefined, open };
  return location.href.split("#")[0] + formatHash(app.slug, state);
}
