// Whether tensors can be drawn as images, for a spec that may come from anywhere.

const LARGEST = [64, 128, 128];

/** One image (1, C, H, W) each, of a size that can be drawn, or a vector; else a sentence about the first that is not.
 * @param {string[]} names @param {string} field @param {import("../engine/trace.js").Trace} trace @returns {string | null} */
export function imagesFault(names, field, trace) {
  const wrong = names.findIndex((name) => !isImage(trace.steps[trace.byName.get(name) ?? -1]?.shape ?? []));
  if (wrong < 0) return null;
  const { shape } = trace.steps[/** @type {number} */ (trace.byName.get(names[wrong]))];
  return `${field}[${wrong}] is ${JSON.stringify(names[wrong]).slice(0, 40)} of shape (${shape.join(", ")}), not one image of at most ${LARGEST.join(" × ")} pixels.`;
}

/** @param {number[]} shape */
function isImage(shape) {
  if (shape.length < 2 || (shape.length === 2 && shape[0] === 1)) return !shape.includes(0);
  const sizes = shape.slice(-3);
  const largest = LARGEST.slice(-sizes.length);
  return shape.slice(0, -3).every((n) => n === 1) && sizes.every((n, axis) => n > 0 && n <= largest[axis]);
}
