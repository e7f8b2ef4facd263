/** Which drawing each kind of view has. Those of images come with a bundle of their own, where they are needed. */

import { bars } from "../views/bars.js";
import { curve } from "../views/curve.js";
import { network } from "../views/network.js";
import { plane } from "../views/plane.js";
import { sheet } from "../views/sheet.js";
import { tensor } from "../views/tensor.js";
import { training } from "../views/training.js";

/** @typedef {(context: any) => import("./types.js").View} Factory */

const DRAWINGS = /** @type {Map<string, Factory>} */ (new Map(Object.entries({ network, tensor, curve, training, plane, bars, sheet })));

/** Kinds that another bundle adds: `images.js`, `sequences.js` or `attention.js`. */
const BUNDLE_OF = new Map(Object.entries({
  window: "images", maps: "images", field: "images",
  unrolled: "sequences", cell: "sequences", generation: "sequences",
  regression: "attention", attention: "attention", block: "attention",
}));

/** @param {Record<string, Factory>} drawings */
export function addDrawings(drawings) {
  for (const [kind, factory] of Object.entries(drawings)) DRAWINGS.set(kind, factory);
}

/** @param {string} kind @returns {Factory} */
export function drawingOf(kind) {
  const factory = DRAWINGS.get(kind);
  if (!factory) throw new Error(`the drawing of a ${kind} is not here`);
  return factory;
}

/** The bundle of the drawing that a spec, which may be anything, asks for, if it is not here yet. @param {any} json
 * @returns {string | null} */
export function missingBundle(json) {
  const kind = json?.view?.kind;
  return DRAWINGS.has(kind) ? null : BUNDLE_OF.get(kind) ?? null;
}
