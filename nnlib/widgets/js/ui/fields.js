/** The fields of each kind of view that name tensors of the trace; those of images are added with their bundle. */

/**
 * @typedef {object} Fields
 * @property {string[]} needs           names that must be there
 * @property {string[]} may             names that may be missing
 * @property {Record<string, number>} [lists]  lists of names, and how long each must be at least
 * @property {number} [most]           names in a list at most, if more than usual
 * @property {boolean} [gaps]          whether null may stand in a list
 * @property {(view: any, trace: import("./types.js").Trace) => string | null} [fault]  what else is wrong, in a sentence
 */

export const FIELDS = new Map(Object.entries(/** @type {Record<string, Fields>} */ ({
  network: { needs: [], may: ["target", "loss"], lists: { weights: 1, biases: 0 }, gaps: true },
  tensor: { needs: [], may: [], lists: { tensors: 0 } },
  curve: { needs: ["x"], may: [], lists: { curves: 1 } },
  training: { needs: ["inputs", "targets", "output", "loss"], may: [] },
  plane: { needs: ["points", "targets", "weights"], may: ["bias", "current"] },
  bars: { needs: [], may: [], lists: { tensors: 1 } },
  sheet: { needs: [], may: [], lists: { tensors: 1 } },
})));

/** @param {Record<string, Fields>} fields */
export function addFields(fields) {
  for (const [kind, own] of Object.entries(fields)) FIELDS.set(kind, own);
}
