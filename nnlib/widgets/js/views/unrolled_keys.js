// The keys that go through time.

const STEPS = /** @type {Record<string, number>} */ ({
  ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity,
});

/** How many time steps a key goes; it is then about time here, and not about the steps of the walk.
 * @param {KeyboardEvent} event @returns {number | undefined} */
export function stepOf(event) {
  if (!Object.hasOwn(STEPS, event.key) || event.altKey || event.ctrlKey || event.metaKey) return undefined;
  event.preventDefault();
  event.stopPropagation();
  return STEPS[event.key];
}
