/**
 * The drawings of images, by the kind of their view: a second bundle, so that pages without images stay light. A page
 * loads it where it has such a view (`page_bundles.js`); a notebook has it from the start. A new kind also goes into
 * BUNDLE_OF of `ui/kinds.js`; its style into `views/images.css`.
 */

import { field } from "./views/field.js";
import { imagesFault } from "./views/images_fault.js";
import { maps } from "./views/maps.js";
import { kernelWindow } from "./views/window.js";
import { windowFault } from "./views/window_plan.js";

/** @type {Record<string, import("./ui/kinds.js").Factory>} */
export const drawings = { window: kernelWindow, maps, field };

/** What the spec must say about each. @type {Record<string, import("./ui/fields.js").Fields>} */
export const fields = {
  window: { needs: ["image", "output"], may: ["kernel", "bias"], fault: windowFault },
  maps: { needs: [], may: [], lists: { tensors: 1 }, fault: ({ tensors }, trace) => imagesFault(tensors, "view.tensors", trace) },
  field: { needs: [], may: [], lists: { layers: 2 }, fault: ({ layers }, trace) => imagesFault(layers, "view.layers", trace) },
};
