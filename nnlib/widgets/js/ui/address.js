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
  const known = { slug: app.slug, variants: app.spec.variants.length, targets: app.spec.controls.map(({ target }) => target) };
  const read = parseHash(hash, known);
  if (!read) return false;
  const { address, ignored } = read;
  app.setState({ variant: address.variant, size: address.size, values: address.values });
  if (address.stop !== undefined && address.stop >= app.state.stops.length) ignored.push("step");
  else app.setState({ stop: address.stop });
  const place = address.at === undefined ? null : app.session.trace.find(address.at);
  if (place) app.microscope?.choose(place);
  else if (address.at !== undefined) ignored.push("at");
  if (ignored.length) app.say(`Part of the link is not known here and was left out: ${ignored.join(", ")}.`);
  return true;
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
  const state = { stop, size, values: Object.fromEntries(changed), at, variant: app.variant };
  return location.href.split("#")[0] + formatHash(app.slug, state);
}
