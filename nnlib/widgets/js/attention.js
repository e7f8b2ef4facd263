/**
 * The drawings of attention, by the kind of their view: a bundle of their own, as images have one. A new kind also goes into
 * BUNDLE_OF of `ui/kinds.js`; its style into `views/attention.css`.
 */

import { attention } from "./views/attention.js";
import { attentionFault } from "./views/attention_plan.js";
import { block } from "./views/block.js";
import { blockFault } from "./views/block_plan.js";
import { regression } from "./views/regression.js";
import { regressionFault } from "./views/regression_model.js";

/** @type {Record<string, import("./ui/kinds.js").Factory>} */
export const drawings = { attention, block, regression };

/** What the spec must say about each. @type {Record<string, import("./ui/fields.js").Fields>} */
export const fields = {
  attention: { needs: [], may: ["X"], lists: { Q: 1, K: 1, V: 1, weights: 1, output: 1 }, fault: attentionFault },
  block: { needs: [], may: ["memory"], lists: { stream: 2 }, fault: blockFault },
  regression: { needs: ["points", "values", "query", "weights", "prediction"], may: ["width", "loss"], fault: regressionFault },
};
