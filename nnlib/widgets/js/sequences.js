/**
 * The drawings of sequences, by the kind of their view: a bundle of their own, as images have one. A new kind also goes into
 * BUNDLE_OF of `ui/kinds.js`; its style into `views/sequences.css`.
 */

import { cell } from "./views/cell.js";
import { cellFault } from "./views/cell_plan.js";
import { generation } from "./views/generation.js";
import { generationFault } from "./views/generation_plan.js";
import { unrolled } from "./views/unrolled.js";
import { unrolledFault } from "./views/unrolled_fault.js";

/** @type {Record<string, import("./ui/kinds.js").Factory>} */
export const drawings = { unrolled, cell, generation };

/** What the spec must say about each. @type {Record<string, import("./ui/fields.js").Fields>} */
export const fields = {
  unrolled: {
    needs: [], may: [], lists: { states: 1, cells: 0, inputs: 0, outputs: 0, losses: 0, first: 0, weights: 0 }, most: 400, gaps: true,
    fault: unrolledFault,
  },
  cell: { needs: [], may: [], fault: cellFault },
  generation: { needs: ["token", "logits"], may: [], lists: { attention: 0 }, fault: generationFault },
};
